"""The null S3 + DynamoDB that clients are measured against, and what it can tell of them."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: mallopt(3): the memory of one body serves for the next, so that the sink spends no time on fresh pages.
MEMORY_KEPT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 32)}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_with_parent():
    """prctl(PR_SET_PDEATHSIG): no server outlives an interrupted run."""
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Sink:
    """nginx with sink.conf in a directory of its own, over http and https, on the loopback interface."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        ports = {name: free_port() for name in ("http", "https", "counts")}
        self.http, self.https = f"http://127.0.0.1:{ports['http']}", f"https://127.0.0.1:{ports['https']}"
        self.certificate = self.directory / "certificate.pem"
        self._counts = f"http://127.0.0.1:{ports['counts']}/"
        text = (HERE / "sink.conf").read_text()
        for name, port in ports.items():
            text = text.replace(f"@{name}@", str(port))
        (self.directory / "sink.conf").write_text(text)
        self._make_certificate()

    def _make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.directory / "key.pem",
             "-out", self.certificate], check=True, capture_output=True)

    def __enter__(self):
        nginx = next((path for path in ("/usr/sbin/nginx", "/usr/bin/nginx") if os.path.exists(path)), "nginx")
        self.process = subprocess.Popen(
            [nginx, "-p", str(self.directory), "-c", str(self.directory / "sink.conf")],
            env=os.environ | MEMORY_KEPT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=(self.directory / "error.log").open("w"), preexec_fn=end_with_parent)
        deadline = time.monotonic() + 10
        while True:
            try:
                self.counts()
                return self
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError("nginx does not start: " + (self.directory / "error.log").read_text()) from None
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def counts(self):
        """Connections accepted and requests served so far; this question is one of each."""
        text = urllib.request.urlopen(self._counts, timeout=5).read().decode()
        accepted, _, requests = map(int, re.search(r"(\d+) (\d+) (\d+)", text).groups())
        return accepted, requests
