"""What the tests of faults share: offer files while a fault plays, and see them arrive all the same."""

import os

from expectations import wait_for_records
from test_delivery import write

PARTS = {"multipart_threshold": "5MiB", "part_size": "5MiB"}
#: Three parts, the last of one byte.
THREE_PARTS = os.urandom(10 * 1024 * 1024 + 1)
#: Requests to one service that the daemon has under way at once, unless it is told otherwise.
CONCURRENCY = 16


def in_parts(daemon, **more):
    """Lets the daemon send files of 5 MiB and more in parts of 5 MiB."""
    daemon.sections["upload"] = daemon.sections["upload"] | PARTS | more
    daemon.configure(daemon.folders)
    return daemon


def write_once(daemon, **more):
    """Lets the daemon never replace an object: every key carries the delivery's id."""
    daemon.sections["upload"] = daemon.sections["upload"] | {"write_once": True} | more
    daemon.configure({name: keys | {"key": "{folder}/{id}/{path}"} for name, keys in daemon.folders.items()})
    return daemon


def deliver(daemon, aws, folder, files, timeout=60):
    """Writes the files that are not there yet, starts the daemon where it does not run, and waits for all records."""
    write(folder, {path: content for path, content in files.items() if not os.path.exists(os.fsencode(folder) + b"/" + path)})
    if daemon.process is None:
        daemon.start()
    records = wait_for_records(aws, folder, len(files), timeout=timeout, daemon=daemon)
    # A record is there before its answer is: only an empty queue tells that nothing is sent any more. The status line can
    # be one from before.
    daemon.wait_for(lambda: not daemon.json("queue"), timeout, "an empty queue")
    daemon.wait_for_status("OK:", "0 pending")
    return records


def assert_single(aws, folder, files):
    """One record for each file, naming a version that holds it; further versions hold the same bytes."""
    records = aws.records(folder.name)
    assert sorted(r["source_path"] for r in records) == sorted(path.decode() for path in files)
    assert not aws.overwritten_records(folder.name + "/")
    for record in records:
        content = files[record["source_path"].encode()]
        assert aws.read(record["object_key"], record["version_id"])[0] == content
        for key, version in aws.versions(record["object_key"]):
            assert aws.read(key, version)[0] == content
    return records


def heal(daemon, aws):
    """The fault is mended, and somebody says so."""
    aws.script()
    assert daemon.command("queue", "retry", "--all").returncode == 0
