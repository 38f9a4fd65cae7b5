"""A journal of an earlier or a later program."""

import sqlite3

import system_calls
from daemon import wait_until
from delivering import assert_single, deliver
from fake_aws.handle import Rule
from test_delivery import write
from test_faults_journal import FILES, needs_strace


def test_a_journal_of_a_newer_program_is_refused_and_not_touched(faked, fake, folder):
    deliver(faked, fake, folder, FILES)
    faked.stop()
    with sqlite3.connect(faked.state / "journal.db") as journal:
        journal.execute("PRAGMA user_version = 999")
    journal.close()
    before = (faked.state / "journal.db").read_bytes()
    faked.start(ready=False)
    assert faked.wait(30) == 1
    assert "newer" in faked.log_tail()
    assert (faked.state / "journal.db").read_bytes() == before


@needs_strace
def test_killed_anywhere_within_a_migration_the_journal_is_old_or_new(faked, fake, folder):
    """At each write and each sync of the start that brings a journal of schema 3 up to date."""
    fake.script(Rule("PutItem", times=None, status=503, code="ServiceUnavailable"))
    faked.start_scanned()
    write(folder, FILES)
    faked.wait_for(lambda: len(fake.versions(folder.name)) == len(FILES), 30, "all objects")
    faked.stop()
    journal = faked.state / "journal.db"
    make_older(journal)
    older = journal.read_bytes()
    schemas = set()
    for call, number in [(call, n) for call in ("pwrite64", "fdatasync") for n in range(1, 40)]:
        for companion in ("-wal", "-shm"):
            journal.with_name(journal.name + companion).unlink(missing_ok=True)
        journal.write_bytes(older)
        faked.under = system_calls.inject(call, "signal=SIGKILL", number, system_calls.journal_files(faked))
        faked.start(ready=False)
        killed = wait_until(lambda: faked.process.poll() is not None or faked.notify.values("READY"), 20, "an end") is True
        faked.kill()
        schemas.add(schema(journal))
        if not killed and call == "fdatasync":
            break
    assert schemas == {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
    faked.under = []
    fake.script()
    deliver(faked, fake, folder, FILES)
    assert_single(fake, folder, FILES)


def make_older(path):
    """Undoes the migrations after version 3."""
    with sqlite3.connect(path, isolation_level=None) as journal:
        for index in ("delivery_refused_inode", "delivery_refused_path", "delivery_arrived", "delivery_present", "delivery_path"):
            journal.execute(f"DROP INDEX {index}")
        for column in ("verdict", "findings", "reason", "aside", "saved_by", "saved_from", "saved_by_source", "restarts",
                       "root", "audience", "place", "arrival", "asked", "gone", "crc64", "part_checksum"):
            journal.execute(f"ALTER TABLE delivery DROP COLUMN {column}")
        for column in ("request_id", "host_id"):
            journal.execute(f"ALTER TABLE attempt DROP COLUMN {column}")
        journal.execute("ALTER TABLE part RENAME COLUMN checksum TO sha256")
        for table in ("custody_object", "custody_day", "custody_entry", "custody_log", "checksum_finding", "content_digest", "errand", "alert", "alert_cause", "place", "folder_root", "folder"):
            journal.execute(f"DROP TABLE {table}")
        for column in ("digest", "history_since"):
            journal.execute(f"ALTER TABLE journal DROP COLUMN {column}")
        journal.execute("CREATE INDEX delivery_path ON delivery (folder, directory, name)")
        journal.execute("PRAGMA user_version = 3")
    journal.close()


def schema(path):
    """The journal's version, its tables being those of that version and no other."""
    journal = sqlite3.connect(path)
    [version] = journal.execute("PRAGMA user_version").fetchone()
    columns = {row[1] for row in journal.execute("PRAGMA table_info(delivery)")}
    tables = {name for name, in journal.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert ("errand" in tables) == ({"verdict", "findings", "reason"} <= columns) == (version >= 4)
    assert ("aside" in columns) == (version >= 5)
    newest = "digest" in {row[1] for row in journal.execute("PRAGMA table_info(journal)")}
    assert ("alert" in tables) == ("alert_cause" in tables) == newest == (version >= 6)
    assert ({"saved_by", "saved_from", "saved_by_source", "restarts"} <= columns) == (version >= 7)
    errands = {row[1] for row in journal.execute("PRAGMA table_info(errand)")}
    assert ("root" in columns) == ({"folder", "folder_root", "place"} <= tables) == (version >= 8)
    assert ("folder" in errands) == (version >= 9)
    indexes = {name for name, in journal.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert ("delivery_arrived" in indexes) == (version >= 10)
    assert ("audience" in columns) == (version >= 11)
    assert ("place" in columns) == (version >= 12)
    assert ("content_digest" in tables) == (version >= 13)
    assert ({"arrival", "asked", "gone"} <= columns) == ("delivery_present" in indexes) == (version >= 14)
    assert ("checksum_finding" in tables) == ({"crc64", "part_checksum"} <= columns) == (version >= 15)
    assert ({"custody_log", "custody_entry", "custody_day", "custody_object"} <= tables) == (version >= 16)
    assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert journal.execute("SELECT count(*) FROM delivery WHERE state = 1").fetchone() == (len(FILES),)
    journal.close()
    return version
