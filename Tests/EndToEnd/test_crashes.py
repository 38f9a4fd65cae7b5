"""Killed at any moment: each file ends with one record."""

import random
import subprocess
import threading

import pytest

from expectations import assert_delivered, wait_for_records
from fake_aws.handle import Rule
from scoreboard import score
from test_delivery import write


class Writer(threading.Thread):
    """Somebody who saves files all the while."""

    def __init__(self, folder, seed):
        super().__init__(daemon=True)
        self.folder, self.random, self.files = folder, random.Random(seed), {}
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(0.02):
            path = b"%d/%d.txt" % (len(self.files) % 3, len(self.files))
            content = self.random.randbytes(self.random.randrange(3000))
            write(self.folder, {path: content})
            self.files[path] = content

    def stop(self):
        self.ended.set()
        self.join()
        return self.files


def start_and_kill(daemon, times, seed):
    """Each time at a moment of the seed's choice, which must find the daemon still running."""
    moments = random.Random(seed)
    for _ in range(times):
        daemon.start(ready=False)
        with pytest.raises(subprocess.TimeoutExpired):
            daemon.process.wait(moments.uniform(0.02, 1.5))
        daemon.kill()


def test_killed_at_random_moments_under_load_each_file_has_one_record(daemon, aws, folder, long):
    kills, seed = (200 if long else 20), random.randrange(10**9)
    print("seed", seed)
    daemon.sections["upload"] = {"retry_base": "100ms", "retry_cap": "1s"}
    daemon.settle = "100ms"
    daemon.configure({folder.name: folder})
    writer = Writer(folder, seed)
    writer.start()
    start_and_kill(daemon, kills, seed)
    files = writer.stop()
    daemon.start()
    wait_for_records(aws, folder, len(files), timeout=180, daemon=daemon)
    daemon.wait_for_status("OK:", "0 pending")
    assert_records_are_single(aws, folder, files)
    assert daemon.stop() == 0


def assert_records_are_single(aws, folder, files):
    """One record each, and the version it names holds the file; a killed upload may have left a version more."""
    records = aws.records(folder.name)
    assert len(records) == len(files) == len({r["object_key"] for r in records})
    for path, content in files.items():
        record = next(r for r in records if r["object_key"] == f"{folder.name}/{path.decode()}")
        assert aws.read(record["object_key"], record["version_id"])[0] == content


#: Each is drawn for 4 requests of 100: one request in five fails.
FAULTS = [
    Rule("*", chance=0.04, times=None, status=503, code="SlowDown"),
    Rule("*", chance=0.04, times=None, status=500, code="InternalError"),
    Rule("*", chance=0.04, times=None, commit=True, end="close"),
    Rule("*", chance=0.04, times=None, end="reset"),
    Rule("*", chance=0.04, times=None, commit=True, end="half"),
]


@pytest.mark.crash
def test_killed_at_random_moments_while_every_fifth_request_fails_each_file_has_one_record(
        faked, fake, folder, long, scoreboard):
    kills, seed = (500 if long else 10), random.randrange(10**9)
    print("seed", seed)
    fake.script(*FAULTS, seed=seed)
    writer = Writer(folder, seed)
    writer.start()
    start_and_kill(faked, kills, seed)
    files = writer.stop()
    fake.script()
    faked.start()
    wait_for_records(fake, folder, len(files), timeout=300, daemon=faked)
    faked.wait_for_status("OK:", "0 pending", timeout=60)
    assert faked.stop() == 0
    scoreboard.add(score("killed at a random moment, under load, 20 % faults", kills, fake, folder, files))


def test_stopped_with_files_pending_and_started_again_delivers_each_once(daemon, aws, folder):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(150)}
    daemon.start()
    write(folder, files)
    wait_for_records(aws, folder, 1, daemon=daemon)
    assert daemon.stop() == 0
    assert daemon.notify.values("STOPPING") == ["1"]
    daemon.start()
    wait_for_records(aws, folder, len(files), daemon=daemon)
    assert_delivered(aws, folder, files)


def test_a_lost_journal_makes_no_second_record(daemon, aws, folder):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(10)}
    daemon.start()
    write(folder, files)
    wait_for_records(aws, folder, len(files), daemon=daemon)
    daemon.stop()
    for path in daemon.state.glob("journal.db*"):
        path.unlink()
    daemon.start()
    daemon.wait_for(lambda: len(daemon.json("history")) == 10, 60, "all known again")
    daemon.wait_for_status("OK:", "0 pending")
    assert len(aws.records(folder.name)) == len(files)


def test_with_write_once_a_lost_journal_finds_the_objects_and_records_it_made(daemon, aws, folder):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(10)}
    daemon.sections["upload"] = {"write_once": True}
    daemon.configure({folder.name: {"path": str(folder), "key": "{folder}/{id}/{path}"}})
    write(folder, files)
    daemon.start()
    records = wait_for_records(aws, folder, len(files), daemon=daemon)
    daemon.stop()
    for path in daemon.state.glob("journal.db*"):
        path.unlink()
    daemon.start()
    daemon.wait_for(lambda: len(daemon.json("history")) == 10, 60, "all known again")
    daemon.wait_for_status("OK:", "0 pending")
    assert "parked" not in daemon.status
    assert sorted(map(str, aws.records(folder.name))) == sorted(map(str, records))
