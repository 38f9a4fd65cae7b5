"""A file on which the daemon dies again and again is set aside; the others are delivered."""

import os
import signal
import struct
import subprocess
import sys

import pytest

import crashing
from daemon import wait_until
from expectations import assert_delivered, wait_for_records
from test_delivery import write
from test_faults_process import GLUTTON, killed_by_kernel, memory_group  # noqa: F401

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="it needs root")


def in_hand(daemon):
    """Every number that the daemon has marked as in hand."""
    marks = daemon.state / "in-hand"
    words = struct.unpack("<512q", marks.read_bytes()[4096:8192]) if marks.exists() else ()
    return [number for number in words if number]


def test_the_third_crash_on_one_file_parks_it_and_the_others_are_delivered(daemon, aws, folder):
    with open(folder / "poisoned.bin", "wb") as poisoned:
        os.truncate(poisoned.fileno(), 24 << 30)  # Sparse: it takes no space, and long enough to be read.
    for _ in range(3):
        daemon.start()
        [number] = wait_until(lambda: in_hand(daemon), 30, "the file in hand", pause=0.001)
        daemon.kill()
    files = {b"%d.txt" % n: b"content %d" % n for n in range(20)}
    write(folder, files)
    daemon.start()
    wait_for_records(aws, folder, len(files), daemon=daemon)
    assert_delivered(aws, folder, files)
    daemon.wait_for_status("OK:", "1 parked")
    shown = daemon.json("queue", "show", str(number))
    assert shown["state"] == "parked" and "in hand" in shown["last_error"]
    assert daemon.stop() == 0


def test_an_order_to_stop_is_held_against_no_file(daemon, folder):
    with open(folder / "large.bin", "wb") as large:
        os.truncate(large.fileno(), 24 << 30)
    for _ in range(4):
        daemon.start()
        wait_until(lambda: in_hand(daemon), 30, "the file in hand", pause=0.001)
        assert daemon.stop() == 0
    assert daemon.json("queue")[0]["state"] == "pending"


def large(folder):
    """A file that takes the daemon long to read."""
    with open(folder / "large.bin", "wb") as made:
        os.truncate(made.fileno(), 24 << 30)


def assert_blameless(daemon):
    """Nothing is held against the file. To find out, the daemon must have started once more."""
    daemon.under = []
    daemon.start()
    wait_until(lambda: in_hand(daemon), 30, "the file in hand", pause=0.001)
    assert daemon.stop() == 0
    [delivery] = daemon.json("queue")
    assert delivery["state"] == "pending"
    assert "had this file in hand" not in daemon.log_tail(10**7)


@pytest.mark.skipif(crashing.missing() is not None, reason=str(crashing.missing()))
def test_the_third_fault_on_one_file_parks_it(daemon, folder):
    large(folder)
    for _ in range(3):
        daemon.start()
        [number] = wait_until(lambda: in_hand(daemon), 30, "the file in hand", pause=0.001)
        crashing.spoil_wait(daemon.process.pid, "supervisor")
        (folder / "wakes").touch()
        assert daemon.wait(20) == -signal.SIGILL
    daemon.start()
    daemon.wait_for_status("1 parked")
    assert daemon.json("queue", "show", str(number))["state"] == "parked"
    assert daemon.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV])
def test_a_signal_from_outside_is_held_against_no_file(daemon, folder, number):
    """A watchdog sends SIGABRT."""
    large(folder)
    for _ in range(4):
        daemon.start()
        wait_until(lambda: in_hand(daemon), 30, "the file in hand", pause=0.001)
        daemon.process.send_signal(number)
        assert daemon.wait(20) == -number
    assert_blameless(daemon)


@needs_root
def test_the_power_is_held_against_no_file_where_the_id_of_the_boot_is_hidden(daemon, folder):
    """As the unit hides it, with a new file system in memory at /run as each boot makes it; and where nothing tells."""
    large(folder)
    for run in ("mount -t tmpfs tmpfs /run", "mkdir -p /tmp/run && mount --bind /tmp/run /run"):
        hidden = f'mount -t tmpfs tmpfs /proc/sys && {run} && exec "$@"'
        daemon.under = ["unshare", "--mount", "sh", "-c", hidden, "sh"]
        for _ in range(4):
            daemon.start()
            wait_until(lambda: in_hand(daemon), 30, "the file in hand", pause=0.001)
            daemon.kill()
    assert_blameless(daemon)


@needs_root
def test_want_of_memory_is_held_against_no_file(daemon, folder, memory_group):  # noqa: F811
    group, bound = memory_group
    bound.write_text(str(128 << 20))
    large(folder)
    join, first = f"echo $$ >{group}/cgroup.procs", "echo 1000 >/proc/$$/oom_score_adj"
    for count in range(1, 5):
        daemon.under = ["sh", "-c", f'{join} && {first} && exec "$@"', "sh"]
        daemon.start()
        wait_until(lambda: in_hand(daemon), 30, "the file in hand", pause=0.001)
        with subprocess.Popen(["sh", "-c", f'{join} && exec "$@"', "sh", sys.executable, "-c", GLUTTON,
                               str(daemon.process.pid)]) as glutton:
            assert daemon.wait(60) == -signal.SIGKILL
            glutton.kill()
        assert killed_by_kernel(group) >= count
    assert_blameless(daemon)
