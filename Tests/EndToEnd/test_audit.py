"""`audit` with the auditor's rights: finds every record by the indexes, and every way in which an object may differ.

The daemon delivers; then moto's memory is changed behind everybody's back, which no API of S3 would allow.
"""

import csv
import hashlib
import io
import json
import os
import pty
import re
import subprocess
import threading
import urllib.parse
import urllib.request

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer

import provision
from daemon import Daemon
from expectations import wait_for_records
from local_aws import BUCKET, EXTERNAL_ID, REGION, TABLE, LocalAWS
from test_delivery import write

HOSTILE = b"=cmd|' \x1b[31mred\x1b[0m\n.pdf"


class MotoInProcess(LocalAWS):
    """A local AWS whose memory the tests can reach. Nothing is enforced here."""

    def start(self, timeout=60):
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        self.access_key = self.secret_key = self.base_access_key = self.base_secret_key = "test"
        self.role_arn = provision.provision(self.admin, BUCKET, TABLE, REGION, EXTERNAL_ID)
        self.admin("s3").delete_bucket_policy(Bucket=BUCKET)

    def stop(self):
        # The memory is that of this process: the next one begins empty.
        urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST"), timeout=10).close()
        self.server.stop()

    def stored(self, record):
        """The object of a record, as moto keeps it."""
        keys = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys
        for version in keys.getlist(record["object_key"]):
            if version.version_id == record["version_id"]:
                return version
        raise KeyError(record["object_key"])


@pytest.fixture(scope="module")
def delivered(binary, tmp_path_factory):
    """A local AWS with two folders' deliveries in it, small and in parts, and the daemon that made them."""
    root = tmp_path_factory.mktemp("audit")
    folders = {"inbox": root / "inbox", "scans": root / "scans"}
    for path in folders.values():
        path.mkdir()
    files = {b"a/contract.pdf": b"%PDF-1.4 contract", b"b/contract.pdf": b"%PDF-1.4 other", b"letter.txt": b"letter",
             HOSTILE: b"hostile", b"large.bin": bytes(range(256)) * 4096 * 11}
    with MotoInProcess(root / "moto") as aws:
        daemon = Daemon(binary, root / "daemon", aws, folders, upload={"multipart_threshold": "5MiB", "part_size": "5MiB"})
        daemon.start()
        write(folders["inbox"], files)
        write(folders["scans"], {b"scan.png": b"\x89PNG\r\n\x1a\n scan"})
        wait_for_records(aws, folders["inbox"], len(files), daemon=daemon)
        wait_for_records(aws, folders["scans"], 1, daemon=daemon)
        daemon.stop()
        daemon.records = aws.records()
        yield aws, daemon


def audit(daemon, *arguments, **environment):
    return daemon.command("audit", *arguments, **environment)


def today(daemon):
    return daemon.records[0]["uploaded_at"][:10]


def record(daemon, path):
    (found,) = [r for r in daemon.records if r["source_path"] == path]
    return found


def found(daemon, *arguments):
    done = audit(daemon, "find", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return sorted(f'{r["folder"]}/{r["source_path"]}' for r in json.loads(done.stdout))


def test_each_filter_finds_its_records_by_an_index(delivered):
    _, daemon = delivered
    day, everything = today(daemon), sorted(f'{r["folder"]}/{r["source_path"]}' for r in daemon.records)
    assert found(daemon, "--folder", "scans", "--day", day) == ["scans/scan.png"]
    assert found(daemon, "--name", "contract.pdf") == ["inbox/a/contract.pdf", "inbox/b/contract.pdf"]
    assert found(daemon, "--name", "*.pdf", "--since", "1d", "--folder", "inbox") == sorted(
        ["inbox/a/contract.pdf", "inbox/b/contract.pdf", "inbox/" + HOSTILE.decode()])
    assert found(daemon, "--name", "a/*.pdf", "--since", "1d") == ["inbox/a/contract.pdf"]
    assert found(daemon, "--sha256", hashlib.sha256(b"letter").hexdigest().upper()) == ["inbox/letter.txt"]
    assert found(daemon, "--since", "2h") == everything == found(daemon, "--scan")
    assert found(daemon, "--until", "2020-01-01", "--since", "2019-12-01") == []
    assert found(daemon, "--name", "contract.pdf", "--until", "2020-01-01") == []
    assert found(daemon, "--scan", "--folder", "scans") == ["scans/scan.png"]


def test_without_an_index_only_a_wish_makes_it_read_the_whole_table(delivered):
    _, daemon = delivered
    for arguments in ((), ("--folder", "inbox"), ("--name", "*.pdf")):
        done = audit(daemon, "find", *arguments)
        assert done.returncode == 64 and "--scan" in done.stderr, done.stderr
    assert audit(daemon, "find", "--sha256", "xyz").returncode == 64
    assert audit(daemon, "find", "--day", "7d").returncode == 64


def put_records(aws, daemon, folder, count):
    """So many records of a folder, all about one object."""
    template = dict(record(daemon, "letter.txt"), folder=folder, folder_day=f"{folder}#{today(daemon)}")
    client = aws.admin("dynamodb")
    for start in range(0, count, 25):
        client.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": {
            name: {"N": str(value)} if isinstance(value, int) else {"S": value}
            for name, value in dict(template, delivery_id=f"{folder}-{n}", filename=f"{folder}.txt").items()}}}
            for n in range(start, min(start + 25, count))]})


def test_every_record_of_many_pages_is_found(delivered):
    aws, daemon = delivered
    put_records(aws, daemon, "many", 1203)
    assert len(found(daemon, "--folder", "many", "--day", today(daemon))) == 1203
    assert len(found(daemon, "--name", "many.txt")) == 1203


def test_names_from_outside_reach_neither_terminal_nor_spreadsheet_raw(delivered):
    _, daemon = delivered
    lines = audit(daemon, "find", "--folder", "inbox", "--since", "1d").stdout
    assert "\x1b" not in lines and "\\x1b[31mred" in lines and len(lines.splitlines()) == 5
    rows = list(csv.DictReader(io.StringIO(audit(daemon, "find", "--folder", "inbox", "--since", "1d", "--csv").stdout)))
    assert "'" + HOSTILE.decode() in [row["filename"] for row in rows]
    assert all(row["object_key"] and row["version_id"] and row["sha256"] for row in rows)


def test_all_agree(delivered):
    _, daemon = delivered
    for content in ((), ("--content",)):
        done = audit(daemon, "verify", "--folder", "inbox", "--since", "1d", *content)
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"^5 records .*compared with their objects, 0 differ$", done.stdout, re.MULTILINE), done.stdout


@pytest.fixture
def unwilling(monkeypatch):
    """Makes S3 answer with an error about one key: (method, key) → error."""
    errors = {}
    dispatch = S3Response.key_response

    def answer(self, request, full_url, headers):
        error = errors.get((request.method, urllib.parse.unquote(request.path).split("/", 2)[2]))
        if error is None:
            return dispatch(self, request, full_url, headers)
        status, code = error
        body = f"<Error><Code>{code}</Code><Message>as told</Message><RequestId>R</RequestId></Error>" if code else "proxy"
        more = {"x-amz-request-id": "R"} if code else {}
        return status, {"Content-Type": "application/xml", **more}, "" if request.method == "HEAD" else body
    monkeypatch.setattr(S3Response, "key_response", answer)
    return errors


@pytest.mark.parametrize("method, error, word, reason", [
    ("GET", (403, "InvalidObjectState"), "ARCHIVED", "restore"),
    ("GET", (403, "AccessDenied"), "REFUSED", "AccessDenied"), ("HEAD", (403, "AccessDenied"), "REFUSED", "s3:GetObject"),
    ("GET", (400, "KMS.DisabledException"), "UNREAD", "KMS.DisabledException"),
    ("GET", (416, "InvalidRange"), "UNREAD", "InvalidRange"), ("GET", (412, "PreconditionFailed"), "UNREAD", "Precondition"),
    ("GET", (301, "PermanentRedirect"), "UNREAD", "PermanentRedirect"), ("HEAD", (301, "PermanentRedirect"), "UNREAD", "301"),
    ("GET", (403, None), "UNREAD", "403"), ("HEAD", (404, None), "UNREAD", "proxy"), ("HEAD", (403, None), "UNREAD", "proxy"),
    ("GET", (500, "InternalError"), "UNREAD", "InternalError")])
def test_one_object_that_is_not_given_out_is_listed_and_the_others_are_read(delivered, unwilling, method, error, word, reason):
    aws, daemon = delivered
    unwilling[method, record(daemon, "letter.txt")["object_key"]] = error
    words = "verify", "--folder", "inbox", "--since", "1d", "--content"
    done = audit(daemon, *words)
    assert done.returncode == 69, done.stdout + done.stderr
    line, told, *rest = done.stdout.splitlines()
    assert line.startswith(f"{word} ") and "inbox/letter.txt" in line and reason in told, done.stdout
    counted = {"ARCHIVED": "archived", "REFUSED": "refused", "UNREAD": "unread"}[word]
    assert rest == [f"4 records read and compared with their objects, 0 differ; not read: 1 {counted}"], done.stdout
    assert reason in done.stderr
    kind = "denied" if word == "REFUSED" else counted
    [row] = [row for row in csv.DictReader(io.StringIO(audit(daemon, *words, "--csv").stdout)) if row["result"] != "agrees"]
    assert row["result"] == kind and reason in row["unread"] and row["filename"] == "letter.txt"
    [entry] = [entry for entry in json.loads(audit(daemon, *words, "--json").stdout) if entry.get("unread")]
    assert entry["unread"] == kind and reason in entry["unread_reason"]


def test_what_differs_decides_the_exit_status_and_what_is_archived_is_listed_too(delivered, unwilling):
    aws, daemon = delivered
    archived, changed = aws.stored(record(daemon, "large.bin")), aws.stored(record(daemon, "letter.txt"))
    archived.set_storage_class("DEEP_ARCHIVE")
    changed.value = b"Letter"
    changed._etag = hashlib.md5(b"letter").hexdigest()
    unwilling["GET", record(daemon, "a/contract.pdf")["object_key"]] = 404, "NoSuchVersion"
    done = audit(daemon, "verify", "--folder", "inbox", "--since", "1d", "--content")
    assert done.returncode == 6, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert {line.split()[0] + " " + line.split()[1] for line in lines if not line.startswith(" ")} == {
        "ARCHIVED inbox/large.bin", "DIFFERS inbox/letter.txt", "DIFFERS inbox/a/contract.pdf", "4 records"}, done.stdout
    assert "         S3 has no such object or version" in lines
    assert lines[-1] == "4 records read and compared with their objects, 2 differ; not read: 1 archived"
    assert audit(daemon, "verify", "--name", "large.bin").returncode == 0, "without its content it is compared"
    archived.set_storage_class("STANDARD")
    changed.value = b"letter"


def test_where_the_network_is_down_it_ends(delivered, binary, tmp_path):
    """The table answers and S3 does not: after so many objects in a row it is not the objects."""
    aws, daemon = delivered
    deaf = Daemon(binary, tmp_path / "deaf", aws, daemon.folders, keys={"s3_endpoint_url": "http://127.0.0.1:9"})
    done = audit(deaf, "verify", "--folder", "inbox", "--since", "1d")
    assert done.returncode == 69 and "cannot be reached" in done.stderr and "differ" not in done.stdout
    assert "0 records compared with their objects; not compared: 5 unread" in done.stdout
    put_records(aws, daemon, "deaf", 100)
    done = audit(deaf, "verify", "--name", "deaf.txt")
    assert done.returncode == 69 and "the audit ends here" in done.stderr
    assert done.stdout.endswith("0 records compared with their objects; not compared: 32 unread\n")


def test_a_refused_file_has_no_object_and_is_no_difference(delivered):
    aws, daemon = delivered
    template = dict(record(daemon, "letter.txt"), object_key="rejected:refusing/x.exe", filename="x.exe", source_path="x.exe",
                    folder="refusing", folder_day=f"refusing#{today(daemon)}", status="rejected", reason="No \x1b[1mexe.")
    del template["bucket"], template["version_id"], template["etag"]
    aws.admin("dynamodb").put_item(TableName=TABLE, Item={
        name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in template.items()})
    words = "--folder", "refusing", "--day", today(daemon)
    done = audit(daemon, "verify", *words)
    assert done.returncode == 0, done.stdout
    assert done.stdout == "0 records compared with their objects, 0 differ; 1 refused file has none\n"
    [row] = csv.DictReader(io.StringIO(audit(daemon, "verify", *words, "--csv").stdout))
    assert row["result"] == "refused" and row["differences"] == ""
    assert audit(daemon, "find", *words).stdout.endswith("  refusing/x.exe  refused: No \\x1b[1mexe.\n")


def test_no_record_is_no_proof(delivered):
    _, daemon = delivered
    assert audit(daemon, "verify", "--name", "nothing.pdf").returncode == 4


def differing(daemon, name, *arguments):
    """The differences that `verify` tells about one file; its exit status must say so too."""
    done = audit(daemon, "verify", "--name", name, "--json", *arguments)
    result = [r for r in json.loads(done.stdout) if r["differences"]]
    assert done.returncode == (6 if result else 0), (done.returncode, done.stderr)
    return [difference for r in result for difference in r["differences"]]


def test_a_flipped_byte_is_found_by_reading_the_content(delivered):
    aws, daemon = delivered
    for path in ("letter.txt", "large.bin"):
        stored = aws.stored(record(daemon, path))
        good = stored.value
        etag = stored.etag
        stored.value = good[:-1] + bytes([good[-1] ^ 1])
        stored._etag = etag.strip('"')
        assert differing(daemon, path) == [], "size, ETag and kept checksum are the same"
        (difference,) = differing(daemon, path, "--content")
        assert difference.startswith("SHA-256 of the content is ") and record(daemon, path)["sha256"] in difference
        stored.value = good
        assert differing(daemon, path, "--content") == []


def test_a_missing_object_is_found(delivered):
    aws, daemon = delivered
    lost = record(daemon, "b/contract.pdf")
    aws.admin("s3").delete_object(Bucket=BUCKET, Key=lost["object_key"], VersionId=lost["version_id"])
    assert differing(daemon, "contract.pdf") == ["S3 has no such object or version"]
    shown = audit(daemon, "verify", "--name", "contract.pdf")
    assert shown.returncode == 6
    assert "DIFFERS  inbox/b/contract.pdf" in shown.stdout
    assert shown.stdout.endswith("2 records compared with their objects, 1 differs\n")
    assert "a/contract.pdf" not in shown.stdout


def test_an_object_behind_a_delete_marker_is_still_there(delivered):
    aws, daemon = delivered
    kept = record(daemon, "scan.png")
    aws.admin("s3").delete_object(Bucket=BUCKET, Key=kept["object_key"])
    assert differing(daemon, "scan.png", "--content") == []


def test_a_changed_record_is_found(delivered):
    aws, daemon = delivered
    table, good = aws.admin("dynamodb"), record(daemon, "letter.txt")
    key = {"object_key": {"S": good["object_key"]}, "delivery_id": {"S": good["delivery_id"]}}

    def change(name, value):
        table.update_item(TableName=TABLE, Key=key, UpdateExpression="SET #n = :v",
                          ExpressionAttributeNames={"#n": name}, ExpressionAttributeValues={":v": value})

    change("size", {"N": "7"})
    assert differing(daemon, "letter.txt") == ["size is 6, recorded is 7"]
    change("size", {"N": "6"})
    change("sha256", {"S": "00" * 32})
    assert "S3's SHA-256 is not the recorded one" in differing(daemon, "letter.txt")
    change("sha256", {"S": good["sha256"]})
    change("bucket", {"S": "another\x1bbucket"})
    assert differing(daemon, "letter.txt") == [
        "the record is about the bucket another\\x1bbucket, not the configured one"]
    change("bucket", {"S": BUCKET})
    assert differing(daemon, "letter.txt") == []


def test_a_terminal_sees_a_progress_bar(delivered):
    _, daemon = delivered
    ours, theirs = pty.openpty()
    shown = bytearray()

    def read():
        try:
            while data := os.read(ours, 65536):
                shown.extend(data)
        except OSError:
            pass

    reader = threading.Thread(target=read)
    reader.start()
    done = subprocess.run(
        [daemon.binary, "audit", "verify", "--folder", "inbox", "--day", today(daemon), "--content",
         "--config", str(daemon.config)],
        env=daemon.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, timeout=120)
    os.close(theirs)
    reader.join()
    os.close(ours)
    text = shown.decode(errors="replace")
    assert re.search(r"\[#+-*\] \d+ %  \d of 5 records", text), text
    assert "[####" in text and b"[#" not in done.stdout
    quiet = audit(daemon, "verify", "--folder", "inbox", "--day", today(daemon))
    assert "[#" not in quiet.stderr


def test_refused_is_not_different(aws, daemon, folder):
    """With IAM enforced the daemon's own rights do not read: the audit says so, and does not call it a difference."""
    write(folder, {b"a.txt": b"a"})
    daemon.start()
    wait_for_records(aws, folder, 1, daemon=daemon)
    done = audit(daemon, "find", "--folder", folder.name, "--since", "1d")
    assert done.returncode == 69 and "dynamodb:Query" in done.stderr, done.stderr
    iam = aws.admin("iam")
    iam.create_user(UserName="clerk")
    iam.put_user_policy(UserName="clerk", PolicyName="query", PolicyDocument=provision.document(
        {"Effect": "Allow", "Action": "dynamodb:Query", "Resource": "*"}))
    key = iam.create_access_key(UserName="clerk")["AccessKey"]
    clerk = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    assert audit(daemon, "find", "--folder", folder.name, "--since", "1d", **clerk).returncode == 0
    done = audit(daemon, "verify", "--folder", folder.name, "--since", "1d", **clerk)
    assert done.returncode == 69 and "s3:GetObject" in done.stderr and "differ" not in done.stdout
