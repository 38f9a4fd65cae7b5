"""The places of the daemon's own in a folder stay what they are when settings change or the journal is lost; those of people
stay theirs."""

import os
import shutil
import sqlite3
import time
from datetime import timedelta

import moving_clock
import pytest

from expectations import wait_for_records
from test_after_upload import day, names, settings
from test_delivery import write
from test_feedback import page, text_of
from test_moved_folders import apply, place

RESTART = pytest.mark.parametrize("restart", [False, True], ids=["reload", "restart"])


def without_marks(folder):
    """Takes every attribute of ours away, as a copy to another file system does."""
    for directory, subdirectories, files in os.walk(folder):
        for name in [*subdirectories, *files]:
            path = os.path.join(directory, name)
            for attribute in os.listxattr(path):
                os.removexattr(path, attribute)


@RESTART
def test_the_old_archive_is_not_delivered_once_more_when_it_is_called_otherwise(faked, fake, folder, restart):
    old = {"after_upload": "move", "move_to": "done/{year}", "allowed_types": ["application/pdf"], "rejected_to": "no"}
    faked.configure(settings(folder, **old))
    faked.start()
    write(folder, {b"a.pdf": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n", b"b.txt": b"refused"})
    year = time.strftime("%Y").encode()
    moved = [b"done/" + year + b"/a.pdf", b"no/b.txt", b"no/b.txt.REASON.txt"]
    faked.wait_for(lambda: names(folder) == moved, 30, "moved and moved aside")
    place(faked, restart, **settings(folder, **old | {"move_to": "_sent", "rejected_to": "_no"}))
    place(faked, restart, **settings(folder))
    write(folder, {b"last.txt": b"a marker"})
    wait_for_records(fake, folder, 3, daemon=faked)
    time.sleep(2)
    assert fake.count_records(folder.name) == 3
    assert names(folder) == sorted(moved + [b"last.txt"])


@RESTART
def test_a_page_and_receipts_that_are_no_longer_kept_are_no_documents_and_the_page_says_so_and_goes(
        faked, fake, folder, restart):
    faked.configure(settings(folder, status_page=True, receipt="daily"))
    faked.start()
    write(folder, {b"a.txt": b"a"})
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.wait_for(lambda: (folder / "_status.html").exists() and "a.txt" in page(folder), 30, "the page")
    faked.wait_for(lambda: (folder / "_receipts").exists(), 30, "the receipts")
    place(faked, restart, **settings(folder))
    faked.wait_for(lambda: "no longer kept" in text_of(page(folder)), 30, "the page says so")
    assert "All is well" not in page(folder) and "a.txt" not in text_of(page(folder))
    written = (folder / "_status.html").stat()
    write(folder, {b"last.txt": b"a marker"})
    wait_for_records(fake, folder, 2, daemon=faked)
    time.sleep(4)
    assert (folder / "_status.html").stat().st_ino == written.st_ino, "it is said once"
    assert sorted(r["filename"] for r in fake.records(folder.name)) == ["a.txt", "last.txt"]
    faked.stop()
    with sqlite3.connect(faked.state / "journal.db") as journal:
        assert journal.execute("SELECT count(*) FROM place WHERE ended IS NOT NULL").fetchone() == (1,)
    journal.close()
    faked.start()
    time.sleep(4)
    assert (folder / "_status.html").stat().st_ino == written.st_ino
    # What somebody has written into it is theirs, and stays.
    content = (folder / "_status.html").read_bytes()
    (folder / "_status.html").unlink()
    (folder / "_status.html").write_bytes(b"<p>our own</p>")
    age(faked)
    time.sleep(4)
    assert (folder / "_status.html").read_bytes() == b"<p>our own</p>"
    faked.stop()
    (folder / "_status.html").write_bytes(content)
    faked.start()
    faked.wait_for(lambda: not (folder / "_status.html").exists() or "no longer kept" in page(folder), 30, "gone")
    assert fake.count_records(folder.name) == 2


def age(daemon):
    """Lets the end of the page lie eight days back."""
    daemon.stop()
    with sqlite3.connect(daemon.state / "journal.db") as journal:
        journal.execute("UPDATE place SET ended = ended - 8 * 86400000 WHERE ended IS NOT NULL")
    journal.close()
    daemon.start()


def test_the_last_page_goes_after_a_week(faked, fake, folder):
    faked.configure(settings(folder, status_page=True))
    faked.start()
    faked.wait_for(lambda: (folder / "_status.html").exists(), 30, "the page")
    place(faked, False, **settings(folder))
    faked.wait_for(lambda: "no longer kept" in text_of(page(folder)), 30, "the page says so")
    age(faked)
    # Its date is another one now: it is written anew, and then it is what is removed.
    faked.wait_for(lambda: not (folder / "_status.html").exists() or
                   faked.process and restarted(faked), 30, "removed")
    faked.wait_for(lambda: not (folder / "_status.html").exists(), 30, "removed")
    write(folder, {b"_status.html": b"somebody else's", b"last.txt": b"a marker"})
    wait_for_records(fake, folder, 1, daemon=faked)
    time.sleep(2)
    assert (folder / "_status.html").read_bytes() == b"somebody else's"


def restarted(daemon):
    daemon.stop()
    daemon.start()
    time.sleep(2)
    return False


@pytest.mark.parametrize("marks", [True, False], ids=["attributes", "hidden files"])
def test_a_lost_journal_takes_neither_our_places_for_people_s_nor_people_s_for_ours(faked, fake, folder, tmp_path, marks):
    keys = {"after_upload": "move", "receipt": "daily", "status_page": True}
    faked.configure(settings(folder, **keys))
    faked.start()
    write(folder, {b"a.txt": b"a"})
    faked.wait_for(lambda: b"_sent/" + day() + b"/a.txt" in names(folder), 30, "moved")
    faked.wait_for(lambda: (folder / "_status.html").exists() and (folder / "_receipts").exists(), 30, "page and receipts")
    faked.stop()
    if not marks:
        without_marks(folder)
        for name in ("_sent", "_receipts"):
            (folder / name / ".s3loggerd").write_bytes(name.encode())
    shutil.rmtree(faked.state)
    # A copy of one of our directories under another name is a person's.
    shutil.copytree(folder / "_sent", folder / "archive", copy_function=shutil.copy2)
    faked.configure(settings(folder))
    faked.start()
    wait_for_records(fake, folder, 2, daemon=faked)
    time.sleep(2)
    assert sorted(r["source_path"] for r in fake.records(folder.name)) == ["a.txt", f"archive/{day().decode()}/a.txt"]
    place(faked, False, **settings(folder, **keys))
    write(folder, {b"b.txt": b"b"})
    faked.wait_for(lambda: b"_sent/" + day() + b"/b.txt" in names(folder), 30, "moved")
    faked.wait_for(lambda: "b.txt" in page(folder), 30, "the page")
    faked.wait_for_status("OK:", "0 pending")


def test_names_that_people_use_are_theirs_and_the_feature_is_told_to_be_unavailable(faked, fake, folder):
    theirs = {b"_status.html": b"<p>our own page</p>", b"_sent/contract.txt": b"theirs", b"_receipts/list.csv": b"x,y"}
    write(folder, theirs)
    before = {name: (folder / name.decode()).stat().st_ino for name in theirs}
    faked.configure(settings(folder, after_upload="move", receipt="daily", status_page=True))
    faked.start()
    write(folder, {b"a.txt": b"a"})
    wait_for_records(fake, folder, 1, daemon=faked)
    for name in ("_sent", "_receipts", "_status.html"):
        faked.wait_for(lambda name=name: f"take theirs away: {folder}/{name}" in faked.log.read_text(), 30, name)
    faked.wait_for_status("DEGRADED", "in use by others")
    assert names(folder) == sorted([*theirs, b"a.txt"])
    assert {name: (folder / name.decode()).stat().st_ino for name in theirs} == before
    # Under another name it works.
    place(faked, False, **settings(folder, after_upload="move", move_to="_ours"))
    faked.wait_for(lambda: b"_ours/a.txt" in names(folder), 30, "moved")
    # Once they are no longer wanted as names of ours, they are documents like others.
    faked.wait_for(lambda: fake.count_records(folder.name) == 4, 30, "theirs are delivered")


@pytest.mark.skipif(moving_clock.missing() is not None, reason=str(moving_clock.missing()))
def test_documents_that_people_put_into_our_places_are_named_and_ours_are_not(faked, fake, folder, tmp_path):
    keys = {"after_upload": "move", "receipt": "daily", "status_page": True, "max_size": "100B", "rescan": "10s"}
    faked.configure(settings(folder, **keys))
    faked.start()
    write(folder, {b"a.txt": b"a", b"HR/a.txt": b"b", b"large.txt": b"x" * 200})
    sent = b"_sent/" + day()
    ours = [sent + b"/a.txt", sent + b"/HR/a.txt", b"_rejected/large.txt", b"_rejected/large.txt.REASON.txt",
            b"_receipts/" + day() + b".csv"]
    faked.wait_for(lambda: set(ours) <= set(names(folder)), 30, "all of ours")
    write(folder, {b"a.txt": b"another"})
    faked.wait_for(lambda: sent + b"/a (2).txt" in names(folder), 30, "a second of that name")
    faked.stop()
    theirs = {b"_sent/contract.txt": b"theirs", sent + b"/HR/letter.txt": b"theirs", b"_receipts/sums.csv": b"1,2",
              b"_rejected/mine.txt": b"theirs", b"_rejected/.DS_Store": b"x"}
    write(folder, theirs)
    expected = sorted(name.decode() for name in theirs if b"DS_Store" not in name)

    def named():
        return sorted(entry["path"] for entry in faked.json("status")["folders"][0].get("leftovers") or [])

    with moving_clock.MovingClock(tmp_path / "clock") as clock:
        clock.move(timedelta(hours=1))
        faked.start(**clock.environment())
        faked.wait_for(lambda: named() == expected, 60, lambda: f"theirs by name, not {named()}")
        assert faked.json("status")["folders"][0]["leftover_count"] == len(expected)
        for command in ("status", "queue"):
            text = faked.command(command).stdout
            assert "_sent/contract.txt" in text and "Move it into the folder itself" in text, text
        faked.wait_for(lambda: "contract.txt" in page(folder) and "All is well" not in page(folder), 30, "the page")
        told = faked.command("is-safe", folder / "_sent/contract.txt")
        assert told.returncode == 5 and "moved into the folder itself" in told.stdout, told
        told = faked.command("queue", "take", folder / "_sent/contract.txt")
        assert told.returncode == 1 and "moved into the folder itself it is delivered" in told.stderr, told
        assert fake.count_records(folder.name) == 4
        os.rename(folder / "_sent/contract.txt", folder / "contract.txt")
        wait_for_records(fake, folder, 5, daemon=faked)
        expected.remove("_sent/contract.txt")
        faked.wait_for(lambda: named() == expected, 60, lambda: f"one less, not {named()}")
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException")


@RESTART
def test_what_a_folder_has_of_ours_stays_ours_when_the_directory_above_is_watched_instead(faked, fake, tmp_path, restart):
    top = tmp_path / f"top-{tmp_path.name}"
    folder = top / "inbox"
    folder.mkdir(parents=True)
    keys = {"after_upload": "move", "status_page": True, "receipt": "daily"}
    faked.configure({"papers": {"path": str(folder)} | keys})
    faked.start()
    write(folder, {b"a.txt": b"a"})
    faked.wait_for(lambda: b"_sent/" + day() + b"/a.txt" in names(folder), 30, "moved")
    faked.wait_for(lambda: (folder / "_status.html").exists() and (folder / "_receipts").exists(), 30, "page and receipts")
    ours = names(folder)
    records = fake.count_records("papers")
    faked.configure({"papers": {"path": str(top)} | keys})
    apply(faked, restart)
    write(top, {b"inbox/last.txt": b"a marker"})
    faked.wait_for(lambda: b"_sent/" + day() + b"/inbox/last.txt" in names(top), 30, "moved")
    time.sleep(3)
    assert fake.count_records("papers") == records + 1
    assert names(folder) == ours


def test_a_folder_that_is_moved_into_another_one_brings_no_documents_but_people_s(faked, fake, folder, tmp_path):
    other = tmp_path / f"other-{tmp_path.name}"
    other.mkdir()
    faked.configure({
        folder.name: {"path": str(folder), "after_upload": "move", "status_page": True}, other.name: {"path": str(other)}})
    faked.start()
    write(folder, {b"a.txt": b"a"})
    faked.wait_for(lambda: (folder / "_status.html").exists() and b"_sent/" + day() + b"/a.txt" in names(folder), 30, "moved")
    write(folder, {b"_sent/" + day() + b"/theirs.txt": b"put there by somebody"})
    folder.rename(other / "old")
    write(other, {b"old/_status.html.txt": b"theirs", b"old/new/_status.html": b"a page of theirs"})
    wait_for_records(fake, other, 2, daemon=faked)
    time.sleep(3)
    assert sorted(r["source_path"] for r in fake.records(other.name)) == ["old/_status.html.txt", "old/new/_status.html"]


@pytest.mark.parametrize("what", ["renamed", "journal lost"])
def test_a_place_of_ours_in_a_directory_of_people_s_stays_ours(faked, fake, folder, what):
    faked.configure(settings(folder, after_upload="move", move_to="clients/done", rescan="10s"))
    faked.start()
    write(folder, {b"clients/a.txt": b"a", b"b.txt": b"b"})
    faked.wait_for(lambda: names(folder) == [b"clients/done/b.txt", b"clients/done/clients/a.txt"], 30, "moved")
    if what == "renamed":
        (folder / "clients").rename(folder / "clients2")
    else:
        faked.stop()
        shutil.rmtree(faked.state)
        faked.configure(settings(folder))
        faked.start()
    write(folder, {b"last.txt": b"a marker"})
    wait_for_records(fake, folder, 3, daemon=faked)
    time.sleep(12 if what == "renamed" else 3)
    assert fake.count_records(folder.name) == 3
