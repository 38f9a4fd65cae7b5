"""What hostile names, servers and neighbours get out of the daemon: no row of their own, no secret, no standstill."""

import base64
import csv
import io
import os
import re
import shutil
import stat
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from expectations import wait_for_records
from test_after_upload import settings
from test_delivery import write
from test_feedback import page, text_of

#: A mark that joins a quotation mark, a comma or an equals sign into one grapheme makes it none for who looks at graphemes.
NAMES = ["a\"\u034f,\"=1", "=\u034f1+1", "\u0600\",\"=cmd()", "@\u0338x", "a\r\n=1,b", "a,\u0301b", "\u0301.pdf", "it'\u034fs",
         "x;\u200d\"y", "\r\n", "{1}", "e\u0301.txt", "\u00e9.txt", "-\ufe0f1", "\t=1", "\u037e"]


def rows(text, separator=","):
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))


def given(daemon, *words):
    done = subprocess.run([daemon.binary, *words, "--config", str(daemon.config)], env=daemon.environment(), capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_no_name_makes_a_row_or_field_of_its_own(faked, fake, folder):
    faked.configure(settings(folder, receipt="daily", status_page=True))
    faked.start()
    write(folder, {name.encode(): b"%d" % n for n, name in enumerate(NAMES)})
    wait_for_records(fake, folder, len(NAMES), daemon=faked)
    [heading, *history] = rows(given(faked, "history", "--csv"))
    assert {len(row) for row in history} == {len(heading)} == {9}
    assert sorted(row[3].removeprefix("'") for row in history) == sorted(NAMES)
    assert not [row[3] for row in history if row[3][0] in "=+-@\t\r\n"]
    faked.wait_for(lambda: len(receipts(folder)) == len(NAMES) + 1, 20, "all receipts")
    assert {len(row) for row in receipts(folder)} == {8}
    faked.wait_for(lambda: "e\u0301.txt" in text_of(page(folder)) and "\u00e9.txt" in text_of(page(folder)), 20, "both on the page")


def receipts(folder):
    found = list((folder / "_receipts").glob("*.csv"))
    return rows(found[0].read_bytes().decode("utf-8-sig")) if found else []


class Echo(BaseHTTPRequestHandler):
    """A server, or a proxy in between, that tells whoever asks what it was asked."""

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.seen.append(dict(self.headers))
        headers = str(self.headers)
        shapes = self.headers["x-amz-security-token"], headers, base64.b64encode(headers.encode()).decode()
        body = "<Error><Code>AccessDenied</Code><Message>" + " ".join(shapes).replace("<", "&lt;") + "</Message></Error>"
        self.send_response(403)
        self.send_header("x-amz-request-id", self.headers["x-amz-security-token"][:120])
        self.send_header("content-length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def windows(secret, length=16):
    return {secret[at:at + length].encode() for at in range(len(secret) - length + 1)}


def test_what_a_server_echoes_is_nowhere(faked, fake, folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    faked.sections["aws"] = {"s3_endpoint_url": f"http://127.0.0.1:{server.server_port}"}
    faked.configure(faked.folders)
    faked.start()
    write(folder, {b"a.txt": b"a"})
    faked.wait_for_status("BLOCKED", "AccessDenied")
    faked.wait_for(lambda: b"AccessDenied" in (faked.state / "status.json").read_bytes(), 10, "the status")
    assert faked.stop() == 0
    server.shutdown()
    sent = server.seen[-1]
    secrets = windows(sent["x-amz-security-token"]) | windows(sent["authorization"].rpartition("=")[2])
    places = [faked.log, *(path for path in faked.state.iterdir() if path.is_file())]
    assert {path.name for path in places} >= {"daemon.log", "status.json", "journal.db"}
    for path in places:
        content = path.read_bytes()
        assert not [piece for piece in secrets if piece in content], path
    assert b"[removed]" in faked.log.read_bytes()


def test_the_environment_shows_no_secret_and_is_closed_to_programs_of_the_same_user(faked, fake, folder, tmp_path):
    faked.start(AWS_SESSION_TOKEN="", AWS_CONTAINER_AUTHORIZATION_TOKEN="container-secret")
    write(folder, {b"a.txt": b"a"})
    wait_for_records(fake, folder, 1, daemon=faked)
    environment = Path(f"/proc/{faked.process.pid}/environ").read_bytes()
    assert fake.base_secret_key.encode() not in environment and b"container-secret" not in environment
    faked.stop()


def test_another_program_of_the_user_reads_neither_environment_nor_memory(binary):
    place = Path("/var/tmp/s3loggerd-closed")
    shutil.rmtree(place, ignore_errors=True)
    try:
        (place / "inbox").mkdir(parents=True)
        shutil.copy(binary, place / "s3loggerd")
        (place / "config.toml").write_text(
            f'[aws]\nregion = "eu-south-1"\nbucket = "files"\ntable = "records"\nendpoint_url = "http://127.0.0.1:9"\n'
            f'[journal]\ndirectory = "{place}/state"\n[[folder]]\nname = "inbox"\npath = "{place}/inbox"\n')
        for path in [place, *place.iterdir()]:
            os.chown(path, 65534, 65534)
        keys = {"PATH": os.environ["PATH"], "HOME": "/", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "a-secret-key"}
        log = open(place / "log", "wb")
        process = subprocess.Popen([place / "s3loggerd", "run", "--config", place / "config.toml"], env=keys, user=65534, group=65534,
                                   extra_groups=[], stdout=log, stderr=log)
        try:
            status = place / "state/status.json"
            for _ in range(300):
                if status.exists() or process.poll() is not None:
                    break
                threading.Event().wait(0.1)
            assert stat.S_IMODE(status.stat().st_mode) == 0o640 and status.stat().st_gid == 65534
            assert stat.S_IMODE((place / "state/metrics.prom").stat().st_mode) == 0o644
            for name in "environ", "mem", "maps":
                done = subprocess.run(["cat", f"/proc/{process.pid}/{name}"], user=65534, group=65534, extra_groups=[],
                                      capture_output=True)
                assert done.returncode != 0 and b"a-secret-key" not in done.stdout, name
        finally:
            process.terminate()
            assert process.wait(20) == 0, (place / "log").read_text()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def test_a_fifo_beside_a_file_of_ours_holds_up_nothing(faked, fake, folder):
    faked.state.mkdir(mode=0o750)
    for name in "status.json", "metrics.prom", "running", "last-unclean-exit":
        os.mkfifo(faked.state / f"{name}.new")
    os.mkfifo(faked.state / "metrics.prom")
    faked.configure(settings(folder, receipt="file", status_page=True))
    os.mkfifo(folder / ".s3loggerd.new")
    os.mkfifo(folder / "_status.html")
    faked.start()
    write(folder, {b"a.txt": b"a"})
    wait_for_records(fake, folder, 1, daemon=faked)
    # What others put at the page's name is theirs.
    faked.wait_for_status("DEGRADED", "the status page cannot be written", "in use by others", "1 delivered today")
    faked.wait_for(lambda: (faked.state / "metrics.prom").is_file(), 20, "the metrics")
    (folder / "_status.html").unlink()
    faked.wait_for(lambda: (folder / "_status.html").is_file(), 30, "the page")
    faked.wait_for_status("OK", "1 delivered today")
    assert faked.stop() == 0
    assert re.search(r"^s3loggerd_running 0$", (faked.state / "metrics.prom").read_text(), re.MULTILINE)


@pytest.mark.parametrize("how", ["closed later", "made and closed", "one person shut out", "folder opened later"])
def test_names_in_directories_that_are_closed_while_it_runs_are_told_to_nobody_else(faked, fake, folder, how):
    inside = folder / "HR"
    folder.chmod(0o700 if how == "folder opened later" else 0o755)
    if how != "made and closed":
        inside.mkdir(mode=0o700 if how == "folder opened later" else 0o755)
    faked.start()
    faked.wait_for_status("OK")
    if how == "made and closed":
        inside.mkdir(mode=0o755)
    if how == "one person shut out":
        subprocess.run(["setfacl", "-m", "u:4002:---", str(inside)], check=True)
    elif how == "folder opened later":
        folder.chmod(0o755)
    else:
        inside.chmod(0o700)
    time.sleep(1)
    write(folder, {b"HR/dismissal of anna.pdf": b"a"})
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.wait_for_status("OK", "1 delivered today")
    faked.wait_for(lambda: faked.json("status")["delivered_today"] == 1, 10, "the status")
    assert b"anna" not in (faked.state / "status.json").read_bytes()
    assert not [text for text in faked.notify.values("STATUS") if "anna" in text]


def test_names_in_closed_directories_are_told_to_nobody_else(faked, fake, folder):
    folder.chmod(0o755)
    (folder / "HR").mkdir(mode=0o700)
    faked.start()
    write(folder, {b"HR/dismissal of anna.pdf": b"a"})
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.wait_for_status("OK", "1 delivered today")
    faked.wait_for(lambda: faked.json("status")["delivered_today"] == 1, 10, "the status")
    assert b"anna" not in (faked.state / "status.json").read_bytes()
    assert not [text for text in faked.notify.values("STATUS") if "anna" in text]
    write(folder, {b"open.pdf": b"b"})
    wait_for_records(fake, folder, 2, daemon=faked)
    faked.wait_for_status("OK", "last open.pdf")


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no tmpfs")
def test_a_file_larger_than_any_object_is_set_aside_at_once(faked, fake, folder):
    place = Path("/dev/shm") / folder.name
    place.mkdir()
    try:
        with open(place / "sparse.bin", "wb") as file:
            file.truncate(7 << 60)
        faked.configure({folder.name: folder, "shared-memory": place})
        faked.start()
        write(folder, {b"a.txt": b"a" * (9 << 20)})
        wait_for_records(fake, folder, 1, daemon=faked)
        [delivery] = faked.wait_for(lambda: faked.json("queue", "--state", "parked"), 20, "it is parked")
        assert "48.8 TiB" in delivery["last_error"]
    finally:
        shutil.rmtree(place, ignore_errors=True)
