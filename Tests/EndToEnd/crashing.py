"""Faults in a running daemon: a signal for one of its threads, or an instruction that there is not."""

import ctypes
import platform
from pathlib import Path

from daemon import wait_until

#: What x86 has for "no instruction".
UD2 = b"\x0f\x0b"


def missing():
    """Why there can be no such instruction; None if there can."""
    return None if platform.machine() == "x86_64" else "the instruction is one of x86"


def threads(pid, name):
    return [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir() if (task / "comm").read_text().strip() == name]


def signal_thread(pid, name, number):
    """tgkill(2), to the first thread of that name."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.tgkill(pid, threads(pid, name)[0], int(number)) == 0, ctypes.get_errno()


def spoil_wait(pid, name):
    """The thread of that name, asleep in the kernel, finds on its return an instruction that there is not."""
    [thread] = threads(pid, name)

    def asleep():
        words = Path(f"/proc/{pid}/task/{thread}/syscall").read_text().split()
        return int(words[-1], 16) if words[0] != "running" else None
    place = wait_until(asleep, 10, f"{name} asleep")
    with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        memory.seek(place)
        memory.write(UD2)


def calls(log):
    """The lines of the calls that a crash told of, innermost first."""
    return [line for line in log.splitlines() if line.startswith("#")]
