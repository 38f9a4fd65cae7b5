"""S3 fails in every way it can, and every file is delivered all the same, once."""

import os
import shutil
from datetime import datetime

import pytest

from delivering import CONCURRENCY, THREE_PARTS, assert_single, deliver, heal, in_parts, write_once
from expectations import assert_delivered, wait_for_records
from fake_aws.handle import Rule
from test_delivery import write

SMALL = {b"a.txt": b"content of a"}
LARGE = {b"large.bin": THREE_PARTS}
HTML = "<!DOCTYPE html><html><body>Please log in to the guest network</body></html>"


# -- transient failures: tried again --------------------------------------------------------------------------------


@pytest.mark.parametrize("status, code", [
    (500, "InternalError"), (502, "BadGateway"), (503, "SlowDown"), (503, "ServiceUnavailable"), (504, "GatewayTimeout"),
    (400, "RequestTimeout"), (409, "ConditionalRequestConflict"), (409, "OperationAborted"), (429, "TooManyRequests"),
    (400, "KMS.ThrottlingException"), (503, "KMS.InternalException")])
def test_a_passing_failure_of_putobject_is_tried_again(faked, fake, folder, status, code):
    fake.script(Rule("PutObject", status=status, code=code, times=2))
    deliver(faked, fake, folder, SMALL)
    assert fake.played() == [2]
    assert_delivered(fake, folder, SMALL)


@pytest.mark.parametrize("operation", ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"])
def test_a_passing_failure_within_an_upload_in_parts_is_tried_again(faked, fake, folder, operation):
    fake.script(Rule(operation, status=503, code="SlowDown", times=2))
    before = fake.requests("UploadPart")
    deliver(in_parts(faked), fake, folder, LARGE)
    assert_delivered(fake, folder, LARGE)
    assert fake.requests("UploadPart") - before == 3 + 2 * (operation == "UploadPart"), "no part more than once but those"


def test_every_third_request_refused_for_ever_stops_no_progress_and_no_part_starts_from_zero(faked, fake, folder):
    fake.script(Rule("*", first=3, every=3, times=None, status=503, code="SlowDown"))
    files = LARGE | {b"%d.txt" % n: b"content %d" % n for n in range(30)}
    deliver(in_parts(faked), fake, folder, files)
    assert_delivered(fake, folder, files)


def test_a_file_that_is_refused_twelve_times_is_delivered_in_the_end(faked, fake, folder):
    """Others go through meanwhile, so it is this file's own bad luck; there is no last attempt."""
    fake.script(Rule("PutObject", key="/unlucky.txt", status=500, code="InternalError", times=12))
    files = {b"unlucky.txt": b"unlucky"}
    write(folder, files)
    faked.start()
    while fake.played() != [12]:
        number = len(files)
        files[b"%d.txt" % number] = b"lucky %d" % number
        deliver_one(faked, fake, folder, files, b"%d.txt" % number)
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


def deliver_one(daemon, fake, folder, files, path):
    write(folder, {path: files[path]})
    name = path.decode()
    daemon.wait_for(lambda: any(r["filename"] == name for r in fake.records(folder.name)), 60, name)
    assert "parked" not in daemon.status, daemon.status


def test_a_burst_of_refusals_is_answered_with_few_requests(faked, fake, folder):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(100)}
    fake.script(Rule("PutObject", status=503, code="SlowDown", times=None, together=CONCURRENCY))
    write(folder, files)
    faked.start()
    faked.wait_for_status("WAITING", "100 pending", "nothing lost")
    assert len(fake.asked_within(3)) <= 8, "an outage is probed, not stormed"
    fake.script()
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


def test_a_wish_to_come_back_later_is_honoured(faked, fake, folder):
    faked.sections["upload"] |= {"retry_cap": "10s"}
    faked.configure(faked.folders)
    fake.script(Rule("PutObject", status=503, code="SlowDown", headers={"Retry-After": "2"}))
    since = fake.now()
    deliver(faked, fake, folder, SMALL)
    moments = [entry[0] for entry in fake.trace(since) if entry[1] == "PutObject"]
    assert len(moments) == 2 and moments[1] - moments[0] >= 2


# -- answers that were lost -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["close", "reset", "half"])
def test_the_answer_to_putobject_is_lost_and_there_is_one_record(faked, fake, folder, end):
    fake.script(Rule("PutObject", commit=True, end=end))
    deliver(faked, fake, folder, SMALL)
    assert_single(fake, folder, SMALL)
    assert len(fake.versions(folder.name)) <= 2


def test_with_write_once_the_answer_to_putobject_is_lost_and_there_is_one_object(faked, fake, folder):
    fake.script(Rule("PutObject", commit=True, end="close"))
    deliver(write_once(faked), fake, folder, SMALL)
    assert_single_with_write_once(fake, folder, SMALL)


def test_with_write_once_a_file_that_was_open_when_it_was_read_again_has_one_record(faked, fake, folder):
    """The object arrived, the daemon died before it knew, and somebody has the file open, unchanged, when it looks again:
    what stands there then no record claims, so that the file is sent under an id of its own."""
    fake.script(Rule("PutObject", commit=True, end="hang"))
    write(folder, SMALL)
    write_once(faked).start()
    faked.wait_for(lambda: fake.versions(folder.name), 30, "the object")
    faked.kill()
    with open(folder / "a.txt", "r+b"):
        faked.start()
        faked.wait_for(lambda: faked.json("queue", "--state", "withdrawn"), 30, "a withdrawn delivery")
    [record] = deliver(faked, fake, folder, SMALL)
    assert fake.read(record["object_key"])[0] == SMALL[b"a.txt"] and len(fake.versions(folder.name + "/")) <= 2


def assert_single_with_write_once(fake, folder, files):
    records, versions = fake.records(folder.name), fake.versions(folder.name + "/")
    assert len(records) == len(files) and len(versions) == len(files)
    for record in records:
        content = files[record["source_path"].encode()]
        assert fake.read(record["object_key"])[0] == content


def orders_the_wait_to_end(daemon, again):
    """After a completion without an answer S3 may be joining the parts: that the upload is gone proves nothing, so the
    daemon waits a quarter of an hour before it asks again, unless a person orders it to."""
    if again == "same":
        return
    [waiting] = daemon.wait_for(lambda: [w for w in daemon.json("queue") if "may still be doing so" in
                                         w.get("last_error", "")], 30, "the wait")
    assert seconds_between(waiting["received_at"], waiting["next_attempt_at"]) > 800
    assert daemon.command("queue", "retry", "--all").returncode == 0


@pytest.mark.parametrize("again", ["same", "NoSuchUpload"])
def test_the_answer_to_the_completion_is_lost_and_there_is_one_record(faked, fake, folder, again):
    fake.set(complete_again=again)
    fake.script(Rule("CompleteMultipartUpload", commit=True, end="close"))
    write(folder, LARGE)
    in_parts(faked).start()
    orders_the_wait_to_end(faked, again)
    deliver(faked, fake, folder, LARGE)
    assert_single(fake, folder, LARGE)
    assert len(fake.versions(folder.name)) == (1 if again == "same" else 2)


@pytest.mark.parametrize("again", ["same", "NoSuchUpload"])
def test_with_write_once_the_answer_to_the_completion_is_lost_and_there_is_one_object(faked, fake, folder, again):
    fake.set(complete_again=again)
    fake.script(Rule("CompleteMultipartUpload", commit=True, end="close"))
    write(folder, LARGE)
    in_parts(write_once(faked)).start()
    orders_the_wait_to_end(faked, again)
    deliver(faked, fake, folder, LARGE)
    assert_single_with_write_once(fake, folder, LARGE)


def test_the_answer_to_the_creation_of_an_upload_is_lost_and_another_is_created(faked, fake, folder):
    fake.script(Rule("CreateMultipartUpload", commit=True, end="close"))
    deliver(in_parts(faked), fake, folder, LARGE)
    assert_delivered(fake, folder, LARGE)


def test_the_answer_to_a_part_is_lost_and_only_that_part_is_sent_again(faked, fake, folder):
    fake.script(Rule("UploadPart", first=2, commit=True, end="close"))
    since = fake.now()
    deliver(in_parts(faked), fake, folder, LARGE)
    assert_delivered(fake, folder, LARGE)
    parts = sorted(entry[3] for entry in fake.trace(since) if entry[1] == "UploadPart")
    assert len(parts) == 4 and set(parts) == {1, 2, 3}


# -- success that is none -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["InternalError", "SlowDown"])
def test_a_200_with_an_error_in_its_body_is_tried_again(faked, fake, folder, code):
    fake.script(Rule("CompleteMultipartUpload", status=200, code=code, times=2))
    deliver(in_parts(faked), fake, folder, LARGE)
    assert fake.played() == [2]
    assert_delivered(fake, folder, LARGE)


def test_a_200_with_access_denied_in_its_body_blocks(faked, fake, folder):
    fake.script(Rule("CompleteMultipartUpload", status=200, code="AccessDenied", times=None))
    write(folder, LARGE)
    in_parts(faked).start()
    faked.wait_for_status("BLOCKED", "s3:PutObject", "nothing lost")
    assert fake.records(folder.name) == []
    heal(faked, fake)
    deliver(faked, fake, folder, LARGE)
    assert_delivered(fake, folder, LARGE)


@pytest.mark.parametrize("body", ["", "<CompleteMultipartUploadResult><ETag>&quot;ab", "\x00\xff garbage", HTML, "{}"],
                         ids=["empty", "truncated", "garbage", "a captive portal's page", "JSON"])
@pytest.mark.parametrize("operation", ["CreateMultipartUpload", "CompleteMultipartUpload"])
def test_a_200_whose_body_cannot_be_read_is_no_success(faked, fake, folder, operation, body):
    fake.script(Rule(operation, status=200, body=body))
    deliver(in_parts(faked), fake, folder, LARGE)
    assert fake.played() == [1]
    assert_single(fake, folder, LARGE)


def test_a_captive_portal_in_place_of_putobject_is_no_success(faked, fake, folder):
    fake.script(Rule("PutObject", status=200, body=HTML, headers={"ETag": '"0123"'}, times=2))
    deliver(faked, fake, folder, SMALL)
    assert_delivered(fake, folder, SMALL)


@pytest.mark.parametrize("operation, files", [("PutObject", SMALL), ("UploadPart", LARGE)], ids=["object", "part"])
def test_success_without_an_etag_is_none(faked, fake, folder, operation, files):
    fake.script(Rule(operation, headers={"ETag": None}))
    deliver(in_parts(faked), fake, folder, files)
    assert_single(fake, folder, files)


def test_another_checksum_in_the_answer_is_no_success_and_once_is_forgiven(faked, fake, folder):
    fake.script(Rule("PutObject", headers={"x-amz-checksum-sha256": "A" * 43 + "="}))
    deliver(faked, fake, folder, SMALL)
    assert fake.played() == [1]
    assert_single(fake, folder, SMALL)


def test_another_checksum_in_every_answer_is_waited_out_and_the_others_go_on(faked, fake, folder):
    fake.script(Rule("PutObject", key="/bad.txt", headers={"x-amz-checksum-sha256": "A" * 43 + "="}, times=None))
    waits_alone(faked, fake, folder, "another checksum")


def test_white_space_while_s3_joins_the_parts_is_waited_for(faked, fake, folder, long):
    fake.script(Rule("CompleteMultipartUpload", end="spaces", delay=300 if long else 3, blank=20 if long else 1))
    deliver(in_parts(faked), fake, folder, LARGE, timeout=400)
    assert_delivered(fake, folder, LARGE)


# -- other bytes than were hashed, lost uploads ---------------------------------------------------------------------


@pytest.mark.parametrize("code", ["BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest"])
def test_s3_received_other_bytes_once_and_the_file_is_sent_again(faked, fake, folder, code):
    fake.script(Rule("PutObject", status=400, code=code))
    deliver(faked, fake, folder, SMALL)
    assert_delivered(fake, folder, SMALL)


def test_s3_receives_other_bytes_again_and_again_and_only_that_file_waits(faked, fake, folder):
    """It is no fault of the file: nothing is parked, and it is not sent three times within seconds."""
    faked.sections["upload"] |= {"retry_cap": "15m"}
    faked.configure(faked.folders)
    fake.script(Rule("PutObject", key="/bad.txt", status=400, code="BadDigest", times=None))
    waits_alone(faked, fake, folder, "BadDigest")


def waits_alone(daemon, fake, folder, reason):
    """The file `bad` is not delivered and not parked, status and queue name it and the reason, the others are delivered;
    once the fault is fixed and somebody says so, it is too."""
    files = {b"bad.txt": b"bad", b"good.txt": b"good", b"better.txt": b"better"}
    write(folder, {path: content for path, content in files.items() if not (folder / path.decode()).exists()})
    if daemon.process is None:
        daemon.start()
    daemon.wait_for_status("DEGRADED", "bad.txt", "1 pending", "2 delivered today")
    [shown] = daemon.json("queue")
    assert shown["filename"] == "bad.txt" and shown["state"] == "pending" and reason in shown["last_error"], shown
    played = fake.played()
    daemon.holds_for(3, lambda: "parked" not in daemon.status and "BLOCKED" not in daemon.status)
    if daemon.sections["upload"]["retry_cap"] != "1s":
        assert fake.played() == played, "not sent again within seconds"
    heal(daemon, fake)
    wait_for_records(fake, folder, 3, daemon=daemon)
    assert_single(fake, folder, files)


def parked(daemon, fake, folder, reason):
    """The file `bad` is parked for a reason, the others are delivered, and a retry by hand delivers it too."""
    files = {b"bad.txt": b"bad", b"good.txt": b"good", b"better.txt": b"better"}
    write(folder, {path: content for path, content in files.items() if not (folder / path.decode()).exists()})
    if daemon.process is None:
        daemon.start()
    daemon.wait_for_status("1 parked", "2 delivered today")
    [shown] = daemon.json("queue", "--state", "parked")
    assert shown["filename"] == "bad.txt" and shown["last_error"]
    assert reason in daemon.log_tail() + shown["last_error"], shown
    heal(daemon, fake)
    wait_for_records(fake, folder, 3, daemon=daemon)
    assert_single(fake, folder, files)


@pytest.mark.parametrize("operation", ["UploadPart", "CompleteMultipartUpload"])
def test_the_upload_is_gone_and_starts_anew(faked, fake, folder, operation):
    fake.script(Rule(operation, first=2 if operation == "UploadPart" else 1, status=404, code="NoSuchUpload"))
    deliver(in_parts(faked), fake, folder, LARGE)
    assert fake.played() == [1]
    assert_delivered(fake, folder, LARGE)


@pytest.mark.parametrize("status, code", [
    (400, "InvalidPart"), (400, "InvalidPartOrder"), (400, "EntityTooSmall"), (400, "InvalidRequest"),
    (400, "MalformedXML"), (409, "ConditionalRequestConflict")])
def test_the_completion_is_refused_and_the_upload_starts_anew(faked, fake, folder, status, code):
    fake.script(Rule("CompleteMultipartUpload", status=status, code=code))
    before = fake.requests("CreateMultipartUpload")
    deliver(in_parts(faked), fake, folder, LARGE)
    assert_delivered(fake, folder, LARGE)
    assert fake.requests("CreateMultipartUpload") - before == 2


@pytest.mark.parametrize("code", ["OperationAborted", "NewConflict"])
def test_a_completion_that_is_in_conflict_for_now_is_asked_for_again_and_nothing_is_sent_anew(faked, fake, folder, code):
    fake.script(Rule("CompleteMultipartUpload", status=409, code=code, times=2))
    before = fake.requests("CreateMultipartUpload"), fake.requests("UploadPart")
    deliver(in_parts(faked), fake, folder, LARGE)
    assert (fake.requests("CreateMultipartUpload"), fake.requests("UploadPart")) == (before[0] + 1, before[1] + 3)
    assert_delivered(fake, folder, LARGE)


def test_uploads_that_s3_loses_again_and_again_are_sent_ever_more_seldom_and_never_parked(faked, fake, folder):
    faked.sections["upload"] |= {"retry_cap": "15m"}
    fake.script(Rule("CompleteMultipartUpload", status=400, code="InvalidPart", times=None))
    before = fake.requests("CreateMultipartUpload")
    write(folder, LARGE | {b"small.txt": b"small"})
    in_parts(faked).start()
    faked.wait_for_status("DEGRADED", "large.bin", "1 pending", "1 delivered today")
    [shown] = faked.json("queue")
    attempt = faked.json("queue", "show", str(shown["number"]))["attempt_log"][-1]
    assert 60 <= seconds_between(attempt["at"], shown["next_attempt_at"]) <= 121, shown
    faked.holds_for(5, lambda: fake.requests("CreateMultipartUpload") == before + 1)
    assert "parked" not in faked.status


def seconds_between(earlier, later):
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


@pytest.mark.parametrize("answer", [
    {"status": 413, "body": HTML}, {"status": 411, "body": HTML}, {"status": 412, "body": HTML},
    {"status": 414, "body": ""}, {"status": 431, "body": HTML},
    {"status": 400, "code": "InvalidArgument", "fields": {"ArgumentName": "x-amz-checksum-sha256"}},
    {"status": 400, "code": "RequestHeaderSectionTooLarge"}, {"status": 400, "code": "MalformedXML"},
    {"status": 400, "code": "InvalidArgument"}, {"status": 418, "code": "NewCode"},
    {"status": 400, "body": "<Error><Code>KeyTooLongError</Code></Error>",
     "headers": {"x-amz-request-id": None, "x-amz-id-2": None}},
    {"status": 400, "code": "EntityTooLarge"}], ids=lambda answer: f"{answer['status']} {answer.get('code', '')}")
def test_what_is_not_this_files_own_fault_parks_nothing(faked, fake, folder, answer):
    """Refused are all: BLOCKED, nothing parked, and all flows by itself once the server is corrected."""
    files = {b"%d.txt" % n: b"content %d" % n for n in range(4)}
    fake.script(Rule("PutObject", times=None, **answer))
    write(folder, files)
    faked.start()
    faked.wait_for_status("BLOCKED", "4 pending", "nothing lost")
    fake.script()
    wait_for_records(fake, folder, 4, timeout=90, daemon=faked)
    assert_single(fake, folder, files)
    assert not faked.json("queue", "--state", "parked")


@pytest.mark.parametrize("answer", [
    {"status": 403, "code": "AccessDenied"}, {"status": 413, "body": HTML}, {"status": 418, "code": "NewCode"},
    {"status": 400, "code": "InvalidArgument"}], ids=lambda answer: str(answer["status"]))
def test_one_key_that_is_refused_stands_alone(faked, fake, folder, answer):
    """Others pass between its refusals: they are not held up, before it and after it, and only it waits."""
    fake.script(Rule("PutObject", key="/bad.txt", times=None, **answer))
    write(folder, {b"bad.txt": b"bad"})
    faked.start()
    faked.wait_for(lambda: fake.played() != [0], 30, "a refusal")
    waits_alone(faked, fake, folder, "")


def test_a_key_that_s3_calls_invalid_is_parked_once_others_pass(faked, fake, folder):
    fake.script(Rule("PutObject", key="/bad.txt", status=400, code="InvalidURI", times=None))
    write(folder, {b"bad.txt": b"bad"})
    faked.start()
    faked.wait_for_status("DEGRADED", "bad.txt", "1 pending")
    faked.holds_for(3, lambda: "parked" not in faked.status)
    parked(faked, fake, folder, "InvalidURI")


def test_when_s3_calls_every_key_invalid_nothing_is_parked(faked, fake, folder):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(3)}
    fake.script(Rule("PutObject", status=400, code="InvalidURI", times=None))
    write(folder, files)
    faked.start()
    faked.wait_for(lambda: fake.played() and fake.played()[0] >= 12, 60, "many refusals")
    assert not faked.json("queue", "--state", "parked")
    fake.script()
    deliver(faked, fake, folder, files)


# -- success that proves nothing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation, files", [("PutObject", SMALL), ("UploadPart", LARGE)], ids=["object", "part"])
def test_a_server_that_stores_nothing_and_says_200_is_not_believed(faked, fake, folder, operation, files):
    """No body, some ETag, no checksum: taken 8 times of 8 before, while nothing was stored."""
    folder_keys = {"path": str(folder), "after_upload": "delete", "delete_after": "0s"}
    faked.configure({folder.name: folder_keys})
    fake.script(Rule(operation, status=200, body="", commit=False, times=None,
                     headers={"ETag": '"0123456789abcdef0123456789abcdef"', "x-amz-checksum-sha256": None}))
    [name] = files
    write(folder, files)
    in_parts(faked).start()
    faked.wait_for_status("BLOCKED", "does not prove what it stored", "1 pending")
    assert fake.records(folder.name) == [] and (folder / name.decode()).exists()
    assert faked.command("is-safe", str(folder / name.decode())).returncode != 0
    heal(faked, fake)
    wait_for_records(fake, folder, 1, timeout=90, daemon=faked)


def test_a_server_that_repeated_the_checksum_once_has_to_do_so_always(faked, fake, folder):
    """What answers with the right MD5 and no checksum is another server by then."""
    deliver(faked, fake, folder, SMALL)
    fake.script(Rule("PutObject", headers={"x-amz-checksum-sha256": None}, times=None))
    write(folder, {b"b.txt": b"content of b"})
    faked.wait_for_status("1 pending", "no checksum of what was stored")
    assert faked.json("queue")[0]["source_path"] == "b.txt"
    heal(faked, fake)
    deliver(faked, fake, folder, SMALL | {b"b.txt": b"content of b"})


def test_a_weak_etag_is_taken_as_its_value(faked, fake, folder):
    fake.script(Rule("PutObject", headers={"ETag": 'W/"9a0364b9e99bb480dd25e1f0284c8555"'}))
    deliver(faked, fake, folder, {b"a.txt": b"content"})
    [record] = fake.records(folder.name)
    assert record["etag"] == "9a0364b9e99bb480dd25e1f0284c8555"


def test_the_ids_of_a_failed_request_are_in_log_and_queue(faked, fake, folder):
    fake.script(Rule("PutObject", status=403, code="AccessDenied", times=None,
                     headers={"x-amz-request-id": "4442587FB7D0A2F9", "x-amz-id-2": "vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQ="}))
    write(folder, SMALL)
    faked.start()
    faked.wait_for_status("BLOCKED")
    [waiting] = faked.json("queue")
    attempt = faked.json("queue", "show", str(waiting["number"]))["attempt_log"][0]
    assert (attempt["request_id"], attempt["host_id"]) == ("4442587FB7D0A2F9", "vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQ=")
    shown = faked.command("queue", "show", str(waiting["number"])).stdout
    assert "4442587FB7D0A2F9" in shown and "vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQ=" in shown
    log = faked.log_tail()
    assert "request_id=4442587FB7D0A2F9" in log and 'host_id="vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQ="' in log


def test_with_write_once_an_object_whose_record_agrees_is_this_files_own(binary, faked, fake, folder, tmp_path):
    """Another host, or this one before its journal was lost, delivered the very same file: nothing is parked."""
    write_once(faked)
    deliver(faked, fake, folder, SMALL)
    faked.stop()
    shutil.rmtree(tmp_path / "daemon/state")
    os.utime(folder / "a.txt", ns=(os.stat(folder / "a.txt").st_atime_ns, os.stat(folder / "a.txt").st_mtime_ns))
    faked.start()
    faked.wait_for(lambda: faked.json("history"), 30, "the delivery")
    assert not faked.json("queue")
    assert len(fake.records(folder.name)) == 1 and len(fake.versions(folder.name + "/")) == 1


def test_another_object_under_our_key_is_not_touched_and_the_file_goes_under_an_id_of_its_own(faked, fake, folder):
    """No record says whose it is: it is neither replaced nor taken for ours."""
    fake.script(Rule("PutObject", key="/bad.txt", status=412, code="PreconditionFailed"))
    files = {b"bad.txt": b"bad", b"good.txt": b"good"}
    deliver(write_once(faked), fake, folder, files)
    assert fake.played() == [1]
    assert_single_with_write_once(fake, folder, files)


# -- faults of the account: held, said in one line, and mended ---------------------------------------------------------


@pytest.mark.parametrize("status, code, words, fields", [
    (404, "NoSuchBucket", ["no bucket s3logger-files"], {}),
    (301, "PermanentRedirect", ["region eu-west-1"], {"Region": "eu-west-1"}),
    (307, "TemporaryRedirect", ["region"], {"Endpoint": "evil.example"}),
    (400, "AuthorizationHeaderMalformed", ["region eu-west-1"], {"Region": "eu-west-1"}),
    (400, "KMS.DisabledException", ["KMS.DisabledException"], {}),
    (403, "InvalidAccessKeyId", ["access key"], {}),
    (403, "SignatureDoesNotMatch", ["signature"], {}),
    (403, "AllAccessDisabled", ["AllAccessDisabled"], {}),
    (403, "AccountProblem", ["AccountProblem"], {}),
    (403, "NotSignedUp", ["NotSignedUp"], {}),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_fault_of_the_account_blocks_s3_with_one_line_and_loses_nothing(
        faked, fake, folder, status, code, words, fields):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(5)}
    headers = {"Location": "http://127.0.0.1:9/evil"} if status in (301, 307) else {}
    fake.script(Rule("PutObject", status=status, code=code, fields=fields, headers=headers, times=None,
                     together=len(files)))
    write(folder, files)
    faked.start()
    faked.wait_for_status("BLOCKED", *words, "5 pending", "nothing lost")
    assert fake.asked_within(1) == [], "all that were under way had arrived, and the first probe comes after a minute"
    heal(faked, fake)
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


def test_a_refused_right_blocks_s3_with_one_line_and_few_requests(faked, fake, folder):
    """It may be of one key alone: a second delivery is asked before all wait, and others are the probes."""
    files = {b"%d.txt" % n: b"content %d" % n for n in range(5)}
    fake.script(Rule("PutObject", status=403, code="AccessDenied", times=None, together=len(files)))
    write(folder, files)
    faked.start()
    faked.wait_for_status("BLOCKED", "s3:PutObject", "5 pending", "nothing lost")
    assert len(fake.asked_within(5)) <= 4, "probes at growing distances"
    heal(faked, fake)
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


def test_a_bucket_of_another_owner_is_refused(faked, fake, folder):
    faked.sections["aws"] = {"expected_bucket_owner": "999999999999"}
    faked.configure(faked.folders)
    write(folder, SMALL)
    faked.start()
    faked.wait_for_status("BLOCKED", "s3:PutObject")
    assert fake.versions(folder.name) == []
    faked.sections["aws"] = {"expected_bucket_owner": fake.settings["account"]}
    faked.configure(faked.folders)
    faked.reload()
    deliver(faked, fake, folder, SMALL)


def test_without_the_right_to_abort_an_upload_everything_is_delivered(faked, fake, folder):
    fake.script(Rule("UploadPart", first=2, status=404, code="NoSuchUpload"))
    deliver(in_parts(faked), fake, folder, LARGE)
    assert_delivered(fake, folder, LARGE)


# -- 100 Continue ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["no 100", "417"])
def test_large_bodies_go_without_a_100_continue(faked, fake, folder, way):
    fake.set(**{"continue": False})
    if way == "417":
        fake.script(Rule("UploadPart", read=0, status=417, code="ExpectationFailed", times=2))
    deliver(in_parts(faked), fake, folder, LARGE)
    assert_delivered(fake, folder, LARGE)
