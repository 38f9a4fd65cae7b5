"""What inotify cannot do: no more watches, no instance, a folder that is mounted over, unmounted, or not there yet."""

import re

import pytest

import namespaces
from daemon import Daemon
from test_watching_floods import folder_status, wait_for_count

pytestmark = pytest.mark.skipif(not namespaces.are_permitted(), reason="this machine permits no user namespaces")


def limited(binary, sink, folder, tmp_path, *options, first="", **keys):
    program = namespaces.wrap(binary, tmp_path, *options, first=first)
    return Daemon(program, tmp_path / "daemon", sink, {folder.name: {"path": str(folder), "poll_interval": "1s", **keys}})


@pytest.fixture
def ended():
    """Daemons that are ended whatever happens."""
    made = []
    yield made
    for daemon in made:
        if daemon.process is not None:
            daemon.kill()


@pytest.mark.parametrize("kind, value", [("watches", 5), ("instances", 0)])
def test_an_exhausted_limit_means_polling_and_names_what_would_do_and_events_come_back_without_a_restart(
        binary, sink, folder, tmp_path, ended, kind, value):
    for number in range(20):
        (folder / f"d{number}").mkdir()
    sysctl = f"/proc/sys/user/max_inotify_{kind}"
    daemon = limited(binary, sink, folder, tmp_path, first=f"echo {value} > {sysctl}")
    ended.append(daemon)
    daemon.start()
    (folder / "d7" / "polled.txt").write_text("found by polling")
    wait_for_count(daemon, sink, 1, 60)
    daemon.wait_for(lambda: folder_status(daemon).get("mode") == "poll", 30, "polling")

    def advised():
        return re.search(rf"user\.max_inotify_{kind}=(\d+) would do", folder_status(daemon).get("problem") or "")
    enough = int(daemon.wait_for(advised, 30, "the sysctl and its value").group(1))
    assert f"user.max_inotify_{kind}={enough}" in daemon.wait_for_status("DEGRADED")
    assert enough > value

    namespaces.inside(daemon.process, f"echo {enough} > {sysctl}")
    daemon.wait_for(lambda: folder_status(daemon).get("mode") == "inotify", 60, "events again")
    status = folder_status(daemon)
    assert not status.get("problem")
    assert status["directories"] == 21
    (folder / "d13" / "event.txt").write_text("told by an event")
    wait_for_count(daemon, sink, 2, 60)
    assert folder_status(daemon)["missed_events"] == 0
    assert "watched by kernel events again" in daemon.log.read_text()
    assert daemon.stop() == 0


def test_watches_that_run_out_while_it_runs_lose_nothing(binary, sink, folder, tmp_path, ended):
    daemon = limited(binary, sink, folder, tmp_path, first="echo 10 > /proc/sys/user/max_inotify_watches")
    ended.append(daemon)
    daemon.start()
    for number in range(30):
        (folder / f"d{number}").mkdir()
        (folder / f"d{number}" / "f.txt").write_text(str(number))
    wait_for_count(daemon, sink, 30, 60)
    daemon.wait_for(lambda: folder_status(daemon).get("mode") == "poll", 30, "polling")
    assert set(sink.keys().values()) == {1}
    assert daemon.stop() == 0


def test_a_folder_that_is_mounted_over_and_unmounted_is_followed_and_told(binary, sink, folder, tmp_path, ended):
    daemon = limited(binary, sink, folder, tmp_path, "--mount", "--propagation", "private")
    ended.append(daemon)
    daemon.start()
    (folder / "below.txt").write_text("before the mount")
    wait_for_count(daemon, sink, 1, 60)

    namespaces.inside(daemon.process, f"mount -t tmpfs none {folder} && echo mounted > {folder}/over.txt")
    wait_for_count(daemon, sink, 2, 60)
    daemon.wait_for(lambda: folder_status(daemon).get("available"), 30, "available")

    namespaces.inside(daemon.process, f"umount -l {folder}")
    daemon.wait_for(lambda: not folder_status(daemon)["available"], 60, "unavailable")
    assert "is gone" in folder_status(daemon)["problem"]
    assert "DEGRADED" in daemon.wait_for_status("is gone")
    (folder / "meanwhile.txt").write_text("saved while nothing was mounted")
    wait_for_count(daemon, sink, 3, 60)
    assert not daemon.json("queue", "--state", "withdrawn"), "nothing counts as deleted"

    namespaces.inside(daemon.process, f"mount -t tmpfs none {folder} && echo again > {folder}/again.txt")
    wait_for_count(daemon, sink, 4, 60)
    daemon.wait_for(lambda: folder_status(daemon)["available"], 60, "available")
    namespaces.inside(daemon.process, f"echo event > {folder}/event.txt")
    wait_for_count(daemon, sink, 5, 60)
    assert folder_status(daemon)["missed_events"] == 0
    assert daemon.stop() == 0


def test_a_folder_that_is_missing_at_the_start_is_waited_for(flooded, sink, folder):
    folder.rmdir()
    assert flooded.command("check").returncode == 78, "check reports it"
    flooded.start()
    assert "DEGRADED" in flooded.wait_for_status("does not exist")
    flooded.wait_for(lambda: folder_status(flooded).get("available") is False, 30, "unavailable")
    folder.mkdir()
    (folder / "a.txt").write_text("there at last")
    wait_for_count(flooded, sink, 1, 60)
    flooded.wait_for(lambda: folder_status(flooded)["available"], 30, "available")
    assert f"{folder.name}: folder available again" in flooded.log_tail(), "the line names the folder"
    assert flooded.stop() == 0
