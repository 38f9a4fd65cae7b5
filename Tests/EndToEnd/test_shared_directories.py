"""A folder that is a part of another one by another path: its files are delivered once, by the folder whose own directory it is."""

import contextlib
import os
import subprocess

import pytest
from expectations import wait_for_records
from test_delivery import write

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")


@contextlib.contextmanager
def bound(directory, place):
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "--bind", directory, place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=False)


@pytest.fixture
def pair(faked, tmp_path):
    """The first holds `sub/deep`, which is the second at another path."""
    outer, inner = tmp_path / f"outer-{tmp_path.name}", tmp_path / f"inner-{tmp_path.name}"
    (outer / "sub/deep").mkdir(parents=True)
    with bound(outer / "sub/deep", inner):
        configure(faked, outer, inner)
        yield outer, inner


def configure(daemon, *folders):
    daemon.configure({folder.name: {"path": str(folder)} for folder in folders})


def records(fake, folder):
    return sorted(record["source_path"] for record in fake.records(folder.name))


def test_each_file_is_delivered_once_by_the_folder_whose_directory_it_is(faked, fake, pair):
    outer, inner = pair
    write(outer, {b"sub/deep/before.txt": b"1", b"sub/beside.txt": b"2"})
    faked.start()
    wait_for_records(fake, inner, 1, daemon=faked)
    write(outer, {b"sub/deep/by-one-path.txt": b"3", b"sub/deep/new/a.txt": b"4"})
    write(inner, {b"by-the-other.txt": b"5"})
    wait_for_records(fake, inner, 4, daemon=faked)
    wait_for_records(fake, outer, 1, daemon=faked)
    faked.stop()
    faked.start()
    faked.wait_for_status("OK", "0 pending")
    faked.holds_for(3, lambda: records(fake, outer) == ["sub/beside.txt"])
    assert records(fake, inner) == ["before.txt", "by-one-path.txt", "by-the-other.txt", "new/a.txt"]
    status = {folder["name"]: folder for folder in faked.json("status")["folders"]}
    assert status[outer.name]["ignored"] == {"other-folder": 1} and status[inner.name]["ignored"] == {}
    assert f"left to folder {inner.name}, whose directory it is by another path" in faked.log.read_text(errors="replace")
    # Whichever way a person names a file, the folder that delivers it answers.
    for path in (outer / "sub/deep/before.txt", inner / "before.txt", outer / "sub/deep/new/a.txt", outer / "sub/beside.txt"):
        answer = faked.command("is-safe", str(path))
        assert answer.returncode == 0, answer
        assert faked.json("queue", "show", str(path))["state"] == "logged"
    check = faked.command("check")
    assert f"it is a part of folder {outer.name}" in check.stdout and check.returncode == 0, check


def test_a_folder_that_comes_by_reload_takes_its_directory_over_and_gives_it_back(faked, fake, pair):
    outer, inner = pair
    configure(faked, outer)
    write(outer, {b"sub/deep/a.txt": b"a"})
    faked.start()
    wait_for_records(fake, outer, 1, daemon=faked)
    configure(faked, outer, inner)
    faked.reload()
    # What was there when it came is new to it.
    wait_for_records(fake, inner, 1, daemon=faked)
    faked.wait_for(lambda: any(f["ignored"].get("other-folder") for f in faked.json("status")["folders"]), 20, "left to it")
    write(outer, {b"sub/deep/b.txt": b"b"})
    wait_for_records(fake, inner, 2, daemon=faked)
    configure(faked, outer)
    faked.reload()
    wait_for_records(fake, outer, 2, daemon=faked)
    write(outer, {b"sub/deep/c.txt": b"c"})
    wait_for_records(fake, outer, 3, daemon=faked)
    assert records(fake, inner) == ["a.txt", "b.txt"]
    assert records(fake, outer) == ["sub/deep/a.txt", "sub/deep/b.txt", "sub/deep/c.txt"]


def test_while_the_mount_is_gone_its_directory_is_still_its_own(faked, fake, pair):
    outer, inner = pair
    faked.start()
    write(inner, {b"a.txt": b"a"})
    wait_for_records(fake, inner, 1, daemon=faked)
    subprocess.run(["umount", "-l", inner], check=True)
    faked.wait_for_status("DEGRADED", "that was mounted at", "is gone")
    write(outer, {b"sub/deep/b.txt": b"b", b"c.txt": b"c"})
    wait_for_records(fake, outer, 1, daemon=faked)
    faked.holds_for(3, lambda: records(fake, outer) == ["c.txt"])
    subprocess.run(["mount", "--bind", outer / "sub/deep", inner], check=True)
    wait_for_records(fake, inner, 2, daemon=faked)
    assert records(fake, inner) == ["a.txt", "b.txt"] and records(fake, outer) == ["c.txt"]


def test_a_folder_that_is_mounted_inside_another_one_answers_for_its_files_and_none_for_what_that_hides(faked, fake, tmp_path):
    outer, other, beside = tmp_path / f"outer-{tmp_path.name}", tmp_path / f"other-{tmp_path.name}", tmp_path / "beside"
    for directory in (outer / "sub", other):
        directory.mkdir(parents=True)
    write(outer, {b"sub/hidden.txt": b"hidden"})
    write(other, {b"shown.txt": b"shown"})
    configure(faked, outer, other)
    with bound(outer / "sub", beside), bound(other, outer / "sub"):
        faked.start()
        wait_for_records(fake, other, 1, daemon=faked)
        answer = faked.command("is-safe", str(outer / "sub/shown.txt"))
        assert answer.returncode == 0, answer
        answer = faked.command("is-safe", str(beside / "hidden.txt"))
        assert answer.returncode == 5 and "it is in none of the watched folders" in answer.stdout, answer
        assert records(fake, outer) == []


def test_a_file_is_taken_by_the_folder_that_delivers_it_whichever_way_its_path_is_written(faked, fake, pair, tmp_path):
    outer, inner = pair
    other = tmp_path / f"other-{tmp_path.name}"
    other.mkdir()
    configure(faked, outer, inner, other)
    write(outer, {b"sub/deep/a.tmp": b"a", b"here.tmp": b"h", b"over/hidden.tmp": b"hidden"})
    write(other, {b"b.tmp": b"b"})
    with bound(outer / "over", tmp_path / "beside") as beside, bound(other, outer / "over"):
        faked.start()
        paths = [outer / "sub/deep/a.tmp", outer / "over/b.tmp", outer / "here.tmp"]
        answer = faked.command("queue", "take", *paths)
        assert answer.returncode == 0, answer
        for folder, names in ((inner, ["a.tmp"]), (other, ["b.tmp"]), (outer, ["here.tmp"])):
            wait_for_records(fake, folder, len(names), daemon=faked)
            assert records(fake, folder) == names
        answer = faked.command("queue", "take", beside / "hidden.tmp")
        assert answer.returncode == 4 and "no file in a watched folder" in answer.stderr, answer
        for path in paths:
            assert faked.command("is-safe", path).returncode == 0, path
