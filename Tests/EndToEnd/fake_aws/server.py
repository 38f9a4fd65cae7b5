"""HTTP/1.1 over asyncio: just what S3, DynamoDB and STS speak, and every way to speak it badly."""

import asyncio
import json
import socket
import ssl
import struct

from .messages import REASONS, Request


class Connection(asyncio.Protocol):
    """One client. Requests are answered one after the other."""

    #: What a server that knows only TLS 1.0 and 1.1 says to a client that wants more: the alert protocol_version (RFC 5246,
    #: section 7.2.2). asyncio's own TLS closes before it is sent.
    REFUSAL = b"\x15\x03\x01\x00\x02\x02\x46"

    def __init__(self, service, loop, is_old=False):
        self.service, self.loop, self.is_old = service, loop, is_old
        self.buffer = bytearray()
        self.request = self.rule = None
        self.busy = False

    def connection_made(self, transport):
        self.transport = transport
        self.service.connections += 1

    def data_received(self, data):
        self.buffer += data
        if not self.busy:
            self.advance()

    def advance(self):
        """Takes the next step that the bytes at hand allow."""
        if self.request is None and not self.take_head():
            return
        request, rule = self.request, self.rule
        if rule and rule.read is not None and len(self.buffer) >= min(rule.read, request.length):
            self.busy = True
            self.loop.call_later(rule.delay, self.end, rule, None)
        elif len(self.buffer) >= request.length:
            self.busy = True
            request.body = bytes(self.buffer[:request.length])
            del self.buffer[:request.length]
            if request.service != "s3":
                self.rule = rule = self.service.rule(request)
            self.play(request, rule)

    def take_head(self):
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            if self.buffer[:1] == b"\x16":  # a TLS handshake, where none is spoken
                self.transport.write(
                    self.REFUSAL if self.is_old else b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                self.transport.close()
            return False
        self.request = request = Request(bytes(self.buffer[:end]))
        del self.buffer[:end + 4]
        self.service.identify(request)
        self.rule = self.service.rule(request) if request.service == "s3" else None
        if (request.header("expect") or "").lower() == "100-continue" and not self.buffer:
            refuses = self.rule and self.rule.read == 0
            if not refuses and self.service.settings["continue"]:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def play(self, request, rule):
        if rule is not None and rule.together > 1:
            self.service.script.gather(rule, lambda: self.end(rule, request))
        elif rule is None or not rule.delay or rule.end == "spaces":
            self.end(rule, request)
        else:
            self.loop.call_later(rule.delay, self.end, rule, request)

    def end(self, rule, request):
        """Carries out the request (None: its body was cut off) and ends as the rule says."""
        if self.transport.is_closing():
            if request is not None and rule and rule.commits():
                self.service.answer(request, rule)
            return
        end = rule.end if rule else "answer"
        answer = None
        if request is not None and (end not in ("close", "reset", "hang") or rule.commits()):
            answer = self.service.answer(request, rule)
        elif rule.replaces() and end in ("answer", "last"):
            answer, end = self.service.finished(self.request, rule.answer(self.request.service), rule), "last"
        getattr(self, "end_" + end)(answer, rule)

    # -- ways to end ------------------------------------------------------------------------------------------------

    @staticmethod
    def head(answer, more="", chunked=False):
        lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if answer.status != 204:
            lines.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(answer.body)}")
        return ("\r\n".join(lines) + f"\r\n{more}\r\n").encode("latin-1", "replace")

    def end_answer(self, answer, rule):
        self.transport.write(self.head(answer) + answer.body)
        self.request, self.busy = None, False
        if self.buffer:
            self.advance()

    def end_last(self, answer, rule):
        self.transport.write(self.head(answer, "Connection: close\r\n") + answer.body)
        self.transport.close()

    def end_close(self, answer, rule):
        self.transport.close()

    def end_reset(self, answer, rule):
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def end_hang(self, answer, rule):
        pass

    def end_half(self, answer, rule):
        whole = self.head(answer) + answer.body
        self.transport.write(whole[:len(whole) - max(len(answer.body) // 2, 20 if not answer.body else 1)])
        self.transport.close()

    def end_drip(self, answer, rule):
        self.drip(self.head(answer) + answer.body)

    def drip(self, rest):
        if rest and not self.transport.is_closing():
            self.transport.write(rest[:1])
            self.loop.call_later(1, self.drip, rest[1:])

    def end_spaces(self, answer, rule):
        """White space keeps the connection alive while S3 joins the parts: the head says 200 at once, and the body, whose
        XML declaration comes before the first blank, may yet be an error. Sources:
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html ("periodically sends white space
        characters", and its example of an error in a 200); MinIO, cmd/object-multipart-handlers.go, and OpenStack Swift,
        s3api/controllers/multi_upload.py, for the order and for `Transfer-Encoding: chunked`.
        """
        end = answer.body.find(b"?>") + 2 if answer.body.startswith(b"<?xml") else 0
        self.transport.write(self.head(answer, chunked=True) + chunk(answer.body[:end]))
        self.pad(answer.body[end:], int(rule.delay / rule.blank), rule)

    def pad(self, rest, left, rule):
        if self.transport.is_closing():
            return
        if left:
            self.loop.call_later(rule.blank, self.blank, rest, left, rule)
        else:
            self.loop.call_later(rule.delay % rule.blank, self.end_chunked, rest)

    def blank(self, rest, left, rule):
        self.transport.write(chunk(b" "))
        self.pad(rest, left - 1, rule)

    def end_chunked(self, rest):
        self.transport.write(chunk(rest) + b"0\r\n\r\n")
        self.request, self.busy = None, False
        if self.buffer:
            self.advance()


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""


class Control(asyncio.Protocol):
    """The test's own line: a JSON document in, a JSON document out."""

    def __init__(self, service):
        self.service, self.buffer = service, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while b"\n" in self.buffer:
            line, _, self.buffer = self.buffer.partition(b"\n")
            call, argument = json.loads(line)
            try:
                reply = {"value": self.service.control(call, argument)}
            except Exception as error:  # shown to the test that asked
                reply = {"error": repr(error)}
            self.transport.write(json.dumps(reply).encode() + b"\n")


def tls_context(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def serve(service, port, control, certificate, versions):
    loop = asyncio.get_running_loop()
    is_old = versions == "old"
    context = tls_context(certificate) if certificate and not is_old else None
    server = await loop.create_server(
        lambda: Connection(service, loop, is_old), "127.0.0.1", port, ssl=context, backlog=512)
    await loop.create_unix_server(lambda: Control(service), control)
    await server.serve_forever()
