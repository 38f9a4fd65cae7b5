"""An S3, DynamoDB and STS that answer at once and only write down what they were sent: for tests of very many files.

A process of its own (`python3 recording_sink.py PORT_FILE LOG`). It checks that each body has the SHA-256 it was signed
over; it verifies no signature and keeps no bytes. One line of the log for each request: `PUT sha256 size path`, or
`RECORD`. It stands in for the local AWS only where that would be too slow.
"""

import asyncio
import ctypes
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import unquote_to_bytes

CREDENTIALS = b"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIASINKSINKSINKSINK</AccessKeyId><SecretAccessKey>sink</SecretAccessKey>
<SessionToken>sink</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/sink/sink</Arn><AssumedRoleId>A:sink</AssumedRoleId>
</AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"""


class Connection(asyncio.Protocol):
    """One connection of the daemon: requests one after the other, each answered when its body is complete."""

    def __init__(self, log):
        self.log, self.buffer = log, bytearray()

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            start, *lines = bytes(self.buffer[:end]).split(b"\r\n")
            headers = {}
            for line in lines:
                name, _, value = line.partition(b":")
                headers[name.lower()] = value.strip()
            length = int(headers.get(b"content-length", 0))
            if headers.pop(b"expect", None):
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if len(self.buffer) < end + 4 + length:
                return
            body = bytes(self.buffer[end + 4:end + 4 + length])
            del self.buffer[:end + 4 + length]
            self.answer(*start.split(b" ")[:2], headers, body)

    def answer(self, method, target, headers, body):
        digest = hashlib.sha256(body).hexdigest().encode()
        if method == b"PUT":
            if headers.get(b"x-amz-content-sha256", digest) != digest:
                return self.send(b"400 Bad Request", b"<Error><Code>XAmzContentSHA256Mismatch</Code></Error>")
            self.log.write(b"PUT %s %d %s\n" % (digest, len(body), target.partition(b"?")[0]))
            # As AWS does, it repeats the checksum: that proves what it received.
            self.send(b"200 OK", b"", b'ETag: "sink"\r\nx-amz-version-id: sink\r\nx-amz-request-id: sink\r\n'
                      b"x-amz-checksum-sha256: %s\r\n" % headers.get(b"x-amz-checksum-sha256", b""))
        elif headers.get(b"x-amz-target", b"").endswith(b".PutItem"):
            self.log.write(b"RECORD\n")
            self.send(b"200 OK", b"{}", b"Content-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: sink\r\n")
        elif b"Action=AssumeRole" in body:
            self.send(b"200 OK", CREDENTIALS, b"Content-Type: text/xml\r\n")
        else:
            self.send(b"501 Not Implemented", b"")

    def send(self, status, body, headers=b""):
        self.transport.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n" % (status, len(body), headers) + body)


async def serve(port_file, log_path):
    with open(log_path, "ab", buffering=1 << 16) as log:
        server = await asyncio.get_running_loop().create_server(lambda: Connection(log), "127.0.0.1", 0, backlog=1024)
        Path(port_file + ".new").write_text(str(server.sockets[0].getsockname()[1]))
        os.rename(port_file + ".new", port_file)
        while True:
            await asyncio.sleep(0.1)
            log.flush()


class RecordingSink:
    """The sink as the daemon's AWS; a context manager. `keys()` counts what arrived."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log = self.directory / "requests.log"
        self.region, self.bucket, self.table, self.external_id = "eu-south-1", "sink", "sink", "sink"
        self.role_arn = "arn:aws:iam::123456789012:role/sink"
        self.base_access_key, self.base_secret_key = "AKIASINKSINKSINKSINK", "sink"
        self._read, self._counts = 0, Counter()

    def __enter__(self):
        port_file = self.directory / "port"
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(port_file), str(self.log)], stdin=subprocess.DEVNULL,
            preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGTERM))
        deadline = time.monotonic() + 30
        while not port_file.exists():
            assert self.process.poll() is None and time.monotonic() < deadline, "the sink did not start"
            time.sleep(0.02)
        self.endpoint = f"http://127.0.0.1:{port_file.read_text()}"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def puts(self):
        """(key in bytes, SHA-256, size) of each object that arrived, in order."""
        with open(self.log, "rb") as log:
            for line in log:
                if line.startswith(b"PUT ") and line.endswith(b"\n"):
                    _, digest, size, target = line.split()
                    yield unquote_to_bytes(target.split(b"/", 2)[2]), digest.decode(), int(size)

    def keys(self):
        """Key → how many times it arrived."""
        return Counter(key for key, _, _ in self.puts())

    def requests(self):
        """How many objects and how many records arrived: cheap, so it can be asked again and again."""
        with open(self.log, "rb") as log:
            log.seek(self._read)
            while lines := log.readlines(1 << 20):
                if not lines[-1].endswith(b"\n"):
                    lines.pop()
                self._counts["records"] += lines.count(b"RECORD\n")
                self._counts["objects"] += len(lines) - lines.count(b"RECORD\n")
                self._read += sum(map(len, lines))
                if not lines:
                    break
        return self._counts


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
