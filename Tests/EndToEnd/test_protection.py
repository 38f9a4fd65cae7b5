"""Who could not read a file where it was saved cannot read it where it is moved, nor of it; who could, still can."""

import csv
import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest

import system_calls
from daemon import Daemon
from expectations import wait_for_records
from people import COLLEAGUE, HR, PERSONNEL, SERVICE, STAFF, as_user, make_directory, make_office, may_read, save
from test_after_upload import names, settings

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="being other users needs root")
MOVE = {"after_upload": "move", "move_to": "_sent"}
REJECT = {"max_size": "3B"}


@pytest.fixture
def place():
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)


@pytest.fixture(params=["root", "service"])
def office(request, binary, fake, place):
    """The office's folder and a daemon for it, which runs as root or as a user of its own."""
    folder = place / place.name
    make_office(folder)
    program = place / "s3loggerd"
    program.write_bytes(Path(binary).read_bytes())
    program.chmod(0o755)
    daemon = Daemon(program, place / "daemon", fake, {folder.name: folder}, settle="100ms")
    before = os.umask(0o022)
    if request.param == "service":
        os.umask(0)  # for the socket of systemd's stand-in
        os.chown(daemon.directory, SERVICE, SERVICE)
        daemon.under = as_user(SERVICE)
    yield daemon, folder
    os.umask(before)
    if daemon.process is not None:
        daemon.kill()


def deliver(daemon, fake, folder, files):
    for path, (user, content) in files.items():
        save(folder / path, user, content)
    wait_for_records(fake, folder, len(files), daemon=daemon)


FILES = {"HR/pay.pdf": (HR, b"secret"), "open/plan.pdf": (COLLEAGUE, b"a plan"), "note.pdf": (HR, b"a note")}


@pytest.mark.parametrize("keys,place_of_all", [(MOVE, "_sent"), (REJECT, "_rejected")])
def test_moved_files_are_read_by_those_who_could_and_by_nobody_else(office, fake, keys, place_of_all):
    daemon, folder = office
    daemon.configure(settings(folder, **keys))
    daemon.start()
    deliver(daemon, fake, folder, FILES)
    moved = [folder / place_of_all / name for name in FILES]
    daemon.wait_for(lambda: all(path.exists() for path in moved), 30, lambda: f"moved: {names(folder)}")
    secret, plan, note = moved
    if keys is REJECT:
        why = [Path(f"{path}.REASON.txt") for path in moved]
        daemon.wait_for(lambda: all(path.exists() for path in why), 30, "the notes")
        assert [may_read(HR, path) for path in why] == [True] * 3
        assert [may_read(COLLEAGUE, path) for path in why] == [False, True, True]
    assert [may_read(HR, path) for path in moved] == [True] * 3, os.popen(f"getfacl -R {folder}").read()
    assert not may_read(COLLEAGUE, secret) and not may_read(COLLEAGUE, secret.parent)
    assert may_read(COLLEAGUE, plan) and may_read(COLLEAGUE, note) and may_read(COLLEAGUE, secret.parent.parent)


def text(path):
    return path.read_text("utf-8-sig")


@pytest.mark.parametrize("kind", ["daily", "file"])
def test_the_page_and_the_receipts_name_only_what_everybody_may_know(office, fake, kind):
    daemon, folder = office
    daemon.configure(settings(folder, receipt=kind, status_page=True, language="en"))
    daemon.start()
    deliver(daemon, fake, folder, FILES)
    page = folder / "_status.html"
    daemon.wait_for(lambda: "plan.pdf" in text(page) and "note.pdf" in text(page), 30, "the page")
    assert "pay.pdf" not in text(page) and "not everybody may read them: 1" in text(page)
    assert may_read(COLLEAGUE, page) and may_read(HR, page)
    receipts = folder / "_receipts"
    if kind == "file":
        daemon.wait_for(lambda: len(list(receipts.rglob("*.txt"))) == 3, 30, "receipts")
        [secret] = receipts.rglob("pay.pdf*")
        assert may_read(HR, secret) and not may_read(COLLEAGUE, secret) and not may_read(COLLEAGUE, secret.parent)
        assert all(may_read(COLLEAGUE, path) for path in receipts.rglob("*.txt") if path != secret)
        return
    day = time.strftime("%Y-%m-%d") + ".csv"
    daemon.wait_for(lambda: (receipts / day).exists() and text(receipts / day).count("\n") == 4, 30, "the table")
    named = [row[1] for row in csv.reader(text(receipts / day).splitlines())]
    assert "pay.pdf" not in text(receipts / day) and b"pay" not in (receipts / day).read_bytes()
    assert sorted(named[1:]) == ["(a file in a folder that not everybody may open)", "note.pdf", "open/plan.pdf"]
    daemon.wait_for(lambda: (receipts / "HR" / day).exists(), 30, "a table of their own")
    assert "HR/pay.pdf" in text(receipts / "HR" / day)
    assert may_read(COLLEAGUE, receipts / day) and may_read(HR, receipts / "HR" / day)
    assert not may_read(COLLEAGUE, receipts / "HR" / day)


def test_a_workplace_that_somebody_else_made_is_refused_and_that_is_said(office, fake):
    daemon, folder = office
    daemon.configure(settings(folder, after_upload="delete", delete_after="0s"))
    make_directory(folder / ".s3loggerd", COLLEAGUE, STAFF, 0o777)
    (folder / ".s3loggerd/mine").write_bytes(b"kept")
    daemon.start()
    deliver(daemon, fake, folder, {"HR/pay.pdf": (HR, b"secret")})
    daemon.wait_for_status("DEGRADED", "delivered files cannot be deleted", "somebody else made", "remove it")
    assert names(folder) == [b".s3loggerd/mine", b"HR/pay.pdf"]
    shutil.rmtree(folder / ".s3loggerd")
    daemon.wait_for(lambda: names(folder) == [], 60, "deleted")


@pytest.mark.parametrize("owner,mode", [(COLLEAGUE, 0o777), (COLLEAGUE, 0o770)])
def test_a_directory_that_lets_others_in_is_passed_over(office, fake, owner, mode):
    daemon, folder = office
    daemon.configure(settings(folder, **MOVE))
    make_directory(folder / "_sent", 0, STAFF, 0o2770)
    make_directory(folder / "_sent/HR", owner, STAFF, mode)
    daemon.start()
    deliver(daemon, fake, folder, {"HR/pay.pdf": (HR, b"secret")})
    moved = folder / "_sent/HR (2)/pay.pdf"
    daemon.wait_for(moved.exists, 30, lambda: f"moved beside: {names(folder)}")
    assert may_read(HR, moved) and not may_read(COLLEAGUE, moved)


@pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))
def test_without_acls_a_file_stays_where_nothing_else_would_protect_it(office, fake):
    daemon, folder = office
    if not daemon.under:
        pytest.skip("root gives away directories")
    daemon.configure(settings(folder, **MOVE))
    daemon.under = [*daemon.under, *system_calls.inject("fsetxattr", "error=EOPNOTSUPP", "1+")]
    daemon.start()
    deliver(daemon, fake, folder, {name: FILES[name] for name in ("HR/pay.pdf", "note.pdf")})
    daemon.wait_for((folder / "_sent/note.pdf").exists, 30, "what the staff may read is moved")
    daemon.wait_for_status("DEGRADED", "delivered files cannot be moved", "nobody but those who may read",
                           "mount the file system with ACLs")
    # Where there are no attributes either, a hidden file marks the daemon's directory.
    assert names(folder) == [b"HR/pay.pdf", b"_sent/.s3loggerd", b"_sent/note.pdf"]


def test_a_directory_that_is_closed_between_two_files_protects_both(office, fake):
    daemon, folder = office
    daemon.configure(settings(folder, **MOVE))
    daemon.start()
    deliver(daemon, fake, folder, {"open/first.pdf": (COLLEAGUE, b"open")})
    daemon.wait_for((folder / "_sent/open/first.pdf").exists, 30, "the first")
    os.chown(folder / "open", HR, PERSONNEL)
    save(folder / "open/second.pdf", HR, b"closed")
    wait_for_records(fake, folder, 2, daemon=daemon)
    daemon.wait_for(lambda: not (folder / "open/second.pdf").exists(), 30, "the second")
    [second] = (folder / "_sent").rglob("second.pdf")
    assert may_read(HR, second) and not may_read(COLLEAGUE, second)
