"""A time-stamping authority (RFC 3161) for tests: `openssl ts -reply` behind a few lines of HTTP."""

import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

CONFIGURATION = """
[tsa]
default_tsa = tsa1
[tsa1]
serial = {directory}/serial
signer_cert = {directory}/tsa.pem
signer_key = {directory}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **more).stdout


class TimestampAuthority:
    """Listens while it is entered. `mode`: "right", "down" (answers 503), "stale" (an earlier answer, so with another nonce)."""

    def __init__(self, directory):
        self.directory, self.mode, self.asked, self.last = directory, "right", 0, None
        directory.mkdir()
        (directory / "serial").write_text("01\n")
        (directory / "tsa.cnf").write_text(CONFIGURATION.format(directory=directory))
        (directory / "extensions").write_text("extendedKeyUsage = critical,timeStamping\n")
        self.authority = self.certificates("root")
        self.other = self.certificates("other")
        request = openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", directory / "tsa.key", "-subj", "/CN=tsa")
        openssl("x509", "-req", "-CA", self.authority, "-CAkey", directory / "root.key", "-CAcreateserial", "-days", "7300",
                "-extfile", directory / "extensions", "-out", directory / "tsa.pem", input=request)
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                question = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                body = authority.answer(question)
                self.send_response(200 if body else 503)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tsr"

    def certificates(self, name):
        """A root certificate; its PEM file."""
        path = self.directory / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7300", "-keyout", self.directory / f"{name}.key",
                "-subj", f"/CN={name}", "-out", path)
        return path

    def answer(self, question):
        self.asked += 1
        if self.mode == "down":
            return b""
        if self.mode == "stale" and self.last:
            return self.last
        query = self.directory / f"query-{self.asked}"
        query.write_bytes(question)
        self.last = openssl("ts", "-reply", "-config", self.directory / "tsa.cnf", "-queryfile", query)
        return self.last

    def __enter__(self):
        Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
