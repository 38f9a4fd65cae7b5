"""Another time for the daemon than the machine's, with libfaketime."""

import glob
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

from local_aws import die_with_parent

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)


def missing():
    """Why no clock can be moved here, or None."""
    return None if LIBRARY else "faketime is not installed"


class MovingClock:
    """A clock that is ahead of the machine's by what a file says; libfaketime shows the daemon the same.

    Swift finds a program's arguments beside its environment, which libfaketime moves when it makes its shared memory. So
    the command `faketime` makes that beforehand, and lives as long as it is needed.
    """

    def __init__(self, path):
        self.path, self.ahead = Path(path), timedelta()
        self.move(timedelta())
        self.holder = subprocess.Popen(
            ["faketime", "-m", "-f", "+0", "sh", "-c", 'echo "$FAKETIME_SHARED"; exec cat'], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        self.shared = self.holder.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.holder.communicate(timeout=10)

    def move(self, by):
        self.ahead += by
        aside = self.path.with_suffix(".new")
        aside.write_text(f"{int(self.ahead.total_seconds()):+d}\n")
        aside.replace(self.path)

    def now(self):
        return datetime.now(timezone.utc) + self.ahead

    def environment(self):
        return {"LD_PRELOAD": LIBRARY, "FAKETIME_SHARED": self.shared, "FAKETIME_TIMESTAMP_FILE": str(self.path),
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
