"""What is shown of files that not everybody may see: in the status, on the page and in the receipts. And what may stand where
the daemon opens files: nothing that holds it up."""

import csv
import os
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from expectations import wait_for_records
from fake_aws.handle import Rule
from people import STAFF
from test_after_upload import names, settings
from test_delivery import write

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="being other users needs root")
SECRET = "dismissal of anna.pdf"


def told(daemon):
    return "\n".join(daemon.notify.values("STATUS")) + (daemon.state / "status.json").read_text()


@pytest.mark.parametrize("operation,code", [("PutObject", "AccessDenied"), ("PutItem", "AccessDeniedException"),
                                             ("PutObject", "InvalidArgument")])
@pytest.mark.parametrize("closed_by", ["mode", "acl"])
def test_a_service_that_names_a_file_of_a_closed_directory_is_not_quoted(faked, fake, folder, operation, code, closed_by):
    folder.chmod(0o755)
    (folder / "HR").mkdir(mode=0o755)
    if closed_by == "mode":
        (folder / "HR").chmod(0o700)
    else:
        subprocess.run(["setfacl", "-m", "u:4002:---", str(folder / "HR")], check=True)
    words = f"You may not put arn:aws:s3:::bucket/{folder.name}/HR/{SECRET} or HR/{SECRET.replace(' ', '+')}"
    fake.script(Rule(operation, status=403 if "Denied" in code else 400, code=code, message=words, times=None))
    faked.start()
    faked.wait_for_status("OK")
    write(folder, {b"HR/" + SECRET.encode(): b"a"})
    faked.wait_for(lambda: code in told(faked), 60, "it is told that it fails")
    assert "anna" not in told(faked)
    faked.wait_for(lambda: "anna" in str(faked.json("queue")), 20, "the queue has it all")
    assert "You may not put" in str(faked.json("queue"))


def test_a_service_that_names_a_file_that_all_may_see_is_quoted(faked, fake, folder):
    fake.script(Rule("PutObject", status=403, code="AccessDenied", message="no policy allows open.pdf", times=None))
    faked.start()
    write(folder, {b"open.pdf": b"a"})
    faked.wait_for_status("BLOCKED", "AccessDenied", "no policy allows open.pdf")


@root_only
@pytest.mark.parametrize("kind", ["daily", "file"])
def test_a_receipt_tells_of_a_file_only_to_those_who_may_read_it(faked, fake, folder, kind):
    folder.chmod(0o755)
    faked.configure(settings(folder, receipt=kind, language="en", status_page=True))
    (folder / "open.pdf").write_bytes(b"open")
    os.umask(0o022)
    (folder / "narrow.pdf").write_bytes(b"narrow")
    (folder / "narrow.pdf").chmod(0o640)
    os.chown(folder / "narrow.pdf", 4001, STAFF)
    (folder / "acl.pdf").write_bytes(b"by acl")
    subprocess.run(["setfacl", "-m", "u:4002:---", str(folder / "acl.pdf")], check=True)
    faked.start()
    wait_for_records(fake, folder, 3, daemon=faked)
    records = {r["filename"]: r["sha256"] for r in fake.records(folder.name)}
    receipts = folder / "_receipts"
    if kind == "file":
        faked.wait_for(lambda: len(list(receipts.rglob("*.txt"))) == 3, 30, "receipts")
        [narrow] = receipts.rglob("narrow.pdf*")
        assert stat.S_IMODE(narrow.stat().st_mode) & 0o007 == 0
        return
    faked.wait_for(lambda: list(receipts.glob("*.csv")) and next(receipts.glob("*.csv")).read_text().count("\n") == 4, 30, "lines")
    [table] = receipts.glob("*.csv")
    text = table.read_text("utf-8-sig")
    assert "open.pdf" in text and records["open.pdf"] in text
    for name in "narrow.pdf", "acl.pdf":
        assert name not in text and records[name] not in text
    assert len(list(csv.reader(text.splitlines()))) == 4
    page = folder / "_status.html"
    faked.wait_for(lambda: page.exists() and "open.pdf" in page.read_text(), 30, "the page")
    assert "narrow.pdf" not in page.read_text() and "not everybody may read them: 2" in page.read_text()


@root_only
def test_the_trouble_of_one_file_stays_until_that_file_is_moved(faked, fake, folder):
    faked.configure(settings(folder, after_upload="move", move_to="_sent"))
    (folder / "stuck").mkdir()
    (folder / "stuck/a.pdf").write_bytes(b"a")
    if subprocess.run(["chattr", "+a", str(folder / "stuck")], capture_output=True).returncode != 0:
        pytest.skip("no chattr here")
    try:
        faked.start()
        wait_for_records(fake, folder, 1, daemon=faked)
        faked.wait_for_status("DEGRADED", folder.name, "cannot be moved", "(1 file)")
        write(folder, {b"b.pdf": b"b"})
        faked.wait_for(lambda: b"b.pdf" not in names(folder), 30, "the other is moved")
        faked.wait_for_status("DEGRADED", "cannot be moved", "2 delivered today")
        assert "cannot be moved" in faked.json("status")["folders"][0]["problem"]
    finally:
        subprocess.run(["chattr", "-a", str(folder / "stuck")], check=True)
    faked.wait_for(lambda: b"stuck/a.pdf" not in names(folder), 60, "it is moved in the end")
    faked.wait_for_status("OK", "2 delivered today")


@root_only
def test_check_looks_behind_links_and_shows_names_as_text(faked, folder, tmp_path):
    real = tmp_path / "open to all" / "\u202eevil\x1b[2J"
    real.mkdir(parents=True)
    (real / "inbox").mkdir()
    (tmp_path / "open to all").chmod(0o777)
    (tmp_path / "link").symlink_to(real)
    path = tmp_path / "link" / "inbox"
    faked.configure({folder.name: {"path": str(path)}})
    done = faked.command("check")
    line = next(line for line in done.stdout.splitlines() if "everybody" in line)
    assert "open to all" in line, done.stdout
    real.chmod(0o777)
    done = faked.command("check")
    assert "\\u{202e}evil\\x1b[2J" in done.stdout
    output = done.stdout + done.stderr
    assert "\x1b[2J" not in output and "\u202e" not in output
    command = next(line.partition("sudo ")[2] for line in done.stdout.splitlines() if "printf" in line)
    subprocess.run(["sh", "-c", command], check=True)
    assert real.stat().st_mode & 0o002 == 0


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no tmpfs")
@pytest.mark.parametrize("rule", [{"max_size": "1MB"}, {"name_pattern": r".*\.pdf"}])
def test_a_large_refused_file_is_refused_unread(faked, fake, folder, rule):
    place = Path("/dev/shm") / f"{folder.name}-large"
    place.mkdir()
    try:
        with open(place / "sparse.bin", "wb") as file:
            file.truncate(15 << 40)
        faked.configure({folder.name: folder, place.name: {"path": str(place)} | rule})
        faked.start()
        write(folder, {b"a.txt": b"a" * (9 << 20)})
        wait_for_records(fake, folder, 1, daemon=faked)
        [record] = faked.wait_for(lambda: fake.records(place.name), 20, "its record")
        assert record["status"] == "rejected" and "sha256" not in record and record["size"] == 15 << 40
        assert record["object_key"] == f"rejected:{place.name}/sparse.bin"
        faked.wait_for((place / "_rejected/sparse.bin.REASON.txt").exists, 20, "the note")
        assert (place / "_rejected/sparse.bin").stat().st_size == 15 << 40
        assert faked.json("queue", "--state", "parked") == []
    finally:
        shutil.rmtree(place, ignore_errors=True)


def put(kind, path):
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    match kind:
        case "a named pipe":
            os.mkfifo(path)
        case "a socket":
            made = socket.socket(socket.AF_UNIX)
            os.chdir(path.parent)
            made.bind(path.name)
        case "a directory":
            path.mkdir()
        case "a symbolic link":
            path.symlink_to(path.parent)
        case "a file":
            path.write_bytes(b"")


PLACES = [(name, kind) for name in ["journal.db", "journal.db-wal", "journal.db-shm", "journal.lock", "in-hand"]
          for kind in ["a named pipe", "a socket", "a symbolic link", "a directory"]]


@pytest.mark.parametrize("name,kind", PLACES)
def test_what_is_in_the_place_of_a_file_of_ours_is_named_at_the_start(faked, name, kind):
    faked.state.mkdir(mode=0o750)
    put(kind, faked.state / name)
    done = faked.command("run", "--drain", "--timeout", "5s", timeout=20)
    assert done.returncode == 1, done.stdout + done.stderr
    output = done.stdout + done.stderr
    assert f"{faked.state / name} is {kind}, where a " in output and "move it away" in output, output


def test_a_command_is_not_held_up_by_a_pipe_in_the_journals_place(faked):
    faked.state.mkdir(mode=0o750)
    os.mkfifo(faked.state / "journal.db")
    done = faked.command("queue", timeout=20)
    assert done.returncode != 0 and "a named pipe" in done.stdout + done.stderr


@pytest.mark.parametrize("key", ["access_key_id_file", "ca_bundle"])
def test_a_pipe_in_the_place_of_a_configured_file_is_named(faked, fake, tmp_path, key):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    extra = {key: str(pipe)} | ({"secret_access_key_file": str(pipe)} if key == "access_key_id_file" else {})
    faked.sections["aws"] = extra
    faked.configure(faked.folders)
    done = faked.command("check", "--online", timeout=60)
    assert done.returncode != 0 and "no regular file" in done.stdout + done.stderr, done.stdout + done.stderr


def page_of(folder):
    return (folder / "_status.html").read_text()


@root_only
@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("after", ["keep", "move"])
def test_an_open_directory_that_takes_the_name_of_a_closed_one_opens_nothing(faked, fake, folder, after, restarts):
    """Whoever may write in the folder may put another directory in the place of a closed one."""
    os.umask(0o022)
    folder.chmod(0o755)
    more = {"after_upload": "move", "move_to": "_sent"} if after == "move" else {}
    faked.configure(settings(folder, language="en", status_page=True, receipt="daily", name_pattern="[^!]*", **more))
    (folder / "HR").mkdir()
    (folder / "HR").chmod(0o700)
    write(folder, {b"HR/" + SECRET.encode(): b"a", b"HR/refused anna!.pdf": b"b"})
    faked.start()
    wait_for_records(fake, folder, 2, daemon=faked)
    if restarts:
        faked.stop()
    (folder / "HR").rename(folder / "elsewhere")
    (folder / "HR").mkdir(mode=0o755)
    if restarts:
        faked.start()
    write(folder, {b"later.txt": b"c", b"HR/new.txt": b"d"})
    wait_for_records(fake, folder, 4, daemon=faked)
    faked.wait_for(lambda: "later.txt" in page_of(folder) and "HR/new.txt" in page_of(folder), 20, "the new ones on the page")
    assert "anna" not in page_of(folder) and "Not named here, as not everybody may read them: " in page_of(folder)
    assert "anna" not in told(faked)
    faked.wait_for(lambda: list((folder / "_receipts").glob("*.csv")), 20, "receipts")
    for table in (folder / "_receipts").glob("*.csv"):
        assert "anna" not in table.read_text("utf-8-sig")


@root_only
@pytest.mark.parametrize("closed_by", ["mode", "acl"])
@pytest.mark.parametrize("after", ["keep", "move", "delete"])
def test_the_page_shows_nothing_of_a_file_that_not_everybody_may_read(faked, fake, folder, after, closed_by):
    os.umask(0o022)
    folder.chmod(0o755)
    more = {"keep": {}, "move": {"after_upload": "move", "move_to": "_sent"},
            "delete": {"after_upload": "delete", "delete_after": "1s"}}[after]
    faked.configure(settings(folder, language="en", status_page=True, name_pattern="[^!]*", **more))
    for name in ("anna.pdf", "anna!.pdf", "open.pdf", "open!.pdf"):
        (folder / name).write_bytes(name.encode())
        (folder / name).chmod(0o600 if closed_by == "mode" and "anna" in name else 0o644)
        if closed_by == "acl" and "anna" in name:
            subprocess.run(["setfacl", "-m", "g:5001:---", str(folder / name)], check=True)
    faked.start()
    wait_for_records(fake, folder, 4, daemon=faked)
    faked.wait_for(lambda: "open.pdf" in page_of(folder) and "open!.pdf" in page_of(folder), 20, "the open ones")
    faked.wait_for(lambda: "anna" not in page_of(folder), 20, "the others are counted")
    if after == "keep":
        return
    gone = folder / "anna.pdf"
    faked.wait_for(lambda: not gone.exists(), 30, "it was moved or deleted")
    write(folder, {b"later.txt": b"c"})
    faked.wait_for(lambda: "later.txt" in page_of(folder), 20, "a new page")
    assert "anna" not in page_of(folder) and "open.pdf" in page_of(folder)


@root_only
def test_a_closed_directory_that_goes_while_nothing_runs_stays_closed(faked, fake, folder):
    folder.chmod(0o755)
    (folder / "HR").mkdir()
    (folder / "HR").chmod(0o700)
    write(folder, {b"HR/" + SECRET.encode(): b"a"})
    faked.start()
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.wait_for_status("last …")
    faked.stop()
    shutil.rmtree(folder / "HR")
    faked.start()
    faked.wait_for_status("OK", "1 delivered today")
    faked.wait_for(lambda: any(f.get("last_rescan") for f in faked.json("status")["folders"]), 20, "the folder was looked through")
    faked.holds_for(3, lambda: "anna" not in told(faked))
