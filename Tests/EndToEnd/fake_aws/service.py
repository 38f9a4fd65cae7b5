"""One request in, one answer out: who asks, may they, is it intact; then the service it is for."""

import calendar
import hashlib
import time
from collections import Counter, deque
from email.utils import formatdate

from . import s3, signatures
from .dynamodb import DynamoDB
from .faults import Rule, Script
from .messages import Answer, ServiceError
from .s3 import S3
from .storage import Storage
from .sts import STS

DEFAULTS = {
    "region": "eu-south-1", "bucket": "s3logger-files", "table": "s3logger-metadata", "account": "123456789012",
    "role_arn": "arn:aws:iam::123456789012:role/UploaderExecutionRole", "external_id": "local-external-id",
    "user_arn": "arn:aws:iam::123456789012:user/s3loggerd",
    "base_access_key": "AKIAFAKE000000000000", "base_secret_key": "fake-secret-of-the-base-user-0123456789",
    "actions": ["s3:PutObject", "dynamodb:PutItem"],
    #: Seconds by which this service's clock differs from the machine's.
    "clock": 0,
    "session_lifetime": None, "told_lifetime": None,
    #: What a second CompleteMultipartUpload is told: "same", or anything else for NoSuchUpload.
    "complete_again": "same",
    #: Whose S3 it is: see `dialects`.
    "dialect": "aws",
    #: Whether a client that asks for `100 Continue` gets it.
    "continue": True,
    #: Whether it is spoken to over TLS, and whether bodies may go unsigned there.
    "tls": False, "unsigned_bodies": True,
}
ACTIONS = {"PutObject": "s3:PutObject", "CreateMultipartUpload": "s3:PutObject", "UploadPart": "s3:PutObject",
           "CompleteMultipartUpload": "s3:PutObject", "AbortMultipartUpload": "s3:AbortMultipartUpload",
           "PutItem": "dynamodb:PutItem"}
#: Errors that no correct client ever causes. They are kept, so that a test can demand that there are none.
FAULTS_OF_THE_CLIENT = {
    "SignatureDoesNotMatch", "InvalidSignatureException", "XAmzContentSHA256Mismatch", "BadDigest", "InvalidRequest",
    "MissingSecurityHeader", "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "ValidationException", "MethodNotAllowed",
    "MalformedXML", "RecordWithoutObject"}


class FakeService:
    def __init__(self, directory, settings):
        self.settings = DEFAULTS | settings
        self.storage = Storage(directory)
        self.script = Script()
        self.requests, self.connections = Counter(), 0
        #: How many bodies came unsigned, refused or not.
        self.unsigned = 0
        self.trace = deque(maxlen=200_000)
        self.s3 = S3(self.storage, self.settings)
        self.dynamodb = DynamoDB(self.storage, self.settings)
        self.sts = STS(self.storage, self.settings)

    # -- the request ------------------------------------------------------------------------------------------------

    def identify(self, request):
        """Names operation and key from the head alone."""
        scope = signatures.AUTHORIZATION.match(request.header("authorization") or "")
        request.service = scope[4] if scope else "s3"
        if request.service == "dynamodb":
            request.operation = (request.header("x-amz-target") or ".").split(".")[1]
        elif request.service == "sts":
            request.operation = "AssumeRole"
        else:
            request.operation = s3.operation(request)
            request.key = s3.bucket_and_key(request, self.settings["bucket"])[1]

    def rule(self, request):
        """The fault of this request; counts it. S3's is found before the body is here, the others' with it."""
        if request.service == "sts" and b"GetCallerIdentity" in request.body:
            request.operation = "GetCallerIdentity"
        if request.service == "dynamodb":
            found = request.body.find(b'"object_key":{"S":"')
            request.key = request.body[found + 19:request.body.find(b'"}', found)].decode("utf-8", "replace")
        self.requests[request.operation] += 1
        self.unsigned += request.header("x-amz-content-sha256") == "UNSIGNED-PAYLOAD"
        rule = self.script.match(request.operation, request.key)
        part = request.query.get("partNumber")
        self.trace.append([time.monotonic(), request.operation, request.key and ascii(request.key), part and int(part),
                           request.access_key, rule is not None])
        return rule

    def answer(self, request, rule):
        """The answer to a whole request, None for none; raises nothing."""
        rule = rule or Rule()
        true = None
        try:
            digest = hashlib.sha256(request.body).digest()
            self.authenticate(request, digest)
            if rule.commits() or not rule.replaces() and rule.end != "close" and rule.end != "reset":
                true = self.perform(request)
        except ServiceError as error:
            # `check --online` asks for an object of a part that it never sent, to see whether it may.
            is_check = error.code == "InvalidPart" and "s3loggerd-check" in (request.key or "")
            if error.code in FAULTS_OF_THE_CLIENT and not is_check:
                self.storage.append("violation", operation=request.operation, code=error.code, message=error.message)
            true = error.answer(request.service)
        answer = rule.answer(request.service) if rule.replaces() else true or Answer(500)
        return self.finished(request, answer, rule)

    def finished(self, request, answer, rule):
        headers = {"Date": formatdate(time.time() + self.settings["clock"], usegmt=True)}
        headers |= {"x-amzn-RequestId" if request.service != "s3" else "x-amz-request-id": "FAKE"}
        headers |= answer.headers
        for name, value in rule.headers.items():
            for known in [k for k in headers if k.lower() == name.lower()]:
                del headers[known]
            if value is not None:
                headers[name] = value
        return Answer(answer.status, headers, answer.body)

    def authenticate(self, request, digest):
        scope = signatures.parse(request)
        now = time.time() + self.settings["clock"]
        secret = self.secret(request, scope, now)
        # The right region comes with it: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        if scope.region != self.settings["region"]:
            raise ServiceError(400, "AuthorizationHeaderMalformed", "the region is wrong",
                               fields={"Region": self.settings["region"]})
        try:
            signed_at = calendar.timegm(time.strptime(request.header("x-amz-date") or "", "%Y%m%dT%H%M%SZ"))
        except ValueError:
            raise ServiceError(403, "AccessDenied", "no x-amz-date") from None
        # 15 minutes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed),
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html (the others' wording)
        if abs(signed_at - now) > 900:
            skewed = {"s3": (403, "RequestTimeTooSkewed"), "dynamodb": (400, "InvalidSignatureException"),
                      "sts": (403, "SignatureDoesNotMatch")}[scope.service]
            raise ServiceError(*skewed, "Signature not yet current or expired")
        signatures.verify(request, scope, secret)
        request.access_key = scope.access_key
        if scope.service == "s3":
            self.s3.check(request, digest)
        action = ACTIONS.get(request.operation)
        if action and action not in self.settings["actions"]:
            raise ServiceError(403 if scope.service == "s3" else 400,
                               "AccessDenied" if scope.service == "s3" else "AccessDeniedException",
                               f"User: {self.settings['role_arn']} is not authorized to perform: {action} on resource: *")

    def secret(self, request, scope, now):
        """The secret of a known access key that is allowed to ask this service. The three names of an unknown key, and the
        two of a session that has expired, are those of ErrorResponses (S3), CommonErrors (DynamoDB, STS)."""
        code = {"s3": "InvalidAccessKeyId", "dynamodb": "UnrecognizedClientException", "sts": "InvalidClientTokenId"}
        if scope.access_key == self.settings["base_access_key"]:
            if scope.service != "sts":
                raise ServiceError(403, "AccessDenied", f"{self.settings['user_arn']} may only assume the role")
            return self.settings["base_secret_key"]
        session = self.storage.sessions.get(scope.access_key)
        if session is None or request.header("x-amz-security-token") != session["token"]:
            raise ServiceError(403 if scope.service != "dynamodb" else 400, code[scope.service], "no such key")
        if session["expires"] <= now - self.settings["clock"] or scope.access_key in self.revoked:
            raise ServiceError(400, "ExpiredToken" if scope.service == "s3" else "ExpiredTokenException",
                               "The provided token has expired.")
        return session["secret"]

    revoked = frozenset()

    def perform(self, request):
        return {"s3": self.s3, "dynamodb": self.dynamodb, "sts": self.sts}[request.service].perform(request)

    # -- what a test asks -------------------------------------------------------------------------------------------

    def control(self, call, argument):
        return getattr(self, "control_" + call)(argument)

    def control_script(self, rules):
        self.script = Script([Rule(**rule) for rule in rules["rules"]], rules["seed"])

    def control_set(self, settings):
        unknown = set(settings) - set(DEFAULTS)
        assert not unknown, unknown
        self.settings |= settings
        for part in (self.s3, self.dynamodb, self.sts):
            part.settings = self.settings

    def control_revoke(self, _):
        """All credentials handed out so far have expired, whatever they say."""
        self.revoked = frozenset(self.storage.sessions)

    def control_state(self, _):
        return {"requests": self.requests, "unsigned": self.unsigned, "overwrites": self.s3.overwrites, "played": self.script.played(),
                "connections": self.connections}

    def control_trace(self, since):
        return [entry for entry in self.trace if entry[0] >= since]
