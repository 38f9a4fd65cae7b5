"""Signature Version 4, checked with botocore's own signer."""

import functools
import hmac
import re
from hashlib import sha256
from types import SimpleNamespace

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from .messages import ServiceError

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$")


@functools.lru_cache(maxsize=256)
def signing_key(secret, date, region, service):
    """The derived key of a day: what makes up most of a signature's cost otherwise."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key


class CachedKey:
    """Signs with the day's derived key; all the rest is botocore's."""

    def signature(self, string_to_sign, request):
        key = signing_key(
            self.credentials.secret_key, request.context["timestamp"][:8], self._region_name, self._service_name)
        return self._sign(key, string_to_sign, hex=True)


class OracleS3(CachedKey, S3SigV4Auth):
    pass


class Oracle(CachedKey, SigV4Auth):
    pass


@functools.lru_cache(maxsize=256)
def oracle(access_key, secret, region, service):
    return (OracleS3 if service == "s3" else Oracle)(Credentials(access_key, secret), service, region)


def parse(request):
    """The parts of the Authorization header; sets the request's service."""
    found = AUTHORIZATION.match(request.header("authorization") or "")
    if not found:
        raise ServiceError(403, "MissingAuthenticationToken" if request.header("x-amz-target") else "AccessDenied",
                           "no Signature Version 4")
    names = ("access_key", "date", "region", "service", "signed", "signature")
    return SimpleNamespace(**dict(zip(names, found.groups(), strict=True)))


def verify(request, scope, secret):
    """Raises unless the request is signed with `secret`, over everything that AWS wants signed."""
    signed = scope.signed.split(";")
    loose = [n for n in request.lookup if (n.startswith("x-amz-") or n == "host") and n not in signed]
    if loose:
        raise ServiceError(403, "AccessDenied", f"not signed: {loose}")
    headers = HTTPHeaders()
    for name, value in request.headers:
        if name.lower() in signed:
            headers[name] = value
    seen = SimpleNamespace(
        method=request.method, url=f"http://{request.header('host')}{request.target}", params=None, headers=headers,
        context={"timestamp": request.header("x-amz-date") or ""}, body=request.body)
    signer = oracle(scope.access_key, secret, scope.region, scope.service)
    expected = signer.signature(signer.string_to_sign(seen, signer.canonical_request(seen)), seen)
    if not hmac.compare_digest(expected, scope.signature):
        code = "InvalidSignatureException" if scope.service == "dynamodb" else "SignatureDoesNotMatch"
        raise ServiceError(403 if scope.service != "dynamodb" else 400, code, "the signature does not match")
