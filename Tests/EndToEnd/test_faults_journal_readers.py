"""Other programs at the journal: they lock it, or keep an old state of it open."""

import fcntl
import sqlite3
import time

from delivering import deliver
from expectations import assert_delivered, wait_for_records
from fake_aws.handle import Rule
from test_delivery import write
from test_faults_journal import FILES


def test_a_journal_that_another_program_locks_is_waited_for(faked, fake, folder):
    deliver(faked, fake, folder, {b"first.txt": b"first"})
    with sqlite3.connect(faked.state / "journal.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        files = FILES | {b"first.txt": b"first"}
        write(folder, FILES)
        faked.wait_for_status("DEGRADED", "locked", timeout=40)
        other.execute("ROLLBACK")
    other.close()
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


def test_a_journal_of_which_another_program_holds_the_readers_locks_is_waited_for(faked, fake, folder):
    """Bytes 123 to 127 of the index of SQLite's log (https://www.sqlite.org/walformat.html): nobody can begin to read."""
    deliver(faked, fake, folder, {b"first.txt": b"first"})
    with open(faked.state / "journal.db-shm", "r+b") as locks:
        fcntl.lockf(locks, fcntl.LOCK_EX, 5, 123)
        write(folder, FILES)
        faked.wait_for_status("DEGRADED", "locked", timeout=60)
    deliver(faked, fake, folder, FILES | {b"first.txt": b"first"})
    assert_delivered(fake, folder, FILES | {b"first.txt": b"first"})
    assert faked.log.read_text().count("started, folders") == 1


def test_a_retry_that_a_locked_journal_cannot_take_waits_for_it(faked, fake, folder):
    """The order of a person is kept until it is carried out; it ends nobody."""
    fake.script(Rule("PutObject", status=400, code="KeyTooLongError", times=None))
    faked.start()
    write(folder, FILES)
    faked.wait_for(lambda: faked.log.read_text().count("parked") >= len(FILES), 20, "the files to be parked")
    fake.script()
    with sqlite3.connect(faked.state / "journal.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert faked.command("queue", "retry", "--all").returncode == 0
        faked.wait_for(lambda: "is tried again: another program" in faked.log.read_text(), 20, "the order to be kept")
        other.execute("ROLLBACK")
    other.close()
    wait_for_records(fake, folder, len(FILES), daemon=faked)
    assert_delivered(fake, folder, FILES)
    assert faked.log.read_text().count("started, folders") == 1


def test_a_reader_that_holds_an_old_state_stops_nothing(faked, fake, folder):
    """An open `sqlite3 -readonly` keeps the log from being written back; it grows, and shrinks once the reader is gone."""
    deliver(faked, fake, folder, {b"first.txt": b"first"})
    reader = sqlite3.connect(f"file:{faked.state}/journal.db?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM delivery").fetchone()
    files = {b"first.txt": b"first"} | {b"%d.txt" % n: b"content %d" % n for n in range(500)}
    deliver(faked, fake, folder, files)
    reader.execute("COMMIT")
    reader.close()
    assert_delivered(fake, folder, files)
    assert faked.stop() == 0
    wal = faked.state / "journal.db-wal"
    assert not wal.exists() or wal.stat().st_size <= 16 << 20


def test_a_reader_that_stays_makes_the_log_grow_and_is_told_until_it_goes(faked, fake, folder):
    deliver(faked, fake, folder, {b"first.txt": b"first"})
    journal, wal = faked.state / "journal.db", faked.state / "journal.db-wal"
    reader = sqlite3.connect(f"file:{journal}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM delivery").fetchone()
    grow(journal)
    assert wal.stat().st_size > 64 << 20
    files = {b"first.txt": b"first"} | FILES
    write(folder, FILES)
    faked.wait_for_status("DEGRADED", "its log grows", "0 pending", "21 delivered today")
    assert_delivered(fake, folder, files)
    time.sleep(4)
    log = faked.log_tail(10**6)
    assert log.count("its log grows") == 1 and f"fuser -v {journal}" in log
    reader.execute("COMMIT")
    reader.close()
    faked.wait_for_status("OK:", "21 delivered today")
    assert wal.stat().st_size == 0
    assert "was cut" in faked.log_tail()


def grow(journal):
    """As many deliveries would, 66 MiB at once."""
    with sqlite3.connect(journal, isolation_level=None) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("CREATE TABLE filler (content BLOB)")
        other.execute("INSERT INTO filler VALUES (zeroblob(69206016))")
        other.execute("DROP TABLE filler")
    other.close()
