"""Killed at every system call of a file's way: afterwards each file has one object and one record.

Every run is the same: the daemon starts, finds one new file, delivers it, is asked to stop; at its N-th call of one kind it
is killed. N grows until a run survives. Then it starts again, without a fault.
"""

import json
import os
import time
from datetime import datetime, timezone

import pytest

import system_calls
from daemon import Daemon, wait_until
from delivering import in_parts
from scoreboard import score
from test_delivery import write

pytestmark = [pytest.mark.crash, pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))]

#: Kind of call → each how many-th call is taken in the short run. What the program opens while it is loaded is left out.
CALLS = {"pwrite64": 13, "fdatasync": 4, "write": 7, "sendto": 3, "sendmsg": 2, "openat2": 2, "renameat,renameat2,rename": 2,
         "unlink,unlinkat": 2, "ftruncate": 2, "openat": 60, "fcntl": 60, "fsync": 2}


def killed(daemon, aws, folder, calls, number):
    """Runs the daemon until it has delivered all or is killed; returns whether it was killed."""
    daemon.under = system_calls.inject(calls, "signal=SIGKILL", number)
    daemon.start(ready=False)
    try:
        wait_until(lambda: daemon.process.poll() is not None or all_recorded(aws, folder), 60, daemon.log_tail, 0.02)
        if daemon.process.poll() is None:
            daemon.process.terminate()
        return daemon.wait() == -9
    finally:
        daemon.under = []


def all_recorded(aws, folder):
    """Whether each file in the folder has a record. That the daemon knows is for its end to see to."""
    return aws.count_records(folder.name) == len(os.listdir(folder))


def drain(daemon, in_parts=False):
    """Delivers what is left. Where S3 may still be joining parts the daemon would wait a quarter of an hour: it is ordered
    to ask at once, as a person may who knows that S3 has ended."""
    daemon.start(ready=False, arguments=["--drain", "--timeout", "60s"])
    while in_parts and daemon.process.poll() is None:
        listed = daemon.command("queue", "--json")
        if listed.returncode == 0 and any(map(waits_long, json.loads(listed.stdout))):
            daemon.command("queue", "retry", "--all")
        time.sleep(0.1)
    assert daemon.wait(90) == 0, daemon.log_tail()


def waits_long(entry):
    next_attempt = datetime.fromisoformat(entry["next_attempt_at"])
    return (next_attempt - datetime.now(timezone.utc)).total_seconds() > 60


@pytest.mark.parametrize("size", ["a small file", "a file in three parts"])
def test_killed_at_a_system_call_each_file_has_one_object_and_one_record(
        binary, fake, folder, tmp_path, long, scoreboard, size):
    daemon = in_parts(Daemon(binary, tmp_path / "daemon", fake, {folder.name: folder}, settle="100ms",
                             upload={"retry_base": "100ms", "retry_cap": "1s"}))
    small, files, runs = size == "a small file", {}, 0
    drain(daemon)
    for calls, step in CALLS.items():
        number = 1
        while True:
            path = b"%d-%s.bin" % (number, calls.split(",")[0].encode())
            files[path] = os.urandom(500 if small else (10 << 20) + 1)
            write(folder, {path: files[path]})
            survived = not killed(daemon, fake, folder, calls, number)
            drain(daemon, in_parts=not small)
            runs += 1
            if survived:
                break
            number += 1 if long else step if small else 2 * step
    scoreboard.add(score(f"killed at each system call, {size}", runs, fake, folder, files))
