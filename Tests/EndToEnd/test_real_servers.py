"""The main job against servers that are not AWS: each file one object, one record, and none set aside.

Ceph, Swift and rclone only with --long, nginx always. What was measured is in packaging/guide/servers.md.
"""

import hashlib
import os
import unicodedata

import pytest

import provision
from daemon import Daemon
from delivering import PARTS
from expectations import assert_delivered, escaped, wait_for_records
from fault_proxy import FaultProxy
from local_aws import LocalAWS
from real_servers import SERVERS
from real_servers.nginx import Nginx
from test_delivery import write

SOON = {"retry_base": "100ms", "retry_cap": "5s"}
#: Names that some program somewhere reads as something else.
ODD = [
    "with space.pdf", " leading.txt", "trailing ", "a+b.txt", "100%.txt", "%41.txt", "%2F.txt", "%zz.txt", "hash#tag.txt",
    'quo"te.txt', "apo'strophe.txt", "semi;colon&and=.txt", "question?.txt", "back\\slash.txt", "new\nline.txt",
    "carriage\r.txt", "tab\there.txt", "escape\x1b[31m.txt", "star*.txt", "<angle>.xml", "{path}.txt", "dot.", "-dash.txt",
    "~tilde.txt", "...", "..hidden", "..%2f..", "a..b", "?uploads", "?partNumber=1&uploadId=x", "comma,.txt", "$(x).txt",
    unicodedata.normalize("NFC", "perché.txt"), unicodedata.normalize("NFD", "perché.txt"), "日本語.pdf", "😀.txt",
    "\ufeffbom", "\u202egnp.exe", "\uffff", "\ufffd", "é" * 100 + ".txt", "x" * 251 + ".txt",
]
NOT_TEXT = [b"latin-\xe9.txt", b"\xff\xfe.bin", b"cut-\xe6\x97.txt"]
PART = 5 << 20
DEEP = "/".join(["directory-of-thirty-characters"] * 30)


class Beside:
    """Objects at a real server, records at moto beside it, as tests and `Daemon` look at an AWS."""

    role_arn = external_id = None

    def __init__(self, server, records):
        self.server, self.moto = server, records
        self.region, self.bucket, self.table, self.endpoint = server.region, server.bucket, records.table, records.endpoint
        self.base_access_key, self.base_secret_key = server.access_key, server.secret_key
        self.keys = {"s3_endpoint_url": server.endpoint, "path_style": True}
        self.records, self.count_records = records.records, records.count_records


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """A table that lets everybody write with any key: the servers have keys of their own, and no sessions."""
    aws = LocalAWS(tmp_path_factory.mktemp("records"))
    aws.region = "us-east-1"
    aws.start()
    provision.make_table(aws.admin("dynamodb"), aws.table)
    yield aws
    aws.stop()


@pytest.fixture(scope="module", params=sorted(SERVERS))
def server(request, tmp_path_factory, long):
    if not long:
        pytest.skip("only with --long")
    made = SERVERS[request.param]
    assert made.missing() is None, made.missing()
    with made(tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture
def beside(server, records):
    return Beside(server, records)


@pytest.fixture
def daemon(binary, beside, folder, tmp_path):
    made = Daemon(binary, tmp_path / "daemon", beside, {folder.name: {"path": str(folder), "ignore_temporary": False}},
                  settle="200ms", keys=beside.keys, upload=SOON | PARTS)
    yield made
    if made.process is not None:
        made.kill()


def arrive(daemon, aws, folder, files, timeout=120):
    """Saves the files that are not there yet, and waits until the daemon has nothing left to do."""
    write(folder, {path: content for path, content in files.items() if not os.path.exists(os.fsencode(folder) + b"/" + path)})
    if daemon.process is None:
        daemon.start()
    wait_for_records(aws, folder, len(files), timeout=timeout, daemon=daemon)
    daemon.wait_for(lambda: not daemon.json("queue"), 30, "an empty queue")
    daemon.wait_for_status("OK:", "0 pending")


def assert_each_once(aws, folder, files):
    """Each file is there byte for byte, once, with one record; looked at with the server's own API and boto3."""
    expected = {f"{folder.name}/{escaped(path)}": content for path, content in files.items()}
    found = {record["object_key"]: record for record in aws.records(folder.name)}
    assert sorted(r["object_key"] for r in aws.records(folder.name)) == sorted(expected), "one record for each file"
    objects = aws.server.objects(folder.name + "/")
    assert sorted(key for key, _ in objects) == sorted(expected), "one object, in one version, for each file"
    versions = dict(objects)
    for key, content in expected.items():
        record = found[key]
        stored, answer = aws.server.read(key, record.get("version_id"))
        assert stored == content, key
        assert record["sha256"] == hashlib.sha256(content).hexdigest() and record["size"] == len(content), key
        in_parts = len(content) >= PART and not aws.server.names_version_of_parts
        assert record.get("version_id") == (None if in_parts else versions[key]), key
        assert answer["Metadata"]["delivery-id"] == record["delivery_id"], key
        assert record["etag"].strip('"'), f"the record of {key!r} names no ETag"
    assert aws.server.unfinished(folder.name + "/") == []


def test_small_files_arrive_once(daemon, beside, folder):
    files = {b"%d/%d.txt" % (n % 7, n): os.urandom(n * 331 % 9000) for n in range(100)} | {b"empty.txt": b""}
    arrive(daemon, beside, folder, files)
    assert_each_once(beside, folder, files)


def test_files_in_parts_arrive_once(daemon, beside, folder):
    files = {b"just-one.bin": os.urandom(PART), b"in-two.bin": os.urandom(PART + 1), b"exactly-two.bin": os.urandom(2 * PART),
             b"five.bin": os.urandom(4 * PART + 7), "perché %2B+ in parts?.bin".encode(): os.urandom(PART + 5),
             b"small.txt": b"small"}
    arrive(daemon, beside, folder, files)
    assert_each_once(beside, folder, files)


def test_odd_names_arrive_once(daemon, beside, folder):
    names = [name.encode() for name in ODD] + NOT_TEXT
    files = {name: b"content of " + name for name in names}
    files |= {b"directory of " + name[:200].rstrip(b"/") + b"/" + name: b"below " + name for name in names if len(name) < 60}
    files[DEEP.encode()[:beside.server.longest_path]] = b"deep"
    arrive(daemon, beside, folder, files)
    assert_each_once(beside, folder, files)


def test_a_file_saved_again_replaces_the_object(daemon, beside, folder):
    for number, content in enumerate((b"first", b"second", os.urandom(PART + 9)), 1):
        write(folder, {b"contract.txt": content})
        if daemon.process is None:
            daemon.start()
        wait_for_records(beside, folder, number, timeout=90, daemon=daemon)
        assert beside.server.read(f"{folder.name}/contract.txt")[0] == content
    daemon.wait_for_status("OK:", "0 pending")
    assert len(beside.server.objects(folder.name + "/")) == (3 if beside.server.versioned else 1)


def test_a_wrong_secret_blocks_and_parks_nothing(daemon, beside, folder):
    files = {b"%d.txt" % n: b"%d" % n for n in range(5)}
    write(folder, files)
    daemon.start(AWS_SECRET_ACCESS_KEY="this-is-not-the-secret-0123456789")
    daemon.wait_for_status("BLOCKED", "5 pending", timeout=60)
    assert {entry["state"] for entry in daemon.json("queue")} == {"pending"}
    daemon.stop()
    arrive(daemon, beside, folder, files)
    assert_each_once(beside, folder, files)


def test_a_setting_that_the_server_refuses_blocks_and_parks_nothing(daemon, beside, folder):
    """Whatever code it has for that: it is no fault of the files, and they flow once the setting is gone."""
    files = {b"small.txt": b"small", b"parts.bin": os.urandom(PART + 1)}
    if not beside.server.refuses:
        pytest.skip(f"{beside.server.name} refuses none")
    write(folder, files)
    for setting in beside.server.refuses:
        daemon.sections["upload"] = SOON | PARTS | setting
        daemon.configure(daemon.folders)
        daemon.start()
        daemon.wait_for_status("BLOCKED", "2 pending", timeout=60)
        assert {entry["state"] for entry in daemon.json("queue")} == {"pending"}, setting
        daemon.stop()
    daemon.sections["upload"] = SOON | PARTS
    daemon.configure(daemon.folders)
    arrive(daemon, beside, folder, files)
    assert_each_once(beside, folder, files)


# -- nginx before moto --------------------------------------------------------------------------------------------------


@pytest.fixture
def behind(binary, aws, folder, tmp_path):
    """Makes a daemon whose S3 is nginx, whose service is a port."""
    daemons = []

    def make(nginx):
        made = Daemon(binary, tmp_path / "daemon", aws, {folder.name: folder}, keys={"s3_endpoint_url": nginx.endpoint},
                      upload=SOON | PARTS)
        daemons.append(made)
        return made

    assert Nginx.program(), "Debian: nginx-light"
    yield make
    for made in daemons:
        if made.process is not None:
            made.kill()


def moto_port(aws):
    return int(aws.endpoint.rpartition(":")[2])


def test_through_nginx_that_reads_requests_whole_files_arrive_once(behind, aws, folder, tmp_path):
    with Nginx(tmp_path / "nginx", moto_port(aws), client_max_body_size=0) as nginx:
        daemon = behind(nginx)
        files = {name.encode(): b"content of " + name.encode() for name in ODD[:20]} | {b"parts.bin": os.urandom(PART + 1)}
        arrive(daemon, aws, folder, files)
        assert_delivered(aws, folder, files)
        assert set(nginx.statuses()) == {200}


def test_with_a_slow_link_behind_nginx_each_file_is_sent_once(behind, aws, folder, tmp_path, long):
    """nginx takes a body at once and answers when the service has it: at 300 KB/s that is 40 s of silence for 12 MiB."""
    size, rate = (12 << 20, 300_000) if long else (3 << 19, 1_000_000)
    with FaultProxy(moto_port(aws)) as link, Nginx(tmp_path / "nginx", link.port, client_max_body_size=0) as nginx:
        link.steady.rate = rate
        daemon = behind(nginx)
        daemon.sections["upload"] |= {"multipart_threshold": "64MiB", "part_size": "16MiB"}
        daemon.configure(daemon.folders)
        files = {b"slow.bin": os.urandom(size), b"small.txt": b"small"}
        arrive(daemon, aws, folder, files, timeout=180)
        assert_delivered(aws, folder, files)
        assert nginx.statuses() == [200, 200], "each file was sent once"


def test_a_proxy_that_takes_no_large_bodies_blocks_and_parks_nothing(behind, aws, folder, tmp_path):
    """nginx's own limit is 1 MiB: its page about it has status 413, is HTML and no word of the service."""
    with Nginx(tmp_path / "nginx", moto_port(aws)) as nginx:
        daemon = behind(nginx)
        large = {b"large-%d.bin" % n: os.urandom((2 << 20) + n) for n in range(3)}
        write(folder, large)
        daemon.start()
        line = daemon.wait_for_status("BLOCKED", "3 pending", timeout=60)
        assert "413" in line
        assert {entry["state"] for entry in daemon.json("queue")} == {"pending"}
        nginx.reload(client_max_body_size=0)
        assert daemon.command("queue", "retry", "--all").returncode == 0
        arrive(daemon, aws, folder, large)
        assert_delivered(aws, folder, large)
