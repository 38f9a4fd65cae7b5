"""A null S3 + DynamoDB that knows when bodies came and records were acknowledged: a process of its own, so that its client is
not held up."""

import multiprocessing
import queue
import socket
import threading
import time

#: As AWS does, it repeats the checksum it was sent, and gives its requests ids.
PUT = (b'HTTP/1.1 200 OK\r\nETag: "d41d8cd98f00b204e9800998ecf8427e"\r\nx-amz-checksum-sha256: %s\r\n'
       b"x-amz-checksum-crc64nvme: %s\r\nContent-Length: 0\r\n\r\n")
RECORD = (b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: sink\r\n"
          b"Content-Length: 2\r\n\r\n{}")
XML = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s"
BEGUN = (b'<InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>bucket</Bucket><Key>k</Key>'
         b"<UploadId>u1</UploadId></InitiateMultipartUploadResult>")
JOINED = (b'<CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Location>l</Location>'
          b"<Bucket>bucket</Bucket><Key>%s</Key><ETag>\"x-1\"</ETag>%s</CompleteMultipartUploadResult>")
CRC64 = b"<ChecksumCRC64NVME>%s</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType>"


def serve(connection, seen):
    """Answers request after request; a record counts as acknowledged once its answer has been handed to the kernel. Bodies are
    thrown away as they come."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    room = bytearray(1 << 20)
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        left = int(header(head, b"content-length") or 0)
        if left and not data:
            data = connection.recv(min(left, 65536))
        if head.startswith(b"PUT"):
            seen.send(("body", time.monotonic_ns()))
        left, data = left - min(left, len(data)), data[left:]
        while left:
            left -= connection.recv_into(room, min(left, len(room)))
        connection.sendall(answer(head))
        if kind(head) == "record":
            seen.send(("record", time.monotonic_ns()))


def kind(head):
    method, target = head.split(b" ", 2)[:2]
    if method == b"PUT":
        return "put"
    return "begin" if target.endswith((b"?uploads", b"?uploads=")) else "join" if b"uploadId=" in target else "record"


def answer(head):
    match kind(head):
        case "put":
            return PUT % (header(head, b"x-amz-checksum-sha256"), header(head, b"x-amz-checksum-crc64nvme"))
        case "begin":
            return XML % (len(BEGUN), BEGUN)
        case "join":
            crc64 = header(head, b"x-amz-checksum-crc64nvme")
            key = head.split(b" ", 2)[1].partition(b"?")[0].split(b"/", 2)[2]
            text = JOINED % (key, CRC64 % crc64 if crc64 else b"")
            return XML % (len(text), text)
    return RECORD


def header(head, name):
    return next((line.partition(b":")[2].strip() for line in head.split(b"\r\n")
                 if line.lower().startswith(name + b":")), b"")


def accept(listener, seen):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, seen), daemon=True).start()


class LatencySink:
    def __enter__(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._receiver, sender = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.Process(target=accept, args=(listener, sender), daemon=True)
        self._process.start()
        listener.close()
        # A pipe holds little, and whoever cannot write into it waits.
        self._seen = queue.SimpleQueue()
        threading.Thread(target=self._collect, daemon=True).start()
        return self

    def _collect(self):
        while True:
            try:
                self._seen.put(self._receiver.recv())
            except (EOFError, OSError):
                return

    def __exit__(self, *_):
        self._process.terminate()
        self._process.join()

    def wait_for_records(self, count, timeout):
        """The moments (time.monotonic_ns) of the first `count` acknowledgements, in order."""
        return self._wait_for("record", count, timeout)

    def wait_for_body(self, timeout):
        """The moment at which the first byte of the next body was there."""
        return self._wait_for("body", 1, timeout)[0]

    def forget(self):
        """Nothing that came so far counts."""
        while not self._seen.empty():
            self._seen.get()

    def _wait_for(self, wanted, count, timeout):
        moments, deadline = [], time.monotonic() + timeout
        while len(moments) < count:
            try:
                what, moment = self._seen.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"{len(moments)} of {count} {wanted} came") from None
            if what == wanted:
                moments.append(moment)
        return moments
