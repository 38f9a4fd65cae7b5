#!/usr/bin/env python3
"""Random requests signed by botocore, one JSON object a line: differential.py COUNT SEED

Two thirds go to S3 (S3SigV4Auth), one third to DynamoDB and STS (SigV4Auth).
"""
import hashlib
import json
import random
import sys
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
TEXT_ALPHABET = "".join(map(chr, range(0x20, 0x7F))) + "\t\n\0éßñ€漢字😀́"
# No white space beyond space and tab: Python's split() takes more for white space than HTTP does.
VALUE_ALPHABET = "".join(map(chr, range(0x21, 0x7F))) + "    \t\té漢😀"
HOSTS = ["example.amazonaws.com", "bucket.s3.eu-south-1.amazonaws.com", "127.0.0.1:9000", "localhost:443", "[::1]:8443"]
HEADERS = ["content-type", "content-length", "if-none-match", "x-amz-meta-source-path", "x-amz-meta-host", "x-amz-target",
           "x-amz-storage-class", "x-amz-server-side-encryption", "x-amz-tagging", "x-amz", "x-amz-date-of", "content-md5x"]
SEGMENTS = [b"", b".", b"..", b"%2e", b"...", b"a", b"~", b"a b", b"%41"]


def text(rng, alphabet, most, least=0):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(least, most)))


def raw_path(rng):
    """An object's key: any bytes, and segments that normalisation would change."""
    segments = [
        rng.choice(SEGMENTS) if rng.random() < 0.4 else rng.randbytes(rng.randint(0, 24)) for _ in range(rng.randint(0, 5))
    ]
    return b"/" + b"/".join(segments)


def credentials(rng):
    token = text(rng, KEY_ALPHABET, 600, 1) if rng.random() < 0.5 else None
    return Credentials("AKIA" + text(rng, KEY_ALPHABET[:26], 16, 16), text(rng, KEY_ALPHABET, 80, 1), token)


def request(rng, raw, query, headers, body):
    method = rng.choice(["GET", "PUT", "POST", "HEAD", "DELETE"])
    url = "https://" + rng.choice(HOSTS) + quote(raw, safe="/~")
    made = AWSRequest(method=method, url=url, params=query, data=body)
    for name, value in headers:
        made.headers[name] = value
    return made


def case(rng, signer, name, region, moment):
    raw = raw_path(rng)
    query = [(text(rng, TEXT_ALPHABET, 6, 1), text(rng, TEXT_ALPHABET, 8)) for _ in range(rng.choice([0, 0, 1, 2, 5]))]
    if query and rng.random() < 0.3:
        query.append((query[0][0], text(rng, TEXT_ALPHABET, 8)))
    headers = [(rng.choice(HEADERS), text(rng, VALUE_ALPHABET, 40)) for _ in range(rng.randint(0, 8))]
    body = rng.randbytes(rng.choice([0, 1, 55, 56, 64, 200]))
    made = request(rng, raw, query, headers, body)
    made.context["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
    made.context["payload_signing_enabled"] = is_signed = name != "s3" or rng.random() < 0.8
    if not is_signed:
        made.headers["Content-MD5"] = "x"
        headers.append(("content-md5", "x"))
    host = signer.headers_to_sign(made)["host"]
    signer._modify_request_before_signing(made)
    canonical = signer.canonical_request(made)
    to_sign = signer.string_to_sign(made, canonical)
    signer._inject_signature_to_request(made, signer.signature(to_sign, made))
    added = ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"]
    return {
        "service": name,
        "region": region,
        "accessKeyID": signer.credentials.access_key,
        "secretAccessKey": signer.credentials.secret_key,
        "sessionToken": signer.credentials.token,
        "milliseconds": int(moment.timestamp()) * 1000 + rng.randint(0, 999),
        "method": made.method,
        "rawPath": raw.hex(),
        "query": [list(pair) for pair in query],
        "headers": [["host", host]] + [list(pair) for pair in headers],
        "body": body.hex(),
        "isPayloadSigned": is_signed,
        "canonicalRequest": canonical,
        "added": {name: made.headers[name] for name in added if made.headers.get(name) is not None},
    }


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    start = datetime(2000, 1, 1, tzinfo=timezone.utc)
    days = [start + timedelta(days=rng.randint(0, 36524)) for _ in range(20)]
    people = [credentials(rng) for _ in range(8)]
    for _ in range(count):
        name = rng.choice(["s3", "s3", "s3", "s3", "dynamodb", "sts"])
        region = rng.choice(["us-east-1", "eu-south-1"])
        signer = (S3SigV4Auth if name == "s3" else SigV4Auth)(rng.choice(people), name, region)
        moment = rng.choice(days) + timedelta(seconds=rng.choice([0, 86399, rng.randint(0, 86399)]))
        print(json.dumps(case(rng, signer, name, region, moment)))


if __name__ == "__main__":
    main()
