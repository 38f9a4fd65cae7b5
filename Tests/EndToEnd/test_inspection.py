"""What looks into files has no rights, and fails over its own file alone."""

import itertools
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from daemon import Daemon, wait_until
from expectations import wait_for_records
from test_delivery import write
from test_validation import PDF, RULES, record_of

HERE = Path(__file__).resolve().parent
names = itertools.count(os.getpid() % 8000)


def with_hostile_libmagic(binary, directory):
    """A copy of the program that loads hostile_libmagic.c for libmagic, and that library. It has to be named with as many
    letters."""
    library = Path(f"/tmp/m{next(names):04d}.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-w", "-O1", str(HERE / "hostile_libmagic.c"), "-o", str(library), "-ldl"],
                   check=True)
    copy = directory / "s3loggerd"
    shutil.copy(binary, copy)
    content = copy.read_bytes()
    assert content.count(b"\0libmagic.so.1\0") == 1
    copy.write_bytes(content.replace(b"\0libmagic.so.1\0", b"\0%s\0" % str(library).encode()))
    return copy, library


@pytest.fixture
def hostile(binary, fake, folder, tmp_path):
    """A daemon on two folders that take texts, with a libmagic that does what files say."""
    copy, library = with_hostile_libmagic(binary, tmp_path)
    other = tmp_path / f"{folder.name}-other"
    other.mkdir()
    rules = {"allowed_types": ["text/*"]}
    made = Daemon(copy, tmp_path / "daemon", fake, {folder.name: {"path": str(folder), **rules},
                                                     other.name: {"path": str(other), **rules}}, settle="100ms")
    made.other = other
    yield made
    if made.process is not None:
        made.kill()
    library.unlink()


def helpers(daemon):
    """The processes that look into files."""
    children = Path(f"/proc/{daemon.process.pid}/task").glob("*/children")
    return [int(pid) for path in children for pid in path.read_text().split()]


def field(pid, name):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split(":\t")[1] for line in lines if line.startswith(name + ":"))


def test_what_looks_into_files_has_no_rights_and_no_keys(daemon, aws, folder):
    daemon.configure({folder.name: {"path": str(folder), **RULES}})
    daemon.start()
    write(folder, {b"a.pdf": PDF})
    wait_for_records(aws, folder, 1, daemon=daemon)
    [helper] = helpers(daemon)
    assert Path(f"/proc/{helper}/environ").read_bytes().rstrip(b"\0") == b""
    assert sorted(os.listdir(f"/proc/{helper}/fd")) == ["0", "2"]
    assert os.readlink(f"/proc/{helper}/fd/2") == "/dev/null"
    assert field(helper, "Seccomp") == "2" and field(helper, "NoNewPrivs") == "1" and field(helper, "Threads") == "1"
    for capabilities in ("CapEff", "CapPrm", "CapAmb"):
        assert int(field(helper, capabilities), 16) == 0
    limits = {line[:25].strip(): line[26:].split()[:2] for line in Path(f"/proc/{helper}/limits").read_text().splitlines()}
    assert limits["Max open files"] == ["3", "3"] and limits["Max core file size"] == ["0", "0"]
    assert limits["Max cpu time"] == ["60", "61"] and int(limits["Max address space"][0]) < 2 << 30
    daemon.kill()
    wait_until(lambda: not Path(f"/proc/{helper}").exists() or field(helper, "State")[0] == "Z", 5, "it ends with the daemon")


def test_one_who_takes_it_over_can_do_nothing(hostile, fake, folder):
    hostile.start()
    write(folder, {b"a.txt": b"ACT:probe"})
    hostile.wait_for(lambda: record_of(fake, folder, "a.txt"), 30, "judged")
    [record] = record_of(fake, folder, "a.txt")
    assert record["status"] == "rejected" and "probe/.end" in record["reason"], record


@pytest.mark.parametrize("act", ["loop", "hang", "crash", "abort", "exit", "eat", "flood", "lie", "close"])
def test_a_file_over_which_it_fails_costs_itself_alone(hostile, fake, folder, act):
    hostile.start()
    good = {f"{number:02d}.txt".encode(): b"hello %d" % number for number in range(20)}
    write(folder, good | {b"10-hostile.txt": b"ACT:" + act.encode()})
    time.sleep(0.5)
    begun = time.monotonic()
    write(hostile.other, good)
    wait_for_records(fake, hostile.other, 20, daemon=hostile)
    waited = time.monotonic() - begun
    wait_for_records(fake, folder, 21, daemon=hostile)
    for record in fake.records(folder.name) + fake.records(hostile.other.name):
        if record["filename"] == "10-hostile.txt":
            assert record["status"] == "flagged" and "could not be examined" in record["reason"]
        else:
            assert "status" not in record, record
    assert waited < 8, "the other folder's files waited"
    assert hostile.process.poll() is None and len(helpers(hostile)) <= 2


def test_an_answer_is_a_type_or_nothing(hostile, fake, folder):
    hostile.start()
    write(folder, {b"a.txt": b"ACT:inject", b"b.txt": b"ACT:long", b"c.txt": b"good"})
    wait_for_records(fake, folder, 3, daemon=hostile)
    [injected], [long] = record_of(fake, folder, "a.txt"), record_of(fake, folder, "b.txt")
    for record in (injected, long):
        assert record["status"] == "rejected" and "forged" not in record["reason"] and "xxxx" not in record["reason"]
    assert "status" not in record_of(fake, folder, "c.txt")[0]


def test_killed_from_outside_is_no_files_fault(faked, fake, folder):
    faked.configure({folder.name: {"path": str(folder), "allowed_types": ["text/*"]}})
    faked.start()
    for number in range(5):
        write(folder, {b"%d.txt" % number: b"hello"})
        wait_for_records(fake, folder, number + 1, daemon=faked)
        for helper in helpers(faked):
            os.kill(helper, signal.SIGTERM)  # as systemd does to all of a service that stops
            os.kill(helper, signal.SIGKILL)
    assert all("status" not in record for record in fake.records(folder.name))


def test_it_is_not_started_where_nothing_is_to_be_looked_into(faked, fake, folder):
    faked.start()
    write(folder, {b"a.txt": b"hello", b"b.bin": b"\x7fELF", b"c.jpg": b"\xff\xd8\xff", b"empty.pdf": b""})
    wait_for_records(fake, folder, 4, timeout=120, daemon=faked)
    assert helpers(faked) == []
