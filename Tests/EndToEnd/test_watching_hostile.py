"""A folder into which anybody may put anything: nothing outside it is read, nothing blocks, everything is counted."""

import ctypes
import hashlib
import os
import socket
import stat
import time

from test_watching_floods import folder_status, wait_for_count

LIBC = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def exchange(one, other):
    if LIBC.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")


def make_deep(top, levels, every):
    """Nests directories `d` without end, with a file in every so many of them."""
    here = os.open(top, os.O_RDONLY)
    for level in range(1, levels + 1):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
        if level % every == 0:
            with open(os.open("f.txt", os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as file:
                file.write("deep")
    os.close(here)


def remove_deep(top):
    """What `rm -rf` does, for a tree that Python's own functions are too recursive for."""
    os.system(f"rm -rf '{top}'")


def fill(folder, secret, tmp_path):
    """One of everything that is not a plain file; reason → how many."""
    os.symlink(secret, folder / "to-a-file")
    os.symlink(secret.parent, folder / "to-a-directory")
    os.symlink("to-itself", folder / "to-itself")
    os.symlink("..", folder / "upwards")
    os.mkfifo(folder / "fifo")
    listening = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(folder)
    listening.bind("socket")
    os.chdir(here)
    counts = {"symlink": 4, "special": 2, "temporary": 3}
    if os.geteuid() == 0:
        try:
            os.mknod(folder / "device", stat.S_IFBLK | 0o600, os.makedev(7, 250))
            counts["special"] += 1
        except PermissionError:
            pass
    for name in ("~$a.docx", "a.pdf.part"):
        (folder / name).write_text("not yet")
    (folder / "a.docx.sb-1a2b3c4d-Xy12Zw").mkdir()
    (folder / "a.docx.sb-1a2b3c4d-Xy12Zw" / "a.docx").write_text("not yet")
    return counts


def test_links_pipes_sockets_and_devices_are_counted_and_deep_trees_handled(flooded, sink, folder, tmp_path):
    secret = tmp_path / "outside" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text("secret")
    before = fill(folder, secret, tmp_path)
    make_deep(folder, 3000, 1000)
    try:
        flooded.start()
        os.link(secret.parent / "secret.txt", folder / "linked.txt")
        (folder / "plain.txt").write_text("plain")
        (folder / ("n" * 251 + ".txt")).write_text("the longest name")
        wait_for_count(flooded, sink, 3, 60)
        # The keys of two files in the deep tree are too long for S3; the path of the third is too long for a path.
        flooded.wait_for_status("2 parked")
        assert all("1,024" in row["last_error"] or "1024" in row["last_error"]
                   for row in flooded.json("queue", "--state", "parked"))
        expected = before | {"too-long": 1}
        flooded.wait_for(lambda: folder_status(flooded)["ignored"] == expected, 60,
                         lambda: f"{expected}, there are {folder_status(flooded)['ignored']}")
        flooded.command("status")
        names = sorted(key.decode().rpartition("/")[2] for key in sink.keys())
        assert names == sorted(["linked.txt", "plain.txt", "n" * 251 + ".txt"]), "a hard link is a file like others"
        assert flooded.stop() == 0
    finally:
        remove_deep(folder)


def test_a_directory_swapped_for_a_symlink_while_it_is_scanned_gives_nothing_away(flooded, sink, folder, tmp_path, long):
    rounds = 100_000 if long else 10_000
    outside = tmp_path / "outside"
    outside.mkdir()
    secret = b"the secret"
    for name in ("a.txt", "b.txt"):
        (outside / name).write_bytes(secret)
    real, link = folder / "real", folder / "link"
    real.mkdir()
    os.symlink(outside, link)
    inside = os.open(real, os.O_RDONLY)
    flooded.settle = "10ms"
    flooded.configure({folder.name: {"path": str(folder), "rescan": "10s"}})
    flooded.start()
    for number in range(rounds):
        if number % 500 == 0:
            for name in ("a.txt", "b.txt"):
                with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644, dir_fd=inside), "wb") as file:
                    file.write(b"harmless %d" % number)
            time.sleep(0.15)  # long enough to settle and be read, which the next rounds then race with
        elif number % 7 == 0:
            time.sleep(0.0002)
        exchange(real, link)
    os.close(inside)
    (folder / "last.txt").write_text("last")
    key = f"{folder.name}/last.txt".encode()
    flooded.wait_for(lambda: key in sink.keys(), 120, "the last file")
    digests = {digest for _, digest, _ in sink.puts()}
    assert len(digests) > rounds / 2000, "the files were delivered again and again"
    assert hashlib.sha256(secret).hexdigest() not in digests
    assert flooded.stop() == 0


def test_a_file_that_is_held_open_is_listed_with_its_age(flooded, sink, folder):
    flooded.start()
    with open(folder / "held.txt", "w") as file:
        file.write("begun")
        file.flush()
        listed = flooded.wait_for(lambda: folder_status(flooded).get("waiting_files"), 30, "the waiting file")
        assert listed[0]["path"] == "held.txt" and listed[0]["open_for_writing"] and not listed[0]["warning"]
        assert "held.txt, a program has it open for writing" in flooded.command("status").stdout
    wait_for_count(flooded, sink, 1, 60)
    flooded.wait_for(lambda: not folder_status(flooded)["waiting_files"], 30, "nothing waits")
    assert flooded.stop() == 0
