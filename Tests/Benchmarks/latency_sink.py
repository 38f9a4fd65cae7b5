"""A null S3 + DynamoDB that knows when it acknowledged each record: one process, so that its client is not held up."""

import multiprocessing
import socket
import threading
import time

#: As AWS does, it repeats the checksum it was sent, and gives its requests ids.
PUT = (b'HTTP/1.1 200 OK\r\nETag: "d41d8cd98f00b204e9800998ecf8427e"\r\nx-amz-checksum-sha256: %s\r\n'
       b"Content-Length: 0\r\n\r\n")
RECORD = (b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: sink\r\n"
          b"Content-Length: 2\r\n\r\n{}")


def serve(connection, acknowledged):
    """Answers request after request; a record counts as acknowledged once its answer has been handed to the kernel."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        length = int(header(head, b"content-length") or 0)
        while len(data) < length:
            data += connection.recv(65536)
        data = data[length:]
        is_record = head.startswith(b"POST")
        connection.sendall(RECORD if is_record else PUT % header(head, b"x-amz-checksum-sha256"))
        if is_record:
            acknowledged.send(time.monotonic_ns())


def header(head, name):
    return next((line.partition(b":")[2].strip() for line in head.split(b"\r\n")
                 if line.lower().startswith(name + b":")), b"")


def accept(listener, acknowledged):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, acknowledged), daemon=True).start()


class LatencySink:
    def __enter__(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._receiver, sender = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.Process(target=accept, args=(listener, sender), daemon=True)
        self._process.start()
        listener.close()
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.join()

    def wait_for_records(self, count, timeout):
        """The moments (time.monotonic_ns) of the first `count` acknowledgements, in order."""
        moments, deadline = [], time.monotonic() + timeout
        while len(moments) < count:
            if not self._receiver.poll(max(0, deadline - time.monotonic())):
                raise TimeoutError(f"{len(moments)} of {count} records arrived")
            moments.append(self._receiver.recv())
        return moments
