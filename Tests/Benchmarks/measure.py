"""Runs a program and tells what it cost."""

import ctypes
import os
import re
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Cost:
    """Seconds, of the whole process tree; KiB at the peak, of the process itself."""

    wall: float
    cpu: float
    resident: int
    anonymous: int
    status: int
    #: Bytes that had to come from a disk (ru_inblock, as in `read_bytes` of proc_pid_io(5)).
    read: int = 0


def memory(pid):
    """VmHWM and RssAnon of a process, in KiB; zeros once it has gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0, 0
    values = [re.search(name + r":\s+(\d+)", text) for name in ("VmHWM", "RssAnon")]
    return tuple(int(value.group(1)) if value else 0 for value in values)


def adopt_orphans():
    """prctl(PR_SET_CHILD_SUBREAPER): what a program leaves behind becomes a child of this process, which counts it."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def children():
    return {int(pid) for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}


def run(command, env, log, cwd=None, timeout=3600):
    """Runs to the end, and to that of all that it started. VmHWM is the kernel's own peak; the anonymous part is looked at 50 times a second."""
    adopt_orphans()
    before = children()
    with open(log, "wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command], env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        peak, done = [0, 0], threading.Event()

        def watch():
            while not done.wait(0.02):
                peak[:] = [max(pair) for pair in zip(peak, memory(process.pid))]

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        timer = threading.Timer(timeout, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        timer.cancel()
        done.set()
        watcher.join()
        process.returncode = os.waitstatus_to_exitcode(status)
    usages = [usage, *(os.wait4(orphan, 0)[2] for orphan in children() - before)]
    return Cost(wall, sum(one.ru_utime + one.ru_stime for one in usages), *peak, process.returncode,
                sum(one.ru_inblock for one in usages) * 512)


def system_calls(command, env, log, cwd=None, attach=None, seconds=None):
    """How often each system call was made: by a command, or by a running process in some seconds."""
    with tempfile.NamedTemporaryFile("r") as counts:
        tracer = ["strace", "-f", "-c", "-U", "name,calls", "-o", counts.name]
        if attach:
            process = subprocess.Popen([*tracer, "-p", str(attach)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seconds)
            process.terminate()
            process.wait()
        else:
            done = run([*tracer, *command], env, log, cwd)
            if done.status:
                raise RuntimeError(f"{command[0]} left with {done.status}: {Path(log).read_text()[-500:]}")
        lines = (line.split() for line in counts.read().splitlines())
        return {words[0]: int(words[1]) for words in lines if len(words) == 2 and words[1].isdigit() and words[0] != "total"}
