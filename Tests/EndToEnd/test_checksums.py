"""Files that go in parts are verified by CRC-64/NVME where the server keeps it, and no file fails for finding that out."""

import os

import pytest

from fake_aws import checksums
from fake_aws.handle import Rule

IN_PARTS = {"multipart_threshold": "6MiB", "part_size": "5MiB", "retry_base": "100ms"}
SIZE = (11 << 20) + 7


def deliver(daemon, fake, folder, name, content):
    (folder / name).write_bytes(content)
    before = fake.count_records(folder.name)
    daemon.wait_for(lambda: fake.count_records(folder.name) == before + 1, 60, f"the record of {name}")
    [record] = [record for record in fake.records(folder.name) if record["filename"] == name]
    assert fake.read(record["object_key"], record["version_id"] if "version_id" in record else None)[0] == content
    return record, fake.stored.current[record["object_key"]]


@pytest.fixture
def in_parts(faked, folder):
    faked.sections["upload"] = dict(IN_PARTS)
    faked.configure({folder.name: folder})
    return faked


def test_the_first_upload_shows_that_the_server_keeps_it_and_the_journal_remembers(in_parts, fake, folder):
    in_parts.start()
    for round_of_the_daemon in range(2):
        content = os.urandom(SIZE)
        record, stored = deliver(in_parts, fake, folder, f"{round_of_the_daemon}.bin", content)
        assert stored["algorithm"] == "CRC64NVME"
        assert record["checksum_crc64nvme"] == stored["checksum"] == checksums.of(content, "crc64nvme")
        assert int(record["attempts"]) == 1
        in_parts.stop()
        in_parts.start()
    assert fake.requests("CreateMultipartUpload") >= 2
    assert in_parts.log_tail(1 << 20).count("keeps a CRC-64/NVME") == 1, "found out once"
    # A file in one request has its SHA-256, of the whole object as it is.
    record, stored = deliver(in_parts, fake, folder, "small.txt", b"small")
    assert stored["algorithm"] == "SHA256" and "checksum_crc64nvme" not in record


@pytest.mark.parametrize("dialect", ["older", "strict", "ceph", "swift", "rclone"])
def test_a_server_that_knows_nothing_of_it_fails_no_file(in_parts, fake, folder, dialect):
    fake.set(dialect=dialect)
    in_parts.start()
    begun = fake.requests("CreateMultipartUpload")
    for number in range(2):
        record, stored = deliver(in_parts, fake, folder, f"{number}.bin", os.urandom(SIZE))
        assert "checksum_crc64nvme" not in record and int(record["attempts"]) == 1
    assert fake.requests("CreateMultipartUpload") - begun == 3, "one to find out, one for each file"
    assert "attempt failed" not in in_parts.log_tail(1 << 20) and "keeps no CRC-64/NVME" in in_parts.log_tail(1 << 20)
    if dialect == "strict":
        fake.forgive("InvalidRequest")


def test_sha256_is_what_the_settings_say(in_parts, fake, folder):
    in_parts.sections["upload"]["checksum"] = "sha256"
    in_parts.configure({folder.name: folder})
    in_parts.start()
    record, stored = deliver(in_parts, fake, folder, "a.bin", os.urandom(SIZE))
    assert stored["algorithm"] == "SHA256" and "checksum_crc64nvme" not in record
    assert "CRC-64" not in in_parts.log_tail(1 << 20)


def test_demanded_of_a_server_that_does_not_keep_it_no_file_counts_as_delivered(in_parts, fake, folder):
    in_parts.sections["upload"]["checksum"] = "crc64nvme"
    in_parts.configure({folder.name: folder})
    fake.set(dialect="older")
    in_parts.start()
    (folder / "a.bin").write_bytes(os.urandom(SIZE))
    in_parts.wait_for_status("repeats no CRC-64/NVME")
    assert fake.records(folder.name) == []
    in_parts.sections["upload"]["checksum"] = "auto"
    in_parts.configure({folder.name: folder})
    in_parts.reload()
    in_parts.wait_for(lambda: "upload.checksum" in in_parts.log_tail(), 30, "the reload")
    in_parts.command("queue", "retry", "--all")
    in_parts.wait_for(lambda: fake.count_records(folder.name) == 1, 60, "the record")


def test_an_upload_goes_on_with_what_it_was_begun_with(in_parts, fake, folder):
    """Stopped between two parts, with other settings when it goes on."""
    fake.script(Rule("UploadPart", first=2, times=None, status=503, code="SlowDown"))
    in_parts.start()
    content = os.urandom(SIZE)
    (folder / "a.bin").write_bytes(content)
    in_parts.wait_for(lambda: fake.played()[0] >= 2, 30, "parts refused")
    in_parts.stop()
    in_parts.sections["upload"]["checksum"] = "sha256"
    in_parts.configure({folder.name: folder})
    fake.script()
    in_parts.start()
    in_parts.wait_for(lambda: fake.count_records(folder.name) == 1, 60, "the record")
    [record] = fake.records(folder.name)
    assert record["checksum_crc64nvme"] == checksums.of(content, "crc64nvme")


def test_check_names_what_verifies_large_files(in_parts, fake, folder):
    assert "verified by CRC-64/NVME where the server keeps it" in in_parts.command("check").stdout
    online = in_parts.command("check", "--online").stdout
    assert "what verifies files that go in parts at" in online and "CRC-64/NVME; the first such file shows" in online
    fake.set(dialect="older")
    assert "SHA-256: the server does not verify them by CRC-64/NVME" in in_parts.command("check", "--online").stdout
