"""Alerts while the journal's disk is full, and from a daemon that is killed."""

import os

import pytest

import system_calls
from alert_receiver import Receiver, webhook
from daemon import wait_until
from delivering import deliver
from test_alerts import edit, outbox, park, receiver, told
from test_delivery import write
from test_faults_journal import fill, needs_root, needs_strace, small_disk


@needs_root
def test_a_full_disk_of_the_journal_is_told_although_it_cannot_be_written_down(
        faked, fake, folder, receiver, small_disk, tmp_path):
    webhook(faked, receiver)
    receiver.faults = [500]
    faked.start(RUNTIME_DIRECTORY=str(tmp_path))
    fill(small_disk)
    files = {b"%d.txt" % n: b"content %d" % n for n in range(300)}
    write(folder, files)
    [blocked] = told(faked, receiver, "blocked")
    assert blocked["data"]["subject"] == "journal" and "full" in blocked["text"]
    (small_disk / "filler").unlink()
    deliver(faked, fake, folder, files)
    assert [m["data"]["subject"] for m in told(faked, receiver, "recovered")] == ["journal"]


@needs_root
def test_a_disk_that_fills_up_while_a_message_is_under_way_is_told_all_the_same(
        faked, fake, folder, receiver, small_disk, tmp_path):
    webhook(faked, receiver, webhook_timeout="60s")
    receiver.faults = [Receiver.HANG]
    park(fake, "/parked.txt")
    faked.start(RUNTIME_DIRECTORY=str(tmp_path))
    write(folder, {b"parked.txt": b"parked"})
    faked.wait_for(lambda: receiver.messages, 20, "the message")
    fill(small_disk)
    write(folder, {b"%d.txt" % n: b"content %d" % n for n in range(300)})
    faked.wait_for_status("DEGRADED", "full")
    receiver.end.set()
    assert [m["data"]["subject"] for m in told(faked, receiver, "blocked")] == ["journal"]
    (small_disk / "filler").unlink()
    told(faked, receiver, "recovered")
    assert len([m for m in receiver.messages if m["type"] == "parked"]) == 1, "it was taken once"


#: Kind of call → which of them are taken in the short run: writes of the journal, and to the receiver.
CALLS = {"fdatasync": [4, 5], "pwrite64": [14], "sendto": [3]}


@pytest.mark.crash
@needs_strace
def test_killed_at_any_call_an_alert_comes_and_always_under_one_name(faked, fake, folder, receiver, long):
    webhook(faked, receiver)
    park(fake)
    for call, few in CALLS.items():
        for number in range(1, 25) if long else few:
            path = f"{call}-{number}.txt"
            write(folder, {path.encode(): os.urandom(100)})
            faked.under = system_calls.inject(call, "signal=SIGKILL", number)
            faked.start(ready=False)
            wait_until(lambda: faked.process.poll() is not None or len(about(receiver, path)) > 0, 30, faked.log_tail, 0.02)
            if faked.process.poll() is None:
                faked.process.kill()
            faked.wait()
            faked.under = []
            faked.start()
            faked.wait_for(lambda: about(receiver, path) and not outbox(faked), 20, f"the alert about {path}")
            faked.kill()
            assert len({message["body"] for message in about(receiver, path)}) == 1
            edit(faked, "DELETE FROM alert_cause")


def about(receiver, path):
    with receiver.lock:
        return [message for message in receiver.taken if message["data"].get("path") == path]
