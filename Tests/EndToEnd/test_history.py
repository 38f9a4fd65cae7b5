"""How much of the past the journal keeps, and what it costs to know files."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from delivering import deliver
from expectations import assert_delivered

SEED = Path(__file__).parents[1] / "Benchmarks/seed_journal.py"
DAY = 86_400_000


def sql(daemon, statement, *values):
    with sqlite3.connect(daemon.state / "journal.db") as journal:
        rows = journal.execute(statement, values).fetchall()
    journal.close()
    return rows


def test_the_status_says_since_when_the_history_is_whole(faked, fake, folder):
    deliver(faked, fake, folder, {b"a.txt": b"a"})
    faked.stop()
    since = int(time.time() * 1000) - 30 * DAY
    sql(faked, "UPDATE journal SET history_since = ?", since)
    faked.start()
    faked.wait_for(lambda: "history_since" in faked.json("status").get("journal", {}), 10, "the journal's history")
    said = faked.json("status")["journal"]
    assert said["limit"] == 4 << 30 and 0 < said["bytes"] < 1 << 20
    assert said["history_since"].startswith(time.strftime("%Y-%m-%d", time.gmtime(since / 1000)))
    line, = [line for line in faked.command("status").stdout.splitlines() if line.startswith("history")]
    assert f"whole since {said['history_since'][:10]} only" in line and "4.0 GiB that [journal] history_size allows" in line
    assert faked.status.startswith("OK")
    # Once the configured time has passed since, it is whole again.
    faked.stop()
    sql(faked, "UPDATE journal SET history_since = ?", since - 400 * DAY)
    faked.start()
    faked.wait_for(lambda: "journal" in faked.json("status"), 10, "the journal's size")
    assert "history_since" not in faked.json("status")["journal"]
    assert "history" not in faked.command("status").stdout


def test_a_journal_that_grew_beyond_its_bound_forgets_files_that_are_gone_and_knows_those_that_are_there(
        faked, fake, folder, long):
    """200,000 files of the last year that are gone, and two that are there, with a bound of 64 MiB."""
    if not long:
        pytest.skip("the journal is looked after five minutes after the start: --long")
    files = {b"there.txt": b"there", b"old/there too.txt": b"there too"}
    deliver(faked, fake, folder, files)
    faked.stop()
    subprocess.run([sys.executable, SEED, faked.state / "journal.db", "--delivered", "200000"], check=True)
    # Their moments spread over 300 days; the two that are there are the oldest.
    now = int(time.time() * 1000)
    sql(faked, "UPDATE delivery SET logged = ? - (300 - number % 300) * ? WHERE number > 2", now, DAY)
    sql(faked, "UPDATE delivery SET logged = ? WHERE number <= 2", now - 390 * DAY)
    faked.sections["journal"] = {"history_size": "64MiB"}
    faked.configure(faked.folders)
    uploads = len(fake.versions(folder.name))
    faked.start()
    faked.wait_for(lambda: "history_since" in faked.json("status").get("journal", {}), 420, "a shorter history")
    faked.wait_for(lambda: sql(faked, "SELECT count(*) FROM delivery")[0][0] < 150_000, 120, "fewer deliveries")
    assert faked.json("status")["journal"]["bytes"] <= 64 << 20
    assert sql(faked, "SELECT count(*) FROM delivery WHERE number <= 2") == [(2,)]
    faked.stop()
    faked.start()
    faked.holds_for(3, lambda: len(fake.versions(folder.name)) == uploads)
    assert_delivered(fake, folder, files)


def test_a_million_known_files_cost_one_percent_of_a_processor(faked, fake, folder, long):
    """Half an hour, scans and all, with `rescan` at its default; the file calls count too."""
    if not long:
        pytest.skip("it takes 40 minutes: --long")
    deliver(faked, fake, folder, {b"a.txt": b"a"})
    faked.stop()
    subprocess.run(
        [sys.executable, SEED, faked.state / "journal.db", "--present", "1000000", "--root", folder], check=True)
    try:
        # Files that were at rest for a while.
        time.sleep(10)
        faked.start(timeout=120)
        faked.wait_for(lambda: faked.json("status")["folders"][0]["directories"] > 2000, 120, "a first scan")
        began, ended = spent(faked), time.monotonic() + 1800
        while time.monotonic() < ended:
            time.sleep(10)
        cost = spent(faked) - began
        print(f"processor time of half an hour: {cost:.1f} s; status: {faked.json('status')['folders'][0]}")
        assert len(fake.versions(folder.name)) == 1
        assert cost <= 18
    finally:
        shutil.rmtree(folder / "present", ignore_errors=True)


def spent(daemon):
    """Processor time of the daemon, seconds."""
    fields = Path(f"/proc/{daemon.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
