"""What the staff see in the folder: receipts and the page."""

import csv
import hashlib
import html.parser
import re
import subprocess
import time

import pytest

from accessibility import problems
from expectations import wait_for_records
from test_after_upload import names, settings, strace
from test_delivery import HOSTILE, NOT_TEXT, write
from test_validation import LOCKED, PDF


def table(folder):
    """The rows of today's receipts, the heading first."""
    [path] = (folder / "_receipts").glob("*.csv")
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(text.splitlines(), delimiter=";" if text.startswith('"Ora') else ","))


def page(folder):
    return (folder / "_status.html").read_text()


def text_of(document):
    """What a person reads."""
    class Reader(html.parser.HTMLParser):
        out, skip = [], 0

        def handle_starttag(self, tag, attributes):
            self.skip += tag == "style"

        def handle_endtag(self, tag):
            self.skip -= tag == "style"

        def handle_data(self, data):
            if not self.skip:
                self.out.append(data)

    reader = Reader()
    reader.out = []
    reader.feed(document)
    return re.sub(r"\s+", " ", " ".join(reader.out))


def test_a_daily_table_has_one_line_for_each_file_and_no_formula(daemon, aws, folder):
    daemon.configure(settings(folder, receipt="daily", after_upload="move"))
    hostile = [name.encode() for name in HOSTILE] + NOT_TEXT
    files = {name: b"%d" % n for n, name in enumerate(hostile + [b"=cmd|' /C calc'!A0", b"@sum.pdf", b"+1", b"-2"])}
    daemon.start()
    write(folder, files)
    wait_for_records(aws, folder, len(files), daemon=daemon)
    daemon.wait_for(lambda: (folder / "_receipts").exists() and len(table(folder)) == len(files) + 1, 30, "all lines")
    heading, *rows = table(folder)
    assert heading[:4] == ["Time", "File", "Size in bytes", "SHA-256"]
    records = {r["delivery_id"]: r for r in aws.records(folder.name)}
    assert sorted(row[6] for row in rows) == sorted(records)
    for row in rows:
        record = records[row[6]]
        assert (row[2], row[3], row[5]) == (str(record["size"]), record["sha256"], record["version_id"])
        assert not any(field[:1] in "=+-@" and field for field in row), row
        assert not any(ord(c) < 32 or c in "\u202e\u2028" for field in row for c in field), row


def test_a_receipt_for_each_file_is_a_text_beside_the_others(daemon, aws, folder):
    daemon.sections["status"] = {"language": "it"}
    daemon.configure(settings(folder, receipt="file"))
    daemon.start()
    write(folder, {b"clients/rossi/a.pdf": LOCKED, b"x" * 251 + b".pdf": PDF})
    wait_for_records(aws, folder, 2, daemon=daemon)
    daemon.wait_for(lambda: sum(n.startswith(b"_receipts/") for n in names(folder)) == 2, 30, "two receipts")
    [path] = (folder / "_receipts").glob("*/clients/rossi/a.pdf.*.txt")
    text = path.read_text("utf-8-sig")
    assert hashlib.sha256(LOCKED).hexdigest() in text and "Ricevuta" in text and "password" in text


def killed_at(daemon, folder, call, number, paths):
    """Runs the daemon until it is killed at a call on one of the paths."""
    strace(daemon, "-e", f"trace={call}", *(word for path in paths for word in ("-P", str(path))),
           "-e", f"inject={call}:signal=KILL:when={number}")
    write(folder, {b"a.txt": b"a"})
    try:
        daemon.wait(20)
    except AssertionError:
        pytest.fail("it was not killed")


@pytest.mark.parametrize("call,number", [("mkdirat", 1), ("fchmod", 1), ("write", 1), ("fsync", 1), ("fsync", 2)])
def test_killed_at_a_step_of_a_receipt_no_line_is_missing_or_twice(daemon, aws, folder, call, number):
    daemon.configure(settings(folder, receipt="daily"))
    receipts = folder / "_receipts"
    today = receipts / time.strftime("%Y-%m-%d.csv")
    killed_at(daemon, folder, call, number, [folder, receipts, today])
    edited = today.exists() and today.stat().st_size
    if edited:
        # A person's own line, without an end.
        with open(today, "ab") as file:
            file.write(b'"2026-11-23T10:42:07+01:00","by hand"')
    daemon.start()
    write(folder, {b"b.txt": b"b"})
    wait_for_records(aws, folder, 2, daemon=daemon)
    daemon.wait_for(lambda: today.exists() and b"b.txt" in today.read_bytes(), 30, "b's line")
    assert [row[1] for row in table(folder)] == ["File", "a.txt", *(["by hand"] if edited else []), "b.txt"]


@pytest.mark.parametrize("call", ["ftruncate", "write"])
def test_killed_while_it_mends_a_table_that_a_power_cut_tore_no_line_is_missing_or_twice(daemon, aws, folder, call):
    daemon.configure(settings(folder, receipt="daily"))
    receipts = folder / "_receipts"
    today = receipts / time.strftime("%Y-%m-%d.csv")
    killed_at(daemon, folder, "fsync", 1, [today])
    whole = today.read_bytes()
    today.write_bytes(whole[:-9])
    killed_at(daemon, folder, call, 1, [today])
    daemon.start()
    write(folder, {b"b.txt": b"b"})
    wait_for_records(aws, folder, 2, daemon=daemon)
    daemon.wait_for(lambda: b"b.txt" in today.read_bytes(), 30, "b's line")
    assert today.read_bytes().startswith(whole)
    assert [row[1] for row in table(folder)] == ["File", "a.txt", "b.txt"]


@pytest.mark.parametrize("call,number", [
    ("mkdirat", 1), ("mkdirat", 2), ("fchmod", 2), ("openat", 1), ("fchmod", 3), ("write", 1), ("fsync", 1), ("renameat", 1),
    ("fsync", 2)])
def test_killed_at_a_step_of_a_receipt_of_its_own_there_is_one_and_nothing_beside_it(daemon, aws, folder, call, number):
    daemon.configure(settings(folder, receipt="file"))
    day = folder / "_receipts" / time.strftime("%Y-%m-%d")
    # The folder itself is opened by others too.
    above = [] if call == "openat" else [folder, folder / "_receipts"]
    killed_at(daemon, folder, call, number, [*above, day, day / ".s3loggerd.new"])
    daemon.start()
    write(folder, {b"b.txt": b"b"})
    wait_for_records(aws, folder, 2, daemon=daemon)
    daemon.wait_for(lambda: any(day.glob("b.txt.*.txt")), 30, "b's receipt")
    assert [name.rpartition(b"/")[2][:5] for name in names(folder) if b"/" in name] == [b"a.txt", b"b.txt"], names(folder)
    [receipt] = day.glob("a.txt.*.txt")
    assert hashlib.sha256(b"a").hexdigest() in receipt.read_text("utf-8-sig")


def screenshots(directory, *pages):
    """Each page in a real browser, on a desktop and a phone, light and dark: none may need scrolling sideways."""
    for name in pages:
        for device, width in (("desktop", 1280), ("phone", 500)):
            for theme in ("light", "dark"):
                target = directory / f"{name}-{device}-{theme}.png"
                command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                           f"--window-size={width},1600", f"--user-data-dir={directory}/chromium", f"--screenshot={target}"]
                if theme == "dark":
                    command.append("--blink-settings=preferredColorScheme=0")
                subprocess.run([*command, f"file://{directory}/{name}.html"], check=True, capture_output=True, timeout=120)
                assert target.stat().st_size > 10_000


def test_the_page_tells_what_arrived_what_waits_and_what_was_refused(daemon, aws, folder, tmp_path, long):
    daemon.configure(settings(folder, status_page=True, allowed_types=["application/pdf"]))
    daemon.start()
    daemon.wait_for(lambda: (folder / "_status.html").exists(), 30, "a page")
    def keep(name):
        (tmp_path / f"{name}.html").write_text(page(folder))

    keep("empty")
    assert "All is well" in text_of(page(folder)) and problems(page(folder)) == []
    hostile = b"<img src=x onerror=alert(1)>\n\xe2\x80\xae&amp;.pdf"
    write(folder, {b"good.pdf": PDF, b"locked.pdf": LOCKED, b"bad.pdf": b"no PDF", hostile: PDF + b" "})
    wait_for_records(aws, folder, 4, daemon=daemon)
    daemon.wait_for(lambda: "bad.pdf" in page(folder) and "good.pdf" in page(folder), 30, "news on the page")
    text = text_of(page(folder))
    assert hashlib.sha256(PDF).hexdigest()[:12] in text and "password" in text and "not accepted" in text
    assert "<img" not in page(folder).split("</style>")[1] and "\u202e" not in page(folder)
    assert r"<img src=x onerror=alert(1)>\n\u{202e}&amp;.pdf" in text
    assert problems(page(folder)) == []
    rules = {"status_page": True, "allowed_types": ["application/pdf"]}
    daemon.configure(settings(folder, **rules, antivirus="/nonexistent/clamd"))
    daemon.reload()
    daemon.wait_for(lambda: "reloaded" in daemon.log_tail(), 30, "the scanner in use")
    write(folder, {b"scanned later %d.pdf" % n: PDF + b"%d" % n for n in range(3)})
    daemon.wait_for(lambda: "on their way" in text_of(page(folder)), 30, "busy")
    keep("busy")
    daemon.configure(settings(folder, **rules))
    daemon.reload()
    wait_for_records(aws, folder, 7, daemon=daemon)
    aws.permit("dynamodb:PutItem")
    write(folder, {b"later.pdf": PDF + b"  "})
    daemon.wait_for(lambda: "does not accept files" in text_of(page(folder)), 30, "blocked")
    daemon.wait_for(lambda: "later.pdf" in page(folder), 30, "what waits")
    keep("blocked")
    if long:
        screenshots(tmp_path, "empty", "busy", "blocked")
    assert "administrator" in text_of(page(folder)) and problems(page(folder)) == []
    assert daemon.stop() == 0
    assert "The service is stopped" in text_of(page(folder))
    assert {r["filename"] for r in aws.records(folder.name)}.isdisjoint({"_status.html", ".s3loggerd.new"})


def test_the_page_is_not_written_again_while_nothing_changes(daemon, aws, folder):
    daemon.configure(settings(folder, status_page=True))
    daemon.start()
    write(folder, {b"a.txt": b"a"})
    wait_for_records(aws, folder, 1, daemon=daemon)
    daemon.wait_for(lambda: (folder / "_status.html").exists() and "a.txt" in page(folder), 30, "the page")
    before = (folder / "_status.html").stat()
    time.sleep(7)
    assert (folder / "_status.html").stat().st_ino == before.st_ino
    assert daemon.json("status")["folders"][0]["ignored"] == {}
