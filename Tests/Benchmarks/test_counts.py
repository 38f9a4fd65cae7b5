"""What a file costs in counts that do not depend on the machine: system calls, commits, requests, allocations. Never time.

Each bound is what was measured, with a margin of a tenth or more: going over it means that something was added to the way of
every file."""

import json
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import clients  # noqa: E402
import measure  # noqa: E402
from scenarios import make_files  # noqa: E402
from sink import Sink  # noqa: E402

FILES = 2000

#: Their number depends on how the threads happen to meet, so they have a wide bound of their own.
WAITING = {"futex", "poll", "ppoll", "epoll_wait", "epoll_pwait", "sched_yield", "restart_syscall", "clock_nanosleep"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("counts")


@pytest.fixture(scope="module")
def sink(place):
    with Sink(place / "sink") as running:
        yield running


@pytest.fixture
def daemon(place, sink):
    folder = place / "files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    made = clients.Daemon(place / "daemon", sink.http, [folder])
    made.forget()
    # What the very first scan of a folder finds is asked for in the table: that is no part of a file's ordinary way.
    for _ in range(10):
        drain(made, place)
        with sqlite3.connect(f"file:{made.state}/journal.db?mode=ro", uri=True) as journal:
            if journal.execute("SELECT 1 FROM folder_root WHERE scanned IS NOT NULL").fetchone():
                break
    aside = place / "aside"
    make_files(aside, 20, FILES // 20, 4096)
    aside.with_suffix(".made").unlink()
    for child in aside.iterdir():
        child.rename(folder / child.name)
    return made


def drain(daemon, place, **environment):
    done = measure.run(daemon.drain(), clients.environment(**environment), place / "daemon.log", timeout=120)
    assert done.status == 0, (place / "daemon.log").read_text()[-2000:]


def test_requests(daemon, place, sink):
    """One PutObject and one PutItem a file, over connections that are used again."""
    connections, requests = sink.counts()
    drain(daemon, place)
    connections, requests = (after - before for after, before in zip(sink.counts(), (connections, requests)))
    assert requests - 1 == 2 * FILES
    assert connections - 1 <= 2 * 128, "upload.concurrency is 128 at most for each of the two services"


def test_system_calls(daemon, place):
    counts = measure.system_calls(daemon.drain(), clients.environment(), place / "daemon.log")
    working = sum(count for name, count in counts.items() if name not in WAITING)
    print(counts)
    assert counts["openat2"] <= 2.2 * FILES, "once to prove that the file rests, once to read it"
    assert counts["sendto"] <= 2.2 * FILES, "head and body of a request go out in one piece"
    assert working <= BOUNDS["system calls"] * FILES
    assert sum(counts.values()) - working <= BOUNDS["waiting"] * FILES


def test_allocations_and_commits(daemon, place):
    counts = place / "counts.json"
    drain(daemon, place, COUNTING=str(counts), LD_PRELOAD=str(clients.counting_library(place)))
    counted = json.loads(counts.read_text())
    print(counted)
    assert counted["allocations"] <= BOUNDS["allocations"] * FILES
    assert counted["syncs"] <= BOUNDS["fsyncs"] * FILES


#: Four of the system calls are for two requests: a look whether anything lies on the connection before the request leaves,
#: and whether the other side had all of it when the answer began.
BOUNDS = {"system calls": 32, "waiting": 16, "allocations": 470, "fsyncs": 0.15}
