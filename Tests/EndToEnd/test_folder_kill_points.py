"""Killed at every step of what is done in a folder: afterwards no file is lost, none stands in two places, and no note or
line of a receipt is missing or there twice."""

import hashlib
import os
import time
from pathlib import Path

import pytest

import system_calls
from expectations import wait_for_records
from test_after_upload import DELETE, MOVE, names, settings
from test_delivery import write
from test_feedback import table
from test_validation import PDF, RULES

pytestmark = [pytest.mark.crash, pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))]


def killed_at(daemon, call, number, paths, files):
    """Runs the daemon on files until it is killed at a call on one of the paths. A directory is found by what is done with
    its open descriptor too. What is not yet whole has a random name, by which strace cannot find it: a kill between making
    it and giving it its name leaves the same, whatever is in it by then."""
    folder = Path(next(iter(daemon.folders.values()))["path"])
    write(folder, files)
    daemon.under = system_calls.inject(call, "signal=SIGKILL", number, paths)
    daemon.start(ready=False)
    daemon.under = []
    assert daemon.wait(20) == -9
    # What is left half made is known by its age, with 100 ms for the kernel's clock: systemd restarts later than that, too.
    time.sleep(0.3)
    closed = [name for name in os.listdir(folder) if name.startswith("_") and (folder / name).stat().st_mode & 0o77 == 0]
    assert closed == [], "the staff may enter what is there"


def inside(folder, call, *below):
    """The folder, but for `openat`: it is opened elsewhere too."""
    return [*below] if call == "openat" else [folder, *below]


@pytest.mark.parametrize("keys,call,number", [
    (MOVE, "mkdirat", 1), (MOVE, "renameat", 1), (MOVE, "renameat2", 1), (MOVE, "fsync", 1), (MOVE, "fsync", 2),
    (MOVE, "fsync", 3),
    (DELETE, "mkdirat", 1), (DELETE, "renameat2", 1), (DELETE, "unlinkat", 1), (DELETE, "fsync", 1),
    (DELETE, "unlinkat", 2)])
def test_moving_and_deleting(faked, fake, folder, keys, call, number):
    faked.configure(settings(folder, **keys))
    killed_at(faked, call, number, [folder, folder / "_done", folder / ".s3loggerd"], {b"a.txt": b"content"})
    places = [name for name in names(folder) if name.endswith((b"a.txt", b"/1"))]
    is_gone = keys is DELETE and (call, number) in [("fsync", 1), ("unlinkat", 2)]
    assert len(places) == (0 if is_gone else 1), places
    faked.start()
    expected = [b"_done/a.txt"] if keys is MOVE else []
    faked.wait_for(lambda: names(folder) == expected, 30, f"{expected}")
    write(folder, {b"marker.txt": b"marker"})
    wait_for_records(fake, folder, 2, daemon=faked)
    assert len(fake.records(folder.name)) == 2, "the moved file is not delivered again"


#: In order: the directory is made, the file moved, the note written aside, published, everything made durable.
@pytest.mark.parametrize("call,number", [
    ("mkdirat", 1), ("renameat", 1), ("renameat2", 1), ("openat", 1), ("fsync", 1), ("renameat2", 2), ("fsync", 2),
    ("fsync", 3)])
def test_refusing(faked, fake, folder, call, number):
    faked.configure(settings(folder, **RULES))
    rejected = folder / "_rejected"
    killed_at(faked, call, number, inside(folder, call, rejected), {b"bad.pdf": b"no PDF"})
    assert len([n for n in names(folder) if n.endswith(b"bad.pdf")]) == 1, names(folder)
    faked.start()
    faked.wait_for(lambda: names(folder) == [b"_rejected/bad.pdf", b"_rejected/bad.pdf.REASON.txt"], 30, "moved aside")
    wait_for_records(fake, folder, 1, daemon=faked)
    assert [r["status"] for r in fake.records(folder.name)] == ["rejected"]


@pytest.mark.parametrize("call,number", [("unlinkat", 1), ("fsync", 1)])
def test_removing_the_note_of_a_file_that_was_taken_back(faked, fake, folder, call, number):
    faked.configure(settings(folder, **RULES))
    faked.start()
    write(folder, {b"bad.pdf": b"no PDF", b"other.pdf": b"no PDF either"})
    refused = [b"_rejected/%s.pdf%s" % (name, end) for name in (b"bad", b"other") for end in (b"", b".REASON.txt")]
    faked.wait_for(lambda: names(folder) == refused, 30, "two refused")
    assert faked.stop() == 0
    (folder / "_rejected/bad.pdf").write_bytes(PDF)
    os.rename(folder / "_rejected/bad.pdf", folder / "bad.pdf")
    killed_at(faked, call, number, [folder / "_rejected"], {})
    faked.start()
    faked.wait_for(lambda: names(folder) == refused[2:] + [b"bad.pdf"], 30, "its note goes, and no other")
    wait_for_records(fake, folder, 3, daemon=faked)
    assert sorted(str(r.get("status")) for r in fake.records(folder.name)) == ["None", "rejected", "rejected"]


def today(folder):
    return folder / "_receipts" / time.strftime("%Y-%m-%d.csv")


def assert_table_goes_on(daemon, fake, folder, *rows):
    """After one more file, its line is the last of these."""
    daemon.start()
    write(folder, {b"b.txt": b"b"})
    wait_for_records(fake, folder, 2, daemon=daemon)
    daemon.wait_for(lambda: today(folder).exists() and b"b.txt" in today(folder).read_bytes(), 30, "b's line")
    assert [row[1] for row in table(folder)] == ["File", *rows, "b.txt"]


@pytest.mark.parametrize("call,number", [
    ("mkdirat", 1), ("fchmod", 1), ("openat", 1), ("write", 1), ("fsync", 1), ("fsync", 2), ("fsync", 3)])
def test_adding_to_a_days_table(faked, fake, folder, call, number):
    faked.configure(settings(folder, receipt="daily"))
    path = today(folder)
    killed_at(faked, call, number, inside(folder, call, path.parent, path), {b"a.txt": b"a"})
    is_begun = path.exists() and path.stat().st_size
    if is_begun:
        # A person's own line, without an end.
        with open(path, "ab") as file:
            file.write(b'"2026-11-23T10:42:07+01:00","by hand"')
    assert_table_goes_on(faked, fake, folder, "a.txt", *(["by hand"] if is_begun else []))


@pytest.mark.parametrize("call", ["ftruncate", "write"])
def test_mending_a_table_that_a_power_cut_tore(faked, fake, folder, call):
    faked.configure(settings(folder, receipt="daily"))
    killed_at(faked, "fsync", 1, [today(folder)], {b"a.txt": b"a"})
    whole = today(folder).read_bytes()
    today(folder).write_bytes(whole[:-9])
    killed_at(faked, call, 1, [today(folder)], {})
    assert_table_goes_on(faked, fake, folder, "a.txt")
    assert today(folder).read_bytes().startswith(whole)


@pytest.mark.parametrize("call,number", [
    ("mkdirat", 1), ("mkdirat", 2), ("openat", 1), ("fsync", 1), ("renameat", 1), ("renameat", 2), ("renameat", 3)])
def test_writing_a_receipt_for_one_file(faked, fake, folder, call, number):
    faked.configure(settings(folder, receipt="file"))
    day = folder / "_receipts" / time.strftime("%Y-%m-%d")
    above = [] if call == "openat" else [folder, day.parent]
    killed_at(faked, call, number, [*above, day], {b"a.txt": b"a"})
    faked.start()
    write(folder, {b"b.txt": b"b"})
    wait_for_records(fake, folder, 2, daemon=faked)
    faked.wait_for(lambda: any(day.glob("b.txt.*.txt")), 30, "b's receipt")
    assert [name.rpartition(b"/")[2][:5] for name in names(folder) if b"/" in name] == [b"a.txt", b"b.txt"], names(folder)
    [receipt] = day.glob("a.txt.*.txt")
    assert hashlib.sha256(b"a").hexdigest() in receipt.read_text("utf-8-sig")
