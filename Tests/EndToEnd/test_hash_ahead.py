"""A large file is sent while it is read: each byte is read once, and nothing becomes visible before all of it is known."""

import os
import time

import pytest

from certificates import Authority
from daemon import Daemon
from fake_aws import checksums
from fake_aws.handle import FakeAWS, Rule
from test_read_once import bytes_read, save

IN_PARTS = {"multipart_threshold": "6MiB", "part_size": "5MiB", "retry_base": "100ms", "retry_cap": "1s"}
SIZE = 128 << 20


def deliver(daemon, fake, folder, name, content):
    (folder / name).write_bytes(content)
    return delivered(daemon, fake, folder, name)


def delivered(daemon, fake, folder, name):
    def record():
        return next((one for one in fake.records(folder.name) if one["filename"] == name), None)

    found = daemon.wait_for(record, 90, f"the record of {name}")
    stored, _ = fake.read(found["object_key"], found.get("version_id"))
    assert stored == (folder / name).read_bytes()
    return found


def begin(daemon, fake, folder):
    """Starts it, and finds out what the server keeps, which takes a file that is hashed first."""
    daemon.start_scanned()
    deliver(daemon, fake, folder, "first.bin", os.urandom(6 << 20))


@pytest.fixture
def ahead(faked, fake, folder):
    faked.sections["upload"] = dict(IN_PARTS)
    faked.configure({folder.name: folder})
    begin(faked, fake, folder)
    return faked


def test_each_byte_is_read_once(ahead, fake, folder):
    before = bytes_read(ahead)
    save(folder, size=SIZE)
    record = delivered(ahead, fake, folder, "large.bin")
    read = (bytes_read(ahead) - before) / SIZE
    print(f"{read:.3f} times its size read")
    assert read <= 1.05
    content = (folder / "large.bin").read_bytes()
    assert record["checksum_crc64nvme"] == checksums.of(content, "crc64nvme")
    assert int(record["attempts"]) == 1


def test_what_is_read_ahead_is_bounded_and_keeps_nobody_waiting(faked, fake, tmp_path):
    """Parts that nobody answers hold 48 MiB of one folder; what else lies there, and in others, goes on."""
    folders = {name: tmp_path / name for name in ("stuck", "other")}
    for path in folders.values():
        path.mkdir()
    faked.sections["upload"] = dict(IN_PARTS)
    faked.configure(folders)
    begin(faked, fake, folders["other"])
    fake.script(Rule("UploadPart", key="stuck/large", times=None, delay=3600))
    before = bytes_read(faked)
    save(folders["stuck"], size=SIZE)
    faked.wait_for(lambda: bytes_read(faked) - before >= 40 << 20, 30, "reading ahead")
    time.sleep(2)
    assert bytes_read(faked) - before <= 70 << 20
    # Of the same folder: small, in one request, and in parts; of another one: as if nothing were.
    for folder, name, size in [
            ("stuck", "small.txt", 100), ("stuck", "middle.bin", 5 << 20), ("other", "parts.bin", 40 << 20)]:
        began = time.monotonic()
        deliver(faked, fake, folders[folder], name, os.urandom(size))
        assert time.monotonic() - began < 15, name
    fake.script()
    # The requests that hang are given up in their time; a stop waits for none of them.
    assert faked.stop() == 0


def test_a_file_that_is_written_to_while_it_is_sent_makes_no_torn_object(ahead, fake, folder):
    fake.script(Rule("UploadPart", key="large", every=7, times=None, delay=0.5))
    sent = fake.requests("UploadPart")
    save(folder, size=SIZE)
    ahead.wait_for(lambda: fake.requests("UploadPart") - sent > 8, 30, "some parts")
    with open(folder / "large.bin", "r+b") as file:
        file.seek(100 << 20)
        file.write(b"other")
    delivered(ahead, fake, folder, "large.bin")
    assert len([key for key, _ in fake.versions(folder.name) if key.endswith("large.bin")]) == 1
    assert len([one for one in fake.records(folder.name) if one["filename"] == "large.bin"]) == 1


def test_a_kill_in_the_middle_costs_the_parts_that_were_under_way(ahead, fake, folder):
    fake.script(Rule("UploadPart", key="large", every=5, times=None, delay=0.3))
    sent, begun = fake.requests("UploadPart"), fake.requests("CreateMultipartUpload")
    save(folder, size=SIZE)
    ahead.wait_for(lambda: fake.requests("UploadPart") - sent > 10, 30, "half of the parts")
    ahead.kill()
    fake.script()
    ahead.start()
    record = delivered(ahead, fake, folder, "large.bin")
    assert fake.requests("CreateMultipartUpload") - begun == 1, "it goes on with the upload that it had begun"
    assert fake.requests("UploadPart") - sent <= 26 + 24
    assert int(record["attempts"]) == 2


def test_an_upload_that_begins_late_costs_nothing(ahead, fake, folder):
    """The file is read to its end before S3 has answered the first request."""
    fake.script(Rule("CreateMultipartUpload", key="large", delay=3))
    save(folder, size=20 << 20)
    record = delivered(ahead, fake, folder, "large.bin")
    assert int(record["attempts"]) == 1
    assert ahead.process.poll() is None


def test_an_outage_in_the_middle_loses_nothing(ahead, fake, folder):
    fake.script(Rule("UploadPart", key="large", first=10, times=12, status=503, code="ServiceUnavailable"))
    before = bytes_read(ahead)
    save(folder, size=SIZE)
    delivered(ahead, fake, folder, "large.bin")
    # Once to know its digests, and what was not sent once more.
    assert (bytes_read(ahead) - before) / SIZE <= 2.05


def test_what_the_content_decides_is_hashed_first(faked, fake, folder):
    faked.sections["upload"] = IN_PARTS | {"write_once": True}
    faked.configure({folder.name: {"path": str(folder), "key": "{folder}/{id}/{path}"}})
    begin(faked, fake, folder)
    before = bytes_read(faked)
    save(folder, size=64 << 20)
    record = delivered(faked, fake, folder, "large.bin")
    assert record["delivery_id"] in record["object_key"]
    assert (bytes_read(faked) - before) / (64 << 20) >= 1.9


# -- over TLS -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def secured(binary, folder, tmp_path):
    authority = Authority(tmp_path / "ca")
    fake = FakeAWS(tmp_path / "aws", certificate=authority.server("localhost"), host="localhost")
    daemon = Daemon(
        binary, tmp_path / "daemon", fake, {folder.name: folder}, settle="100ms", upload=IN_PARTS,
        keys={"ca_bundle": str(authority.bundle)})
    with fake:
        yield daemon, fake
        if daemon.process is not None:
            daemon.kill()


def test_over_tls_parts_are_verified_by_their_crc_and_need_no_second_digest(secured, folder):
    daemon, fake = secured
    begin(daemon, fake, folder)
    before = bytes_read(daemon)
    save(folder, size=64 << 20)
    delivered(daemon, fake, folder, "large.bin")
    assert (bytes_read(daemon) - before) / (64 << 20) <= 1.05
    assert fake.state()["unsigned"] == 13
    assert fake.violations() == [] and daemon.stop() == 0


def test_a_policy_that_demands_signed_bodies_is_learnt_from_one_part_and_remembered(secured, folder):
    daemon, fake = secured
    begin(daemon, fake, folder)
    fake.set(unsigned_bodies=False)
    record = deliver(daemon, fake, folder, "a.bin", os.urandom(32 << 20))
    assert int(record["attempts"]) == 1
    refused = fake.state()["unsigned"]
    assert 1 <= refused <= 8, "those that were under way together"
    daemon.stop()
    daemon.start()
    deliver(daemon, fake, folder, "b.bin", os.urandom(32 << 20))
    assert fake.state()["unsigned"] == refused
    log = daemon.log_tail(1 << 20)
    assert log.count("takes them signed") == 1
    assert "attempt failed" not in log and "DEGRADED" not in "".join(daemon.notify.values("STATUS"))
