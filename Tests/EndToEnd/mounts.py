"""File systems of a kind that the kernel does not serve itself."""

import contextlib
import os
import signal
import shutil
import subprocess

from daemon import wait_until
from local_aws import die_with_parent


def fuse_missing():
    """Why no FUSE file system can be mounted here, or None."""
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        return "mounting FUSE needs root and /dev/fuse"
    return None if shutil.which("bindfs") else "bindfs is not installed"


@contextlib.contextmanager
def fuse(behind, place):
    """Shows the directory `behind`, which is made, at `place` through bindfs(1), and takes it away again."""
    with served(behind, place):
        yield place


class Share:
    """A file system whose server can be made to hang."""

    def __init__(self, server):
        self.server = server

    def hang(self):
        self.server.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.server.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def served(behind, place):
    """As `fuse`, and gives the share."""
    for path in (behind, place):
        path.mkdir(exist_ok=True)
    server = subprocess.Popen(["bindfs", "-f", str(behind), str(place)], stdin=subprocess.DEVNULL,
                              preexec_fn=die_with_parent)
    try:
        wait_until(lambda: server.poll() is not None or os.path.ismount(place), 20, "a mounted bindfs")
        assert server.poll() is None
        yield Share(server)
    finally:
        server.send_signal(signal.SIGCONT)
        subprocess.run(["umount", "-l", str(place)], check=True)
        server.terminate()
        server.wait(20)
