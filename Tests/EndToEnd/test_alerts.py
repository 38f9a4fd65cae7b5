"""Who looks after the daemon is told without asking: signed, once an hour for each cause, and never lost."""

import os
import sqlite3
import time

import pytest

from alert_receiver import Receiver, SECRET, TOKEN, hook, webhook
from certificates import Authority
from delivering import deliver, heal
from expectations import wait_for_records
from fake_aws.handle import Rule
from test_after_upload import settings
from test_delivery import HOSTILE, NOT_TEXT, write


@pytest.fixture
def receiver():
    with Receiver() as made:
        yield made


def refuse_large(daemon, folder):
    daemon.configure(settings(folder, max_size="10B"))


def park(fake, key=""):
    fake.script(Rule("PutObject", key=key, status=400, code="KeyTooLongError", times=None))


def told(daemon, receiver, *types, count=1, timeout=20):
    """Waits until that many messages of these types were taken."""
    daemon.wait_for(lambda: len(receiver.of(*types)) >= count, timeout, f"{count} of {types}")
    return receiver.of(*types)


def outbox(daemon):
    """Ids of what still has to be told."""
    with sqlite3.connect(f"file:{daemon.state}/journal.db?mode=ro", uri=True) as journal:
        return [row[0] for row in journal.execute("SELECT id FROM alert ORDER BY number")]


def edit(daemon, sql):
    """Changes the journal of a daemon that does not run."""
    assert daemon.process is None
    with sqlite3.connect(daemon.state / "journal.db") as journal:
        journal.execute(sql)


def test_a_refused_file_is_told_once_signed_and_in_plain_words(faked, fake, folder, receiver):
    refuse_large(faked, folder)
    webhook(faked, receiver)
    faked.start()
    write(folder, {b"too large.pdf": b"more than ten bytes", b"small.txt": b"small"})
    wait_for_records(fake, folder, 2, daemon=faked)
    [message] = told(faked, receiver, "rejected")
    assert message["data"]["folder"] == folder.name and message["data"]["path"] == "too large.pdf"
    assert message["count"] == 1 and message["data"]["number"] >= 1 and "too large" in message["data"]["reason"].lower()
    assert f"{folder.name}/too large.pdf was refused" in message["text"] and "moved aside" in message["text"]
    faked.wait_for(lambda: outbox(faked) == [], 10, "an empty outbox")
    assert faked.stop() == 0
    assert len(receiver.messages) == 1


def test_a_receiver_that_fails_is_asked_again_with_the_same_message_until_it_takes_it(faked, fake, folder, receiver):
    receiver.faults = [500, 302, 404, 429]
    park(fake, "/parked.txt")
    webhook(faked, receiver)
    faked.start()
    write(folder, {b"parked.txt": b"parked"})
    [message] = told(faked, receiver, "parked")
    assert len({m["body"] for m in receiver.messages}) == 1 and len(receiver.messages) == 5
    assert "s3loggerd queue retry" in message["text"]
    assert all(path == "/hooks/" + TOKEN + "?sig=a%2Fb" for _, path, _ in receiver.requests), "no redirect is followed"
    assert "redirect" in faked.log.read_text()
    faked.wait_for(lambda: 's3loggerd_alerts_total{channel="webhook",outcome="sent"} 1'
                   in (faked.state / "metrics.prom").read_text(), 10, "the metric")


def test_deliveries_go_on_while_the_receiver_hangs_and_a_crash_then_repeats_the_same_id(faked, fake, folder, receiver):
    receiver.faults = [Receiver.HANG]
    park(fake, "/parked.txt")
    webhook(faked, receiver, webhook_timeout="60s")
    faked.start()
    write(folder, {b"parked.txt": b"parked"})
    faked.wait_for(lambda: receiver.messages, 20, "the message")
    files = {b"%d.txt" % n: b"content %d" % n for n in range(50)}
    write(folder, files)
    wait_for_records(fake, folder, len(files), timeout=40, daemon=faked)
    assert receiver.taken == [], "it hangs for a minute"
    faked.kill()
    faked.start()
    [message] = told(faked, receiver, "parked")
    assert message["body"] == receiver.messages[0]["body"] and len(receiver.messages) == 2
    faked.wait_for(lambda: outbox(faked) == [], 10, "an empty outbox")


def test_it_stops_at_once_while_a_receiver_hangs(faked, fake, folder, receiver):
    receiver.faults = [Receiver.HANG]
    park(fake)
    webhook(faked, receiver, webhook_timeout="60s")
    faked.start()
    write(folder, {b"parked.txt": b"parked"})
    faked.wait_for(lambda: receiver.messages, 20, "the message")
    began = time.monotonic()
    assert faked.stop() == 0
    assert time.monotonic() - began < 20
    [waiting] = outbox(faked)
    assert waiting == receiver.messages[0]["id"]


def test_names_are_text_whatever_they_are(faked, fake, folder, receiver):
    names = [name.encode() if isinstance(name, str) else name for name in HOSTILE + NOT_TEXT]
    names += ["\u202egnp.exe\n<img src=x>&@channel[a](http://x)`.pdf".encode(), b"\xff\xfe" * 127]
    for name in names:  # One for each folder, so that none is held back.
        faked.folders[f"f{len(faked.folders)}"] = {"path": str(folder.parent / f"f{len(faked.folders)}"), "max_size": "1B"}
    folders = {n: keys for n, keys in faked.folders.items() if n != folder.name}
    for keys, name in zip(folders.values(), names):
        os.mkdir(keys["path"])
        write(keys["path"], {name: b"refused"})
    webhook(faked, receiver)
    faked.configure(folders)
    faked.start()
    for message in told(faked, receiver, "rejected", count=len(names), timeout=40):
        text = message["text"] + message["data"]["path"]
        assert all(c.isprintable() for c in text) and not set("<>@[]`") & set(message["text"])
        assert len(message["text"]) <= 1000 and len(message["body"]) < 16_000
        shown = message["data"]["path"].encode().decode("unicode_escape", "replace")
        assert message["data"]["path"] and shown
    assert {m["data"]["folder"] for m in receiver.taken} == set(folders)


def test_one_cause_is_told_once_an_hour_and_the_rest_together(faked, fake, folder, receiver):
    park(fake)
    webhook(faked, receiver)
    faked.start()
    for number in range(3):
        write(folder, {b"%d.txt" % number: b"parked"})
        faked.wait_for_status(f"{number + 1} parked")
    assert len(told(faked, receiver, "parked")) == 1
    faked.wait_for(lambda: 'channel="webhook",outcome="held"} 2' in (faked.state / "metrics.prom").read_text(), 10, "2 held")
    faked.wait_for(lambda: outbox(faked) == [], 10, "an empty outbox")
    faked.kill()
    edit(faked, "UPDATE alert_cause SET quiet_until = quiet_until - 3599000")
    faked.start()
    messages = told(faked, receiver, "parked", count=2)
    assert messages[1]["count"] == 2 and messages[1]["data"]["path"] == "2.txt"
    assert "1 more of the kind" in messages[1]["text"] and messages[0]["id"] != messages[1]["id"]


def test_a_blocked_service_and_its_return_are_told_over_a_restart_too(faked, fake, folder, receiver):
    webhook(faked, receiver)
    fake.script(Rule("PutObject", status=403, code="AccessDenied", times=None))
    faked.start()
    write(folder, {b"a.txt": b"a"})
    [blocked] = told(faked, receiver, "blocked")
    assert blocked["data"]["subject"] == "s3" and "AccessDenied" in blocked["data"]["reason"]
    assert "Every file is kept" in blocked["text"] and "Delivery to S3 stopped" in blocked["text"]
    faked.wait_for(lambda: outbox(faked) == [], 10, "an empty outbox")
    faked.kill()
    fake.script()
    faked.start()
    [recovered] = told(faked, receiver, "recovered")
    assert recovered["data"]["subject"] == "s3" and "works again" in recovered["text"]
    # Once more within the hour, it is held back: nobody is told what is over by then.
    fake.script(Rule("PutItem", status=403, code="AccessDenied", times=None))
    write(folder, {b"b.txt": b"b"})
    told(faked, receiver, "blocked", count=2)
    heal(faked, fake)
    assert told(faked, receiver, "recovered", count=2)[1]["data"]["subject"] == "dynamodb"


def test_files_that_wait_too_long_are_told_and_that_they_do_not_any_more(faked, fake, folder, receiver):
    webhook(faked, receiver, oldest_pending="2s", events=["oldest_pending", "recovered"])
    fake.script(Rule("PutObject", status=403, code="AccessDenied", times=None))
    faked.start()
    write(folder, {b"a.txt": b"a"})
    [late] = told(faked, receiver, "oldest_pending")
    assert late["data"]["subject"] == "queue" and f'queue show {late["data"]["number"]}' in late["text"]
    faked.stop()
    fake.script()
    faked.start()
    [over] = told(faked, receiver, "recovered", timeout=40)
    assert over["data"]["subject"] == "queue"
    assert {m["type"] for m in receiver.taken} == {"oldest_pending", "recovered"}


def test_a_receiver_that_comes_by_a_reload_is_told_what_lasts_and_the_others_are_not_told_again(
        faked, fake, folder, receiver):
    events = ["blocked", "oldest_pending", "recovered"]
    webhook(faked, receiver, oldest_pending="2s", events=events)
    fake.script(Rule("PutObject", status=403, code="AccessDenied", times=None))
    faked.start()
    write(folder, {b"a.txt": b"a"})
    told(faked, receiver, "blocked", "oldest_pending", count=2)
    given = hook(faked)
    faked.reload()
    faked.wait_for(lambda: len(given()) >= 2, 20, "the program to be told of both")
    assert {call["message"]["type"] for call in given()} == {"blocked", "oldest_pending"}
    heal(faked, fake)
    told(faked, receiver, "recovered", count=2, timeout=40)
    faked.wait_for(lambda: len(given()) >= 4, 20, "the program to be told that they are over")
    faked.wait_for(lambda: outbox(faked) == [], 10, "an empty outbox")
    assert sorted(m["type"] for m in receiver.taken) == ["blocked", "oldest_pending", "recovered", "recovered"]


# -- the digest -----------------------------------------------------------------------------------------------------


def test_the_digest_comes_once_a_day_whatever_happens(faked, fake, folder, receiver):
    webhook(faked, receiver, digest="00:00")
    faked.start()
    deliver(faked, fake, folder, {b"a.txt": b"12345", b"b.txt": b"678"})
    assert faked.stop() == 0
    assert receiver.messages == [], "the first is that of the next day"
    edit(faked, "UPDATE journal SET digest = digest - 1")
    receiver.faults = [503]
    faked.start()
    [digest] = told(faked, receiver, "digest")
    figures = digest["data"]["digest"]
    assert (figures["delivered"], figures["bytes"], figures["pending"]) == (2, 8, 0)
    assert figures["delivered_by_folder"] == {folder.name: 2} and figures["folders_without_delivery"] == []
    assert "2 delivered (8 B)" in digest["text"] and len(receiver.messages) == 2
    faked.wait_for(lambda: outbox(faked) == [], 10, "an empty outbox")
    faked.kill()
    faked.start()
    deliver(faked, fake, folder, {b"a.txt": b"12345", b"b.txt": b"678", b"c.txt": b"9"})
    assert len(receiver.messages) == 2, "no second one on the same day"
    faked.stop()
    # A clock that was a year ahead silences no digest for a year.
    edit(faked, "UPDATE journal SET digest = digest + 365")
    faked.start()
    faked.stop()
    edit(faked, "UPDATE journal SET digest = digest - 1")
    faked.start()
    assert told(faked, receiver, "digest", count=2)[1]["data"]["digest"]["last_unclean_exit"]


def test_an_authority_of_its_own_is_trusted_for_the_webhook_and_no_other(faked, fake, folder, tmp_path):
    ours, others = Authority(tmp_path / "ours"), Authority(tmp_path / "others")
    with Receiver(ours.server("localhost")) as receiver:
        webhook(faked, receiver, ca_bundle=str(others.bundle))
        park(fake)
        faked.start()
        write(folder, {b"a.txt": b"a"})
        faked.wait_for(lambda: "could not be told" in faked.log.read_text(), 20, "a refusal")
        assert receiver.messages == [] and "certificate" in faked.log.read_text()
        webhook(faked, receiver, ca_bundle=str(ours.bundle))
        faked.reload()
        told(faked, receiver, "parked")


# -- settings and secrets -------------------------------------------------------------------------------------------


def test_a_reload_begins_and_ends_it(faked, fake, folder, receiver):
    park(fake)
    faked.start()
    write(folder, {b"a.txt": b"a"})
    faked.wait_for_status("1 parked")
    webhook(faked, receiver)
    faked.reload()
    faked.wait_for(lambda: "configuration reloaded" in faked.log.read_text(), 10, "the reload")
    write(folder, {b"b.txt": b"b"})
    assert told(faked, receiver, "parked")[0]["data"]["path"] == "b.txt"
    faked.sections["alerts"] = {}
    faked.configure(faked.folders)
    faked.reload()
    faked.wait_for(lambda: faked.log.read_text().count("configuration reloaded") == 2, 10, "the reload")
    write(folder, {b"c.txt": b"c"})
    faked.wait_for_status("3 parked")
    assert outbox(faked) == [] and len(receiver.messages) == 1


def test_no_secret_appears_anywhere_and_check_tells_what_is_wrong(faked, fake, folder, receiver, tmp_path):
    url = tmp_path / "url"
    url.write_text(receiver.address + "\n")
    webhook(faked, receiver)
    del faked.sections["alerts"]["webhook_url"]
    faked.sections["alerts"] |= {"webhook_url_file": str(url), "command": ["/usr/bin/true"]}
    faked.configure(faked.folders)
    park(fake)
    receiver.faults = [500]
    faked.start()
    write(folder, {b"a.txt": b"a"})
    told(faked, receiver, "parked")
    fake.script()
    outputs = [faked.command(*words) for words in (
        ["check"], ["check", "--online"], ["status", "--json"], ["queue", "show", "1"])]
    assert [done.returncode for done in outputs] == [0] * 4, outputs
    assert "webhook" in outputs[0].stdout and "/usr/bin/true" in outputs[0].stdout
    assert receiver.of("test") and "it answered that it took" in outputs[1].stdout
    receiver.faults = [503]
    refused = faked.command("check", "--online")
    assert refused.returncode == 69 and "503" in refused.stdout
    url.write_text("http://198.51.100.1/" + TOKEN)
    faked.sections["alerts"]["command"] = [str(tmp_path / "missing")]
    faked.configure(faked.folders)
    wrong = faked.command("check")
    assert wrong.returncode == 78 and "missing" in wrong.stdout and "in the clear" in wrong.stdout
    seen = "".join(done.stdout + done.stderr for done in [*outputs, refused, wrong]) + faked.log.read_text(errors="replace")
    seen += "".join(path.read_text(errors="replace") for path in faked.state.rglob("*") if path.is_file())
    for secret in (SECRET, SECRET.removeprefix("whsec_"), TOKEN):
        assert secret not in seen
