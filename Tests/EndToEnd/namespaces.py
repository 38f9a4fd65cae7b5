"""The daemon in namespaces of its own, where a test may mount and set the kernel's limits without touching the machine."""

import os
import subprocess
from pathlib import Path


def wrap(binary, directory, *options, first=""):
    """A program that starts `binary` in new namespaces (options of unshare(1)) after the shell command `first`."""
    script = Path(directory) / "in-namespaces"
    script.write_text(
        f"#!/bin/sh\nexec unshare --user --map-root-user {' '.join(options)} /bin/sh -c "
        f"'{first or ':'}; exec \"$0\" \"$@\"' {binary} \"$@\"\n")
    script.chmod(0o755)
    return script


def inside(process, command):
    """Runs a shell command in the namespaces of a process."""
    spaces = ["--user", "--mount", "--preserve-credentials"]
    subprocess.run(["nsenter", "-t", str(process.pid), *spaces, "/bin/sh", "-ec", command], check=True,
                   stdin=subprocess.DEVNULL, cwd="/")


def are_permitted():
    """Whether this machine lets us make user and mount namespaces."""
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "true"], stdin=subprocess.DEVNULL, capture_output=True,
        check=False).returncode == 0 and os.path.exists("/proc/sys/user/max_inotify_watches")
