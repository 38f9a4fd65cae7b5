"""Which names are documents: those that people give are delivered, those that programs give are not, and what is left over
under such a name is listed, and delivered where somebody says so."""

import os
import re
import sqlite3
import time
from datetime import timedelta

import pytest

import moving_clock
from delivering import deliver
from expectations import wait_for_records
from test_delivery import write
from test_feedback import page, text_of

needs_clock = pytest.mark.skipif(moving_clock.missing() is not None, reason=str(moving_clock.missing()))

#: What people save.
DOCUMENTS = [
    ".contract.pdf", "Band 2.part/vertrag.pdf", "Akten.temp/1/a.pdf", "Lieferung.download", "Post.download/vertrag.pdf",
    ".Entwürfe/a.pdf", "20240115", "Photoshop Templates.psd", "Termin 10:30.txt", "yarn.lock", ".logo.svg", "film.swf",
]
#: What programs write that nobody wants.
PROGRAMS = [
    "plan.dwl", "plan.dwl2", "atmp4711", "~brochure~k3jyv(.idlk", "film.prlock", "Poster.af~lock~", "Icon\r",
    "contract.pdf:Zone.Identifier", "smile.png:com.dropbox.attrs", "report.docx~", "#letter.txt#",
    "(A Document Being Saved By TextEdit)/letter.rtf", "Adobe Photoshop 12345", "AI Temp 1", "db1.ldb", "case.lck",
    "note.onetmp", "x.osl-tmp", "film.mkv.!qB", "Recycle Bin/old.pdf", "$RECYCLE.BIN/$R1.pdf", "A1B2C3D0", ".~lock.x.odt#",
    "._x.pdf", ".DS_Store", ".x.txt.swp", ".goutputstream-AB12CD", ".smbdeleteAAA123", ".nfs000000000012ab34", ".x.pdf.Qw3rTy",
    ".Trash-1000/files/old.pdf", "#recycle/old.pdf", "@eaDir/x.pdf/SYNO", ".snapshot/daily/x.pdf", ".AppleDouble/x.pdf",
    "x.docx.sb-1a2b3c4d-Xy12Zz/x.docx", "haus.3dm.rhl", "db.kdbx.lock", "plan.sv$", "__MACOSX/x.pdf",
]


def make(folder, names, content=b"content"):
    for name in names:
        path = os.path.join(os.fsencode(folder), name if isinstance(name, bytes) else name.encode())
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)


def leftovers(daemon):
    """The names that status has; none before there is a status of this run."""
    return [leftover["path"] for folder in daemon.json("status")["folders"] for leftover in folder.get("leftovers") or []]


def an_hour_later(clock, daemon, folder):
    """Starts the daemon on its folder at a clock on which everything in it is an hour old."""
    clock.move(timedelta(hours=1))
    daemon.start(**clock.environment())


@pytest.mark.parametrize("running", [True, False], ids=["while it runs", "before it starts"])
def test_documents_of_people_are_delivered_and_files_of_programs_are_not(faked, fake, folder, running):
    if running:
        faked.start()
    make(folder, DOCUMENTS + PROGRAMS)
    if not running:
        faked.start()
    wait_for_records(fake, folder, len(DOCUMENTS), daemon=faked)
    make(folder, ["last.pdf"])
    wait_for_records(fake, folder, len(DOCUMENTS) + 1, daemon=faked)
    time.sleep(1)
    assert sorted(r["source_path"] for r in fake.records(folder.name)) == sorted(DOCUMENTS + ["last.pdf"])
    for name in ("plan.dwl", "report.docx~", "Recycle Bin/old.pdf"):
        told = faked.command("is-safe", folder / name)
        assert told.returncode == 5 and ("passed over" in told.stdout or "never looked into" in told.stdout), told.stdout


@needs_clock
def test_what_is_left_over_is_listed_by_name_and_taken_when_somebody_says_so(faked, fake, folder, tmp_path):
    faked.configure({folder.name: {"path": str(folder), "rescan": "10s", "status_page": True, "exclude": ["*.bak.tmp"],
                                   "after_upload": "keep"}})
    names = ["Notiz.tmp", "d/film.part", "zwei\nzeilen.tmp", "fdp.\u202etmp.part", "plan.dwl", ".DS_Store", "a.bak.tmp"]
    make(folder, [*names, b"\xff\xfe.tmp"])
    os.makedirs(folder / "closed", mode=0o700)
    make(folder, ["closed/geheim.tmp"])
    folder.chmod(0o755)
    with moving_clock.MovingClock(tmp_path / "clock") as clock, open(folder / "open.part", "wb") as held:
        held.write(b"half")
        held.flush()
        an_hour_later(clock, faked, folder)
        expected = {"Notiz.tmp", "d/film.part", "zwei\\nzeilen.tmp", "fdp.\\u{202e}tmp.part", "plan.dwl", ".DS_Store",
                    "\\xff\\xfe.tmp"}
        faked.wait_for(lambda: set(leftovers(faked)) == expected, 30, lambda: f"leftovers, there are {leftovers(faked)}")
        faked.wait_for(lambda: faked.json("status")["folders"][0]["leftover_count"] == len(expected) + 1, 30,
                       "a count of the one in the closed directory, too")
        status = faked.json("status")["folders"][0]
        notiz = next(entry for entry in status["leftovers"] if entry["path"] == "Notiz.tmp")
        assert notiz["rule"] == "*.tmp" and notiz["kind"] == "unfinished" and "many programs" in notiz["reason"]
        for command in ("status", "queue"):
            text = faked.command(command).stdout
            for name in ("Notiz.tmp", "d/film.part", "zwei\\nzeilen.tmp", "plan.dwl"):
                assert name in text, text
            assert "geheim" not in text and "open.part" not in text and "a.bak.tmp" not in text
        faked.wait_for(lambda: (folder / "_status.html").exists() and "Notiz.tmp" in page(folder), 30, "the page")
        text = text_of(page(folder))
        assert "All is well" not in text and "geheim" not in text and ".DS_Store" not in text
        told = faked.command("is-safe", folder / "Notiz.tmp")
        assert told.returncode == 5 and "*.tmp" in told.stdout and "queue take" in told.stdout

        taken = faked.command("queue", "take", folder / "Notiz.tmp", folder / "zwei\nzeilen.tmp",
                              os.fsencode(folder) + b"/\xff\xfe.tmp", folder / "closed" / "geheim.tmp")
        assert taken.returncode == 0, taken.stderr
        records = wait_for_records(fake, folder, 4, daemon=faked)
        assert {r["size"] for r in records} == {7}
        rest = expected - {"Notiz.tmp", "zwei\\nzeilen.tmp", "\\xff\\xfe.tmp"}
        faked.wait_for(lambda: set(leftovers(faked)) == rest, 30, lambda: f"the rest, there are {leftovers(faked)}")
        assert "safe " in faked.command("is-safe", folder / "Notiz.tmp").stdout
        # The order is done with, and the file is known: neither a scan nor a restart lists or sends it again.
        faked.wait_for(lambda: not (faked.state / "take-orders").read_bytes(), 10, "no order")
        assert faked.stop() == 0
        faked.start(**clock.environment())
        faked.wait_for(lambda: set(leftovers(faked)) == rest, 30, lambda: f"the rest, there are {leftovers(faked)}")
        make(folder, ["last.pdf"])
        wait_for_records(fake, folder, 5, daemon=faked)
        assert len(fake.records(folder.name)) == 5
        # Once it has a name of its own it is a document like others.
        os.rename(folder / "d" / "film.part", folder / "d" / "film.mkv")
        wait_for_records(fake, folder, 6, daemon=faked)
        faked.wait_for(lambda: "d/film.part" not in leftovers(faked), 10, "a list without it")
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException")


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
def test_an_order_is_not_lost_while_the_daemon_is_down_or_the_file_not_at_rest(faked, fake, folder, killed):
    make(folder, ["Notiz.tmp", "offen.tmp"])
    faked.start()
    assert faked.stop() == 0
    taken = faked.command("queue", "take", folder / "Notiz.tmp")
    assert taken.returncode == 0 and "when the daemon starts" in taken.stdout
    faked.start()
    wait_for_records(fake, folder, 1, daemon=faked)
    with open(folder / "offen.tmp", "ab") as writer:
        assert faked.command("queue", "take", folder / "offen.tmp").returncode == 0
        time.sleep(3)
        assert len(fake.records(folder.name)) == 1, "it is still open"
        faked.kill() if killed else faked.stop()
        writer.write(b", and its end")
    faked.start()
    records = wait_for_records(fake, folder, 2, daemon=faked)
    assert {r["source_path"]: r["size"] for r in records} == {"Notiz.tmp": 7, "offen.tmp": 20}
    faked.wait_for(lambda: not (faked.state / "take-orders").read_bytes(), 10, "no order")


def test_what_cannot_be_taken_is_refused_with_the_reason(faked, folder):
    faked.configure({folder.name: {"path": str(folder), "exclude": ["*.bak.tmp"]}})
    make(folder, ["a.pdf", "a.bak.tmp", "#recycle/a.pdf"])
    os.symlink("/etc/passwd", folder / "link.tmp")
    (folder / "d.tmp").mkdir()
    faked.start()
    for name, code, word in [("a.pdf", 1, "by itself"), ("a.bak.tmp", 1, "exclude"), ("#recycle/a.pdf", 1, "never looked into"),
                             ("gone.tmp", 4, "no file"), ("link.tmp", 4, "no file"), ("d.tmp", 4, "no file")]:
        told = faked.command("queue", "take", folder / name)
        assert told.returncode == code and word in told.stderr, (name, told.stderr)
    assert faked.command("queue", "take", "/etc/passwd").returncode == 4


def test_an_empty_file_waits_for_the_one_that_takes_its_place(faked, fake, folder):
    """Firefox: `contract.pdf` is made empty, `contract.pdf.part` filled and renamed over it."""
    faked.configure({folder.name: {"path": str(folder), "after_upload": "move", "min_size": "1B"}})
    faked.start()
    make(folder, ["contract.pdf"], b"")
    part = folder / "contract.k3JyV9.pdf.part"
    with open(part, "wb") as download:
        for _ in range(70):
            download.write(b"more ")
            download.flush()
            time.sleep(1)
    assert fake.records(folder.name) == [] and (folder / "contract.pdf").stat().st_size == 0
    os.rename(part, folder / "contract.pdf")
    [record] = wait_for_records(fake, folder, 1, daemon=faked)
    assert (record["source_path"], record["size"]) == ("contract.pdf", 350)
    faked.wait_for(lambda: not (folder / "contract.pdf").exists(), 20, "the file to be moved")
    assert [path.name for path in (folder / "_sent").rglob("*.pdf")] == ["contract.pdf"]
    assert not (folder / "_rejected").exists()


def test_include_and_exclude_take_case_and_form_as_the_folder_says(faked, fake, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    nfd = "Entwu\u0308rfe"
    names = ["SCAN0001.PDF", "a.pdf", f"{nfd}/b.pdf", "Entwürfe/c.pdf", "d.BAK.pdf"]
    make(folder, names)
    make(other, names)
    patterns = {"include": ["*.pdf"], "exclude": ["Entwürfe/**", "*.bak.pdf"]}
    faked.configure({folder.name: {"path": str(folder)} | patterns,
                     other.name: {"path": str(other), "case_sensitive": False} | patterns})
    told = faked.command("check").stdout
    assert re.search(rf"WARNING {folder.name} .*d\.BAK\.pdf|WARNING {folder.name} .*rfe/b\.pdf", told), told
    assert f"WARNING {other.name}" not in told and "case_sensitive" in told
    faked.start()
    wait_for_records(fake, folder, 4, daemon=faked)
    wait_for_records(fake, other, 2, daemon=faked)
    assert sorted(r["source_path"] for r in fake.records(folder.name)) == sorted(
        ["SCAN0001.PDF", "a.pdf", f"{nfd}/b.pdf", "d.BAK.pdf"])
    assert sorted(r["source_path"] for r in fake.records(other.name)) == ["SCAN0001.PDF", "a.pdf"]
    faked.configure({folder.name: {"path": str(folder), "case_sensitive": True} | patterns})
    assert "case_sensitive" not in faked.command("check").stdout


def test_the_first_start_after_an_upgrade_lists_what_changes_sides_and_no_later_one(faked, fake, folder):
    faked.start()
    assert faked.stop() == 0
    assert "before the upgrade" not in faked.log.read_text()
    # As a version up to 1.0 leaves it.
    (faked.directory / "state" / "name-rules").unlink()
    with sqlite3.connect(faked.directory / "state" / "journal.db") as journal:
        journal.execute("DELETE FROM delivery")
    make(folder, [".contract.pdf", "plan.dwl", "Recycle Bin/a.pdf", "letter.pdf", "x.tmp"])
    faked.start()
    wait_for_records(fake, folder, 2, daemon=faked)
    log = faked.log.read_text()
    assert re.search(r"\.contract\.pdf.*taken from now on", log), log[-3000:]
    for name in ("plan.dwl", "Recycle Bin/"):
        assert re.search(re.escape(name) + r".*passed over from now on", log), log[-3000:]
    assert not re.search(r"(letter\.pdf|x\.tmp).*from now on", log)
    assert faked.stop() == 0
    count = faked.log.read_text().count("before the upgrade")
    deliver(faked, fake, folder, {b"letter.pdf": b"content", b".contract.pdf": b"content"})
    assert faked.stop() == 0
    assert faked.log.read_text().count("before the upgrade") == count
