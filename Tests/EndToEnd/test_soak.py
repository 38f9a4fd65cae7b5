"""Long work in one process: what it holds does not grow. With --long."""

import os
import re
import shutil
import time
from collections import namedtuple
from pathlib import Path

import pytest

from daemon import wait_until
from delivering import in_parts
from fake_aws.handle import Rule
from scoreboard import score
from test_delivery import write

MINUTES = 10
#: Each is drawn for one request of 100.
FAULTS = [
    Rule("*", chance=0.01, times=None, status=503, code="SlowDown"),
    Rule("*", chance=0.01, times=None, status=500, code="InternalError"),
    Rule("*", chance=0.01, times=None, commit=True, end="close"),
    Rule("*", chance=0.01, times=None, end="reset"),
    Rule("*", chance=0.01, times=None, commit=True, end="half"),
]
#: KiB of anonymous memory; descriptors; threads; watches of inotify; bytes of the journal's log.
Held = namedtuple("Held", "memory descriptors threads watches log")


def held(daemon):
    process = Path(f"/proc/{daemon.process.pid}")
    watches = 0
    for info in (process / "fdinfo").iterdir():
        try:
            watches += info.read_text().count("inotify wd:")
        except FileNotFoundError:
            pass  # A descriptor that has been closed meanwhile.
    return Held(int(re.search(r"RssAnon:\s+(\d+)", (process / "status").read_text())[1]), len(os.listdir(process / "fd")),
                len(os.listdir(process / "task")), watches, (daemon.state / "journal.db-wal").stat().st_size)


def save(folder, turn):
    """One second's work: 40 files in a directory of their own; now and then one in three parts, unlike any before."""
    files = {b"%d/%d.txt" % (turn, n): os.urandom(1000 + n) for n in range(40)}
    if turn % 20 == 0:
        files[b"%d/large.bin" % turn] = os.urandom(10 * 1024 * 1024 + turn)
    (folder / str(turn)).mkdir()
    write(folder, files)
    return files


def disturb(daemon, fake, turn):
    """What happens to a daemon now and then: a changed configuration, credentials that end, somebody who asks."""
    if turn % 30 == 10:
        daemon.settle = "150ms" if daemon.settle == "100ms" else "100ms"
        daemon.configure(daemon.folders)
        daemon.reload()
    if turn % 60 == 20:
        fake.revoke_sessions()
    if turn % 10 == 5:
        assert isinstance(daemon.json("queue"), list) and daemon.json("status")["state"]


def work(daemon, fake, folder, turns, files):
    """One turn a second. A directory goes once all of it is recorded."""
    standing, begun = {}, time.monotonic()
    for count, turn in enumerate(turns, 1):
        standing[turn] = save(folder, turn)
        files |= standing[turn]
        disturb(daemon, fake, turn)
        time.sleep(max(0, begun + count - time.monotonic()))
        recorded = {item["source_path"]["S"].encode() for item in fake.stored.refresh().items.values()}
        for done in [turn for turn, saved in standing.items() if saved.keys() <= recorded]:
            shutil.rmtree(folder / str(done))
            del standing[done]
    daemon.wait_for(lambda: fake.count_records(folder.name) == len(files), 120, "all records")
    for turn in standing:
        shutil.rmtree(folder / str(turn))
    daemon.wait_for_status("OK:", "0 pending")


@pytest.mark.crash
def test_after_long_work_it_holds_no_more_than_soon_after_its_start(faked, fake, folder, long, scoreboard, capsys):
    if not long:
        pytest.skip(f"takes {MINUTES} minutes: --long")
    files = {}
    fake.script(*FAULTS, seed=1)
    samples = [held(in_parts(faked).start())]
    for minute in range(MINUTES):
        work(faked, fake, folder, range(minute * 60, minute * 60 + 60), files)
        wait_until(lambda: held(faked).watches == samples[0].watches, 10, "no watch of what is gone")
        samples.append(held(faked))
    assert faked.stop() == 0
    with capsys.disabled():
        print(f"\n{len(files)} files in {MINUTES} minutes; before, and after each:", *samples, sep="\n  ")
    early, late = samples[MINUTES // 2], samples[-1]
    assert late.memory <= early.memory * 1.1, "KiB"
    assert late.descriptors <= early.descriptors + 4 and late.threads <= early.threads + 2
    assert late.log < 16 * 1024 * 1024
    scoreboard.add(score(f"{MINUTES} minutes of work, 5 % faults", 1, fake, folder, files))
