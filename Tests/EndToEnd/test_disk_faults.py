"""The journal's disk fails at any of its writes: nothing is acknowledged wrongly, and nothing is lost after a restart."""

import os

import pytest

import system_calls
from daemon import Daemon, wait_until
from scoreboard import score
from test_delivery import write
from test_kill_points import all_recorded, drain

pytestmark = [pytest.mark.crash, pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))]

ERRORS = ["ENOSPC", "EIO", "EDQUOT", "EROFS"]
#: Which call, and which of them are tried in the short run. Together more than the first 50 writes of one run.
WRITES = {"pwrite64": [1, 9, 26], "fdatasync": [3], "ftruncate": [1]}


def points(long):
    last = {"pwrite64": 40, "fdatasync": 9, "ftruncate": 3}
    return [(call, number) for call, few in WRITES.items() for number in (range(1, last[call] + 1) if long else few)]


def run_with_fault(daemon, aws, folder, call, error, number):
    """Runs until all is delivered, the daemon gave up, or it waits for the disk; then asks it to stop.

    Returns whether the fault made a difference that could be seen.
    """
    daemon.under = system_calls.inject(call, f"error={error}", number, system_calls.journal_files(daemon))
    daemon.start(ready=False)
    try:
        def over():
            if daemon.process.poll() is not None or "DEGRADED" in daemon.status:
                return True
            return all_recorded(aws, folder)

        wait_until(over, 60, daemon.log_tail, 0.02)
        noticed = "DEGRADED" in daemon.status
        if daemon.process.poll() is None:
            daemon.process.terminate()
        status = daemon.wait()
        assert status in (0, 1), "it stops, or says that it failed"
        return noticed or status == 1
    finally:
        daemon.under = []


def assert_no_wrong_acknowledgement(daemon, aws, folder, path):
    """Who asks the journal hears `safe` only of what is recorded."""
    name = path.decode()
    answer = daemon.command("is-safe", str(folder / name))
    recorded = [r for r in aws.records(folder.name) if r["source_path"] == name]
    assert answer.returncode != 0 or recorded, (answer.stdout, "but there is no record")


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_at_a_write_of_the_journal_loses_nothing(binary, fake, folder, tmp_path, long, scoreboard, error):
    daemon = Daemon(binary, tmp_path / "daemon", fake, {folder.name: folder}, settle="100ms",
                    upload={"retry_base": "100ms", "retry_cap": "1s"})
    files, tried, noticed = {}, points(long), 0
    drain(daemon)
    for call, number in tried:
        path = b"%s-%d.bin" % (call.encode(), number)
        files[path] = os.urandom(300)
        write(folder, {path: files[path]})
        noticed += run_with_fault(daemon, fake, folder, call, error, number)
        assert_no_wrong_acknowledgement(daemon, fake, folder, path)
        drain(daemon)
    assert noticed >= len(tried) // 3, "too few of the faults came to pass"
    scoreboard.add(score(f"{error} at a write of the journal", len(tried), fake, folder, files))
