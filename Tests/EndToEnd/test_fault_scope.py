"""A fault reaches as far as it is proved to reach: to a file, a directory, a folder, or the whole service."""

import time

import pytest

from fake_aws.handle import Rule
from test_delivery import write

#: Whatever these do to everything of one folder.
FAULTS = {
    "S3 refuses its prefix": dict(operation="PutObject", status=403, code="AccessDenied"),
    "a proxy resets its uploads": dict(operation="PutObject", end="reset"),
    "a proxy swallows its uploads": dict(operation="PutObject", end="hang", delay=60),
    "S3 asks for fewer requests below its prefix": dict(operation="PutObject", status=503, code="SlowDown"),
    "S3 fails below its prefix": dict(operation="PutObject", status=500, code="InternalError"),
    "a portal answers for it": dict(operation="PutObject", status=403, body="<html>Access to this site is blocked</html>",
                                    headers={"Content-Type": "text/html"}),
    "DynamoDB refuses its items": dict(operation="PutItem", status=400, code="AccessDeniedException"),
    "DynamoDB throttles its partition": dict(operation="PutItem", status=400, code="ThrottlingException"),
}


@pytest.fixture
def two(faked, tmp_path):
    """`archive`, of which nothing gets through, and `inbox`."""
    archive, inbox = (tmp_path / "two" / f"{tmp_path.name}-{name}" for name in ("archive", "inbox"))
    for path in (archive, inbox):
        path.mkdir(parents=True)
    faked.configure({archive.name: archive, inbox.name: inbox})
    return archive, inbox


def delivered(fake, folder):
    return fake.count_records(folder.name)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_folder_of_which_nothing_gets_through_holds_up_no_other_and_is_named(faked, fake, two, fault):
    archive, inbox = two
    fake.script(Rule(key=archive.name, times=None, **FAULTS[fault]))
    # What the very first scan finds would be asked for in the table before.
    faked.start_scanned()
    write(archive, {b"%d.txt" % n: b"%d" % n for n in range(300)})
    faked.wait_for(lambda: fake.played()[0] >= 3, 30, "failures")
    for some in range(5):
        began = time.monotonic()
        write(inbox, {b"%d-%d.txt" % (some, n): b"%d" % n for n in range(20)})
        faked.wait_for(lambda: delivered(fake, inbox) == 20 * (some + 1), 10, "the files of the other folder")
        took = time.monotonic() - began
        assert took < 3, f"{took:.1f} s"
    if FAULTS[fault].get("end") == "hang":
        # That it is a fault shows only once our patience is over; what hangs leaves the others alone all the same.
        return
    # Of DynamoDB's, S3 has taken the objects: the records alone wait.
    word = "BLOCKED" if "refuse" in fault or "portal" in fault else "WAITING"
    line = faked.wait_for_status(word, f"folder {archive.name}")
    assert "300 files that wait there" in line and "the others flow" in line
    service = "dynamodb" if "DynamoDB" in fault else "s3"
    shown = faked.json("status")["services"][service]
    assert [each["folder"] for each in shown["closed_folders"]] == [archive.name]
    log = faked.log_tail(100_000)
    assert log.count(f"folder {archive.name} is blocked at") == 1, log
    # Three deliveries are the evidence; each may be sent a few times within its attempt, and then there are probes.
    faked.holds_for(3, lambda: True)
    assert fake.played()[0] <= 3 * 4 + 16, "what is closed is probed, not flooded"
    fake.script()
    faked.wait_for(lambda: delivered(fake, archive) == 300, 60, "all of it, once the fault is over")
    faked.wait_for_status("OK")
    assert f"takes the files of folder {archive.name} again" in faked.log_tail(100_000)


@pytest.mark.parametrize("fault", ["S3 refuses its prefix", "a proxy resets its uploads", "DynamoDB refuses its items"])
def test_what_is_wrong_with_one_directory_leaves_its_neighbours_alone(faked, fake, folder, fault):
    fake.script(Rule(key=f"{folder.name}/rossi", times=None, **FAULTS[fault]))
    write(folder, {b"rossi/%d.txt" % n: b"%d" % n for n in range(100)})
    faked.start()
    faked.wait_for(lambda: fake.played()[0] >= 3, 30, "failures")
    for some in range(3):
        write(folder, {b"bianchi/%d-%d.txt" % (some, n): b"%d" % n for n in range(20)})
        faked.wait_for(lambda: delivered(fake, folder) == 20 * (some + 1), 15, "the files of the other directory")
    assert not [r for r in fake.records(folder.name) if "rossi" in r["source_path"]]
    fake.script()
    faked.command("queue", "retry", "--all")
    faked.wait_for(lambda: delivered(fake, folder) == 160, 60, "all")


def test_five_refused_files_among_2000_of_a_folder_hold_up_none(faked, fake, folder):
    fake.script(Rule("PutObject", key="bad", times=None, status=403, code="AccessDenied"))
    write(folder, {(b"bad-%d.txt" if n % 400 == 7 else b"%d.txt") % n: b"%d" % n for n in range(2000)})
    faked.start()
    faked.wait_for(lambda: delivered(fake, folder) == 1995, 60, "all others")
    # And those that come later.
    write(folder, {b"later-%d.txt" % n: b"%d" % n for n in range(50)})
    faked.wait_for(lambda: delivered(fake, folder) == 2045, 10, "all others of later")
    faked.wait_for(lambda: "5 pending" in faked.status and "OK" not in faked.status.split(":")[0], 20, "the five named")


def test_the_only_file_that_waits_is_named_as_the_only_one(faked, fake, two):
    archive, _ = two
    fake.script(Rule("PutObject", key="bad", times=None, status=403, code="AccessDenied"))
    faked.start_scanned()
    write(archive, {b"bad.txt": b"bad"})
    line = faked.wait_for_status("BLOCKED", f"folder {archive.name}", timeout=10)
    assert "the one file that waits there" in line
    # A new one is tried at once, and proves that it was the file.
    write(archive, {b"good.txt": b"good"})
    faked.wait_for(lambda: delivered(fake, archive) == 1, 5, "the good one")
    faked.wait_for_status("DEGRADED", "bad.txt")
    # From then on it troubles nobody, nor the log, however often it is tried again.
    write(archive, {b"%d.txt" % n: b"%d" % n for n in range(20)})
    faked.wait_for(lambda: delivered(fake, archive) == 21, 5, "more")
    assert faked.log_tail(100_000).count("is blocked at") == 1


def test_where_nothing_is_reached_one_request_proves_it_and_all_folders_say_so(faked, fake, two, tmp_path):
    archive, inbox = two
    write(archive, {b"a.txt": b"a"})
    faked.start()
    faked.wait_for(lambda: delivered(fake, archive) == 1, 30, "one file")
    fake.script(Rule("PutObject", times=None, status=503, code="ServiceUnavailable"))
    for path in two:
        write(path, {b"x%d.txt" % n: b"%d" % n for n in range(30)})
    line = faked.wait_for_status("WAITING", "60 pending", timeout=30)
    assert "folder" not in line.split(";")[0], line
    fake.script()
    faked.wait_for(lambda: delivered(fake, archive) + delivered(fake, inbox) == 61, 70, "all")
    faked.wait_for_status("OK")


def test_of_forty_directories_of_which_most_are_refused_the_others_flow(faked, fake, folder):
    """28 of them, whatever their order; more come later, into old directories and into new ones."""
    bad = [n for n in range(40) if n % 10 < 7]
    fake.script(Rule("PutObject", key=r"/bad\d+/", times=None, status=403, code="AccessDenied"))
    name = [b"bad%d" % n if n in bad else b"good%d" % n for n in range(40)]
    write(folder, {b"%s/%d.txt" % (each, n): b"%d" % n for each in name for n in range(5)})
    faked.start()
    faked.wait_for(lambda: delivered(fake, folder) == 60, 30, "all that is not refused")
    for some in range(3):
        began = time.monotonic()
        write(folder, {b"new%d/%d.txt" % (some, n): b"%d" % n for n in range(5)})
        faked.wait_for(lambda: delivered(fake, folder) == 60 + 5 * (some + 1), 10, "those of a new directory")
        print(f"a new directory among refused ones: {time.monotonic() - began:.1f} s")
        time.sleep(4)
    fake.script()
    faked.command("queue", "retry", "--all")
    faked.wait_for(lambda: delivered(fake, folder) == 215, 60, "all")


def test_a_folder_that_delivered_before_costs_few_refused_requests(faked, fake, two):
    archive, inbox = two
    write(archive, {b"before.txt": b"before"})
    faked.start()
    faked.wait_for(lambda: delivered(fake, archive) == 1, 20, "one that passes")
    fake.script(Rule("PutObject", key=archive.name, times=None, status=403, code="AccessDenied"))
    write(archive, {b"%d/%d.txt" % (n % 3, n): b"%d" % n for n in range(300)})
    faked.wait_for_status("BLOCKED", f"folder {archive.name}")
    faked.holds_for(4, lambda: True)
    assert fake.played()[0] <= 16 + 8 + 10
    assert faked.log_tail(100_000).count("is blocked at") >= 1
