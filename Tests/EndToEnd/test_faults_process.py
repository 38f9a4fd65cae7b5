"""The process itself: stopped, frozen, killed, without its companions. Nothing is lost, and nothing is sent twice in vain."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import system_calls
from daemon import Daemon, wait_until
from delivering import THREE_PARTS, assert_single, deliver, in_parts
from expectations import assert_delivered, wait_for_records
from fake_aws.handle import Rule
from machine import stop_thread
from test_delivery import write

needs_strace = pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))
FILES = {b"%d.txt" % n: b"content %d" % n for n in range(20)}
LARGE = {b"large.bin": THREE_PARTS}


def test_stopped_within_an_upload_in_parts_it_leaves_in_time_and_resumes(faked, fake, folder):
    fake.script(Rule("UploadPart", first=2, times=None, end="hang"))
    write(folder, LARGE)
    since = fake.now()
    in_parts(faked, part_concurrency=1).start()
    faked.wait_for(lambda: fake.played() == [1], 30, "the second part")
    began = time.monotonic()
    assert faked.stop(timeout=30) == 0
    assert time.monotonic() - began < 15
    assert faked.notify.values("STOPPING") == ["1"] and faked.notify.values("EXTEND_TIMEOUT_USEC")
    fake.script()
    deliver(faked, fake, folder, LARGE)
    assert_delivered(fake, folder, LARGE)
    operations = [(entry[1], entry[3]) for entry in fake.trace(since)]
    assert operations.count(("CreateMultipartUpload", None)) == 1, "the journal knows the upload"
    assert operations.count(("UploadPart", 1)) == 1, "and its first part"


def test_stopped_while_answers_come_slowly_what_is_under_way_is_finished(faked, fake, folder):
    fake.script(Rule("PutObject", delay=1.5, times=None))
    write(folder, FILES)
    faked.start()
    faked.wait_for(lambda: fake.played()[0] > 0, 30, "requests under way")
    before = fake.played()[0]
    assert faked.stop(timeout=30) == 0
    assert len(fake.versions(folder.name)) == fake.played()[0] >= before
    fake.script()
    deliver(faked, fake, folder, FILES)
    assert_delivered(fake, folder, FILES)


def test_started_without_aws_it_is_ready_and_says_what_it_waits_for(faked, fake, folder):
    fake.script(Rule("*", times=None, end="reset"))
    write(folder, FILES)
    faked.start()
    faked.wait_for_status("WAITING", "20 pending", "nothing lost")
    assert faked.json("status")["state"] == "running"
    fake.script()
    deliver(faked, fake, folder, FILES)
    assert_delivered(fake, folder, FILES)


@pytest.mark.parametrize("place", ["", "/nowhere/notify"], ids=["unset", "unusable"])
def test_without_a_socket_to_notify_it_runs(faked, fake, folder, place):
    write(folder, FILES)
    faked.start(ready=False, NOTIFY_SOCKET=place)
    wait_for_records(fake, folder, len(FILES), daemon=faked)
    assert faked.stop() == 0


def test_a_reload_that_takes_a_folder_away_drops_none_of_its_files(faked, fake, folder, tmp_path):
    fake.script(Rule("PutItem", times=None, status=503, code="ServiceUnavailable"))
    faked.start_scanned()
    write(folder, FILES)
    faked.wait_for(lambda: len(fake.versions(folder.name)) == len(FILES), 30, "all objects")
    other = tmp_path / "other"
    other.mkdir()
    faked.configure({"other": other})
    faked.reload()
    faked.wait_for(lambda: len(faked.notify.values("READY")) == 2, 20, "READY=1 after the reload")
    fake.script()
    wait_for_records(fake, folder, len(FILES), daemon=faked)
    assert_delivered(fake, folder, FILES)


def test_frozen_while_the_server_forgets_it_goes_on(faked, fake, folder):
    """As a machine that sleeps: on waking all connections are dead."""
    fake.script(Rule("PutObject", times=10, delay=1, commit=True, end="close"))
    write(folder, FILES)
    faked.start()
    faked.wait_for(lambda: fake.played()[0] >= 5, 30, "requests under way")
    faked.process.send_signal(signal.SIGSTOP)
    time.sleep(3)
    faked.process.send_signal(signal.SIGCONT)
    wait_for_records(fake, folder, len(FILES), daemon=faked)
    assert_single(fake, folder, FILES)


def test_a_log_that_nobody_reads_stops_nothing(faked, fake, folder):
    """Standard error is a full pipe."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, bytes(4096))
    except BlockingIOError:
        os.set_blocking(writing, True)
    faked.under = ["sh", "-c", f'exec "$@" 2>/proc/{os.getpid()}/fd/{writing} >&2', "sh"]
    write(folder, FILES)
    try:
        deliver(faked, fake, folder, FILES)
    finally:
        os.close(reading)
        os.close(writing)


def test_an_outage_with_many_files_is_told_in_few_lines(faked, fake, folder):
    fake.script(Rule("PutObject", times=None, status=503, code="SlowDown"))
    write(folder, {b"%d.txt" % n: b"content %d" % n for n in range(300)})
    faked.start()
    faked.wait_for_status("WAITING", "300 pending")
    time.sleep(3)
    assert len(faked.log_tail(10**7).splitlines()) < 60, faked.log_tail()


@pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))
@pytest.mark.parametrize("call", ["pread64", "openat", "sendto", "recvfrom", "pwrite64"])
def test_interrupted_system_calls_are_repeated(faked, fake, folder, call):
    """Every third call is interrupted before it does anything. (A failed sync is another matter: it ends the daemon.)"""
    deliver(faked, fake, folder, {b"first.txt": b"first"})
    faked.stop()
    write(folder, FILES)
    files = FILES | {b"first.txt": b"first"}
    paths = [folder] if call in ("openat",) else system_calls.journal_files(faked) if call == "pwrite64" else []
    faked.under = system_calls.inject(call, "error=EINTR", "40+3" if call == "pread64" else "3+3", paths)
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


@pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))
def test_a_file_on_which_the_daemon_dies_three_times_is_set_aside_and_the_others_go_on(faked, fake, folder):
    """It dies each time it reads this file."""
    poison = {b"poison.bin": b"poison" * 1000}
    write(folder, poison)
    for _ in range(3):
        faked.under = system_calls.inject("read,pread64", "signal=SIGKILL", 1, [folder / "poison.bin"])
        faked.start(ready=False)
        assert faked.wait(60) == -9
    write(folder, FILES)
    faked.start()
    faked.wait_for_status("1 parked", "20 delivered today")
    [shown] = faked.json("queue", "--state", "parked")
    assert shown["filename"] == "poison.bin" and shown["last_error"]
    assert faked.stop() == 0
    faked.under = []
    faked.start()
    assert faked.command("queue", "retry", "--all").returncode == 0
    wait_for_records(fake, folder, len(FILES) + 1, daemon=faked)
    assert_single(fake, folder, FILES | poison)


def test_two_daemons_on_one_journal_are_refused_whoever_is_killed(faked, fake, folder):
    faked.start()
    second = subprocess.run([faked.binary, "run", "--config", str(faked.config)], env=faked.environment(),
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert second.returncode == 1 and "another s3loggerd" in second.stderr
    faked.kill()
    deliver(faked, fake, folder, FILES)


@pytest.mark.skipif(os.geteuid() != 0, reason="stopping a thread needs root")
@pytest.mark.parametrize("thread", ["http", "supervisor", "s3l-tasks", "s3l-timer"])
def test_a_thread_that_hangs_is_not_called_alive(faked, fake, folder, thread):
    faked.start(WATCHDOG_USEC="1000000")
    faked.wait_for(lambda: len(faked.notify.values("WATCHDOG")) > 2, 10, "a fed watchdog")
    holder = stop_thread(faked.process.pid, thread)
    try:
        write(folder, FILES)
        assert_starved(faked)
    finally:
        faked.kill()
        holder.kill()
    deliver(faked, fake, folder, FILES)


@pytest.mark.skipif(os.geteuid() != 0, reason="stopping a thread needs root")
def test_a_thread_that_hears_commands_and_hangs_ends_nobody_and_files_flow(faked, fake, folder):
    faked.start(WATCHDOG_USEC="1000000")
    holder = stop_thread(faked.process.pid, "s3l-control")
    try:
        write(folder, FILES)
        wait_for_records(fake, folder, len(FILES), daemon=faked)
        fed = len(faked.notify.values("WATCHDOG"))
        faked.wait_for(lambda: len(faked.notify.values("WATCHDOG")) > fed + 2, 10, "a fed watchdog")
        told = faked.command("status")
        assert told.returncode == 0 and "has not answered for 2 s" in told.stderr
    finally:
        holder.kill()
    faked.wait_for(lambda: faked.command("status").stderr == "", 10, "an answer")


def assert_starved(daemon):
    """From two intervals on, the watchdog gets nothing more."""
    time.sleep(1.2)
    fed = len(daemon.notify.values("WATCHDOG"))
    time.sleep(2)
    assert len(daemon.notify.values("WATCHDOG")) == fed


@needs_strace
def test_a_journal_that_hangs_is_not_called_alive(faked, fake, folder):
    """Its disk answers no more."""
    deliver(faked, fake, folder, {b"first.txt": b"first"})
    faked.stop()
    faked.under = system_calls.inject("fdatasync", "delay_enter=8000000", "2+", system_calls.journal_files(faked))
    faked.start(ready=False, WATCHDOG_USEC="1000000")
    write(folder, FILES)
    faked.wait_for(lambda: faked.notify.values("WATCHDOG"), 10, "a fed watchdog")
    faked.wait_for(lambda: "no sign of life from journal" in faked.log_tail(), 10, "the word for it")
    assert_starved(faked)
    faked.kill()
    faked.under = []
    files = FILES | {b"first.txt": b"first"}
    deliver(faked, fake, folder, files)
    assert_single(fake, folder, files)


@needs_strace
@pytest.mark.parametrize("number", ["1", "2", "4+", "5", "12"])
def test_without_more_threads_it_says_so_at_the_start(faked, fake, folder, number):
    """Later it could only wait for one, and nobody would know for what."""
    write(folder, FILES)
    faked.under = system_calls.inject("clone3,clone", "error=EAGAIN", number)
    faked.start(ready=False)
    assert faked.wait(15) == 1
    assert "no more threads (TasksMax= in the unit" in faked.log_tail()
    assert fake.count_records(folder.name) == 0
    faked.under = []
    deliver(faked, fake, folder, FILES)
    assert_single(fake, folder, FILES)


@pytest.fixture
def memory_group():
    """A control group of this test, with the file of its bound; in either version of the hierarchy."""
    for hierarchy, bound in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        group = Path(hierarchy) / f"s3loggerd-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if os.access(group / bound, os.W_OK):
                yield group, group / bound
                return
        finally:
            for pid in (group / "cgroup.procs").read_text().split():
                os.kill(int(pid), signal.SIGKILL)
            wait_until(lambda: not (group / "cgroup.procs").read_text(), 10, "an empty group")
            group.rmdir()
    pytest.skip("no control group with a bound of memory can be made here")


#: Takes memory until a process is dead.
GLUTTON = """
import sys
held = []
try:
    while open(f"/proc/{sys.argv[1]}/stat").read().rsplit(")")[-1].split()[0] not in "ZX":
        held.append(b"x" * (1 << 20))
except OSError:
    pass
"""


def killed_by_kernel(group):
    """How many processes of the group were ended for want of memory: of two that want more at once, it can be both."""
    told = "".join((group / name).read_text() for name in ("memory.oom_control", "memory.events") if (group / name).exists())
    return int(re.search(r"^oom_kill (\d+)$", told, re.M)[1])


def test_killed_for_want_of_memory_it_loses_nothing(faked, fake, folder, memory_group):
    """Requests are under way, and another program of its group takes all the memory."""
    group, bound = memory_group
    bound.write_text(str(192 << 20))
    files = FILES | LARGE
    fake.script(Rule("PutObject", times=None, delay=0.5), Rule("UploadPart", first=2, times=None, delay=5))
    write(folder, files)
    # The kernel kills the daemon first.
    join, first = f"echo $$ >{group}/cgroup.procs", "echo 1000 >/proc/$$/oom_score_adj"
    faked.under = ["sh", "-c", f'{join} && {first} && exec "$@"', "sh"]
    in_parts(faked, part_concurrency=1).start()
    faked.wait_for(lambda: fake.played()[1] == 1, 30, "the second part")
    with subprocess.Popen(["sh", "-c", f'{join} && exec "$@"', "sh", sys.executable, "-c", GLUTTON,
                           str(faked.process.pid)]) as glutton:
        assert faked.wait(60) == -signal.SIGKILL
        glutton.kill()
    assert killed_by_kernel(group) >= 1
    faked.under = []
    fake.script()
    deliver(faked, fake, folder, files)
    assert_single(fake, folder, files)


@pytest.mark.parametrize("megabytes", [200, 400])
def test_without_memory_it_may_end_but_loses_nothing(faked, fake, folder, megabytes):
    files = {b"%d.bin" % n: os.urandom(200_000) for n in range(40)}
    write(folder, files)
    faked.under = ["prlimit", f"--as={megabytes << 20}", "--core=0"]
    faked.start(ready=False, SWIFT_BACKTRACE="enable=no")
    end = time.monotonic() + 3
    while time.monotonic() < end and faked.process.poll() is None and fake.count_records(folder.name) < len(files):
        time.sleep(0.05)
    faked.kill()
    faked.under = []
    deliver(faked, fake, folder, files)
    assert_single(fake, folder, files)


#: A user with no right but to start the program, wherever that lies.
SERVICE = 65534
AS_SERVICE = ["setpriv", f"--reuid={SERVICE}", f"--regid={SERVICE}", "--clear-groups", "--inh-caps=+dac_read_search",
              "--ambient-caps=+dac_read_search"]


@pytest.mark.skipif(os.geteuid() != 0, reason="being another user needs root")
def test_started_by_root_by_hand_it_does_not_shut_the_service_out(binary, fake):
    """The very first start is root's, and it is killed; the state directory is the service's."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        folder = place / place.name
        folder.mkdir()
        place.chmod(0o755)
        daemon = Daemon(binary, place / "daemon", fake, {folder.name: folder}, settle="100ms")
        daemon.state.mkdir(mode=0o700)
        os.chown(daemon.state, SERVICE, SERVICE)
        files = {b"of-root.txt": b"of root"}
        try:
            deliver(daemon, fake, folder, files)
            daemon.kill()
            daemon.under = AS_SERVICE
            files |= FILES
            write(folder, files)
            daemon.start(ready=False)
            wait_for_records(fake, folder, len(files), daemon=daemon)
            done = daemon.command("queue", "retry", "--all")
            assert done.returncode == 0 and done.stdout == "nothing is pending or parked\n", "the order of root is taken"
            assert daemon.stop() == 0
            assert "the run before this one ended by itself" in daemon.log_tail(10**6)
            assert_delivered(fake, folder, files)
        finally:
            if daemon.process is not None:
                daemon.kill()
