"""What a folder accepts, and what becomes of the rest."""

import hashlib
import os
import re
import shutil
import socket
import struct
import subprocess
import threading

import pytest

from daemon import wait_until
from expectations import wait_for_records
from test_after_upload import names, settings, strace
from test_delivery import write

PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
LOCKED = PDF.replace(b"/Root", b"/Encrypt 2 0 R /Root")
RULES = {"allowed_types": ["application/pdf"], "max_size": "1MB"}


def record_of(aws, folder, name):
    return [r for r in aws.records(folder.name) if r["filename"] == name]


def note(folder, name):
    return (folder / "_rejected" / f"{name}.REASON.txt").read_text("utf-8-sig")


def test_accepted_refused_corrected_and_dragged_back(daemon, aws, folder):
    daemon.configure(settings(folder, **RULES, name_pattern="[0-9]{4}-.+", name_message="Begin with the year."))
    daemon.start()
    write(folder, {b"2026-good.pdf": PDF, b"2026-fake.pdf": b"PK\x03\x04 no PDF", b"clients/scan.pdf": PDF})
    wait_for_records(aws, folder, 3, daemon=daemon)
    expected = [b"2026-good.pdf", b"_rejected/2026-fake.pdf", b"_rejected/2026-fake.pdf.REASON.txt",
                b"_rejected/clients/scan.pdf", b"_rejected/clients/scan.pdf.REASON.txt"]
    daemon.wait_for(lambda: names(folder) == expected, 30, "the refused files are moved aside")
    assert "PDF" in note(folder, "2026-fake.pdf") and "drag" in note(folder, "2026-fake.pdf")
    assert "Begin with the year." in note(folder, "clients/scan.pdf")
    [refused] = record_of(aws, folder, "2026-fake.pdf")
    assert refused["status"] == "rejected" and refused["reason"] in note(folder, "2026-fake.pdf")
    assert refused["object_key"] == f"rejected:{folder.name}/2026-fake.pdf"
    assert not {"bucket", "version_id", "etag"} & set(refused)
    assert "status" not in record_of(aws, folder, "2026-good.pdf")[0]
    assert [key for key, _ in aws.versions(folder.name + "/")] == [f"{folder.name}/2026-good.pdf"]
    assert sorted(d["state"] for d in daemon.json("queue", "--state", "rejected")) == ["rejected"] * 2
    # Dragged back as it is, it is refused again, under its own name and with one note, that of the new refusal.
    first = os.stat(folder / "_rejected/2026-fake.pdf.REASON.txt")
    os.rename(folder / "_rejected/2026-fake.pdf", folder / "2026-fake.pdf")
    daemon.wait_for(lambda: len(daemon.json("queue", "--state", "rejected")) == 3 and names(folder) == expected,
                    30, "refused again")
    assert os.stat(folder / "_rejected/2026-fake.pdf.REASON.txt").st_ctime_ns > first.st_ctime_ns, "the note is a new one"
    # Corrected, it is delivered, and its note goes; a note that somebody wrote into stays.
    os.rename(folder / "_rejected/clients/scan.pdf", folder / "2026-scan.pdf")
    daemon.wait_for(lambda: record_of(aws, folder, "2026-scan.pdf"), 30, "delivered")
    assert "status" not in record_of(aws, folder, "2026-scan.pdf")[0]
    daemon.wait_for(lambda: names(folder) == sorted(expected[:3] + [b"2026-scan.pdf"]), 30, "the note goes")
    assert (folder / "2026-scan.pdf").read_bytes() == PDF
    with open(folder / "_rejected/2026-fake.pdf.REASON.txt", "a") as file:
        file.write("Told Anna.")
    (folder / "_rejected/2026-fake.pdf").write_bytes(PDF)
    os.rename(folder / "_rejected/2026-fake.pdf", folder / "2026-right.pdf")
    daemon.wait_for(lambda: record_of(aws, folder, "2026-right.pdf"), 30, "delivered")
    assert daemon.stop() == 0 and daemon.command("run", "--drain").returncode == 0
    assert note(folder, "2026-fake.pdf").endswith("Told Anna.")


def test_doubtful_files_are_delivered_with_a_remark_in_the_record(daemon, aws, folder):
    daemon.start()
    write(folder, {b"locked.pdf": LOCKED, b"cut.pdf": PDF[:40], b"empty.txt": b"", b"good.pdf": PDF})
    wait_for_records(aws, folder, 4, timeout=120, daemon=daemon)
    told = {r["filename"]: (r.get("status"), r.get("reason", "")) for r in aws.records(folder.name)}
    assert told["good.pdf"] == (None, "")
    assert told["locked.pdf"][0] == "flagged" and "password" in told["locked.pdf"][1]
    assert told["cut.pdf"][0] == "flagged" and "cut off" in told["cut.pdf"][1]
    assert told["empty.txt"][0] == "flagged" and "empty" in told["empty.txt"][1]
    assert len(aws.versions(folder.name + "/")) == 4


def test_notes_are_in_the_folders_language_and_hostile_names_are_text(daemon, aws, folder, tmp_path):
    other = tmp_path / f"{folder.name}-en"
    other.mkdir()
    daemon.sections["status"] = {"language": "it"}
    daemon.configure(settings(folder, max_size="1B") | settings(other, max_size="1B", language="en"))
    name = "=1+1\n\u202e<b>.pdf"
    daemon.start()
    write(folder, {name.encode(): PDF, b"x" * 251 + b".pdf": PDF, b"y." + b"z" * 253: PDF})
    write(other, {b"a.pdf": PDF})
    wait_for_records(aws, folder, 3, daemon=daemon)
    wait_for_records(aws, other, 1, daemon=daemon)
    daemon.wait_for(lambda: sum(n.endswith(b".REASON.txt") for n in names(folder) + names(other)) == 4, 30, "four notes")
    text = note(folder, name)
    assert "Che cosa fare:" in text and "=1+1\\n\\u{202e}<b>.pdf" in text and "\u202e" not in text
    assert re.search(r"Quando: \d\d/\d\d/\d{4} \d\d:\d\d\r?\n", text), text
    assert re.search(r"When: \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d\r?\n", note(other, "a.pdf"))
    # The same folder in another language, without a restart.
    daemon.configure(settings(folder, max_size="1B", language="en") | settings(other, max_size="1B", language="it"))
    daemon.reload()
    daemon.wait_for(lambda: "reloaded" in daemon.log_tail(), 30, "the other language")
    os.rename(other / "_rejected/a.pdf", other / "a.pdf")
    daemon.wait_for(lambda: b"_rejected/a.pdf" in names(other) and "accettato" in note(other, "a.pdf"), 30, "an Italian note")
    assert names(other) == [b"_rejected/a.pdf", b"_rejected/a.pdf.REASON.txt"]


def test_a_persons_file_in_the_place_of_the_note_stays_and_the_note_takes_a_number(daemon, aws, folder):
    daemon.configure(settings(folder, **RULES))
    rejected = folder / "_rejected"
    # Held up between the move and the note, the daemon does not see the file before it is there.
    rejected.mkdir()
    strace(daemon, "-e", "trace=renameat2", "-P", str(folder), "-e", "inject=renameat2:delay_exit=3s:when=1")
    write(folder, {b"bad.pdf": b"no PDF"})
    wait_until(lambda: (rejected / "bad.pdf").exists(), 30, "moved")
    (rejected / "bad.pdf.REASON.txt").write_bytes(b"by hand")
    expected = [b"_rejected/bad.pdf", b"_rejected/bad.pdf.REASON (2).txt", b"_rejected/bad.pdf.REASON.txt"]
    daemon.wait_for(lambda: names(folder) == expected, 30, "the note")
    assert (rejected / "bad.pdf.REASON.txt").read_bytes() == b"by hand"
    assert "not accepted" in (rejected / "bad.pdf.REASON (2).txt").read_text("utf-8-sig")


CLEAN = b"stream: OK\0"


def judge(content):
    return b"stream: Bad.Test FOUND\0" if b"virus" in content else CLEAN


class Clamd(threading.Thread):
    """What clamd answers to INSTREAM (clamd(8)): what `script` makes of the content; None closes without a word, `HANG` waits
    until the other side has gone."""

    HANG = object()

    def __init__(self, path, script=judge):
        super().__init__(daemon=True)
        self.script, self.asked = script, []
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(str(path))
        self.server.listen()

    def run(self):
        while True:
            client, _ = self.server.accept()
            threading.Thread(target=self.serve, args=[client], daemon=True).start()

    def serve(self, client):
        with client, client.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            content = b""
            while length := struct.unpack(">I", stream.read(4))[0]:
                content += stream.read(length)
            self.asked.append(content)
            answer = self.script(content)
            if answer is Clamd.HANG:
                stream.read(1)
            elif answer:
                client.sendall(answer)


def test_files_wait_for_a_scanner_that_is_not_there_and_infected_ones_are_refused(daemon, aws, folder, tmp_path):
    path = tmp_path / "clamd"
    daemon.sections["upload"] = {"retry_base": "200ms", "retry_cap": "1s"}
    daemon.configure(settings(folder, antivirus=str(path)))
    daemon.start()
    write(folder, {b"good.txt": b"good", b"large.txt": b"g" * 1_000_000, b"bad.txt": b"a virus"})
    daemon.wait_for(lambda: sum("virus scanner" in (d.get("last_error") or "") for d in daemon.json("queue")) == 3,
                    30, "three files wait")
    assert aws.count_records(folder.name) == 0
    Clamd(path).start()
    wait_for_records(aws, folder, 3, daemon=daemon)
    assert record_of(aws, folder, "bad.txt")[0]["status"] == "rejected"
    assert "Bad.Test" in record_of(aws, folder, "bad.txt")[0]["reason"]
    daemon.wait_for(lambda: b"_rejected/bad.txt" in names(folder), 30, "moved aside")
    assert len(aws.versions(folder.name + "/")) == 2


def test_a_scanner_that_never_answers_holds_up_its_own_folder_alone(faked, fake, folder, tmp_path):
    other = tmp_path / f"{folder.name}-other"
    other.mkdir()
    works = threading.Event()
    scanner = Clamd(tmp_path / "clamd", lambda content: CLEAN if works.is_set() else Clamd.HANG)
    scanner.start()
    faked.configure(settings(folder, antivirus=str(tmp_path / "clamd"), antivirus_timeout="1s") | settings(other))
    faked.start()
    write(folder, {b"%d.txt" % number: b"of %d" % number for number in range(20)})
    faked.wait_for_status(f"DEGRADED: folder {folder.name}: the virus scanner at {tmp_path}/clamd does not answer since ",
                          "(it did not answer for 1 s); 20 files wait; the other folders flow")
    asked = len(scanner.asked)
    write(other, {b"%d.txt" % number: b"other %d" % number for number in range(20)})
    wait_for_records(fake, other, 20, timeout=20, daemon=faked)
    faked.holds_for(3, lambda: faked.status.startswith("DEGRADED: folder"))
    assert len(scanner.asked) - asked <= 4, "the waiting files do not each ask"
    assert fake.count_records(folder.name) == 0
    works.set()
    wait_for_records(fake, folder, 20, timeout=90, daemon=faked)
    faked.wait_for_status("OK:")
    log = faked.log.read_text()
    assert log.count("does not answer (it did not answer for 1 s); the folder's files wait") == 1
    assert log.count("answers again; the folder's files go on") == 1
    assert faked.stop() == 0


@pytest.mark.parametrize("failure", [None, "refuse", "deliver"])
def test_a_file_that_the_scanner_dies_of_three_times_is_set_aside_as_configured(faked, fake, folder, tmp_path, failure):
    scanner = Clamd(tmp_path / "clamd", lambda content: None if b"poison" in content else judge(content))
    scanner.start()
    faked.configure(settings(folder, antivirus=str(tmp_path / "clamd"), antivirus_failure=failure))
    faked.start()
    write(folder, {b"poison.txt": b"poison"} | {b"%d.txt" % number: b"of %d" % number for number in range(5)})
    wait_for_records(fake, folder, 6, daemon=faked)
    [record] = record_of(fake, folder, "poison.txt")
    assert record["status"] == ("flagged" if failure == "deliver" else "rejected")
    assert "was not scanned" in record["reason"]
    assert scanner.asked.count(b"poison") == 3
    assert sum("status" in r for r in fake.records(folder.name)) == 1
    if failure != "deliver":
        faked.wait_for(lambda: b"_rejected/poison.txt" in names(folder), 30, "moved aside")
        assert "Do not open the file" in note(folder, "poison.txt")
    assert "poison.txt" in faked.log.read_text() and "fails on this file" in faked.log.read_text()


CLAMD = """\
LocalSocket {0}/clamd
DatabaseDirectory {0}/signatures
Foreground yes
User root
MaxFileSize 1M
StreamMaxLength 4M
AlertExceedsMax yes
"""
# In two halves, so that no scanner takes this file for what it is not.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD" + rb"-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture
def clamd(tmp_path, long):
    """Starts the real clamd, with one signature."""
    if not long:
        pytest.skip("a long test")
    if not shutil.which("clamd"):
        pytest.fail("clamd is missing: packaging/test --long installs it")
    (tmp_path / "signatures").mkdir()
    (tmp_path / "signatures/test.hdb").write_text(f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:Test.Eicar\n")
    (tmp_path / "clamd.conf").write_text(CLAMD.format(tmp_path))
    started = []

    def start():
        started.append(subprocess.Popen(["clamd", "-c", tmp_path / "clamd.conf"], stdout=subprocess.DEVNULL))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_real_scanner_judges_what_it_can_and_flags_what_is_too_large_for_it(daemon, aws, folder, tmp_path, clamd):
    daemon.sections["upload"] = {"retry_base": "200ms", "retry_cap": "1s"}
    daemon.configure(settings(folder, antivirus=str(tmp_path / "clamd")))
    scanner = clamd()
    daemon.start()
    write(folder, {b"good.txt": b"good", b"bad.txt": EICAR, b"large.txt": b"l" * (2 << 20), b"huge.txt": b"h" * (6 << 20)})
    wait_for_records(aws, folder, 4, daemon=daemon)
    told = {r["filename"]: (r.get("status"), r.get("reason", "")) for r in aws.records(folder.name)}
    assert told["good.txt"] == (None, "")
    assert told["bad.txt"][0] == "rejected" and "Test.Eicar" in told["bad.txt"][1]
    for name in ["large.txt", "huge.txt"]:
        assert told[name][0] == "flagged" and "not scanned" in told[name][1]
    daemon.wait_for(lambda: b"_rejected/bad.txt" in names(folder), 30, "moved aside")
    scanner.kill()
    scanner.wait()
    write(folder, {b"later.txt": b"later"})
    daemon.wait_for(lambda: any("virus scanner" in (d.get("last_error") or "") for d in daemon.json("queue")), 30,
                    "the file waits")
    assert aws.count_records(folder.name) == 4
    clamd()
    wait_for_records(aws, folder, 5, daemon=daemon)
