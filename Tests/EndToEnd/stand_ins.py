"""Small servers that follow one documented protocol each and remember what they were asked."""

import base64
import hashlib
import json
import re
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class StandIn:
    """A server on a loopback port; `requests` holds (method, path, headers) of everything that was asked."""

    def __init__(self):
        outer, self.requests, self.lock = self, [], threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                with outer.lock:
                    outer.requests.append((self.command, self.path, dict(self.headers)))
                status, headers, body = outer.handle(self)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_POST = do_DELETE = do_CONNECT = answer

            def body(self):
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def handle(self, request):
        raise NotImplementedError


def document(credentials, **more):
    """The JSON of container and instance: STS's answer under its names there."""
    return json.dumps({
        "AccessKeyId": credentials["AccessKeyId"], "SecretAccessKey": credentials["SecretAccessKey"],
        "Token": credentials["SessionToken"], "Expiration": f'{credentials["Expiration"]:%Y-%m-%dT%H:%M:%SZ}', **more}).encode()


class InstanceMetadata(StandIn):
    """Version 2 of the EC2 instance metadata service: nothing without a token."""

    TOKEN = "AQAEAtoken=="

    def __init__(self, credentials):
        self.credentials = credentials
        super().__init__()

    def handle(self, request):
        if request.command == "PUT" and request.path == "/latest/api/token":
            lifetime = request.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
            return (200, {}, self.TOKEN.encode()) if re.fullmatch(r"[1-9]\d{0,4}", lifetime) else (400, {}, b"")
        if request.headers.get("X-aws-ec2-metadata-token") != self.TOKEN:
            return 401, {}, b""
        place = "/latest/meta-data/iam/security-credentials/"
        if request.path == place:
            return 200, {}, b"server-role"
        if request.path == place + "server-role":
            return 200, {}, document(self.credentials, Code="Success", Type="AWS-HMAC", LastUpdated="2026-01-01T00:00:00Z")
        return 404, {}, b""


class Container(StandIn):
    """The credential endpoint of ECS and of EKS Pod Identity: it knows its clients by their token."""

    def __init__(self, credentials, token):
        self.credentials, self.token = credentials, token
        super().__init__()

    def handle(self, request):
        if request.headers.get("Authorization") != self.token:
            return 401, {}, b'{"code":"AccessDenied"}'
        return 200, {"Content-Type": "application/json"}, document(self.credentials)


class RefusingProxy(StandIn):
    """An HTTP proxy that lets nobody pass without a password."""

    def handle(self, request):
        return 407, {"Proxy-Authenticate": 'Basic realm="office"'}, b""


class WebIdentity(StandIn):
    """STS for AssumeRoleWithWebIdentity alone: unsigned, with the token of the file."""

    def __init__(self, credentials, token):
        self.credentials, self.token = credentials, token
        super().__init__()

    def handle(self, request):
        asked = {name: values[0] for name, values in parse_qs(request.body().decode()).items()}
        if asked.get("Action") != "AssumeRoleWithWebIdentity":
            return 403, {}, b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
        if "Authorization" in request.headers or asked.get("WebIdentityToken") != self.token:
            return 400, {}, b"<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>"
        return 200, {}, sts_answer("AssumeRoleWithWebIdentity", self.credentials)


def sts_answer(action, credentials):
    fields = "".join(f"<{name}>{credentials[name]}</{name}>" for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    until = f'{credentials["Expiration"]:%Y-%m-%dT%H:%M:%SZ}'
    return (f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>{fields}'
            f"<Expiration>{until}</Expiration></Credentials></{action}Result></{action}Response>").encode()


def completed(request):
    """That an upload in parts became an object: of which key, it says."""
    key = escape(unquote(urlsplit(request.path).path.split("/", 2)[-1]))
    return (f"<CompleteMultipartUploadResult><Key>{key}</Key><ETag>&quot;etag-1&quot;</ETag>"
            "</CompleteMultipartUploadResult>").encode()


class ExpiringCloud(StandIn):
    """S3, DynamoDB and STS of one bucket and one table whose sessions expire: it counts, verifies digests and throws
    the bytes away."""

    def __init__(self, now, session):
        """`now` tells the cloud's time (an aware datetime), `session` how long a session lasts (a timedelta)."""
        self.now, self.session = now, session
        self.ends, self.parts, self.objects, self.records, self.refused = [], {}, [], [], 0
        super().__init__()

    def handle(self, request):
        body = None if request.command == "PUT" else request.body()
        if body and b"Action=AssumeRole" in body:
            return self.assume_role()
        expired = self.is_expired(request.headers.get("X-Amz-Security-Token", ""))
        if request.command == "PUT":
            return self.part(request, expired)
        if expired:
            return self.refuse("X-Amz-Target" in request.headers)
        if "X-Amz-Target" in request.headers:
            with self.lock:
                self.records.append(json.loads(body)["Item"])
            return 200, {"x-amzn-RequestId": "STANDIN"}, b"{}"
        query = urlsplit(request.path).query
        if query.startswith("uploads"):
            return 200, {}, (b"<InitiateMultipartUploadResult><UploadId>the-upload</UploadId>"
                             b"</InitiateMultipartUploadResult>")
        with self.lock:
            self.objects.append(sum(self.parts.values()))
        return 200, {"x-amz-version-id": "v1"}, completed(request)

    def assume_role(self):
        with self.lock:
            self.ends.append(self.now() + self.session)
            number = len(self.ends)
        return 200, {}, sts_answer("AssumeRole", {
            "AccessKeyId": f"ASIA{number:016d}", "SecretAccessKey": "secret", "SessionToken": f"session-{number}",
            "Expiration": self.ends[number - 1]})

    def is_expired(self, token):
        number = re.fullmatch(r"session-(\d+)", token)
        return number is None or self.now() >= self.ends[int(number[1]) - 1]

    def refuse(self, is_json):
        with self.lock:
            self.refused += 1
        if is_json:
            return 400, {}, b'{"__type":"com.amazonaws.dynamodb.v20120810#ExpiredTokenException","message":"expired"}'
        return 400, {}, b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"

    def part(self, request, expired):
        digest, length = hashlib.sha256(), int(request.headers["Content-Length"])
        left = length
        while left > 0 and (data := request.rfile.read(min(left, 1 << 20))):
            digest.update(data)
            left -= len(data)
        if expired:
            return self.refuse(False)
        checksum = base64.b64encode(digest.digest()).decode()
        if request.headers.get("x-amz-checksum-sha256") != checksum:
            return 400, {}, b"<Error><Code>BadDigest</Code></Error>"
        number = int(parse_qs(urlsplit(request.path).query)["partNumber"][0])
        with self.lock:
            self.parts[number] = length
        return 200, {"ETag": f'"{digest.hexdigest()[:32]}"', "x-amz-checksum-sha256": checksum}, b""


class PatientCloud(StandIn):
    """S3, DynamoDB and STS that take everything, whoever asks: `requests` tells with which headers, `forms` what STS was
    asked."""

    def __init__(self):
        self.forms, self.parts = [], set()
        super().__init__()

    def handle(self, request):
        body, headers = request.body(), {"x-amzn-RequestId": "STANDIN", "x-amz-request-id": "STANDIN"}
        if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
            with self.lock:
                self.forms.append(form)
            if form["Action"] == "AssumeRole":
                end = datetime.now(timezone.utc) + timedelta(hours=1)
                return 200, headers, sts_answer("AssumeRole", {
                    "AccessKeyId": "ASIASTANDIN", "SecretAccessKey": "secret", "SessionToken": "token", "Expiration": end})
            return 200, headers, (
                b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
                b"<Arn>arn:aws:iam::123456789012:user/stand-in</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>")
        if request.headers.get("X-Amz-Target", "").endswith(".PutItem"):
            if b":never" in body:
                return 400, headers, b'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}'
            return 200, headers, b"{}"
        query = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
        if "uploads" in query:
            return 200, headers, (b"<InitiateMultipartUploadResult><UploadId>the-upload</UploadId>"
                                  b"</InitiateMultipartUploadResult>")
        if request.command == "POST":
            if not self.parts.issuperset(re.findall(rb"<PartNumber>(\d+)</PartNumber>", body)):
                return 400, headers, b"<Error><Code>InvalidPart</Code><RequestId>STANDIN</RequestId></Error>"
            return 200, headers, completed(request)
        checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
        self.parts.update(number.encode() for number in query.get("partNumber", []))
        return 200, headers | {"ETag": f'"{hashlib.md5(body).hexdigest()}"', "x-amz-checksum-sha256": checksum}, b""

    def sent(self, command, part=""):
        """The headers, by lower-case name, of each request of the method whose path holds `part`."""
        with self.lock:
            return [{name.lower(): value for name, value in headers.items()}
                    for method, path, headers in self.requests if method == command and part in path]
