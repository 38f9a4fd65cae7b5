"""A program whose journal has one step more than this one's, and the way back, while files are in hand. With --long."""

import re
import contextlib
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from delivering import THREE_PARTS, assert_single, deliver, in_parts
from fake_aws.handle import Rule
from test_delivery import write

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mutations"))
import altered  # noqa: E402

FILES = {b"%d.txt" % n: b"content %d" % n for n in range(200)} | {b"large.bin": THREE_PARTS}
ONE_STEP_MORE = [
    ("Sources/DeliveryJournal/JournalSchema.swift", r"static let version = (\d+)", lambda v: f"static let version = {int(v[1]) + 1}"),
    ("Sources/DeliveryJournal/JournalSchema.swift", r"errands, notes, alerts,",
     r'\g<0> "ALTER TABLE delivery ADD COLUMN later TEXT; CREATE TABLE later (x INTEGER) STRICT;",'),
    ("Sources/DeliveryModel/Version.swift", r'number = "1\.0\.0"', 'number = "1.1.0"'),
]
#: What stays in the queue whatever program runs: some not uploaded, some uploaded and not recorded, one with all its parts.
HELD = [
    Rule("PutObject", key=r"/9\d*\.txt$", times=None, status=503, code="ServiceUnavailable"),
    Rule("PutItem", key=r"/5\d*\.txt$", times=None, status=503, code="ServiceUnavailable"),
    Rule("CompleteMultipartUpload", times=None, status=503, code="ServiceUnavailable"),
]
NOT_HELD = [path for path in FILES if path[:1] not in b"59l"]


@pytest.fixture
def later(long, tmp_path):
    """The path of a program that is one step of the schema ahead."""
    if not long:
        pytest.skip("builds another program: --long")
    altered.synchronise()
    path = tmp_path / "later"
    with altered.altered("one step more", ONE_STEP_MORE):
        assert altered.build() == 0
        path.write_bytes(altered.PROGRAM.read_bytes())
    path.chmod(0o755)
    return path


def test_an_upgrade_takes_a_full_queue_and_the_way_back_is_refused_with_nothing_changed(faked, fake, folder, later, tmp_path):
    earlier, before = faked.binary, fake.requests("CreateMultipartUpload")
    fake.script(*HELD)
    write(folder, FILES)
    in_parts(faked).start()
    faked.wait_for(lambda: fake.count_records(folder.name) >= len(NOT_HELD) // 3, 60, "some records")
    faked.kill()

    faked.binary = str(later)
    faked.start()
    faked.wait_for(lambda: fake.count_records(folder.name) == len(NOT_HELD), 60, "records of all that is not held")
    faked.kill()
    journal = content(faked, tmp_path / "before")

    faked.binary = earlier
    faked.start(ready=False)
    assert faked.wait(30) == 1
    assert re.search(r"a newer version \(schema (\d+), this program knows \d+\); install that version again", faked.log_tail())
    told = faked.command("queue")
    assert told.returncode != 0 and "newer version" in told.stderr
    assert content(faked, tmp_path / "after") == journal

    faked.binary = str(later)
    fake.script()
    deliver(faked, fake, folder, FILES)
    records = assert_single(fake, folder, FILES)
    assert {record["agent"] for record in records} == {"s3loggerd/1.0.0", "s3loggerd/1.1.0"}
    assert fake.requests("CreateMultipartUpload") == before + 1, "its parts were kept"


def content(daemon, directory):
    """All that the journal says, read from a copy. That its log may be merged into it changes nothing of that."""
    shutil.copytree(daemon.state, directory)
    with contextlib.closing(sqlite3.connect(directory / "journal.db")) as journal:
        return list(journal.iterdump())
