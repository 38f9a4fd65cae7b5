"""Alerts to a program, which is run without a shell."""

import os
import re
import time

from alert_receiver import hook, webhook
from daemon import wait_until
from test_alerts import outbox, park, receiver, told
from test_delivery import write


def test_a_program_gets_the_message_and_nothing_of_ours(faked, fake, folder, receiver):
    webhook(faked, receiver)
    given = hook(faked, arguments=["$(touch pwned)", "a b", ";", ""])
    park(fake)
    faked.start()
    write(folder, {b"a.txt": b"a"})
    [call] = faked.wait_for(given, 20, "the program to run")
    assert call["arguments"] == ["$(touch pwned)", "a b", ";", ""]
    assert set(call["environment"]) <= {"PATH", "LANG", "LC_CTYPE"}
    assert call["message"]["type"] == "parked" and len(call["descriptors"]) <= 5
    [message] = told(faked, receiver, "parked")
    assert call["message"] == {k: v for k, v in message.items() if k != "body"}
    faked.wait_for(lambda: outbox(faked) == [], 10, "an empty outbox")


def test_a_program_that_hangs_or_fails_is_ended_with_all_it_started_and_run_again(faked, fake, folder, receiver):
    webhook(faked, receiver)
    given = hook(faked, then="hang", command_timeout="1s")
    park(fake)
    faked.start()
    write(folder, {b"a.txt": b"a"})
    told(faked, receiver, "parked")
    calls = faked.wait_for(lambda: len(given()) >= 2 and given(), 20, "a second run")
    assert len({call["message"]["id"] for call in calls}) == 1
    hook(faked, then="7")
    faked.reload()
    faked.wait_for(lambda: "left with status 7" in faked.log.read_text(), 20, "the status")
    assert "did not end within 1s" in faked.log.read_text()
    failing = faked.wait_for(lambda: (s := faked.json("status")["alerts"]["command"])["state"] == "failing" and s, 10, "status")
    assert failing["waiting"] == 1 and failing["since"] < time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
    faked.wait_for(lambda: "left with status 7" in faked.json("status")["alerts"]["command"]["reason"], 10, "the reason")
    shown = faked.command("status").stdout
    assert re.search(r"^command +failing +\d+s ago +1 +.*/hook left with status 7$", shown, re.M), shown
    assert faked.json("status")["alerts"]["webhook"] == {"state": "ok"}
    wait_until(lambda: not sleepers(), 10, "the end of what it started")
    hook(faked)
    faked.reload()
    faked.wait_for(lambda: outbox(faked) == [], 20, "an empty outbox")
    faked.wait_for(lambda: faked.json("status")["alerts"]["command"] == {"state": "ok"}, 10, "the end of it in the status")
    assert len(receiver.messages) == 1, "the other receiver is not told again"


def sleepers():
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                found += [pid] if file.read() == b"sleep\x00600.125\x00" else []
        except OSError:
            pass
    return found
