"""What is wrong with one file of each of many folders stays there: everything else is delivered at full speed."""

import time

import pytest

from fake_aws.handle import Rule
from test_delivery import write

FAULTS = {
    "S3 refuses the key": Rule("PutObject", key="bad", times=None, status=403, code="AccessDenied"),
    "S3's connection is reset": Rule("PutObject", key="bad", times=None, end="reset"),
    "S3 asks for fewer requests": Rule("PutObject", key="bad", times=None, status=503, code="SlowDown"),
    "S3 fails": Rule("PutObject", key="bad", times=None, status=500, code="InternalError"),
    "S3 does not answer": Rule("PutObject", key="bad", times=None, end="hang", delay=20),
    "DynamoDB refuses the item": Rule("PutItem", key="bad", times=None, status=400, code="AccessDeniedException"),
    "DynamoDB's connection is reset": Rule("PutItem", key="bad", times=None, end="reset"),
    "DynamoDB fails": Rule("PutItem", key="bad", times=None, status=503, code="ServiceUnavailable"),
    "DynamoDB throttles": Rule("PutItem", key="bad", times=None, status=400, code="ThrottlingException"),
}


@pytest.fixture
def many(faked, tmp_path):
    """Ten folders that will each have a victim, and one that will have none."""
    folders = {name: tmp_path / "many" / name for name in [f"{tmp_path.name}-{n}" for n in range(11)]}
    for path in folders.values():
        path.mkdir(parents=True)
    faked.configure(folders)
    return list(folders.values())


def goods(fake, folders):
    return [r["source_path"] for path in folders for r in fake.records(path.name) if r["source_path"] != "bad.txt"]


@pytest.mark.parametrize("fault", FAULTS)
def test_one_file_of_each_of_ten_folders_holds_up_no_other(faked, fake, many, fault):
    *victims, bystander = many
    fake.script(FAULTS[fault])
    faked.start()
    for path in victims:
        write(path, {b"bad.txt": b"bad"})
    faked.wait_for(lambda: fake.played()[0] >= 10, 30, "a failure of each")
    # Where failures end in a pause, it has begun.
    faked.holds_for(3, lambda: not goods(fake, many))
    began = time.monotonic()
    for path in victims:
        write(path, {b"%d.txt" % n: b"%d" % n for n in range(5)})
    write(bystander, {b"%d.txt" % n: b"%d" % n for n in range(20)})
    faked.wait_for(lambda: len(goods(fake, many)) == 70, 10, "all others")
    print(f"{fault}: {time.monotonic() - began:.1f} s")
    # Still so a while later, with more, when the victims have been tried again.
    faked.holds_for(2, lambda: True)
    write(bystander, {b"later-%d.txt" % n: b"%d" % n for n in range(20)})
    faked.wait_for(lambda: len(goods(fake, many)) == 90, 5, "those of later")
    if FAULTS[fault].end == "hang":
        return
    # Whatever fails, nothing is lost.
    fake.script()
    faked.command("queue", "retry", "--all")
    faked.wait_for(lambda: not faked.json("queue"), 60, "an empty queue")
    assert len(goods(fake, many)) == 90


def test_a_bucket_that_refuses_everything_is_asked_little(faked, fake, many):
    """Of 11 folders with 20 files each: three of each at once, and then one probe at a time."""
    fake.script(Rule("PutObject", times=None, status=403, code="AccessDenied"))
    for path in many:
        write(path, {b"%d.txt" % n: b"%d" % n for n in range(20)})
    faked.start()
    faked.wait_for_status("BLOCKED", "220 pending")
    faked.holds_for(10, lambda: True)
    assert fake.played()[0] <= 16 + 3 * len(many) + 10
    fake.script()
    faked.command("queue", "retry", "--all")
    faked.wait_for(lambda: len(goods(fake, many)) == 220, 60, "all records")
