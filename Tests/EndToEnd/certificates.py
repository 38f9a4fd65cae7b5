"""Certificates for tests, made with openssl(1): an authority of our own, and servers it vouches for."""

import subprocess
from pathlib import Path


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Authority:
    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.bundle, self._key = self.directory / "ca.pem", self.directory / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=Test Authority", "-keyout", self._key, "-out", self.bundle)

    def server(self, name, expired=False):
        """A certificate for a host's name, with its key in the same file."""
        base = self.directory / (name + ("-expired" if expired else ""))
        key, request, certificate, extensions = (base.with_suffix(s) for s in (".key", ".csr", ".crt", ".ext"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                "-keyout", key, "-out", request)
        extensions.write_text(f"subjectAltName=DNS:{name}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.bundle, "-CAkey", self._key, "-CAcreateserial",
                "-extfile", extensions, "-out", certificate, "-days", "-1" if expired else "2")
        whole = base.with_suffix(".pem")
        whole.write_bytes(key.read_bytes() + certificate.read_bytes())
        return whole
