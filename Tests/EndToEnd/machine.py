"""A machine of its own to install the package on: a real systemd in namespaces, beside the host's. Needs root."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from daemon import wait_until
from local_aws import die_with_parent

HERE = Path(__file__).resolve().parent
NAMESPACES = ["--pid", "--mount", "--uts", "--ipc", "--cgroup"]


def missing():
    """Why there can be no such machine; None if there can."""
    if os.geteuid() != 0:
        return "a second systemd needs root"
    if not os.path.exists("/lib/systemd/systemd") or shutil.which("unshare") is None:
        return "a second systemd needs systemd and unshare"
    return None


class Machine:
    """A booted systemd. Its network is the host's."""

    def __init__(self, root, packages, log):
        """`root`: the file system it starts from, untouched; `packages`: a directory of packages to install."""
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                ["unshare", "--fork", *NAMESPACES, "--kill-child=KILL", "--mount-proc", str(HERE / "boot-systemd"),
                 str(root), str(packages)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=die_with_parent)
        wait_until(self.is_up, 60, lambda: log.read_text(errors="replace")[-2000:], pause=0.3)

    def first_process(self):
        """Process 1, as the host counts."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return children[0] if children else None

    def is_up(self):
        return self.first_process() and "up" in self.run("systemctl is-active -q basic.target && echo up")

    def run(self, script, text=None, timeout=120):
        """Runs a shell script inside and returns what it prints."""
        inside = ["nsenter", "-t", self.first_process(), "-m", "-p", "-u", "-i", "-C", "bash", "-c", script]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
                       "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(
            inside, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout,
            env=environment, errors="backslashreplace")
        return done.stdout

    def ok(self, script, text=None, timeout=120):
        """The same for what must succeed."""
        told = self.run(f"set -e; {script}\necho; echo done", text, timeout)
        assert told.endswith("\ndone\n"), f"{script}\n{told}"
        return told.removesuffix("\ndone\n")

    def show(self, name):
        """A property of the service."""
        return self.run(f"systemctl show --value -p {name} s3loggerd").strip()

    def main_process(self):
        """The daemon's process, as the host counts."""
        inner = self.show("MainPID")
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            except OSError:
                continue
            if lines["Name"] == "s3loggerd" and lines["NSpid"].split()[-1] == inner:
                return int(lines["Pid"])
        raise AssertionError(f"no process {inner}")

    def stop(self):
        self.process.kill()
        self.process.wait()


def stop_thread(pid, name):
    """Stops the threads of that name, as if they hung. Returns what holds them, to be ended when the process is gone."""
    found = [task.name for task in Path(f"/proc/{pid}/task").iterdir() if (task / "comm").read_text().strip() == name]
    if found:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, *found], stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        assert holder.stdout.readline() == "stopped\n"
        return holder
    raise AssertionError(f"no thread {name}: {sorted((t / 'comm').read_text() for t in Path(f'/proc/{pid}/task').iterdir())}")


# SIGSTOP stops every thread of a process; ptrace(2) stops some. They must then be waited for until the process has ended.
HOLDER = """
import ctypes, os, sys
threads, libc = [int(number) for number in sys.argv[1:]], ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
seize, interrupt, wait_for_threads = 0x4206, 0x4207, 0x40000000
for thread in threads:
    assert libc.ptrace(seize, thread, None, None) == 0, os.strerror(ctypes.get_errno())
    assert libc.ptrace(interrupt, thread, None, None) == 0
    os.waitpid(thread, wait_for_threads)
print("stopped", flush=True)
while True:
    try:
        os.waitpid(-1, wait_for_threads)
    except ChildProcessError:
        break
"""
