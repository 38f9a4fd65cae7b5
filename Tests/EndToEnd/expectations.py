"""What must be true of S3 and DynamoDB after files were delivered."""

import hashlib
import re
import unicodedata
from urllib.parse import quote_from_bytes

from daemon import wait_until

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ALWAYS = {
    "object_key", "delivery_id", "bucket", "version_id", "etag", "filename", "size", "sha256", "content_type",
    "received_at", "settled_at", "uploaded_at", "modified_at", "folder", "folder_day", "source_path", "host", "owner", "owner_uid",
    "attempts", "agent"}


def escaped(path):
    """A relative path as it stands in the object's key: bytes that are no text, control characters, and a percent sign
    that two hexadecimal digits follow are percent-encoded."""
    text = path.decode("utf-8", "surrogateescape")
    out = ""
    for i, character in enumerate(text):
        alone = 0xDC80 <= ord(character) <= 0xDCFF
        ambiguous = character == "%" and re.match("[0-9A-Fa-f]{2}", text[i + 1:i + 3])
        if alone or ambiguous or unicodedata.category(character) == "Cc":
            out += quote_from_bytes(character.encode("utf-8", "surrogateescape"), safe="")
        else:
            out += character
    return out


def wait_for_records(aws, folder, count, timeout=60, daemon=None):
    """Waits until a folder has that many records, and returns them."""
    def enough():
        if daemon is not None and daemon.process is not None:
            assert daemon.process.poll() is None, daemon.log_tail()
        return aws.count_records(folder.name) >= count

    def missing():
        return f"{count} records, there are {aws.count_records(folder.name)}\n{daemon.log_tail() if daemon else ''}"

    wait_until(enough, timeout, missing, pause=0.25)
    return aws.records(folder.name)


def assert_delivered(aws, folder, files):
    """Each file (relative path in bytes → content) has exactly one record and one object, byte for byte."""
    records = aws.records(folder.name)
    by_key = {record["object_key"]: record for record in records}
    expected = {f"{folder.name}/{escaped(path)}": content for path, content in files.items()}
    assert sorted(r["object_key"] for r in records) == sorted(expected), "one record for each file, no other"
    versions = dict(aws.versions(folder.name + "/"))
    assert sorted(key for key, _ in aws.versions(folder.name + "/")) == sorted(expected), "one version of each object"
    for key, content in expected.items():
        record = by_key[key]
        stored, answer = aws.read(key, record["version_id"])
        assert stored == content, f"the object of {key!r} differs from the file"
        assert versions[key] == record["version_id"]
        assert record["sha256"] == hashlib.sha256(content).hexdigest(), key
        assert record["size"] == len(content) == answer["ContentLength"], key
        assert answer["Metadata"]["delivery-id"] == record["delivery_id"], key


def assert_complete(record, folder):
    """A record has every attribute, each in its form."""
    assert not ALWAYS - set(record), ALWAYS - set(record)
    for name in ("received_at", "settled_at", "uploaded_at", "modified_at"):
        assert TIMESTAMP.fullmatch(record[name]), (name, record[name])
    assert record["received_at"] <= record["settled_at"] <= record["uploaded_at"]
    assert record["folder"] == folder.name
    assert record["folder_day"] == f"{folder.name}#{record['uploaded_at'][:10]}"
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", record["delivery_id"])
    assert re.fullmatch(r"s3loggerd/\d+\.\d+\.\d+\S*", record["agent"])
    assert record["attempts"] >= 1
    assert "" not in record.values(), "an unset value is left out, never empty"
