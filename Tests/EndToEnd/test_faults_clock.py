"""Clocks that are wrong: ours, or the service's word on the time."""

from datetime import datetime, timedelta, timezone

import pytest

import moving_clock
from delivering import THREE_PARTS, deliver, heal, in_parts
from expectations import assert_delivered
from fake_aws.handle import Rule
from test_delivery import write

HOUR, DAY = 3600, 86400
FILES = {b"%d.txt" % n: b"content %d" % n for n in range(10)}


@pytest.mark.parametrize("seconds", [HOUR, -HOUR, DAY, -DAY, 50 * 365 * DAY],
                         ids=["an hour behind", "an hour ahead", "a day behind", "a day ahead", "in the seventies"])
def test_our_clock_is_wrong_at_the_start_and_files_are_delivered(faked, fake, folder, seconds):
    fake.set(clock=seconds)
    write(folder, FILES)
    deliver(faked, fake, folder, FILES)
    assert_delivered(fake, folder, FILES)
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException")


@pytest.mark.skipif(moving_clock.missing() is not None, reason=str(moving_clock.missing()))
def test_our_clock_begins_in_1970_and_is_set_right_later(faked, fake, folder, tmp_path):
    """As on a machine whose clock has no battery. The day that a record is found by is the service's all the while."""
    began = datetime.now(timezone.utc)
    with moving_clock.MovingClock(tmp_path / "clock") as clock:
        clock.move(timedelta(seconds=10 - int(began.timestamp())))
        write(folder, FILES)
        faked.start(**clock.environment())
        deliver(faked, fake, folder, FILES)
        clock.move(-clock.ahead)
        files = FILES | {b"later-%d.txt" % n: b"content %d" % n for n in range(10)}
        deliver(faked, fake, folder, files)
        assert faked.stop() == 0
    assert_delivered(fake, folder, files)
    for record in fake.records(folder.name):
        uploaded = datetime.fromisoformat(record["uploaded_at"])
        assert abs(uploaded - began) < timedelta(minutes=2), record
        assert record["folder_day"] == f"{folder.name}#{record['uploaded_at'][:10]}"
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException")


@pytest.mark.parametrize("seconds", [DAY, -DAY], ids=["back", "on"])
def test_our_clock_jumps_a_day_while_running_and_files_go_on(faked, fake, folder, seconds):
    deliver(in_parts(faked), fake, folder, FILES)
    fake.set(clock=seconds)
    files = FILES | {b"later-%d.txt" % n: b"content %d" % n for n in range(10)} | {b"large.bin": THREE_PARTS}
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException")


@pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"])
def test_a_clock_that_is_called_wrong_but_is_right_is_no_reason_for_a_loop(faked, fake, folder, code):
    fake.script(Rule("PutObject", status=403, code=code, times=None))
    write(folder, FILES)
    since = fake.now()
    faked.start()
    faked.wait_for_status("BLOCKED", "clock", "10 pending", "nothing lost")
    assert len([e for e in fake.trace(since) if e[1] == "PutObject"]) <= 2 * len(FILES)
    heal(faked, fake)
    deliver(faked, fake, folder, FILES)
    assert_delivered(fake, folder, FILES)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Fri, 99 Foo 0000 99:99:99 GMT", "9" * 4000],
                         ids=["missing", "empty", "no date", "absurd", "huge"])
def test_a_date_that_makes_no_sense_is_ignored(faked, fake, folder, date):
    fake.script(Rule("PutObject", status=403, code="RequestTimeTooSkewed", headers={"Date": date}, times=2),
                Rule("*", headers={"Date": date}, times=None))
    write(folder, FILES)
    faked.start()
    faked.wait_for(lambda: fake.played()[0] == 2, 30, "two refusals")
    fake.script(Rule("*", headers={"Date": date}, times=None))
    assert faked.command("queue", "retry", "--all").returncode == 0
    deliver(faked, fake, folder, FILES)
    assert_delivered(fake, folder, FILES)
