"""A client of the daemon's control socket: lines of JSON, as a script would speak them."""

import json
import os
import socket


class Control:
    """One connection. Closes at the end of its `with`."""

    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # A path longer than the kernel takes is reached through its directory.
        directory = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.socket.connect(f"/proc/self/fd/{directory}/{os.path.basename(path)}")
        finally:
            os.close(directory)
        # Before, it would not wait for its turn either.
        self.socket.settimeout(timeout)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else json.dumps(data).encode() + b"\n")

    def line(self):
        """The next line; None where the daemon has closed."""
        line = self.file.readline()
        return json.loads(line) if line else None

    def ask(self, **request):
        """The lines of the answer to an order."""
        self.send({"v": 1} | request)
        lines = []
        while not lines or not {"end", "error", "later"} & set(lines[-1]):
            lines.append(self.line())
            assert lines[-1] is not None, lines
        return lines


def path_of(daemon):
    return str(daemon.state / "control.sock")


def greeted(daemon, timeout=10):
    """A connection that has been heard."""
    control = Control(path_of(daemon), timeout)
    control.greeting = control.line()
    return control
