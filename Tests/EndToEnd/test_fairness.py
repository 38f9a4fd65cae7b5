"""No folder, and no file, waits for what others have in progress."""

import os
import threading
import time

import pytest

from fake_aws.handle import Rule
from test_delivery import write


def three(faked, tmp_path, **keys):
    folders = [tmp_path / "three" / f"{tmp_path.name}-{name}" for name in ("a", "b", "urgent")]
    for path in folders:
        path.mkdir(parents=True)
    faked.configure({path.name: {"path": str(path)} | keys for path in folders})
    return folders


def test_one_small_urgent_file_does_not_wait_for_two_folders_full_of_others(faked, fake, tmp_path):
    """1,200 files of 64 KiB over a line of 300 KB/s are four minutes' work."""
    faked.sections["upload"] |= {"bandwidth_limit": "300KB/s"}
    first, second, urgent = three(faked, tmp_path)
    for path in (first, second):
        write(path, {b"%d.bin" % n: os.urandom(64 << 10) for n in range(600)})
    faked.start()
    faked.wait_for(lambda: fake.count_records(first.name) + fake.count_records(second.name) > 20, 60, "some of them")
    for number in range(3):
        before = fake.count_records(first.name) + fake.count_records(second.name)
        began = time.monotonic()
        write(urgent, {b"%d.txt" % number: b"now"})
        faked.wait_for(lambda: fake.count_records(urgent.name) == number + 1, 20, "the urgent file")
        took = time.monotonic() - began
        others = fake.count_records(first.name) + fake.count_records(second.name) - before
        print(f"an urgent file: {took:.1f} s, {others} others before it")
        assert took < 5 and others <= 20


def test_a_huge_file_that_is_read_keeps_none_of_another_folder_from_beginning(faked, fake, tmp_path):
    """16 GiB take a minute or more to be hashed; 70 MiB in another folder, and in the same, begin meanwhile."""
    first, second, _ = three(faked, tmp_path)
    faked.start()
    with open(first / "huge.bin", "wb") as file:
        file.truncate(16 << 30)
    faked.wait_for_status("1 pending")
    time.sleep(2)
    for folder in (second, first):
        began = time.monotonic()
        with open(folder / "large.bin", "wb") as file:
            for _ in range(70):
                file.write(os.urandom(1 << 20))
        faked.wait_for(
            lambda: any(each[1] == "UploadPart" and f"{folder.name}/large" in each[2] for each in fake.trace(began)), 20,
            "the first part")
        print(f"70 MiB: the first part after {time.monotonic() - began:.1f} s")
    assert not fake.count_records(first.name + "/huge")
    faked.kill()


@pytest.mark.parametrize("concurrency", [2, 16, 128])
@pytest.mark.parametrize("operation", ["PutObject", "PutItem"])
@pytest.mark.parametrize("count", [1, 2])
def test_folders_whose_requests_get_no_answer_do_not_use_up_what_all_share(
        faked, fake, tmp_path, concurrency, operation, count):
    faked.sections["upload"] |= {"concurrency": concurrency}
    *folders, other = three(faked, tmp_path)
    for hanging in folders:
        write(hanging, {b"warm.txt": b"warm"})
    faked.start()
    for hanging in folders:
        faked.wait_for(lambda hanging=hanging: fake.count_records(hanging.name) == 1, 20, "one that passes")
    keys = "|".join(hanging.name for hanging in folders[:count])
    fake.script(Rule(operation, key=keys, times=None, end="hang", delay=90))
    for hanging in folders[:count]:
        write(hanging, {b"%d.txt" % n: b"%d" % n for n in range(300)})
    faked.wait_for(lambda: fake.played()[0] >= min(2, concurrency), 20, "some under way")
    time.sleep(7)
    began = time.monotonic()
    write(other, {b"%d.txt" % n: b"%d" % n for n in range(200)})
    faked.wait_for(lambda: fake.count_records(other.name) == 200, 10, "those of the other folder")
    print(f"200 files beside {count} folders that hang, {concurrency} at once: {time.monotonic() - began:.1f} s")
    faked.kill()


def test_a_folder_whose_requests_get_no_answer_is_named_before_they_are_given_up(faked, fake, tmp_path, long):
    if not long:
        pytest.skip("it takes more than a minute: --long")
    hanging, other, _ = three(faked, tmp_path)
    fake.script(Rule("PutObject", key=hanging.name, times=None, end="hang", delay=300))
    faked.start_scanned()
    write(hanging, {b"%d.txt" % n: b"%d" % n for n in range(100)})
    write(other, {b"%d.txt" % n: b"%d" % n for n in range(100)})
    faked.wait_for(lambda: fake.count_records(other.name) == 100, 10, "those of the other folder")
    line = faked.wait_for_status("DEGRADED", f"S3 answers no request of folder {hanging.name} since", timeout=100)
    assert "the others flow" in line
    fake.script()
    faked.kill()
