"""What became of one waiting file holds up no other of its folder, and what was saved last is what is delivered."""

import hashlib
import os
import socket
import subprocess
import threading
import time

import pytest

from expectations import wait_for_records
from fake_aws.handle import Rule
from test_delivery import write
from test_faults_journal import needs_root

OUTAGE = Rule("PutObject", times=None, status=503, code="SlowDown")
NO_RECORD = Rule("PutItem", times=None, status=500, code="InternalServerError")
NEW = {b"new-%d.txt" % n: b"new %d" % n for n in range(10)}


def flows(faked, fake, folder, timeout=20):
    write(folder, NEW)
    paths = {path.decode() for path in NEW}
    faked.wait_for(lambda: paths <= {r["source_path"] for r in fake.records(folder.name)}, timeout, "all new files")


@pytest.mark.parametrize("down", [True, False], ids=["down", "running"])
@pytest.mark.parametrize("kind", ["socket", "fifo", "directory"])
def test_a_waiting_file_that_became_no_file(faked, fake, folder, kind, down):
    fake.script(OUTAGE)
    faked.start_scanned()
    write(folder, {b"waits.txt": b"waits"})
    faked.wait_for_status("1 pending")
    if down:
        faked.stop()
    path = folder / "waits.txt"
    path.unlink()
    if kind == "socket":
        bound = socket.socket(socket.AF_UNIX)
        here = os.open(folder, os.O_PATH)
        bound.bind(f"/proc/self/fd/{here}/waits.txt")
        os.close(here)
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.mkdir()
    fake.script()
    if down:
        faked.start()
    flows(faked, fake, folder)
    faked.wait_for_status("OK", "0 pending")


@needs_root
@pytest.mark.parametrize("down", [True, False], ids=["down", "running"])
def test_a_waiting_file_of_another_file_system_than_the_folder_has_now(faked, fake, folder, tmp_path, down):
    """It waits, named, until known files tell that this is the same file system; everything else of the folder flows."""
    other = tmp_path / "other"
    other.mkdir()

    def mount(place):
        subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)

    mount(folder)
    try:
        fake.script(OUTAGE)
        faked.start_scanned()
        write(folder, {b"waits.txt": b"waits"})
        faked.wait_for_status("1 pending")
        if down:
            faked.stop()
        subprocess.run(["umount", "-l", folder], check=True)
        mount(other)
        mount(folder)
        fake.script()
        if down:
            faked.start()
        flows(faked, fake, folder, 40)

        def ended():
            # The daemon may have had it open before its file system left.
            if "waits.txt" in {r["source_path"] for r in fake.records(folder.name)}:
                return True
            rows = faked.json("queue") + faked.json("queue", "--state", "withdrawn")
            assert [row["source_path"] for row in rows] in ([], ["waits.txt"])
            # The new one may have got the number of the old one.
            reasons = ("another file system", "where another one stands", "was removed")
            return any(reason in row.get("last_error", "") for reason in reasons for row in rows)

        faked.wait_for(ended, 30, "what became of it")
    finally:
        if faked.process:
            faked.kill()
        for place in (folder, other):
            subprocess.run(["umount", "-l", place])


@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
def test_a_content_that_came_back_while_records_wait_is_what_s3_has(faked, fake, folder, restart):
    """A delivered; DynamoDB fails; B saved, in S3; A saved again."""
    path = folder / "a.txt"
    faked.start()
    path.write_bytes(b"AAA")
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.wait_for_status("0 pending")
    fake.script(NO_RECORD)
    path.write_bytes(b"BBB")
    faked.wait_for(lambda: [row["state"] for row in faked.json("queue")] == ["uploaded"], 20, "B in S3")
    faked.wait_for_status("DynamoDB")
    if restart:
        faked.stop()
        faked.start()
    path.write_bytes(b"AAA")
    faked.wait_for(lambda: fake.read(f"{folder.name}/a.txt")[0] == b"AAA", 20, "A in S3 again")
    fake.script()
    faked.command("queue", "retry", "--all")
    records = wait_for_records(fake, folder, 3, daemon=faked)
    assert sorted(r["sha256"] for r in records) == sorted(hashlib.sha256(c).hexdigest() for c in (b"AAA", b"BBB", b"AAA"))


@pytest.mark.parametrize("how", ["saved", "moved"])
@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
def test_an_equal_file_saved_while_its_record_waits_is_no_second_record(faked, fake, folder, tmp_path, how, restart):
    path = folder / "a.txt"
    fake.script(NO_RECORD)
    faked.start()
    path.write_bytes(b"one")
    faked.wait_for(lambda: [row["state"] for row in faked.json("queue")] == ["uploaded"], 20, "the object")
    faked.wait_for_status("DynamoDB")
    if restart:
        faked.stop()
        faked.start()
    if how == "saved":
        path.write_bytes(b"one")
    else:
        (tmp_path / "copy").write_bytes(b"one")
        (tmp_path / "copy").rename(path)
    faked.wait_for(lambda: faked.json("queue", "--state", "withdrawn") or len(faked.json("queue")) == 1, 20, "a look at it")
    faked.holds_for(3, lambda: True)
    fake.script()
    faked.command("queue", "retry", "--all")
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.wait_for_status("0 pending")
    assert len(fake.records(folder.name)) == 1


class StuckScanner:
    """A clamd that answers until it is stuck."""

    def __init__(self, path):
        self.path, self.is_stuck = str(path), False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(128)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                caller = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(caller,), daemon=True).start()

    def serve(self, caller):
        with caller, caller.makefile("rb") as given:
            command = b""
            while not command.endswith((b"\0", b"\n")):
                command += given.read(1)
            while b"INSTREAM" in command and (size := int.from_bytes(given.read(4), "big")):
                given.read(size)
            if self.is_stuck:
                time.sleep(120)
            caller.sendall(b"PONG\0" if b"PING" in command else b"stream: OK\0")


def test_many_touched_files_of_a_folder_with_a_stuck_scanner_hold_up_no_other_folder(faked, fake, folder, tmp_path):
    """What was delivered is compared, not scanned; and however many of one folder are, the others pass."""
    other = tmp_path / f"{folder.name}-other"
    other.mkdir()
    scanner = StuckScanner(tmp_path / "clamd")
    faked.configure({folder.name: {"path": str(folder), "antivirus": scanner.path}, other.name: {"path": str(other)}})
    files = {b"%04d.txt" % n: b"content %d" % n for n in range(1700)}
    write(folder, files)
    faked.start()
    wait_for_records(fake, folder, len(files), timeout=120, daemon=faked)
    faked.wait_for_status("0 pending")
    scanner.is_stuck = True
    for name in files:
        os.utime(folder / name.decode())
    write(other, NEW)
    faked.wait_for(lambda: len(fake.records(other.name)) == len(NEW), 10, "the other folder's files")
    faked.holds_for(3, lambda: len(fake.records(folder.name)) == len(files))
    assert faked.json("queue") == []
    scanner.listener.close()
