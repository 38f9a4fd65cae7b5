"""Faults at the system calls of the daemon, injected by strace(1).

strace counts per thread: a call number N means the N-th such call of whichever thread comes to it first.
"""

import functools
import os
import shutil
import subprocess

STRACE = shutil.which("strace")


def inject(call, effect, number, paths=()):
    """The words before the program that give its `number`-th `call` an `effect`, such as `signal=SIGKILL`.

    With `paths` only calls on these files count. The daemon keeps the process id that it was started with.
    """
    on = [word for path in paths for word in ("-P", str(path))]
    # Not with --seccomp-bpf: together with -D strace 6.1 counts nothing.
    return [STRACE, "-D", "-f", "-qq", "-o", "/dev/null", *on, "-e", f"trace={call}",
            "-e", f"inject={call}:{effect}:when={number}"]


@functools.cache
def missing():
    """Why strace cannot be used here, or None."""
    if STRACE is None:
        return "strace is not installed"
    done = subprocess.run([*inject("write", "signal=SIGKILL", 2), "sh", "-c", "echo 1; echo 2; echo 3"],
                          capture_output=True, text=True)
    return None if (done.returncode, done.stdout) == (-9, "1\n") else f"strace does not work here: {done.stderr.strip()}"


def journal_files(daemon):
    """The journal and its companions. strace resolves the names when it starts, whether or not they are there."""
    base = os.path.realpath(daemon.state / "journal.db")
    return [base, base + "-wal", base + "-shm"]
