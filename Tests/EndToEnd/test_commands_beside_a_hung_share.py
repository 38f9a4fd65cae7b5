"""Commands beside a share that hangs (bindfs with its process stopped): they answer, and say what could not be looked at."""

import os
import subprocess
import time

import pytest
from expectations import wait_for_records
from mounts import fuse_missing, served

pytestmark = pytest.mark.skipif(fuse_missing() is not None, reason=fuse_missing() or "")

#: Within which every command answers beside it, in seconds.
PATIENCE = 5


@pytest.fixture
def share(tmp_path):
    """A share below a directory of its own, and what it shows."""
    (tmp_path / "shares").mkdir()
    with served(tmp_path / "behind", tmp_path / "shares/scans") as share:
        share.place, share.behind = tmp_path / "shares/scans", tmp_path / "behind"
        yield share


@pytest.fixture
def beside(faked, fake, folder, share):
    """A daemon with a local folder and one on the share, each with a delivered file; then the share hangs."""
    faked.configure({scans(folder): {"path": str(share.place), "poll_interval": "1s"}} | faked.folders)
    faked.start()
    (share.behind / "there.txt").write_text("on the share")
    (folder / "here.txt").write_text("on the disk")
    wait_for_records(fake, folder, 1, timeout=30, daemon=faked)
    faked.wait_for(lambda: fake.count_records(scans(folder)) == 1, 30, "the record of the share's file")
    share.hang()
    yield faked
    # What hangs in the share ends with it.
    share.go_on()


def scans(folder):
    """The name of the folder on the share, which no other test uses."""
    return folder.name + "-scans"


def run(daemon, *arguments, status=0, within=PATIENCE, **more):
    """What a command prints, both to the end of its output (as in a pipeline) and of its process."""
    begun = time.monotonic()
    done = subprocess.run([daemon.binary, *arguments, "--config", str(daemon.config)], env=daemon.environment(),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=20, **more)
    took = time.monotonic() - begun
    assert done.returncode == status, (done.returncode, done.stdout)
    assert took < within, (took, done.stdout)
    return done.stdout


def test_the_lists_answer(beside, folder, share):
    for command in (["status"], ["queue"], ["history"]):
        run(beside, *command, status=0)
    assert "there.txt" in run(beside, "history")
    beside.wait_for_status(f"DEGRADED: folder {scans(folder)} does not answer since", timeout=25)
    assert "does not answer since" in run(beside, "status")


def test_check_names_the_folder_that_does_not_answer_and_looks_at_the_others(beside, folder, share):
    shown = run(beside, "check", status=78)
    assert "the configuration is valid, folders: 2" in shown
    [line] = [line for line in shown.splitlines() if str(share.place) in line]
    assert line.startswith(f"FAILED  {scans(folder)} {share.place}: does not answer") and "not looked at" in line
    assert "fuse" in line
    assert any(line.startswith("ok") and str(folder) in line for line in shown.splitlines())
    assert not [line for line in shown.splitlines() if line.startswith("FAILED") and str(folder) + ":" in line]


def test_check_with_the_online_part(beside, folder, share):
    assert "does not answer" in run(beside, "check", "--online", status=78, within=15)


def test_check_of_a_folder_inside_a_share(beside, folder, share):
    """The parent hangs, not only the folder."""
    beside.configure({"inside": {"path": str(share.place / "sub/folder")}, folder.name: {"path": str(folder)}})
    shown = run(beside, "check", status=78)
    assert f"FAILED  inside {share.place}/sub/folder: does not answer" in shown
    assert f"ok      {folder.name} {folder}" in shown


def test_check_from_within_the_share(beside, folder, share):
    shown = run(beside, "check", status=78, cwd="/")
    # A working directory there is the kernel's to keep: it is entered before the share hangs.
    share.go_on()
    directory = os.open(share.place, os.O_RDONLY | os.O_DIRECTORY)
    share.hang()
    try:
        within = run(beside, "check", status=78, preexec_fn=lambda: os.fchdir(directory))
    finally:
        os.close(directory)
    assert within == shown


def test_is_safe_of_another_folder_is_as_fast_as_ever(beside, folder, share):
    assert run(beside, "is-safe", str(folder / "here.txt"), within=2).startswith("safe ")
    assert "has not been taken up yet" not in run(beside, "is-safe", str(folder / "here.txt"), within=2)


def test_is_safe_on_the_share_says_that_it_cannot_tell(beside, folder, share):
    paths = [str(share.place / "there.txt"), str(folder / "here.txt"), str(share.place / "other.txt")]
    lines = run(beside, "is-safe", *paths, status=5).splitlines()
    assert [line.split()[0] for line in lines] == ["NOT", "safe", "NOT"], lines
    for line in lines[::2]:
        assert f"folder {scans(folder)} does not answer" in line and "not looked at" in line, line
    # Many of them wait no longer than one.
    many = [str(share.place / f"{number}.txt") for number in range(200)]
    assert len(run(beside, "is-safe", *many, status=5).splitlines()) == 200


def test_is_safe_outside_every_folder(beside, folder, share, tmp_path):
    """No folder's path leads to it: that cannot be said of one below the share, whose own way is not known."""
    (tmp_path / "elsewhere.txt").write_text("x")
    path = str(tmp_path / "elsewhere.txt")
    assert "it is in none of the watched folders, or does not exist" in run(beside, "is-safe", path, status=5)
    beside.configure({"inside": {"path": str(share.place / "sub/folder")}, folder.name: {"path": str(folder)}})
    shown = run(beside, "is-safe", path, status=5)
    assert "it is in none of the watched folders that answer" in shown and "folder inside does not answer" in shown


def test_is_safe_from_within_the_share(beside, folder, share):
    share.go_on()
    directory = os.open(share.place, os.O_RDONLY | os.O_DIRECTORY)
    share.hang()
    try:
        enter = lambda: os.fchdir(directory)  # noqa: E731
        assert run(beside, "is-safe", str(folder / "here.txt"), within=2, preexec_fn=enter).startswith("safe ")
        assert "does not answer" in run(beside, "is-safe", "there.txt", status=5, preexec_fn=enter)
    finally:
        os.close(directory)


def test_queue_show_by_path_needs_the_share_only_to_find_the_file(beside, folder, share):
    assert "there.txt" in run(beside, "queue", "show", str(share.place / "there.txt"))
    assert "does not answer" in run(beside, "queue", "show", str(share.place / "other.txt"), status=1)
    assert "does not answer" in run(beside, "queue", "take", str(share.place / "other.txt"), status=1)
    assert "here.txt" in run(beside, "queue", "show", str(folder / "here.txt"), within=2)


def test_what_was_left_behind_ends_with_the_share(beside, folder, share):
    run(beside, "check", status=78)
    run(beside, "is-safe", str(share.place / "there.txt"), status=5)
    share.go_on()
    beside.wait_for(lambda: not looking(beside.binary), 10, "no process that looks")


def looking(binary):
    """Processes of the program that still look at folders for a command."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if len(words) > 1 and words[1] == b"look-at-folders":
                found.append(int(entry))
    return found
