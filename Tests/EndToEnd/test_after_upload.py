"""What becomes of a file in its folder once it is delivered."""

import os
import time

import pytest

from daemon import wait_until
from expectations import assert_delivered, wait_for_records
from test_delivery import HOSTILE, NOT_TEXT, write


def names(folder):
    """Every file below a folder, relative, as bytes."""
    found = []
    for directory, _, files in os.walk(os.fsencode(folder)):
        found += [os.path.relpath(os.path.join(directory, name), os.fsencode(folder)) for name in files]
    return sorted(found)


def settings(folder, **keys):
    return {folder.name: {"path": str(folder)} | keys}


def day():
    return time.strftime("%Y-%m-%d").encode()


def test_delivered_files_are_moved_with_their_directories_and_names_whatever_they_are(daemon, aws, folder):
    daemon.configure(settings(folder, after_upload="move"))
    files = {b"clients/rossi/" + (name.encode() if isinstance(name, str) else name): b"%d" % n
             for n, name in enumerate(HOSTILE + NOT_TEXT)}
    daemon.start()
    write(folder, files)
    wait_for_records(aws, folder, len(files), daemon=daemon)
    expected = sorted(b"_sent/" + day() + b"/" + name for name in files)
    daemon.wait_for(lambda: not set(expected) - set(names(folder)), 30, "all moved")
    assert names(folder) == expected
    assert_delivered(aws, folder, files)
    assert daemon.json("queue") == []


def test_the_same_name_again_gets_a_suffix_and_what_was_moved_is_not_watched(daemon, aws, folder):
    daemon.configure(settings(folder, after_upload="move", move_to="_done"))
    daemon.start()
    for number in (1, 2):
        write(folder, {b"scan.pdf": b"version %d" % number})
        wait_for_records(aws, folder, number, daemon=daemon)
        daemon.wait_for(lambda: len(names(folder)) == number and b"scan.pdf" not in names(folder), 30, "moved")
    assert names(folder) == [b"_done/scan (2).pdf", b"_done/scan.pdf"]
    # The same content once more is another arrival: the one before was taken away.
    write(folder, {b"scan.pdf": b"version 2"})
    daemon.wait_for(lambda: b"_done/scan (3).pdf" in names(folder), 30, "moved again")
    write(folder, {b"_done/note.txt": b"by hand", b"last.txt": b"a marker"})
    wait_for_records(aws, folder, 4, daemon=daemon)
    assert sorted(r["filename"] for r in aws.records(folder.name)) == ["last.txt"] + ["scan.pdf"] * 3


def test_a_file_is_deleted_after_its_grace_only_if_it_is_still_what_was_delivered(daemon, aws, folder):
    daemon.configure(settings(folder, after_upload="delete", delete_after="2s"))
    daemon.start()
    began = time.monotonic()
    write(folder, {b"a.txt": b"goes"})
    daemon.wait_for(lambda: names(folder) == [], 30, "a.txt deleted")
    assert time.monotonic() - began >= 2, "nothing is deleted before its time"
    count = 1
    changed = False
    while not changed:
        write(folder, {b"b.txt": b"changes %d" % count})
        count += 1
        wait_for_records(aws, folder, count, daemon=daemon)
        changed = rewrite(folder / "b.txt", b"changed meanwhile")
    wait_for_records(aws, folder, count + 1, daemon=daemon)
    daemon.wait_for(lambda: names(folder) == [], 30, "the changed file is deleted in its turn")
    contents = {aws.read(r["object_key"], r["version_id"])[0] for r in aws.records(folder.name)}
    assert contents == {b"goes", b"changed meanwhile"} | {b"changes %d" % n for n in range(1, count)}


def rewrite(path, content):
    """Writes a file that is there anew; False where it was deleted first, as on a machine that is busy."""
    try:
        file = open(path, "r+b")
    except FileNotFoundError:
        return False
    with file:
        file.truncate()
        file.write(content)
        file.flush()
        return os.fstat(file.fileno()).st_nlink == 1


def test_a_drain_moves_what_it_delivered(daemon, aws, folder):
    daemon.configure(settings(folder, after_upload="move", move_to="_done"))
    write(folder, {b"a.txt": b"a"})
    assert daemon.command("run", "--drain").returncode == 0
    assert names(folder) == [b"_done/a.txt"]


def strace(daemon, *arguments):
    """Starts the daemon watched by strace, which kills it or holds it up at a system call. It is our own child all the same."""
    start_under(daemon, ["strace", "-D", "-f", "-qq", "-o", str(daemon.directory / "trace"), *arguments])


def start_under(daemon, command):
    """Starts the daemon with a command that runs it, this once."""
    daemon.under = command
    daemon.start()
    daemon.under = []


MOVE = {"after_upload": "move", "move_to": "_done"}
DELETE = {"after_upload": "delete", "delete_after": "0s"}


def read_only(folder):
    """Runs a command in a world of its own where the folder is mounted read-only."""
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    return ["unshare", "--map-root-user", "--mount", "--propagation", "private", "sh", "-c", script, str(folder)]


@pytest.mark.parametrize("keys,undone,trouble", [
    (MOVE, "delivered files are not moved", "delivered files cannot be moved"),
    (DELETE, "delivered files are not deleted", "delivered files cannot be deleted"),
    ({"max_size": "1B"}, "refused files stay where they are", "refused files cannot be moved aside"),
    ({"receipt": "daily"}, "no receipts are written", "receipts cannot be written"),
    ({"receipt": "file"}, "no receipts are written", "receipts cannot be written"),
    ({"status_page": True}, "there is no status page", "the status page cannot be written")])
def test_a_folder_that_may_only_be_read_is_told_and_deliveries_go_on(faked, fake, folder, keys, undone, trouble):
    faked.configure(settings(folder, **keys))
    warned = faked.command("check", prefix=read_only(folder))
    assert warned.returncode == 78, warned
    assert "its file system is read-only: files are delivered, but " + undone in warned.stdout, warned
    assert "mount -o remount,rw" in warned.stdout and undone in warned.stderr + warned.stdout, warned
    start_under(faked, read_only(folder))
    write(folder, {b"a.txt": b"a", b"bb.txt": b"bb"})
    wait_for_records(fake, folder, 2, daemon=faked)
    line = faked.wait_for_status("DEGRADED", trouble, "deliveries go on")
    assert "read-only" in line and "ReadWritePaths=" in line
    write(folder, {b"c.txt": b"c"})
    wait_for_records(fake, folder, 3, daemon=faked)
    assert names(folder) == [b"a.txt", b"bb.txt", b"c.txt"]
