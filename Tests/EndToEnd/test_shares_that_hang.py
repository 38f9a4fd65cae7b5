"""A share whose server answers no more: what is in it waits, and nothing else does."""

import os
import time

import pytest

import mounts
from daemon import wait_until
from delivering import assert_single
from expectations import wait_for_records
from test_delivery import write

pytestmark = pytest.mark.skipif(mounts.fuse_missing() is not None, reason=str(mounts.fuse_missing()))


def forget(descriptor):
    """Takes a file out of the page cache, so that the next read of it asks the share."""
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


@pytest.mark.parametrize("threshold", ["5MiB", "1GiB"], ids=["in parts", "in one request"])
def test_a_share_that_hangs_while_a_file_of_it_is_sent_holds_up_that_file_alone(faked, fake, folder, tmp_path, threshold):
    local = tmp_path / f"{folder.name}-local"
    local.mkdir()
    faked.sections["upload"] |= {"bandwidth_limit": "10MB/s", "part_size": "5MiB", "multipart_threshold": threshold}
    large = {b"large.bin": os.urandom(40 << 20)}
    small = {b"local-%d.txt" % number: os.urandom(20_000) for number in range(20)}
    with mounts.served(tmp_path / "behind", folder) as share:
        write(tmp_path / "behind", large)
        # No look at the share falls into the time in which it hangs.
        faked.configure({folder.name: {"path": str(folder), "watch": "poll", "poll_interval": "1h"}, local.name: {"path": str(local)}})
        held = os.open(folder / "large.bin", os.O_RDONLY)
        faked.start(WATCHDOG_USEC="2000000")
        faked.wait_for(lambda: any(shown["attempts"] for shown in faked.json("queue")), 60, "it is being sent")
        time.sleep(1)
        share.hang()
        forget(held)
        # What was read ahead is on its way.
        time.sleep(1)
        began, fed = time.monotonic(), len(faked.notify.values("WATCHDOG"))
        write(local, small)
        wait_for_records(fake, local, len(small), timeout=10, daemon=faked)
        took = time.monotonic() - began
        assert took < 8, took
        wait_until(lambda: len(faked.notify.values("WATCHDOG")) >= fed + 3, 10, "a fed watchdog")
        assert fake.count_records(folder.name) == 0
        faked.wait_for(lambda: "its disk or share has not answered" in str(faked.json("queue")), 40, "the word for it")
        share.go_on()
        wait_for_records(fake, folder, 1, timeout=90, daemon=faked)
        os.close(held)
        assert_single(fake, folder, large)
        assert_single(fake, local, small)
        assert faked.stop() == 0
