"""The power fails at any moment: what the journal acknowledged is there, and each file gets one record.

The journal lies on a real ext4 whose power is cut; the drop folder and the fake AWS do not.
"""

import random
import shutil
import sqlite3
import subprocess
from uuid import UUID

import pytest

import power
from daemon import Daemon
from expectations import wait_for_records
from scoreboard import score
from test_crashes import Writer

pytestmark = pytest.mark.crash

UPLOADED, LOGGED = 1, 2


@pytest.fixture
def disk(tmp_path):
    if reason := power.missing():
        pytest.skip(reason)
    made = power.LoopDisk(tmp_path)
    yield made
    made.close()


def states(daemon, tmp_path):
    """Delivery id → state, of a copy of the journal as it was found after the cut."""
    copy = tmp_path / "found"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for path in daemon.state.glob("journal.db*"):
        shutil.copy(path, copy)
    with sqlite3.connect(copy / "journal.db") as journal:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {str(UUID(bytes=i)): s for i, s in journal.execute(
            "SELECT delivery_id, state FROM delivery WHERE delivery_id IS NOT NULL")}


def test_after_power_cuts_each_file_has_one_record_and_nothing_acknowledged_is_lost(
        binary, fake, folder, disk, tmp_path, long, scoreboard):
    cuts, seed = (200 if long else 3), random.randrange(10**9)
    print("seed", seed)
    moments = random.Random(seed)
    daemon = Daemon(binary, tmp_path / "daemon", fake, {}, settle="100ms",
                    upload={"retry_base": "100ms", "retry_cap": "1s"})
    daemon.state = disk.mount_point / "state"
    daemon.configure({folder.name: folder})
    writer = Writer(folder, seed)
    writer.start()
    for cut in range(cuts):
        before = fake.count_records(folder.name)
        daemon.start(ready=False)
        if cut % 2:  # else a slow machine may be cut off before anything was acknowledged, every time
            daemon.wait_for(lambda: fake.count_records(folder.name) > before, 60, "a record before the cut")
        with pytest.raises(subprocess.TimeoutExpired):
            daemon.process.wait(moments.uniform(0.05, 1.5))
        disk.cut()
        daemon.kill()
        # A record is written only after the journal holds, durably, that its object is there.
        asked_for = {r["delivery_id"] for r in fake.records(folder.name)}
        disk.power_on()
        if asked_for:
            found = states(daemon, tmp_path)
            lost = [i for i in asked_for if found.get(i) not in (UPLOADED, LOGGED)]
            assert not lost, f"{len(lost)} of {len(asked_for)} acknowledged steps are gone from the journal"
    files = writer.stop()
    daemon.start()
    wait_for_records(fake, folder, len(files), timeout=180, daemon=daemon)
    daemon.wait_for_status("OK:", "0 pending", timeout=60)
    assert daemon.stop() == 0
    scoreboard.add(score("power cut at a random moment, under load", cuts, fake, folder, files))
