"""What the fake keeps: objects with their versions, uploads in parts, items and sessions, all on disk.

`log` has one JSON document a line, each one effect; a line is written after the bytes it tells of. Whoever wants to know
what was stored reads it, also while the fake runs or after it was killed.
"""

import json
import os
import secrets
from pathlib import Path


class Log:
    """Reads the log from where the last look ended."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.path = self.directory / "log"
        self.objects = []
        self.items = {}
        self.current = {}
        self.versions = {}
        self.uploads = {}
        self.completed = {}
        self.sessions = {}
        self.violations = []
        self.overwritten_items = []
        self._read = 0

    def refresh(self):
        if not self.path.exists():
            return self
        with open(self.path, "rb") as file:
            file.seek(self._read)
            text = file.read()
        whole = text.rfind(b"\n") + 1
        self._read += whole
        for line in text[:whole].splitlines():
            self.take(json.loads(line))
        return self

    def take(self, entry):
        getattr(self, "_" + entry["kind"])(entry)

    def _object(self, entry):
        self.objects.append(entry)
        self.current[entry["key"]] = entry
        self.versions[entry["key"], entry["version"]] = entry
        if upload := entry.get("upload"):
            self.completed[upload] = entry
            self.uploads.pop(upload, None)

    def _item(self, entry):
        key = (entry["item"]["object_key"]["S"], entry["item"]["delivery_id"]["S"])
        if key in self.items:
            self.overwritten_items.append(key[0])
        self.items[key] = entry["item"]

    def _upload(self, entry):
        self.uploads[entry["upload"]] = entry | {"parts": {}}

    def _part(self, entry):
        if entry["upload"] in self.uploads:
            self.uploads[entry["upload"]]["parts"][entry["number"]] = entry

    def _aborted(self, entry):
        self.uploads.pop(entry["upload"], None)

    def _session(self, entry):
        self.sessions[entry["access_key"]] = entry

    def _violation(self, entry):
        self.violations.append((entry["operation"], entry["code"], entry["message"]))

    def content(self, name):
        return (self.directory / "content" / name).read_bytes()


class Storage(Log):
    """The one writer of the log."""

    def __init__(self, directory):
        super().__init__(directory)
        (self.directory / "content").mkdir(parents=True, exist_ok=True)
        self.refresh()
        self._log = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.ftruncate(self._log, self._read)  # a line that was not finished tells of nothing
        os.lseek(self._log, self._read, os.SEEK_SET)

    def append(self, kind, **fields):
        entry = {"kind": kind, **fields}
        os.write(self._log, json.dumps(entry).encode() + b"\n")
        self.take(entry)
        return entry

    def keep(self, body):
        """Puts bytes on disk; returns their name."""
        name = secrets.token_hex(12)
        descriptor = os.open(self.directory / "content" / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            view = memoryview(body)
            while view:
                view = view[os.write(descriptor, view):]
        finally:
            os.close(descriptor)
        return name

    def join(self, names):
        """One content made of several; returns its name and size."""
        name = secrets.token_hex(12)
        with open(self.directory / "content" / name, "wb") as out:
            for part in names:
                with open(self.directory / "content" / part, "rb") as file:
                    os.sendfile(out.fileno(), file.fileno(), 0, os.fstat(file.fileno()).st_size)
            return name, os.fstat(out.fileno()).st_size

    def drop(self, name):
        (self.directory / "content" / name).unlink(missing_ok=True)
