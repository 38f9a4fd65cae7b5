"""The journal's file, its disk and its directory in every bad state; no file is lost, none has a second record."""

import os
import random
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

import mounts
import system_calls
from delivering import assert_single, deliver
from expectations import assert_delivered, wait_for_records
from fake_aws.handle import Rule
from test_delivery import write

FILES = {b"%d.txt" % n: b"content %d" % n for n in range(20)}

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="a file system of its own needs root")
needs_strace = pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))


@pytest.fixture
def small_disk(faked, tmp_path):
    """The state directory on a file system of 24 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,nr_inodes=12", "none", str(disk)], check=True)
    faked.state = disk / "state"
    faked.configure(faked.folders)
    yield disk
    if faked.process is not None:
        faked.kill()
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk):
    with open(disk / "filler", "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            return


@needs_root
def test_the_disk_is_full_and_files_wait_until_there_is_space(faked, fake, folder, small_disk, tmp_path):
    faked.start(RUNTIME_DIRECTORY=str(tmp_path))
    fill(small_disk)
    files = {b"%d.txt" % n: b"content %d" % n for n in range(300)}
    write(folder, files)
    faked.wait_for_status("DEGRADED", "full")
    assert fake.count_records(folder.name) < 300
    (small_disk / "filler").unlink()
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)
    log = faked.log_tail(10**6)
    assert log.count("ERROR the journal's disk is full") == log.count("can be written again") >= 1, "told once, and once when it is over"


@needs_root
def test_the_disk_is_full_and_the_daemon_can_be_stopped(faked, fake, folder, small_disk, tmp_path):
    faked.start(RUNTIME_DIRECTORY=str(tmp_path))
    fill(small_disk)
    write(folder, FILES | {b"%d.bin" % n: b"content %d" % n for n in range(300)})
    faked.wait_for_status("DEGRADED", "full")
    assert faked.stop(timeout=15) == 0
    (small_disk / "filler").unlink()
    files = FILES | {b"%d.bin" % n: b"content %d" % n for n in range(300)}
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


@needs_root
def test_the_disk_is_full_at_the_start_and_the_reason_is_said(faked, fake, folder, small_disk, tmp_path):
    fill(small_disk)
    write(folder, FILES)
    faked.start(ready=False, RUNTIME_DIRECTORY=str(tmp_path))
    assert faked.wait(30) == 1
    assert "full" in faked.log_tail() or "No space" in faked.log_tail()
    (small_disk / "filler").unlink()
    deliver(faked, fake, folder, FILES)


@needs_root
def test_the_file_system_has_no_inode_left_and_the_reason_is_said(faked, fake, folder, small_disk, tmp_path):
    for number in range(20):
        try:
            (small_disk / f"{number}").touch()
        except OSError:
            break
    write(folder, FILES)
    faked.start(ready=False, RUNTIME_DIRECTORY=str(tmp_path))
    assert faked.wait(30) == 1
    assert str(faked.state) in faked.log_tail()
    for path in small_disk.iterdir():
        if path.is_file():
            path.unlink()
    deliver(faked, fake, folder, FILES)


@needs_root
@pytest.mark.parametrize("made, room", [(0, 0), (1, 0), (1, 1), (1, 2), (1, 8), (1, 16)])
def test_a_first_start_on_a_full_disk_speaks_of_no_journal(faked, fake, folder, small_disk, tmp_path, made, room):
    """`made`: whether the state directory is there. `room`: how many blocks are free, each more lets it come further."""
    if made:
        faked.state.mkdir(mode=0o700)
    fill(small_disk)
    os.truncate(small_disk / "filler", os.path.getsize(small_disk / "filler") - 4096 * room)
    write(folder, FILES)
    faked.start(ready=False, RUNTIME_DIRECTORY=str(tmp_path))
    assert faked.wait(30) == 1
    told = faked.log_tail()
    assert str(faked.state) in told and ("disk is full" in told or "SQLite error" in told), told
    assert "the journal has every file" not in told and "there is no journal yet, and the files stay" in told, told
    assert "df -h" in told, told
    (small_disk / "filler").unlink()
    deliver(faked, fake, folder, FILES)
    assert_single(fake, folder, FILES)


@needs_root
def test_the_disk_becomes_read_only_and_after_it_is_mended_all_is_delivered(faked, fake, folder, small_disk, tmp_path):
    faked.start(RUNTIME_DIRECTORY=str(tmp_path))
    deliver(faked, fake, folder, {b"first.txt": b"first"})
    faked.stop()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    write(folder, FILES)
    files = FILES | {b"first.txt": b"first"}
    faked.start(ready=False, RUNTIME_DIRECTORY=str(tmp_path))
    assert faked.wait(30) == 1
    assert faked.command("history").returncode == 0, "what was delivered can be read all the same"
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


@needs_strace
@pytest.mark.parametrize("number", [2, 4])
def test_a_failed_sync_ends_the_daemon_and_is_not_repeated(faked, fake, folder, number):
    """The kernel forgets what it could not write: a second fsync would succeed and mean nothing."""
    deliver(faked, fake, folder, {b"first.txt": b"first"})
    faked.stop()
    write(folder, FILES)
    files = FILES | {b"first.txt": b"first"}
    faked.under = system_calls.inject("fdatasync", "error=EIO", f"{number}+", system_calls.journal_files(faked))
    faked.start(ready=False)
    assert faked.wait(60) == 1
    assert "storage failed" in faked.log_tail(10**6)
    faked.under = []
    deliver(faked, fake, folder, files)
    assert_single(fake, folder, files)


@needs_strace
def test_a_slow_disk_makes_it_slow_and_no_more(faked, fake, folder):
    write(folder, FILES)
    faked.sections["journal"] = {"directory": str(faked.state)}
    faked.state.mkdir(mode=0o700)
    faked.under = system_calls.inject("fdatasync", "delay_enter=400000", "1+", system_calls.journal_files(faked))
    faked.start(WATCHDOG_USEC="3000000")
    wait_for_records(fake, folder, len(FILES), daemon=faked)
    faked.wait_for_status("OK:", "0 pending")
    assert faked.notify.values("WATCHDOG")
    assert_delivered(fake, folder, FILES)


@pytest.mark.parametrize("seed", range(6))
def test_a_corrupted_journal_is_set_aside_and_no_record_is_doubled(faked, fake, folder, seed):
    deliver(faked, fake, folder, FILES)
    faked.stop()
    damage(faked.state / "journal.db", random.Random(seed))
    later = {b"later-%d.txt" % n: b"later %d" % n for n in range(5)}
    write(folder, later)
    files = FILES | later
    faked.start(ready=False)
    try:
        wait_for_records(fake, folder, len(files), daemon=faked)
    except AssertionError:
        # Damage that is found while running ends the daemon, as systemd's restart then finds.
        faked.wait()
        faked.start()
        wait_for_records(fake, folder, len(files), daemon=faked)
    faked.wait_for_status("OK:", "0 pending")
    assert len(fake.records(folder.name)) == len(files)
    assert not fake.overwritten_records(folder.name)


def damage(path, chance):
    """Flips bytes: the first page for some seeds, anywhere for the others."""
    content = bytearray(path.read_bytes())
    end = 100 if chance.random() < 0.4 else len(content)
    for _ in range(chance.choice([1, 20, 400])):
        content[chance.randrange(end)] ^= chance.randrange(1, 256)
    path.write_bytes(content)


@pytest.mark.parametrize("tree", ["delivery_path", "delivery_due", "delivery_open", "delivery_logged", "errand_due", "delivery"])
def test_a_damaged_page_costs_nobody_a_file(faked, fake, folder, tree):
    """Files saved while the daemon was down arrive; those that are known are not sent again, nor recorded twice."""
    files = {b"%d.txt" % n: b"content %d" % n for n in range(200)}
    deliver(faked, fake, folder, files)
    assert faked.stop() == 0
    with sqlite3.connect(faked.state / "journal.db") as journal:
        [page] = journal.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [tree]).fetchone()
    journal.close()
    with open(faked.state / "journal.db", "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"Z" * 4096)
    uploads = len(fake.versions(folder.name))
    later = {b"later-%d.txt" % n: b"later %d" % n for n in range(5)}
    write(folder, later)
    # What reads the page ends the daemon, as systemd's restart then finds.
    for _ in range(3):
        faked.start(ready=False)
        try:
            wait_for_records(fake, folder, len(files | later), daemon=faked)
            break
        except AssertionError:
            faked.wait()
    assert_single(fake, folder, files | later)
    assert len(fake.versions(folder.name)) == uploads + len(later), "known files are not sent again"
    assert "SQLFailure" not in faked.log_tail(10**6)


def test_a_command_that_meets_damage_says_what_to_do(faked, fake, folder):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(200)}
    deliver(faked, fake, folder, files)
    assert faked.stop() == 0
    with sqlite3.connect(faked.state / "journal.db") as journal:
        [page] = journal.execute("SELECT rootpage FROM sqlite_master WHERE name = 'delivery'").fetchone()
    journal.close()
    with open(faked.state / "journal.db", "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"Z" * 4096)
    told = faked.command("history")
    assert told.returncode != 0
    assert "is damaged" in told.stderr and "systemctl restart s3loggerd" in told.stderr and "SQLFailure" not in told.stderr
    deliver(faked, fake, folder, files | {b"later.txt": b"later"})
    assert "200 deliveries were taken over" in faked.log_tail(10**6)
    assert faked.command("history").stdout.count("\n") >= len(files)


@pytest.mark.parametrize("surgery", ["no -shm", "no -wal", "half a -wal", "no first page", "empty", "a directory"])
def test_after_surgery_on_its_files_the_journal_goes_on_or_is_rebuilt(faked, fake, folder, surgery):
    deliver(faked, fake, folder, FILES)
    faked.kill()
    base = faked.state / "journal.db"
    wal, shm = (base.with_name("journal.db" + end) for end in ("-wal", "-shm"))
    if surgery == "no -shm":
        shm.unlink()
    elif surgery == "no -wal":
        wal.unlink()
    elif surgery == "half a -wal":
        os.truncate(wal, wal.stat().st_size // 2)
    elif surgery == "no first page":
        base.write_bytes(bytes(4096) + base.read_bytes()[4096:])
    elif surgery == "empty":
        base.write_bytes(b"")
    else:
        shutil.rmtree(faked.state)
        faked.state.mkdir(mode=0o700)
    files = FILES | {b"later-%d.txt" % n: b"later %d" % n for n in range(5)}
    deliver(faked, fake, folder, files)
    assert len(fake.records(folder.name)) == len(files)
    assert not fake.overwritten_records(folder.name)


@needs_strace
@pytest.mark.parametrize("magic, name", [("6969000000000000", "NFS"), ("424d53ff00000000", "CIFS"),
                                         ("424d53fe00000000", "SMB2"), ("4655736500000000", "FUSE")])
def test_a_state_directory_on_a_network_file_system_is_refused(faked, fake, folder, magic, name):
    """The kernel's answer to fstatfs(2) begins with the file system's number."""
    faked.under = system_calls.inject("fstatfs", f"poke_exit=@arg2={magic}", "1+")
    faked.start(ready=False)
    assert faked.wait(30) == 1
    assert f"is on {name}; the journal needs a local disk" in faked.log_tail()
    assert not (faked.state / "journal.db").exists()


@pytest.mark.skipif(mounts.fuse_missing() is not None, reason=str(mounts.fuse_missing()))
def test_a_state_directory_on_a_real_fuse_file_system_is_refused(faked, folder, tmp_path):
    with mounts.fuse(tmp_path / "behind", tmp_path / "fuse") as place:
        faked.state = place / "state"
        faked.configure(faked.folders)
        faked.start(ready=False, RUNTIME_DIRECTORY=str(tmp_path))
        assert faked.wait(30) == 1
        assert f"{faked.state} is on FUSE; the journal needs a local disk" in faked.log_tail()
        assert not (faked.state / "journal.db").exists()


def test_a_million_finished_deliveries_start_in_a_moment(faked, fake, folder, long):
    """Nothing is proved by fewer in the short run, but that the way to make them is right."""
    deliver(faked, fake, folder, FILES)
    faked.stop()
    fill_history(faked.state / "journal.db", 1_000_000 if long else 20_000)
    began = time.monotonic()
    faked.start()
    assert time.monotonic() - began < 2
    later = {b"later.txt": b"later"}
    deliver(faked, fake, folder, FILES | later)
    assert_delivered(fake, folder, FILES | later)
    assert (faked.state / "journal.db-wal").stat().st_size <= 16 << 20


def fill_history(path, count):
    """Many delivered files beside those that are there, like the first of them."""
    journal = sqlite3.connect(path)
    names = [row[1] for row in journal.execute("PRAGMA table_info(delivery)")]
    changed = {"number": "number + n", "name": "CAST('gone-' || n AS BLOB)", "directory": "CAST('old' AS BLOB)",
               "inode": "inode + n", "delivery_id": "CAST('id-' || n AS BLOB)"}
    [first] = journal.execute("SELECT min(number) FROM delivery WHERE state = 2").fetchone()
    journal.execute(
        f"WITH RECURSIVE counted (n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM counted WHERE n < {count + 999}) "
        f"INSERT INTO delivery ({', '.join(names)}) SELECT {', '.join(changed.get(name, name) for name in names)} "
        f"FROM delivery, counted WHERE number = {first}")
    journal.commit()
    journal.close()


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_state_directory_that_others_may_write_is_refused(faked, mode):
    faked.state.mkdir()
    faked.state.chmod(mode)
    faked.start(ready=False)
    assert faked.wait(30) == 1
    assert "chmod go-w" in faked.log_tail()


def test_few_descriptors_are_enough(faked, fake, folder):
    files = {b"%d.txt" % n: os.urandom(500) for n in range(300)} | {b"%d.bin" % n: os.urandom(300_000) for n in range(20)}
    write(folder, files)
    faked.under = ["prlimit", "--nofile=86:86"]
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


def test_the_fewest_descriptors_that_are_taken_never_run_out(faked, fake, folder):
    """Answers come slowly, so that as many files as may be are held open."""
    files = {b"%d.bin" % n: os.urandom(300_000) for n in range(60)}
    write(folder, files)
    fake.script(Rule("PutObject", delay=0.2, times=None))
    faked.under = ["prlimit", "--nofile=84:84"]
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)
    assert "too many files" not in faked.log_tail(10**6)


@pytest.mark.parametrize("limit", [18, 24, 40, 50, 71, 83])
def test_too_few_descriptors_are_refused_with_what_to_raise(faked, folder, limit):
    write(folder, FILES)
    faked.under = ["prlimit", f"--nofile={limit}:{limit}"]
    faked.start(ready=False)
    assert faked.wait(30) == 1
    assert f"only {limit} files may be open" in faked.log_tail() and "LimitNOFILE=" in faked.log_tail()


def test_small_files_that_wait_for_slow_answers_stay_on_the_disk(faked, fake, folder):
    """As large as a file that is kept in memory may be, and as many as are in hand: 128 MiB."""
    files = {b"%d.bin" % n: os.urandom(256 << 10) for n in range(512)}
    write(folder, files)
    fake.script(Rule("PutObject", times=None, delay=3))
    faked.start()
    faked.wait_for_status("512 pending")
    faked.wait_for(lambda: fake.played()[0] >= 16, 30, "requests under way")
    time.sleep(2)
    status = Path(f"/proc/{faked.process.pid}/status").read_text()
    [peak] = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")]
    assert peak < 96 << 10, f"{peak} KiB"
