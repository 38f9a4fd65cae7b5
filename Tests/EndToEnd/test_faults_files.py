"""Files that are not what they seem, and files that change under our hands."""

import os
import socket
from datetime import datetime, timedelta

import pytest

import mounts
import system_calls
from delivering import assert_single, deliver
from expectations import assert_delivered, wait_for_records
from test_delivery import write


def test_symbolic_links_are_never_followed(faked, fake, folder, tmp_path):
    """To a file and to a directory outside, to a file inside; before the start and while running; and others of their kind."""
    outside = tmp_path / "outside"
    write(outside, {b"secret.txt": b"secret", b"deep/secret.txt": b"deep secret"})

    def make(name):
        (folder / f"{name}-file").symlink_to(outside / "secret.txt")
        (folder / f"{name}-directory").symlink_to(outside)
        (folder / f"{name}-inside").symlink_to("real-before.txt")
        (folder / f"{name}-relative").symlink_to("../outside/secret.txt")
        os.mkfifo(folder / f"{name}-pipe")
        with socket.socket(socket.AF_UNIX) as server:
            place = os.open(folder, os.O_RDONLY)
            server.bind(f"/proc/self/fd/{place}/{name}-socket")
            os.close(place)

    make("before")
    files = {b"real-before.txt": b"real"}
    deliver(faked, fake, folder, files)
    make("while")
    files |= {b"real-%d.txt" % n: b"real %d" % n for n in range(3)}
    deliver(faked, fake, folder, files)
    # The scan at a start looks at everything once more.
    assert faked.stop() == 0
    files |= {b"real-after.txt": b"real"}
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


def test_a_directory_that_becomes_a_link_to_elsewhere_gives_nothing_away(faked, fake, folder, tmp_path):
    """Swapped again and again between a directory of ours and a link to one outside, while files in it are taken up."""
    outside, inside, link = tmp_path / "outside", folder / "box", tmp_path / "link"
    write(outside, {b"%d.txt" % n: b"secret" for n in range(20)})
    write(inside, {b"%d.txt" % n: b"ours" for n in range(20)})
    link.symlink_to(outside)
    faked.start()
    for _ in range(3000):
        os.rename(inside, tmp_path / "aside")
        os.rename(link, inside)
        os.rename(inside, link)
        os.rename(tmp_path / "aside", inside)
    write(folder, {b"box/%d.txt" % n: b"ours, again" for n in range(20)})
    faked.wait_for_status("0 pending")
    write(folder, {b"marker.txt": b"marker"})
    faked.wait_for(lambda: any(r["filename"] == "marker.txt" for r in fake.records(folder.name)), 60, "the marker")
    stored = {fake.read(key, version)[0] for key, version in fake.versions(folder.name + "/")}
    assert b"secret" not in stored


@pytest.mark.skipif(mounts.fuse_missing() is not None, reason=str(mounts.fuse_missing()))
def test_a_folder_on_a_fuse_file_system_is_polled_and_files_from_either_side_arrive(faked, fake, folder, tmp_path):
    """The kernel tells nothing of what is saved behind the mount, as another machine would do."""
    behind = tmp_path / "behind"
    with mounts.fuse(behind, folder):
        faked.configure({folder.name: {"path": str(folder), "poll_interval": "1s"}})
        faked.start()
        write(folder, {b"before.txt": b"before"})
        write(behind, {b"sub/behind.txt": b"behind"})
        files = {b"before.txt": b"before", b"sub/behind.txt": b"behind"}
        wait_for_records(fake, folder, len(files), daemon=faked)
        [shown] = faked.json("status")["folders"]
        assert shown["mode"] == "poll"
        assert_delivered(fake, folder, files)
        assert faked.stop() == 0


def test_a_file_that_is_rewritten_without_rest_is_never_delivered_torn(faked, fake, folder):
    """Every state is one letter, many times: an object with two letters would be a mixture."""
    size = 2_000_000
    faked.start()
    for number in range(60):
        with open(folder / "busy.bin", "r+b" if number else "wb") as file:
            file.write(bytes([65 + number % 26]) * size)
    final = bytes([65 + 59 % 26]) * size
    faked.wait_for(lambda: any(fake.read(key, version)[0] == final for key, version in fake.versions(folder.name + "/")),
                   60, "the last state")
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.wait_for_status("OK:", "0 pending")
    for record in fake.records(folder.name):
        content = fake.read(record["object_key"], record["version_id"])[0]
        assert len(set(content)) == 1 and len(content) == size


def test_a_time_beyond_64_bits_of_nanoseconds_is_recorded_to_the_second(faked, fake, folder):
    """Such as a broken clock or a damaged archive leaves behind: after 2262, and, where the file system has it, before 1677."""
    times = {b"late.txt": 13_569_465_600, b"early.txt": -10_000_000_000}
    files = {name: b"of " + name for name in times}
    write(folder, files)
    for name, seconds in times.items():
        os.utime(folder / name.decode(), (seconds, seconds))
    deliver(faked, fake, folder, files)
    for record in assert_single(fake, folder, files):
        held = os.stat(folder / record["filename"]).st_mtime_ns
        expected = datetime(1970, 1, 1) + timedelta(seconds=held // 10**9)
        assert record["modified_at"] == expected.isoformat(timespec="milliseconds") + "Z"


@pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))
def test_a_disk_that_fails_while_a_file_is_sent_is_that_files_fault_and_the_others_go_on(faked, fake, folder):
    """The hash could still be read, and then the disk fails: S3 has done nothing wrong. Afterwards the disk is mended."""
    bad = {b"bad-%d.bin" % n: os.urandom(300_000) for n in range(8)}
    write(folder, bad)
    faked.under = system_calls.inject("pread64,preadv2", "error=EIO", "1+", [folder / name.decode() for name in bad])
    faked.start()
    failures = lambda: faked.log_tail(10**6).count("could not be read while it was sent")  # noqa: E731
    faked.wait_for(lambda: failures() > 10, 30, "the failures")
    files = {b"%d.txt" % n: b"content %d" % n for n in range(20)}
    write(folder, files)
    wait_for_records(fake, folder, len(files), daemon=faked, timeout=15)
    assert "code=read-error" in faked.log_tail(10**6)
    assert "S3 is" not in faked.log_tail(10**6), "no word of a fault of S3"
    report = faked.wait_for(
        lambda: (r := faked.json("status"))["queue"]["pending"] == len(bad) and r["services"] and r, 15,
        "a status that knows the services and the files that wait")
    assert report["services"]["s3"]["state"] == "ok"
    faked.kill()
    faked.under = []
    deliver(faked, fake, folder, files | bad)
    assert_delivered(fake, folder, files | bad)
