"""Requests and answers, and errors in the form of each service."""

import binascii
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

REASONS = {100: "Continue", 200: "OK", 204: "No Content", 301: "Moved Permanently", 307: "Temporary Redirect",
           400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict",
           411: "Length Required", 412: "Precondition Failed", 417: "Expectation Failed",
           500: "Internal Server Error", 503: "Slow Down"}


class Request:
    """One request as it came over the wire; `body` is complete once it is handled."""

    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        self.lookup = {}
        for name, value in self.headers:
            self.lookup.setdefault(name.lower(), value)
        self.path, _, self.query_text = self.target.partition("?")
        self.query = dict(parse_qsl(self.query_text, keep_blank_values=True)) if self.query_text else {}
        self.length = int(self.lookup.get("content-length", "0"))
        self.body = b""
        self.service = self.operation = self.key = self.access_key = None

    def header(self, name):
        return self.lookup.get(name)

    @property
    def decoded_path(self):
        return unquote(self.path, errors="surrogateescape")


@dataclass
class Answer:
    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b""


class ServiceError(Exception):
    """A refusal, as the service itself would word it."""

    def __init__(self, status, code, message="", headers=None, fields=None):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message or f"scripted {code}"
        self.headers, self.fields = headers or {}, fields or {}

    def answer(self, service):
        form = {"dynamodb": dynamodb_error, "sts": sts_error}.get(service, s3_error)
        answer = form(self)
        answer.headers |= self.headers
        return answer


def xml(text):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + text).encode()


def s3_error(error):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses"""
    more = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in error.fields.items())
    body = xml(f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message>{more}"
               "<RequestId>FAKE</RequestId><HostId>FAKE</HostId></Error>")
    return Answer(error.status, {"Content-Type": "application/xml"}, body)


def sts_error(error):
    """https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"""
    body = xml('<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
               f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
               "<RequestId>FAKE</RequestId></ErrorResponse>")
    return Answer(error.status, {"Content-Type": "text/xml"}, body)


def dynamodb_error(error):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
    prefix = "com.amazon.coral.service" if error.status in (403,) else "com.amazonaws.dynamodb.v20120810"
    return json_answer({"__type": f"{prefix}#{error.code}", "message": error.message, **error.fields}, error.status)


def json_answer(document, status=200):
    """With its checksum: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html"""
    body = json.dumps(document).encode()
    return Answer(status, {"Content-Type": "application/x-amz-json-1.0", "x-amz-crc32": str(binascii.crc32(body))}, body)
