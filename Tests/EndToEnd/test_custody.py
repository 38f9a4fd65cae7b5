"""The custody ledger of a running daemon, read by a verifier that shares no code with it."""

import itertools
import json
import os
import random
import sqlite3
import subprocess
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

import custody_verifier
import moving_clock
from delivering import deliver
from expectations import wait_for_records
from fake_aws.handle import Rule
from test_delivery import write
from timestamp_authority import TimestampAuthority

needs_clock = pytest.mark.skipif(moving_clock.missing() is not None, reason=str(moving_clock.missing()))
numbers = itertools.count(1)
DAY = timedelta(days=1)


class Ledger:
    """A daemon that keeps one, under a prefix that no other test uses."""

    def __init__(self, daemon, fake, directory, **keys):
        self.daemon, self.fake, self.directory = daemon, fake, directory
        self.prefix = f"_custody-{next(numbers)}"
        self.key = directory / "key.pem"
        make_key(self.key)
        self.configure(signing_key_file=str(self.key), close="00:00", prefix=self.prefix, **keys)

    def configure(self, **keys):
        self.daemon.sections["custody"] = self.daemon.sections.get("custody", {}) | keys
        self.daemon.configure(self.daemon.folders)

    def days(self):
        """The days of which the bucket has all but a stamp: `<log>/<day>`."""
        keys = [key for key, _ in self.fake.versions(self.prefix + "/")]
        assert len(keys) == len(set(keys)), "an object of the ledger has two versions"
        return sorted("/".join(key.split("/")[2:4]) for key in keys if key.endswith("/SHA256SUMS.sig"))

    def download(self):
        """The tree as it is in the bucket."""
        place = self.directory / f"tree-{next(numbers)}"
        for key, version in self.fake.versions(self.prefix + "/"):
            path = place / key.removeprefix(self.prefix + "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.fake.read(key, version)[0])
        return place

    def verify(self, authorities=None):
        """All that is in the bucket is right; its entries."""
        tree = self.download()
        assert custody_verifier.verify_tree(tree, authorities) == []
        return custody_verifier.entries_of(tree)

    def lines(self):
        """The lines that the journal has, which form one chain without a gap in each log."""
        journal = sqlite3.connect(f"file:{self.daemon.state}/journal.db?mode=ro", uri=True)
        rows = journal.execute("SELECT place, line FROM custody_entry ORDER BY place").fetchall()
        journal.close()
        previous, last = custody_verifier.ZERO, 0
        entries = []
        for place, line in rows:
            entry = json.loads(line)
            if entry["seq"] == 1:
                previous, last = custody_verifier.ZERO, 0
            assert (entry["prev"], entry["seq"], place & (1 << 40) - 1) == (previous, last + 1, last + 1)
            previous, last = custody_verifier.sha256(line).hex(), entry["seq"]
            entries.append(entry)
        return entries

    def status(self):
        found = self.daemon.command("custody", "status", "--json")
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout)


def make_key(path):
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True)
    path.chmod(0o600)


@pytest.fixture
def ledger(faked, fake, tmp_path):
    return Ledger(faked, fake, tmp_path)


def as_entry(item):
    """An item of the table as an entry has it."""
    def plain(value):
        [(kind, content)] = value.items()
        return int(content) if kind == "N" else content
    return {name: plain(value) for name, value in item.items()}


def items(fake, folder):
    return [item for item in fake.stored.refresh().items.values() if item["folder"]["S"] == folder.name]


def by_id(entries):
    return sorted(entries, key=lambda entry: (entry["object_key"], entry["delivery_id"]))


def files(name, count=5):
    return {b"%s-%d.txt" % (name, n): b"content %d of %s" % (n, name) for n in range(count)}


def test_each_record_has_one_entry_with_the_very_attributes_of_the_table(ledger, faked, fake, folder):
    faked.configure({folder.name: {"path": str(folder), "max_size": "1KiB"}})
    offered = files(b"a") | {"naïve \u20ac.txt".encode(): b"unicode", b"raw-\xff\xfe.bin": b"no utf-8"}
    write(folder, offered | {b"large.txt": b"x" * 2000})
    faked.start()
    wait_for_records(fake, folder, len(offered) + 1, timeout=60, daemon=faked)
    faked.wait_for_status("OK:", "0 pending")
    entries = [entry for entry in ledger.lines() if "record" in entry]
    assert by_id(entry["record"] for entry in entries) == by_id(map(as_entry, items(fake, folder)))
    assert [entry["type"] for entry in entries].count("rejected") == 1
    assert sum(entry["type"] == "delivered" for entry in entries) == len(offered)
    status = ledger.status()
    assert status["in_use"] and status["entries"] == len(offered) + 2 and status["waiting"] == []
    faked.wait_for_status("OK:")


def test_without_a_ledger_nothing_is_written(faked, fake, folder):
    before = fake.versions("_custody")
    deliver(faked, fake, folder, files(b"a"))
    assert faked.command("custody", "status").returncode == 4
    journal = sqlite3.connect(f"file:{faked.state}/journal.db?mode=ro", uri=True)
    for table in ("custody_log", "custody_entry", "custody_day", "custody_object"):
        assert journal.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert fake.versions("_custody") == before


def test_switched_off_and_on_again_it_is_another_log_that_names_the_one_before(ledger, faked, fake, folder):
    deliver(faked, fake, folder, files(b"a", 1))
    custody = faked.sections.pop("custody")
    faked.configure(faked.folders)
    faked.reload()
    deliver(faked, fake, folder, files(b"a", 1) | files(b"b", 1))
    faked.sections["custody"] = custody
    faked.configure(faked.folders)
    faked.reload()
    deliver(faked, fake, folder, files(b"a", 1) | files(b"b", 1) | files(b"c", 1))
    entries = ledger.lines()
    assert [entry["type"] for entry in entries] == ["opened", "delivered", "closed", "opened", "delivered"]
    assert entries[3]["after"]["log"] == entries[0]["log"] and entries[2]["next_log"] == entries[3]["log"]
    faked.wait_for(ledger.days, 30, "the closed day of the log before")
    ledger.verify()


def move(clock, fake, daemon, by):
    """Moves the clock of the machine, and that of the services with it. The kernel tells a daemon when its clock is set,
    which libfaketime does not; a reload lets it look, too."""
    clock.move(by)
    fake.set(clock=int(clock.ahead.total_seconds()))
    daemon.reload()


@needs_clock
def test_three_days_in_a_row_are_signed_uploaded_and_stamped(ledger, faked, fake, folder, tmp_path):
    with moving_clock.MovingClock(tmp_path / "clock") as clock, TimestampAuthority(tmp_path / "tsa") as authority:
        ledger.configure(timestamp_url=authority.url, timestamp_ca=str(authority.authority))
        faked.start(**clock.environment())
        offered = {}
        for name in (b"a", b"b", b"c"):
            offered |= files(name, 3)
            deliver(faked, fake, folder, offered)
            move(clock, fake, faked, DAY)
        faked.wait_for(lambda: len(ledger.days()) == 3, 60, "three days")
        faked.wait_for(lambda: ledger.status()["waiting"] == [], 60, "all to be sealed")
        assert faked.stop() == 0
    entries = ledger.verify(authority.authority)
    assert by_id(e["record"] for e in entries if "record" in e) == by_id(map(as_entry, items(fake, folder)))
    assert len([e for e in ledger.lines() if e["type"] == "stamped"]) == 3
    assert ledger.status()["last_sealed"]["state"] == "sealed"
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed")


@needs_clock
@pytest.mark.parametrize("first, then", [
    (timedelta(0), [DAY, -timedelta(hours=1), timedelta(hours=2)]), (timedelta(0), [timedelta(days=31)]),
    (timedelta(days=731), [-timedelta(days=731)]), (-timedelta(days=731), [timedelta(days=731)]),
], ids=["back an hour", "on a month", "two years ahead at start", "two years behind at start"])
def test_days_follow_each_other_whatever_the_clock_does(ledger, faked, fake, folder, tmp_path, first, then):
    """The services have the right time, once the last move is made; before that they have the time of the machine."""
    with moving_clock.MovingClock(tmp_path / "clock") as clock:
        clock.move(first)
        offered = files(b"a", 2)
        faked.start(**clock.environment())
        deliver(faked, fake, folder, offered)
        for number, by in enumerate(then):
            move(clock, fake, faked, by)
            offered |= files(b"m%d" % number, 2)
            deliver(faked, fake, folder, offered)
        move(clock, fake, faked, DAY)
        offered |= files(b"z", 2)
        deliver(faked, fake, folder, offered)
        faked.wait_for(lambda: ledger.days() and ledger.status()["waiting"] == [], 90, "all closed days to be sealed")
        assert faked.stop() == 0
    entries = ledger.verify()
    logged = ledger.lines()
    assert by_id(e["record"] for e in logged if "record" in e) == by_id(map(as_entry, items(fake, folder)))
    assert {json.dumps(e, sort_keys=True) for e in entries} <= {json.dumps(e, sort_keys=True) for e in logged}
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed")


@needs_clock
def test_a_stamp_is_taken_only_where_it_holds_and_delays_nothing_else(ledger, faked, fake, folder, tmp_path):
    with moving_clock.MovingClock(tmp_path / "clock") as clock, TimestampAuthority(tmp_path / "tsa") as authority:
        authority.mode = "down"
        ledger.configure(timestamp_url=authority.url, timestamp_ca=str(authority.other))
        faked.start(**clock.environment())
        deliver(faked, fake, folder, files(b"a", 1))
        move(clock, fake, faked, DAY)
        faked.wait_for(lambda: len(ledger.days()) == 1, 60, "the day without its stamp")
        for mode in ("down", "right", "stale"):
            authority.mode = mode
            asked = authority.asked
            faked.wait_for(lambda: authority.asked > asked + 1, 60, f"the authority to be asked while {mode}")
            assert ledger.status()["waiting"][0]["state"] == "uploaded"
        authority.mode = "stale"
        ledger.configure(timestamp_ca=str(authority.authority))
        faked.reload()
        asked = authority.asked
        faked.wait_for(lambda: authority.asked > asked + 1, 60, "the stale stamp to be refused")
        assert not any(key.endswith(".tsr") for key, _ in fake.versions(ledger.prefix))
        authority.mode = "right"
        faked.wait_for(lambda: ledger.status()["waiting"] == [], 60, "the stamp")
        assert faked.stop() == 0
    ledger.verify(authority.authority)
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed")


@needs_clock
def test_a_refused_bucket_of_the_ledger_delays_no_file(ledger, faked, fake, folder, tmp_path):
    with moving_clock.MovingClock(tmp_path / "clock") as clock:
        faked.start(**clock.environment())
        deliver(faked, fake, folder, files(b"a", 1))
        fake.script(Rule("PutObject", key=ledger.prefix, status=403, code="AccessDenied", times=None))
        move(clock, fake, faked, DAY)
        faked.wait_for_status("DEGRADED", "custody", "cannot be written")
        write(folder, files(b"b", 3))
        wait_for_records(fake, folder, 4, timeout=30, daemon=faked)
        fake.script()
        faked.wait_for(ledger.days, 60, "the day")
        faked.wait_for_status("OK:")
        assert faked.stop() == 0
    ledger.verify()
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed")


@needs_clock
def test_where_somebody_else_wrote_the_day_goes_beside_and_another_log_begins(ledger, faked, fake, folder, tmp_path):
    """As after a restored backup: the days that the lost journal sent are there, and not in this one's memory."""
    with moving_clock.MovingClock(tmp_path / "clock") as clock:
        faked.start(**clock.environment())
        deliver(faked, fake, folder, files(b"a", 1))
        assert faked.stop() == 0
        backup = {path.name: path.read_bytes() for path in faked.state.glob("journal.db*")}
        faked.start(**clock.environment())
        deliver(faked, fake, folder, files(b"a", 1) | files(b"b", 1))
        move(clock, fake, faked, DAY)
        faked.wait_for(ledger.days, 60, "the day")
        assert faked.stop() == 0
        for name, content in backup.items():
            (faked.state / name).write_bytes(content)
        first = ledger.days()
        faked.start(**clock.environment())
        faked.wait_for(lambda: len(ledger.days()) >= 2, 60, "the day beside it")
        deliver(faked, fake, folder, files(b"a", 1) | files(b"b", 1) | files(b"c", 1))
        assert faked.stop() == 0
    assert first[0] + "-2" in ledger.days()
    logged = ledger.lines()
    logs = [entry["log"] for entry in logged if entry["type"] == "opened"]
    assert len(set(logs)) == 2 and logged[-1]["type"] != "closed"
    assert "was there before this journal sent it" in faked.log.read_text()
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed")


@needs_clock
def test_where_somebody_else_wrote_the_stamp_the_day_goes_beside_and_those_after_it_go_on(ledger, faked, fake, folder, tmp_path):
    with moving_clock.MovingClock(tmp_path / "clock") as clock, TimestampAuthority(tmp_path / "tsa") as authority:
        authority.mode = "right"
        ledger.configure(timestamp_url=authority.url, timestamp_ca=str(authority.authority))
        faked.start(**clock.environment())
        deliver(faked, fake, folder, files(b"a", 1))
        fake.script(Rule("PutObject", key="checkpoint.tsr", times=1, status=412, code="PreconditionFailed"))
        move(clock, fake, faked, DAY)
        faked.wait_for(lambda: any(day.endswith("-2") for day in ledger.days()), 60, "the day beside it")
        move(clock, fake, faked, DAY)
        faked.wait_for(lambda: len(ledger.days()) >= 3 and ledger.status()["waiting"] == [], 60, "the day after it")
        assert faked.stop() == 0
    assert "was there before this journal sent it" in faked.log.read_text()
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed")


@needs_clock
def test_a_new_key_is_signed_with_the_one_before(ledger, faked, fake, folder, tmp_path):
    with moving_clock.MovingClock(tmp_path / "clock") as clock:
        faked.start(**clock.environment())
        deliver(faked, fake, folder, files(b"a", 1))
        former = ledger.key.read_bytes()
        make_key(tmp_path / "new.pem")
        ledger.key.write_bytes((tmp_path / "new.pem").read_bytes())
        faked.reload()
        faked.wait_for_status("DEGRADED", "custody", "another key")
        ledger.key.write_bytes((tmp_path / "new.pem").read_bytes() + former)
        faked.reload()
        faked.wait_for(lambda: any(e["type"] == "key" for e in ledger.lines()), 30, "the entry of the new key")
        faked.wait_for_status("OK:")
        for number in range(2):
            move(clock, fake, faked, DAY)
            faked.wait_for(lambda: len(ledger.days()) == number + 1, 60, "the day")
        assert faked.stop() == 0
    ledger.verify()
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed")


@needs_clock
def test_killed_at_any_moment_it_has_neither_gap_nor_fork(ledger, faked, fake, folder, tmp_path, long):
    chance = random.Random(7)
    offered = {}
    with moving_clock.MovingClock(tmp_path / "clock") as clock, TimestampAuthority(tmp_path / "tsa") as authority:
        ledger.configure(timestamp_url=authority.url, timestamp_ca=str(authority.authority))
        for round in range(60 if long else 12):
            more = files(b"r%d" % round, 8)
            offered |= more
            faked.start(**clock.environment())
            write(folder, more)
            if round % 3 == 2:
                move(clock, fake, faked, DAY)
            subprocess.run(["sleep", str(chance.random() * 0.9)], check=True)
            faked.kill()
        faked.start(**clock.environment())
        deliver(faked, fake, folder, offered)
        move(clock, fake, faked, DAY)
        faked.wait_for(lambda: ledger.days() and ledger.status()["waiting"] == [], 90, "all to be sealed")
        assert faked.stop() == 0
    entries = ledger.verify(authority.authority)
    records = [e["record"] for e in ledger.lines() if "record" in e]
    assert by_id(records) == by_id(map(as_entry, items(fake, folder)))
    assert len({e["log"] for e in entries if e["type"] == "opened"}) == 1
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed")


def test_check_names_a_key_that_cannot_be_used(ledger, faked):
    found = faked.command("check")
    assert "custody signing key" in found.stdout and "Ed25519" in found.stdout
    ledger.key.chmod(0o644)
    found = faked.command("check")
    assert found.returncode != 0 and "chmod 600" in found.stdout
    ledger.key.write_text("nonsense")
    ledger.key.chmod(0o600)
    found = faked.command("check")
    assert found.returncode != 0 and "no key in PEM" in found.stdout


def test_check_online_tries_the_ledgers_bucket_and_authority(ledger, faked, fake, tmp_path):
    with TimestampAuthority(tmp_path / "tsa") as authority:
        ledger.configure(timestamp_url=authority.url, timestamp_ca=str(authority.authority))
        found = faked.command("check", "--online")
        assert found.returncode == 0, found.stdout + found.stderr
        assert ledger.prefix in found.stdout and "its stamp holds" in found.stdout
        ledger.configure(timestamp_ca=str(authority.other))
        found = faked.command("check", "--online")
        assert "does not lead to a trusted one" in found.stdout
    assert fake.versions(ledger.prefix) == []


def test_a_day_of_100_000_entries_is_signed_and_uploaded_in_2_s_of_cpu_and_64_mib(ledger, faked, fake):
    """Of a log before the present one, so that it is due at once; the start of the daemon is in the sums."""
    faked.start()
    faked.wait_for_status("OK:")
    assert faked.stop() == 0
    day = (datetime.now(timezone.utc) - DAY).date()
    lines, previous = [], custody_verifier.ZERO
    for seq in range(1, 100_001):
        entry = {"v": 1, "seq": seq, "prev": previous, "at": f"{day}T10:00:00.000Z", "type": "delivered",
                 "record": {"object_key": f"inbox/{seq}.pdf", "size": seq, "reason": "x" * 900}}
        lines.append(json.dumps(entry, sort_keys=True, separators=(",", ":")).encode())
        previous = custody_verifier.sha256(lines[-1]).hex()
    number = (day - date(1970, 1, 1)).days
    with sqlite3.connect(faked.state / "journal.db") as journal:
        host = json.loads(journal.execute("SELECT state FROM custody_log").fetchone()[0])["host"]
        journal.execute("INSERT INTO custody_log (number, id, state, names_key) VALUES (0, '00000000000000aa', x'00', x'00')")
        journal.executemany("INSERT INTO custody_entry VALUES (?, ?, ?)",
                            ((seq, number, line) for seq, line in enumerate(lines, 1)))
        journal.execute("INSERT INTO custody_day (log, day, host, first, last, root) VALUES (0, ?, ?, 1, ?, ?)",
                        (number, host, len(lines), custody_verifier.root(lines)))
    journal.close()
    faked.start()
    faked.wait_for(ledger.days, 60, "the day")
    process = Path(f"/proc/{faked.process.pid}")
    ticks = (process / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
    [resident] = [line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM")]
    assert sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK") < 2
    assert int(resident.split()[1]) < 64 << 10
    [(key, version)] = [found for found in fake.versions(ledger.prefix + "/") if found[0].endswith("entries.jsonl")]
    assert fake.read(key, version)[0] == b"".join(line + b"\n" for line in lines)
