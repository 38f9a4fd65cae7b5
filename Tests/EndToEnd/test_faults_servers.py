"""The main job against what Ceph, Swift, rclone and nginx were seen to answer, by the scripted fake; `test_real_servers`
asks them."""

import os

import pytest

from delivering import deliver, in_parts
from fake_aws.handle import Rule
from real_servers.nginx import Nginx
from test_delivery import write
from test_real_servers import DEEP, NOT_TEXT, ODD

SERVERS = ["ceph", "swift", "rclone"]
LARGE = {b"two.bin": os.urandom((5 << 20) + 1), b"three.bin": os.urandom((10 << 20) + 1)}


def assert_each_once(fake, folder, files, server):
    """Each is one object, and its record names it, with the version where `server` does."""
    records = {r["source_path"]: r for r in fake.records(folder.name)}
    assert len(fake.records(folder.name)) == len(files)
    for path, content in files.items():
        record = records[path.decode()]
        [(key, version)] = fake.versions(f"{folder.name}/{path.decode()}")
        assert fake.read(key)[0] == content, path
        named = server in ("aws", "ceph") or (server == "swift" and path not in LARGE)
        assert record.get("version_id") == (version if named else None), path
        assert record["etag"].strip('"') == fake.stored.current[key]["etag"], path


@pytest.mark.parametrize("server", SERVERS)
def test_small_files_and_files_in_parts_arrive_once(faked, fake, folder, server):
    fake.set(dialect=server)
    files = {b"%d.txt" % n: b"%d" % n for n in range(20)} | LARGE
    deliver(in_parts(faked), fake, folder, files)
    assert_each_once(fake, folder, files, server)


@pytest.mark.parametrize("server", SERVERS)
def test_odd_names_arrive_once(faked, fake, folder, server):
    fake.set(dialect=server)
    faked.configure({folder.name: {"path": str(folder), "ignore_temporary": False}})
    files = {name: b"of " + name for name in [name.encode() for name in ODD] + NOT_TEXT + [DEEP.encode()]}
    deliver(faked, fake, folder, files)
    assert len(fake.records(folder.name)) == len(files) == len(fake.versions(folder.name + "/"))


@pytest.mark.parametrize("server", ["ceph", "swift"])
def test_a_storage_class_that_is_not_set_up_blocks_and_parks_nothing(faked, fake, folder, server):
    fake.set(dialect=server)
    in_parts(faked, storage_class="STANDARD_IA").start()
    files = LARGE | {b"small.txt": b"small"}
    write(folder, files)
    faked.wait_for_status("BLOCKED", "3 pending", timeout=60)
    assert {entry["state"] for entry in faked.json("queue")} == {"pending"}
    faked.stop()
    del faked.sections["upload"]["storage_class"]
    deliver(in_parts(faked), fake, folder, files)
    assert_each_once(fake, folder, files, server)


def test_an_upload_in_parts_for_whose_end_nginx_did_not_wait_is_one_object(faked, fake, folder, tmp_path):
    """nginx gives up an answer after `proxy_read_timeout` (its own: 60 s) with a page of its own, 504; the service goes on."""
    with Nginx(tmp_path / "nginx", fake.port, client_max_body_size=0, proxy_read_timeout="1s") as nginx:
        fake.script(Rule("CompleteMultipartUpload", delay=3))
        faked.sections["aws"] = {"s3_endpoint_url": nginx.endpoint}
        deliver(in_parts(faked), fake, folder, LARGE)
        assert_each_once(fake, folder, LARGE, "aws")
        assert nginx.statuses().count(504) == 1
