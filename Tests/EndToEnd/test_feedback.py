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
from test_after_upload import names, settings
from test_delivery import HOSTILE, NOT_TEXT, write
from test_validation import LOCKED, PDF


def table(folder):
    """The rows of today's receipts, the heading first."""
    [path] = (folder / "_receipts").glob("*.csv")
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(text.splitlines(), delimiter=";" if text.startswith('"Data') else ","))


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


#: A frame as wide as a device, since the browser's own window is never narrower than 500; `document.title` tells how far the
#: page reaches beyond it.
FRAME = """<!DOCTYPE html><style>body{{margin:0}}iframe{{border:0;width:{width}px;height:{height}px;display:block}}</style>
<iframe src="{name}.html"></iframe><script>onload = () => {{ const page = document.querySelector("iframe").contentDocument;
document.title = "beyond " + (page.documentElement.scrollWidth - {width}); }}</script>
"""


def screenshots(directory, *pages):
    """Each page in a real browser, on a desktop and a phone, light and dark: none may need scrolling sideways."""
    for name in pages:
        for device, width, height in (("desktop", 1280, 1600), ("phone", 390, 2600)):
            frame = directory / f"{name}-{device}.html"
            frame.write_text(FRAME.format(name=name, width=width, height=height))
            for theme in ("light", "dark"):
                target = directory / f"{name}-{device}-{theme}.png"
                command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                           "--allow-file-access-from-files", f"--window-size={max(width, 500)},{height}",
                           f"--user-data-dir={directory}/chromium"]
                if theme == "dark":
                    command.append("--blink-settings=preferredColorScheme=0")
                subprocess.run([*command, f"--screenshot={target}", frame.as_uri()], check=True, capture_output=True, timeout=120)
                assert target.stat().st_size > 10_000
            told = subprocess.run([*command, "--dump-dom", frame.as_uri()], check=True, capture_output=True, text=True, timeout=120)
            assert "<title>beyond 0</title>" in told.stdout, (name, device, re.findall("<title>.*?</title>", told.stdout))


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
    # A refused file that somebody has dealt with is on the page no more.
    (folder / "_rejected/bad.pdf").unlink()
    rules = {"status_page": True, "allowed_types": ["application/pdf"]}
    daemon.configure(settings(folder, **rules, antivirus="/nonexistent/clamd"))
    daemon.reload()
    daemon.wait_for(lambda: "reloaded" in daemon.log_tail(), 30, "the scanner in use")
    write(folder, {b"scanned later %d.pdf" % n: PDF + b"%d" % n for n in range(3)})
    daemon.wait_for(lambda: "on their way" in text_of(page(folder)), 30, "busy")
    assert "bad.pdf" not in page(folder)
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
