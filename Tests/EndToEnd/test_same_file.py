"""The same file is the same file: what is touched, re-permitted or only opened keeps its number and is not read for nothing.

Reads are counted at the system calls.
"""

import os
import shutil
import sqlite3
import subprocess
import time

import pytest

import mounts
import system_calls
from delivering import THREE_PARTS, in_parts
from expectations import assert_delivered, wait_for_records
from fake_aws.handle import Rule
from test_delivery import write

needs_strace = pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))


def touch(path):
    os.utime(path)


def touch_by_opening(path):
    subprocess.run(["touch", path], check=True)


def change_mode(path):
    path.chmod(0o640 if path.stat().st_mode & 0o777 != 0o640 else 0o644)


def grant(path):
    subprocess.run(["setfacl", "-m", "u:daemon:r", path], check=True)


def link(path):
    os.link(path, path.parent.parent / f"link-of-{path.name}")


def open_only(path):
    os.close(os.open(path, os.O_WRONLY))


def write_again(path):
    content = path.read_bytes()
    path.write_bytes(content)


def put_copy_over(path, *, with_mtime):
    """As a restored backup, a sync program or a careful editor do: a file of the same content takes its place."""
    other = path.parent.parent / f"copy-of-{path.name}"
    (shutil.copy2 if with_mtime else shutil.copyfile)(path, other)
    os.replace(other, path)


def restore(path):
    put_copy_over(path, with_mtime=True)


def replace_by_copy(path):
    put_copy_over(path, with_mtime=False)


ATTRIBUTES = [change_mode, grant, link, open_only]
ALL = [touch, touch_by_opening, *ATTRIBUTES, write_again, restore, replace_by_copy]


def queue(daemon, *states):
    return [row for state in states for row in daemon.json("queue", "--state", state)]


def kept(rows):
    return sorted((row["number"], row["source_path"], row["received_at"]) for row in rows)


def assert_nothing_is_shown(daemon, since):
    assert queue(daemon, "withdrawn") == []
    said = daemon.log.read_text(errors="backslashreplace")[since:]
    assert "changed" not in said and "missed" not in said, said


@pytest.mark.parametrize("change", ALL)
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_a_waiting_file_keeps_its_number_and_moment(faked, fake, folder, change, down):
    """Some of the files were hashed before S3 went away, and some were not."""
    files = {b"%d.txt" % n: b"content %d" % n for n in range(12)}
    fake.script(Rule("PutObject", times=None, status=503, code="SlowDown"))
    faked.start()
    write(folder, dict(list(files.items())[:4]))
    faked.wait_for_status("4 pending")
    write(folder, dict(list(files.items())[4:]))
    faked.wait_for_status("12 pending")
    before = kept(queue(faked, "pending"))
    hashed = {row["number"] for row in queue(faked, "pending") if row.get("sha256")}
    if down:
        assert faked.stop() == 0
    since = len(faked.log.read_bytes())
    for name in files:
        change(folder / name.decode())
    # Without a digest nothing tells a file written to from one touched, unless its events do.
    is_told_apart = change in ATTRIBUTES or down and change is restore or (
        not down and change in (touch, touch_by_opening))
    if down:
        faked.start()
    time.sleep(1.5)
    if is_told_apart:
        assert kept(queue(faked, "pending")) == before
    fake.script()
    assert faked.command("queue", "retry", "--all").returncode == 0
    wait_for_records(fake, folder, len(files), daemon=faked)
    faked.wait_for_status("0 pending")
    assert_delivered(fake, folder, files)
    done = kept(faked.json("history"))
    if is_told_apart:
        assert [row[:3] for row in done] == before
        assert_nothing_is_shown(faked, since)
    else:
        assert [row for row in done if row[0] in hashed] == [row for row in before if row[0] in hashed]
    assert faked.stop() == 0


@pytest.mark.parametrize("change", [*ATTRIBUTES, restore])
def test_a_waiting_file_that_was_never_read_keeps_its_number_where_nothing_says_that_it_was_written_to(
        faked, fake, folder, change):
    """Nothing is read for a scanner that is not there."""
    files = {b"%d.txt" % n: b"content %d" % n for n in range(12)}
    faked.configure({folder.name: {"path": str(folder), "antivirus": "/nonexistent/clamd"}})
    faked.start()
    write(folder, files)
    faked.wait_for_status("12 pending")
    before = kept(queue(faked, "pending"))
    assert [row.get("sha256") for row in queue(faked, "pending")] == [None] * len(files)
    assert faked.stop() == 0
    since = len(faked.log.read_bytes())
    for name in files:
        change(folder / name.decode())
    faked.configure({folder.name: {"path": str(folder)}})
    faked.start()
    wait_for_records(fake, folder, len(files), daemon=faked)
    faked.wait_for_status("0 pending")
    assert_delivered(fake, folder, files)
    assert kept(faked.json("history")) == before
    assert_nothing_is_shown(faked, since)
    assert faked.stop() == 0


@pytest.mark.parametrize("change", ALL)
@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_an_upload_in_parts_goes_on_with_the_parts_that_are_there(faked, fake, folder, change, down):
    fake.script(Rule("UploadPart", first=2, times=None, status=503, code="SlowDown"))
    path = folder / "large.bin"
    since = fake.now()
    write(folder, {b"large.bin": THREE_PARTS})
    in_parts(faked, part_concurrency=1).start()
    faked.wait_for(lambda: [e[1] for e in fake.trace(since)].count("UploadPart") > 4, 60, "the second part")
    before = kept(queue(faked, "pending"))
    if down:
        assert faked.stop() == 0
    change(path)
    if down:
        faked.start()
    time.sleep(1.5)
    at = len(faked.log.read_bytes())
    fake.script()
    assert faked.command("queue", "retry", "--all").returncode == 0
    wait_for_records(fake, folder, 1, timeout=60, daemon=faked)
    faked.wait_for_status("0 pending")
    assert_delivered(fake, folder, {b"large.bin": THREE_PARTS})
    assert kept(faked.json("history")) == before
    sent = [(e[1], e[3], e[5]) for e in fake.trace(since)]
    assert [name for name, *_ in sent].count("CreateMultipartUpload") == 1
    assert [name for name, *_ in sent].count("AbortMultipartUpload") == 0
    assert sum(name == "UploadPart" and not faulted for name, _, faulted in sent) == 3
    if change is not write_again:
        assert_nothing_is_shown(faked, at)
    assert faked.stop() == 0


class Reads:
    """Counts the reads of the folder's files."""

    def __init__(self, daemon, folder, directory):
        self.folder, self.trace = str(folder), directory / "strace"
        daemon.under = [system_calls.STRACE, "-D", "-f", "-qq", "-y", "-o", str(self.trace), "-e", "trace=read,pread64"]

    def count(self):
        lines = self.trace.read_text(errors="replace").splitlines() if self.trace.exists() else []
        return sum(f"<{self.folder}/" in line and "<unfinished" not in line or f"<{self.folder}/" in line
                   for line in lines)


@needs_strace
@pytest.mark.parametrize("change", ATTRIBUTES)
def test_delivered_files_whose_attributes_change_are_not_read(faked, fake, folder, tmp_path, change):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(20)}
    reads = Reads(faked, folder, tmp_path)
    write(folder, files)
    faked.start(timeout=60)
    wait_for_records(fake, folder, len(files), daemon=faked)
    faked.wait_for_status("0 pending")
    (at, since) = (reads.count(), len(faked.log.read_bytes()))
    for name in files:
        change(folder / name.decode())
    time.sleep(2)
    assert reads.count() == at
    assert queue(faked, "pending") == []
    assert_nothing_is_shown(faked, since)
    # The state that was accepted is the one that is known from now on.
    assert faked.stop() == 0
    faked.start(timeout=60)
    time.sleep(2)
    assert reads.count() == 0 if change is not link else reads.count() <= 2 * len(files)
    assert len(fake.records(folder.name)) == len(files)
    assert_nothing_is_shown(faked, since)
    assert faked.stop() == 0


@needs_strace
@pytest.mark.parametrize("change", ATTRIBUTES[:3])
def test_delivered_files_whose_attributes_changed_meanwhile_are_read_once(faked, fake, folder, tmp_path, change):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(20)}
    reads = Reads(faked, folder, tmp_path)
    write(folder, files)
    faked.start(timeout=60)
    wait_for_records(fake, folder, len(files), daemon=faked)
    assert faked.stop() == 0
    since = len(faked.log.read_bytes())
    for name in files:
        change(folder / name.decode())
    counts = []
    for _ in range(2):
        faked.start(timeout=60)
        time.sleep(2.5)
        assert queue(faked, "pending") == []
        assert faked.stop() == 0
        counts.append(reads.count())
    # One for the content and one for its end.
    assert len(files) <= counts[0] <= 2 * len(files) and counts[1] == 0
    assert len(fake.records(folder.name)) == len(files)
    assert_nothing_is_shown(faked, since)


@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
def test_a_changed_content_behind_the_same_size_and_mtime_is_a_new_delivery(faked, fake, folder, down):
    path = folder / "a.txt"
    write(folder, {b"a.txt": b"one"})
    faked.start()
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.wait_for_status("0 pending")
    if down:
        assert faked.stop() == 0
    status = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    if down:
        faked.start()
    wait_for_records(fake, folder, 2, daemon=faked)
    assert faked.stop() == 0


def test_files_on_a_disk_with_another_device_number_are_known_and_a_removed_one_is_gone(faked, fake, folder):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(20)}
    write(folder, files)
    faked.start()
    wait_for_records(fake, folder, len(files), daemon=faked)
    fake.script(Rule("PutObject", times=None, status=503, code="SlowDown"))
    write(folder, {b"waits.txt": b"waits", b"removed.txt": b"removed"})
    faked.wait_for_status("2 pending")
    [waits] = [row for row in kept(queue(faked, "pending")) if row[1].endswith("waits.txt")]
    assert faked.stop() == 0
    # As after a restart of the machine.
    with sqlite3.connect(faked.state / "journal.db") as journal:
        journal.execute("UPDATE delivery SET device = device + 7")
        journal.execute("UPDATE folder_root SET device = device + 7")
    journal.close()
    (folder / "removed.txt").unlink()
    fake.script()
    faked.start()
    wait_for_records(fake, folder, len(files) + 1, daemon=faked)
    faked.wait_for_status("0 pending", timeout=60)
    assert waits in kept(faked.json("history"))
    [gone] = queue(faked, "withdrawn")
    assert gone["source_path"].endswith("removed.txt") and "removed" in gone["last_error"]
    assert faked.stop() == 0


@needs_strace
@pytest.mark.skipif(mounts.fuse_missing() is not None, reason=str(mounts.fuse_missing()))
def test_files_whose_inode_numbers_change_are_read_once(faked, fake, folder, tmp_path):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(30)}
    behind = tmp_path / "behind"
    faked.configure({folder.name: {"path": str(folder), "poll_interval": "1s"}})
    reads = Reads(faked, folder, tmp_path)
    with mounts.fuse(behind, folder):
        write(folder, files)
        faked.start(timeout=60)
        wait_for_records(fake, folder, len(files), daemon=faked)
        faked.wait_for_status("0 pending")
        counts = [reads.count()]
        assert faked.stop() == 0
        # bindfs keeps its numbers; others give new ones whenever their caches drop.
        for _ in range(3):
            with sqlite3.connect(faked.state / "journal.db") as journal:
                journal.execute("UPDATE delivery SET inode = inode + 7 WHERE inode <> 0")
            journal.close()
            faked.start(timeout=60)
            time.sleep(4)
            counts.append(reads.count())
            assert faked.stop() == 0
        # The trace begins anew with each start.
        assert len(files) <= counts[1] <= 2 * len(files) and counts[2:] == [0, 0]
        assert queue(faked, "withdrawn") == [] and queue(faked, "pending") == []
        assert len(fake.records(folder.name)) == len(files)
