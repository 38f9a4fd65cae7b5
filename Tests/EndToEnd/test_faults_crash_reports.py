"""What a crash tells, and whom."""

import json
import os
import signal

import pytest

import crashing
from daemon import wait_until
from delivering import deliver
from expectations import assert_delivered
from machine import stop_thread
from test_delivery import write
from test_faults_process import FILES


@pytest.mark.parametrize("thread, number, call", [
    ("http", signal.SIGSEGV, "TransportLoop"), ("s3l-tasks", signal.SIGABRT, "TaskPool"),
    ("s3l-timer", signal.SIGBUS, "TimerThread"), ("folder", signal.SIGFPE, "Folders")])
def test_a_fault_is_told_with_its_thread_and_calls_and_shown_by_status(faked, folder, thread, number, call):
    faked.start()
    sent = len(faked.log_tail(10**7))
    crashing.signal_thread(faked.process.pid, thread, number)
    assert faked.wait(10) == -number
    log = faked.log_tail(10**7)[sent:]
    name = number.name.removeprefix("SIG")
    first = f"crashed: signal {name} sent by process {os.getpid()}, thread {thread}"
    assert first in log and any(call in line for line in crashing.calls(log)), log
    assert "\nbuild id " in log
    assert f"it crashed: signal {name}" in json.loads(faked.command("status", "--json").stdout)["last_unclean_exit"]["reason"]
    faked.start()
    faked.wait_for(lambda: f"ended by itself: it crashed: signal {name}" in faked.log_tail(), 10, "the next run's word")
    faked.wait_for_status("OK")
    assert f"thread {thread}, in " in faked.json("status")["last_unclean_exit"]["reason"]


@pytest.mark.skipif(os.geteuid() != 0, reason="stopping a thread needs root")
def test_an_abort_from_outside_tells_what_every_thread_does_and_which_gives_no_answer(faked):
    """As systemd's watchdog sends it."""
    faked.start()
    holder = stop_thread(faked.process.pid, "http")
    faked.process.send_signal(signal.SIGABRT)
    try:
        wait_until(lambda: "thread http: no answer, state t" in faked.log_tail(10**6), 10, faked.log_tail)
    finally:
        holder.kill()
    assert faked.wait(20) == -signal.SIGABRT
    told = faked.log_tail(10**6)
    for thread, call in (("folder", "Folders"), ("s3l-timer", "TimerThread"), ("s3l-control", "ControlSocket")):
        calls = told.split(f"\nthread {thread}\n")[1].split("\nthread ")[0]
        assert call in calls, told


@pytest.mark.skipif(crashing.missing() is not None, reason=str(crashing.missing()))
def test_an_instruction_that_there_is_not_is_told_and_no_file_is_lost(faked, fake, folder):
    faked.start()
    crashing.spoil_wait(faked.process.pid, "supervisor")
    write(folder, FILES)
    assert faked.wait(10) == -signal.SIGILL
    log = faked.log_tail(10**7)
    assert "crashed: signal ILL at address 0x" in log and ", thread supervisor" in log
    assert any("FolderSupervisor" in line for line in crashing.calls(log)), log
    deliver(faked, fake, folder, FILES)
    assert_delivered(fake, folder, FILES)


def test_a_crash_whose_words_nobody_reads_ends_all_the_same(faked):
    """Standard error is a pipe that fills up."""
    reading, writing = os.pipe()
    faked.under = ["sh", "-c", f'exec "$@" 2>/proc/{os.getpid()}/fd/{writing} >&2', "sh"]
    faked.start()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, bytes(4096))
    except BlockingIOError:
        pass
    faked.process.send_signal(signal.SIGSEGV)
    assert faked.wait(20) in (-signal.SIGALRM, -signal.SIGSEGV)
    os.close(reading)
    os.close(writing)
