"""DynamoDB fails in every way it can, and every file gets one record all the same."""

import json

import pytest

from delivering import CONCURRENCY, assert_single, deliver, heal
from expectations import assert_delivered, wait_for_records
from fake_aws.handle import Rule
from test_delivery import write

SMALL = {b"a.txt": b"content of a"}


@pytest.mark.parametrize("end", ["close", "reset", "half"])
def test_the_answer_to_putitem_is_lost_and_there_is_one_record(faked, fake, folder, end):
    fake.script(Rule("PutItem", commit=True, end=end))
    deliver(faked, fake, folder, SMALL)
    assert fake.played() == [1]
    assert_delivered(fake, folder, SMALL)
    assert not fake.overwritten_records(folder.name)


@pytest.mark.parametrize("status, code", [
    (400, "ProvisionedThroughputExceededException"), (400, "ThrottlingException"), (400, "RequestLimitExceeded"),
    (500, "InternalServerError"), (503, "ServiceUnavailable"), (400, "ReplicatedWriteConflictException"),
    (400, "TransactionConflictException")])
def test_a_passing_failure_of_putitem_is_tried_again(faked, fake, folder, status, code):
    fake.script(Rule("PutItem", status=status, code=code, times=3))
    deliver(faked, fake, folder, SMALL)
    assert fake.played() == [3]
    assert_delivered(fake, folder, SMALL)


def test_an_answer_that_was_damaged_on_the_way_is_no_success(faked, fake, folder):
    fake.script(Rule("PutItem", headers={"x-amz-crc32": "1"}))
    before = fake.requests("PutItem")
    faked.start_scanned()
    deliver(faked, fake, folder, SMALL)
    assert fake.requests("PutItem") - before == 2
    assert_delivered(fake, folder, SMALL)


def test_throttled_for_long_the_uploads_go_on_and_the_records_follow(faked, fake, folder):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(60)}
    fake.script(Rule("PutItem", status=400, code="ProvisionedThroughputExceededException", times=None,
                     together=CONCURRENCY))
    faked.start_scanned()
    write(folder, files)
    faked.wait_for(lambda: len(fake.versions(folder.name)) == 60, 30, "60 objects")
    faked.wait_for_status("WAITING", "60 pending", "nothing lost")
    assert len(fake.asked_within(3)) <= 8
    heal(faked, fake)
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


def test_away_over_a_restart_the_queue_is_kept_and_no_object_is_sent_twice(faked, fake, folder):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(40)}
    fake.script(Rule("PutItem", status=500, code="InternalServerError", times=None))
    faked.start_scanned()
    write(folder, files)
    faked.wait_for(lambda: len(fake.versions(folder.name)) == 40, 30, "40 objects")
    assert faked.stop() == 0
    assert {d["state"] for d in faked.json("queue")} == {"uploaded"}
    fake.script()
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


@pytest.mark.parametrize("status, code, words", [
    (400, "ResourceNotFoundException", ["no table s3logger-metadata"]),
    (400, "AccessDeniedException", ["dynamodb:PutItem"]),
    (400, "UnrecognizedClientException", ["access key"]),
    (400, "ValidationException", ["ValidationException"]),
])
def test_a_fault_of_the_account_blocks_dynamodb_with_one_line_and_loses_nothing(
        faked, fake, folder, status, code, words):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(5)}
    fake.script(Rule("PutItem", status=status, code=code, message="One or more parameter values were invalid", times=None))
    write(folder, files)
    faked.start()
    faked.wait_for_status("BLOCKED", *words, "5 pending", "nothing lost")
    assert faked.json("status")["services"]["dynamodb"]["state"] == "blocked"
    assert faked.json("status")["services"]["s3"]["state"] == "ok"
    heal(faked, fake)
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


def test_an_item_that_is_too_large_parks_its_file_alone(faked, fake, folder):
    files = {b"bad.txt": b"bad", b"good.txt": b"good"}
    fake.script(Rule("PutItem", key="/bad.txt", status=400, code="ValidationException",
                     message="Item size has exceeded the maximum allowed size", times=None))
    write(folder, files)
    faked.start()
    faked.wait_for_status("1 parked", "1 delivered today")
    heal(faked, fake)
    wait_for_records(fake, folder, 2, daemon=faked)
    assert_single(fake, folder, files)


def test_another_record_under_our_key_parks_the_file_and_is_not_touched(faked, fake, folder):
    """The condition fails, and the record that DynamoDB shows tells of other bytes."""
    fake.script(Rule("PutItem", status=500, code="InternalServerError", times=None))
    faked.start_scanned()
    write(folder, SMALL)
    waiting = faked.wait_for(lambda: faked.json("queue", "--state", "uploaded"), 30, "an object without its record")[0]
    other = {"object_key": {"S": waiting["object_key"]}, "delivery_id": {"S": waiting["delivery_id"]},
             "sha256": {"S": "00" * 32}, "size": {"N": "1"}}
    fake.script(Rule("PutItem", status=400, body=refused_condition(Item=other), times=None))
    [shown] = faked.wait_for(lambda: faked.json("queue", "--state", "parked"), 30, "a parked file")
    assert fake.records(folder.name) == []
    assert "another record" in shown["last_error"]


def refused_condition(**more):
    return json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                       "message": "The conditional request failed"} | more)


@pytest.mark.parametrize("after_upload", ["keep", "delete"])
@pytest.mark.parametrize("body", [
    refused_condition(), refused_condition(Item={}),
    refused_condition(Item={"object_key": {"S": "x"}, "delivery_id": {"S": "y"}, "sha256": {"S": "00"}})],
    ids=["nothing shown", "an empty item", "the item of another key"])
def test_a_failed_condition_that_does_not_show_our_record_is_none(faked, fake, folder, body, after_upload):
    """Nothing is recorded: the file is neither safe nor parked, it stays where it is, and others are delivered."""
    faked.configure({folder.name: {"path": str(folder), "after_upload": after_upload, **deletion(after_upload)}})
    fake.script(Rule("PutItem", key="/a.txt", status=400, body=body, times=None))
    write(folder, SMALL)
    faked.start()
    faked.wait_for(lambda: fake.played() != [0], 30, "the answer")
    write(folder, {b"other.txt": b"other"})
    faked.wait_for(lambda: [r["filename"] for r in fake.records(folder.name)] == ["other.txt"], 60, "the other record")
    faked.wait_for_status("a.txt")
    assert faked.command("is-safe", str(folder / "a.txt")).returncode != 0
    assert "parked" not in faked.status and (folder / "a.txt").exists()
    heal(faked, fake)
    wait_for_records(fake, folder, 2, daemon=faked)
    assert_single(fake, folder, SMALL | {b"other.txt": b"other"})


def deletion(after_upload):
    return {"delete_after": "0s"} if after_upload == "delete" else {}


@pytest.mark.parametrize("headers", [{}, {"x-amzn-RequestId": None}], ids=["with a request id", "without"])
@pytest.mark.parametrize("body", [
    '{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"m"}', '{"status":"login required"}',
    '{"Attributes":{},"redirect":"https://portal.example"}', "null", "[]", '"ok"', "<html>login</html>", "{}"])
def test_a_200_that_is_not_putitems_is_no_record(faked, fake, folder, body, headers):
    """An error that came with 200, a portal, a proxy: no record is there, and the file is not deleted."""
    if body == "{}" and not headers:
        pytest.skip("that is what DynamoDB answers")
    faked.configure({folder.name: {"path": str(folder), "after_upload": "delete", "delete_after": "0s"}})
    fake.script(Rule("PutItem", status=200, body=body, headers=headers, times=None))
    write(folder, SMALL)
    faked.start()
    faked.wait_for(lambda: fake.played() and fake.played()[0] >= 5, 60, "five answers")
    faked.wait_for_status("WAITING", "cannot be trusted", "1 pending")
    assert faked.command("is-safe", str(folder / "a.txt")).returncode != 0
    assert fake.records(folder.name) == [] and (folder / "a.txt").exists()
    fake.script()
    wait_for_records(fake, folder, 1, timeout=90, daemon=faked)
    faked.wait_for(lambda: not (folder / "a.txt").exists(), 30, "the deletion that was asked for")
