"""Who is told of alerts: a webhook's receiver, which trusts nothing that is not signed, and a program."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time

from stand_ins import StandIn

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
#: Part of the URL, as chat programs have it.
TOKEN = "T0KEN-9f8e7d6c5b4a"


class Receiver(StandIn):
    """Verifies every message as Standard Webhooks asks for; `faults` come first, one for each message: a status, or
    `HANG`, which takes the message and never answers."""

    HANG = "hang"

    def __init__(self, certificate=None):
        """`certificate`: a file with a key and its certificate for "localhost"; then it speaks TLS."""
        self.key, self.messages, self.taken, self.faults, self.end = KEY, [], [], [], threading.Event()
        super().__init__()
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.url = "https://localhost:%d" % self.server.server_address[1]

    def __exit__(self, *error):
        self.end.set()
        super().__exit__(*error)

    @property
    def address(self):
        return f"{self.url}/hooks/{TOKEN}?sig=a%2Fb"

    def handle(self, request):
        body = request.body()
        message = self.verified(request.headers, body)
        with self.lock:
            self.messages.append(message)
            fault = self.faults.pop(0) if self.faults else None
            if fault is None:
                self.taken.append(message)
        if fault == self.HANG:
            self.end.wait(60)
        return (fault if isinstance(fault, int) else 204), {"Location": self.url + "/elsewhere"}, b""

    def verified(self, headers, body):
        signed = f'{headers["webhook-id"]}.{headers["webhook-timestamp"]}.'.encode() + body
        expected = base64.b64encode(hmac.digest(self.key, signed, hashlib.sha256)).decode()
        assert f"v1,{expected}" in headers["webhook-signature"].split(" ")
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
        assert headers["content-type"] == "application/json" and headers["webhook-id"].count(".") == 0
        message = json.loads(body.decode("utf-8", "strict"))
        assert message["id"] == headers["webhook-id"] and message["text"] and message["host"]
        return message | {"body": body}

    def of(self, *types):
        """What was taken of these types."""
        with self.lock:
            return [message for message in self.taken if message["type"] in types]


def webhook(daemon, receiver, **more):
    """Lets the daemon tell a receiver; its key is in a file."""
    key = daemon.directory / "webhook.key"
    key.write_text(SECRET + "\n")
    daemon.sections["alerts"] = {"webhook_url": receiver.address, "webhook_secret_file": str(key)} | more
    daemon.configure(daemon.folders)


#: A program that writes down what it is given, then does what its second argument says.
HOOK = """#!/usr/bin/python3
import json, os, sys, time
place, then = sys.argv[1:3]
body = sys.stdin.buffer.read()
with open(place, "ab") as file:
    file.write(json.dumps({"arguments": sys.argv[3:], "environment": dict(os.environ), "pid": os.getpid(),
                           "capabilities": [l for l in open("/proc/self/status") if l.startswith("CapEff")],
                           "descriptors": os.listdir("/proc/self/fd"), "message": json.loads(body)}).encode() + b"\\n")
if then == "hang":
    if os.fork() == 0:
        os.execv("/bin/sleep", ["sleep", "600.125"])
    time.sleep(600)
sys.exit(int(then) if then.isdigit() else 0)
"""


def hook(daemon, then="0", arguments=(), **more):
    """Lets the daemon run a program; returns what reads what it was given."""
    program, place = daemon.directory / "hook", daemon.directory / "told"
    program.write_text(HOOK)
    program.chmod(0o755)
    daemon.sections["alerts"] = daemon.sections.get("alerts", {}) | {
        "command": [str(program), str(place), then, *arguments]} | more
    daemon.configure(daemon.folders)
    return lambda: [json.loads(line) for line in place.read_text().splitlines()] if place.exists() else []
