"""The fake AWS as a test holds it: starts and ends the process, scripts its faults, looks at what it stored.

It has the attributes and the looks of `LocalAWS`, so that a `Daemon` and the expectations work with either.
"""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from daemon import wait_until
from local_aws import die_with_parent, free_port, plain

from .faults import Rule
from .service import DEFAULTS
from .storage import Log

HERE = Path(__file__).resolve().parent


class FakeAWS:
    def __init__(self, directory, certificate=None, versions="", host="127.0.0.1", **settings):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.settings = DEFAULTS | {"tls": certificate is not None} | settings
        self.certificate, self.versions_of_tls = certificate, versions
        self.port = free_port()
        self.scheme = "https" if certificate else "http"
        self.endpoint = f"{self.scheme}://{host}:{self.port}"
        for name in ("region", "bucket", "table", "role_arn", "external_id", "base_access_key", "base_secret_key"):
            setattr(self, name, self.settings[name])
        self.stored = Log(self.directory / "store")
        self.process = self._control = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # -- the process ------------------------------------------------------------------------------------------------

    def start(self):
        """Starts it, also again: on the same port, with what it stored."""
        assert self.process is None
        command = [sys.executable, "-B", "-m", "fake_aws", self.directory, self.port, json.dumps(self.settings)]
        command += [self.certificate, self.versions_of_tls] if self.certificate else []
        with open(self.directory / "fake.log", "ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], cwd=HERE.parent, env={"PATH": os.environ["PATH"]},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        wait_until(self._connected, 30, lambda: (self.directory / "fake.log").read_text()[-2000:], pause=0.02)
        return self

    def _connected(self):
        assert self.process.poll() is None, (self.directory / "fake.log").read_text()[-2000:]
        control = socket.socket(socket.AF_UNIX)
        try:
            # A Unix socket's address has at most 107 bytes: name it relative to the descriptor of its directory.
            place = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
            try:
                control.connect(f"/proc/self/fd/{place}/control")
            finally:
                os.close(place)
        except OSError:
            control.close()
            return False
        self._control = control.makefile("rwb")
        control.close()
        return True

    def stop(self):
        """Ends it at once; what it stored stays."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self._control.close()
            self.process = None

    # -- control ----------------------------------------------------------------------------------------------------

    def ask(self, call, argument=None):
        self._control.write(json.dumps([call, argument]).encode() + b"\n")
        self._control.flush()
        reply = json.loads(self._control.readline())
        assert "error" not in reply, reply
        return reply["value"]

    def script(self, *rules, seed=0):
        """From now on these faults happen; none for none."""
        self.ask("script", {"rules": [rule.to_json() for rule in rules], "seed": seed})

    def set(self, **settings):
        self.ask("set", settings)

    def revoke_sessions(self):
        self.ask("revoke")

    def state(self):
        return self.ask("state")

    def requests(self, operation):
        return self.state()["requests"].get(operation, 0)

    def played(self):
        """How often each rule of the script came true."""
        return self.state()["played"]

    def trace(self, since=0.0):
        """Every request since a moment of the monotonic clock: (moment, operation, key, part, access key, faulted)."""
        return self.ask("trace", since)

    def asked_within(self, seconds):
        """The requests that arrive in the next seconds."""
        since = self.now()
        time.sleep(seconds)
        return [entry for entry in self.trace(since) if entry[0] < since + seconds]

    @staticmethod
    def now():
        return time.monotonic()

    # -- an independent look: the files on disk, not the process ------------------------------------------------------

    def versions(self, prefix=""):
        return [(o["key"], o["version"]) for o in self.stored.refresh().objects if o["key"].startswith(prefix)]

    def read(self, key, version=None):
        stored = self.stored.refresh()
        found = stored.current[key] if version is None else stored.versions[key, version]
        return self.stored.content(found["content"]), {"ContentLength": found["size"], "Metadata": found["metadata"]}

    def records(self, folder=None):
        items = [{name: plain(value) for name, value in item.items()} for item in self.stored.refresh().items.values()]
        return [item for item in items if folder is None or item.get("folder") == folder]

    def count_records(self, folder):
        return sum(item["folder"]["S"] == folder for item in self.stored.refresh().items.values())

    def overwritten_records(self, prefix):
        return [key for key in self.stored.refresh().overwritten_items if key.startswith(prefix)]

    def violations(self):
        """What no correct client ever does: wrong signatures, checksums, parts, items."""
        return self.stored.refresh().violations

    def forgive(self, *codes):
        """A test caused these itself: a wrong secret, or a wrong clock, which looks the same."""
        self.stored.refresh().violations[:] = [v for v in self.stored.violations if v[1] not in codes]


__all__ = ["FakeAWS", "Rule"]
