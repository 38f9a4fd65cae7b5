"""A file whose digest is known is not read again to know it: not for a retry, nor after a restart, nor in an outage."""

import time

import pytest

from fake_aws.handle import Rule

SIZE = 256 << 20


def save(folder, name="large.bin", size=SIZE):
    with open(folder / name, "wb") as file:
        for number in range(size >> 20):
            file.write(number.to_bytes(4, "big") * (1 << 18))


def bytes_read(daemon):
    """What the process has read so far, from files, sockets and pipes."""
    with open(f"/proc/{daemon.process.pid}/io") as counters:
        return int(next(line for line in counters if line.startswith("rchar")).split()[1])


def cpu(daemon):
    with open(f"/proc/{daemon.process.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


@pytest.mark.parametrize("size", [SIZE, 32 << 20], ids=["in parts", "whole"])
def test_a_large_file_is_read_once_in_an_outage_and_after_a_restart(faked, fake, folder, size, long):
    fake.script(Rule("PutObject|CreateMultipartUpload", times=None, status=503, code="ServiceUnavailable"))
    faked.start()
    save(folder, size=size)
    faked.wait_for_status("WAITING", "1 pending")
    faked.wait_for(lambda: bytes_read(faked) > size, 30, "the one reading")
    began, before = time.monotonic(), cpu(faked)
    faked.holds_for(600 if long else 30, lambda: "WAITING" in faked.status)
    share = (cpu(faked) - before) / (time.monotonic() - began)
    read = bytes_read(faked) / size
    print(f"in an outage: {read:.2f} times its size read, {share:.2%} of a core after the first reading")
    # One that goes in one request is read by the transfer, as far as a server takes it.
    assert read <= (1.1 if size == SIZE else 30) and share <= 0.05
    faked.stop()
    faked.start()
    faked.wait_for_status("WAITING", "1 pending")
    faked.holds_for(5, lambda: True)
    if size == SIZE:
        assert bytes_read(faked) < 0.1 * size
    fake.script()
    faked.wait_for(lambda: fake.count_records(folder.name) == 1, 90, "the record")
    if size == SIZE:
        assert bytes_read(faked) < 1.2 * size, "read to be sent, and not once more to be hashed"


def test_resets_in_an_upload_cost_the_parts_that_were_under_way(faked, fake, folder):
    fake.script(Rule("UploadPart", first=4, times=8, end="reset"))
    faked.start()
    save(folder)
    faked.wait_for(lambda: fake.count_records(folder.name) == 1, 60, "the record")
    read = bytes_read(faked) / SIZE
    print(f"after a second of resets: {read:.2f} times its size read")
    assert fake.played()[0] == 8
    # Once to know the digests, once to be sent, and the parts that were lost.
    assert read <= 2 + 0.75


def test_a_file_that_changed_meanwhile_is_read_anew(faked, fake, folder):
    fake.script(Rule("PutObject|CreateMultipartUpload", times=None, status=503, code="ServiceUnavailable"))
    faked.start()
    save(folder)
    faked.wait_for_status("WAITING", "1 pending")
    with open(folder / "large.bin", "r+b") as file:
        file.seek(100 << 20)
        file.write(b"other")
    fake.script()
    faked.wait_for(lambda: fake.count_records(folder.name) == 1, 60, "the record")
    [record] = fake.records(folder.name)
    stored, _ = fake.read(record["object_key"], record["version_id"])
    assert stored == (folder / "large.bin").read_bytes()
