"""`wait`: until everything that is in the folders at the call is recorded."""

import json
import os
import signal
import subprocess
import time

import pytest
from control_client import greeted
from expectations import wait_for_records
from fake_aws.handle import Rule
from mounts import fuse_missing, served
from test_delivery import write

needs_fuse = pytest.mark.skipif(fuse_missing() is not None, reason=fuse_missing() or "")
FILES = {b"%d.txt" % n: b"%d" % n for n in range(20)}


def begun(daemon, *arguments):
    """A wait in the background."""
    return subprocess.Popen([daemon.binary, "wait", *arguments, "--config", str(daemon.config)], env=daemon.environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("settle", ["100ms", "3s"])
def test_what_was_saved_a_moment_before_counts(faked, fake, folder, settle):
    faked.settle = settle
    faked.configure({folder.name: {"path": str(folder)}})
    faked.start()
    write(folder, FILES | {b"sub/deep/a.txt": b"a"})
    done = faked.command("wait")
    assert done.returncode == 0 and done.stdout == "everything that was there is recorded\n", done
    assert fake.count_records(folder.name) == len(FILES) + 1
    # Nothing is there that was not: it ends at once.
    begin = time.monotonic()
    assert faked.command("wait", "--folder", folder.name, "--timeout", "20s").returncode == 0
    assert time.monotonic() - begin < 5


def test_what_is_saved_later_is_not_waited_for(faked, fake, folder):
    faked.start()
    write(folder, FILES)
    assert faked.command("wait", "--timeout", "30s").returncode == 0
    fake.script(Rule("PutObject", status=403, code="AccessDenied", times=None))
    write(folder, {b"more.txt": b"more"})
    waiting = begun(faked)
    faked.wait_for_status("BLOCKED", "1 pending")
    time.sleep(1)
    # After the call, and not at rest before its end.
    with open(folder / "open.txt", "wb") as later:
        later.write(b"x")
        later.flush()
        time.sleep(1)
        fake.script()
        assert faked.command("queue", "retry", "--all").returncode == 0
        assert waiting.wait(30) == 0, waiting.communicate()


def test_an_outage_is_waited_for_and_told(faked, fake, folder):
    fake.script(Rule("PutObject", status=403, code="AccessDenied", times=None))
    faked.start()
    write(folder, FILES)
    waiting = begun(faked)
    faked.wait_for_status("BLOCKED", "20 pending")
    time.sleep(1)
    assert waiting.poll() is None
    fake.script()
    assert faked.command("queue", "retry", "--all").returncode == 0
    assert waiting.wait(60) == 0
    out, told = waiting.communicate()
    assert out == "everything that was there is recorded\n" and f"waiting: {folder.name}: files are on their way" in told
    assert fake.count_records(folder.name) == 20


def test_when_the_time_is_up_what_is_missing_is_named_with_the_reason(faked, fake, folder):
    fake.script(Rule("PutObject", key="b.txt", status=400, code="KeyTooLongError", times=None))
    faked.start()
    write(folder, {b"a.txt": b"a", b"b.txt": b"b"})
    with open(folder / "open.txt", "wb") as held:
        held.write(b"half")
        held.flush()
        begin = time.monotonic()
        done = faked.command("wait", "--timeout", "4s")
        assert done.returncode == 75 and 3.5 < time.monotonic() - begin < 15, done
        assert "open.txt: settling: a program has it open for writing" in done.stderr and done.stdout == ""
        report = json.loads(faked.command("wait", "--timeout", "1s", "--json").stdout)
        assert report["outcome"] == "timeout" and report["folders"][0]["missing"] == [
            {"path": "open.txt", "reason": "a program has it open for writing", "state": "settling"}]
    faked.wait_for(lambda: len(faked.json("queue", "--state", "parked")) == 1, 20, "the one to be parked")
    done = faked.command("wait", "--timeout", "8s")
    [number] = [delivery["number"] for delivery in faked.json("queue", "--state", "parked")]
    assert done.returncode == 75 and f"b.txt (delivery {number}): parked: " in done.stderr
    assert "1 file set aside for a fault of its own" in done.stderr
    # A person decides, and the wait of somebody else goes on.
    waiting = begun(faked, "--timeout", "60s")
    time.sleep(1)
    assert faked.command("queue", "dismiss", str(number)).returncode == 0
    assert waiting.wait(60) == 0
    assert f"b.txt (delivery {number}): withdrawn: dismissed by the operator" in waiting.communicate()[0]


def test_refused_and_withdrawn_files_are_told(faked, fake, folder):
    faked.configure({folder.name: {"path": str(folder), "max_size": "10B"}})
    faked.start()
    write(folder, {b"a.txt": b"a", b"large.txt": b"more than ten bytes"})
    done = faked.command("wait", "--timeout", "60s")
    assert done.returncode == 0 and "large.txt (delivery" in done.stdout and ": rejected" in done.stdout, done
    report = json.loads(faked.command("wait", "--json").stdout)
    assert report["outcome"] == "done" and report["folders"] == [{"folder": folder.name, "missing": [], "stage": "done"}]


def test_other_ends(faked, fake, folder, tmp_path):
    assert faked.command("wait", "--timeout", "soon").returncode == 64
    done = faked.command("wait")
    assert done.returncode == 3 and "does not run" in done.stderr
    faked.configure({folder.name: {"path": str(folder)}, "gone": {"path": str(tmp_path / "gone")}})
    faked.start()
    assert faked.command("wait", "--folder", "none").returncode == 4
    write(folder, FILES)
    done = faked.command("wait")
    assert done.returncode == 69 and "gone: not all is recorded" in done.stderr and "does not exist" in done.stderr
    assert fake.count_records(folder.name) == len(FILES)
    assert faked.command("wait", "--folder", folder.name).returncode == 0
    # The daemon ends in the middle.
    with open(folder / "open.txt", "wb") as held:
        held.write(b"x")
        held.flush()
        waiting = begun(faked)
        time.sleep(2)
        faked.kill()
        assert waiting.wait(20) == 1
        assert "not known to be recorded" in waiting.communicate()[1]


@needs_fuse
def test_beside_a_share_that_hangs(faked, fake, folder, tmp_path):
    (tmp_path / "shares").mkdir()
    with served(tmp_path / "behind", tmp_path / "shares/scans") as share:
        faked.configure({"scans": {"path": str(tmp_path / "shares/scans"), "poll_interval": "1s"},
                         folder.name: {"path": str(folder)}})
        faked.start()
        (tmp_path / "behind/there.txt").write_text("on the share")
        assert faked.command("wait").returncode == 0
        share.hang()
        write(folder, FILES)
        assert faked.command("wait", "--folder", folder.name, "--timeout", "20s").returncode == 0
        done = faked.command("wait", "--folder", "scans", "--timeout", "60s")
        assert done.returncode == 69 and "does not answer since" in done.stderr, done
        share.go_on()
        faked.wait_for(lambda: faked.command("wait", "--timeout", "30s").returncode == 0, 60, "the share's answer")


def test_many_waits_cost_no_scan_each_and_leave_nothing(faked, fake, folder):
    write(folder, FILES)
    faked.start()
    wait_for_records(fake, folder, len(FILES), daemon=faked)
    for _ in range(3):
        clients = [greeted(faked) for _ in range(20)]
        for client in clients:
            client.send(b'{"v":1,"ask":"wait","timeout":20}\n')
        for client in clients:
            while not (line := client.line()).get("end"):
                assert "waiting" in line, line
            assert line["outcome"] == "done"
            client.__exit__()
    with open(folder / "open.txt", "wb") as held:
        held.write(b"x")
        held.flush()
        for _ in range(100):
            with greeted(faked) as client:
                client.send(b'{"v":1,"ask":"wait"}\n')
    assert faked.command("wait", "--timeout", "30s").returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a file of another user")
def test_a_file_that_may_not_be_read_is_waited_for_and_named(faked, fake, folder):
    faked.under = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    write(folder, {b"a.txt": b"a", b"b.txt": b"b"})
    os.chown(folder / "b.txt", 65534, 65534)
    (folder / "b.txt").chmod(0o600)
    faked.start()
    done = faked.command("wait", "--timeout", "4s")
    assert done.returncode == 75 and "b.txt: settling: the service may not read it" in done.stderr, done
    waiting = begun(faked, "--timeout", "60s")
    time.sleep(1)
    (folder / "b.txt").chmod(0o644)
    assert waiting.wait(60) == 0, waiting.communicate()
    assert fake.count_records(folder.name) == 2


def test_a_stopped_daemon_is_told_from_one_that_does_not_run(faked):
    faked.start()
    faked.process.send_signal(signal.SIGSTOP)
    try:
        done = faked.command("wait", "--timeout", "1s")
        assert done.returncode == 1 and "has not answered for 2 s" in done.stderr
    finally:
        faked.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("moved", [True, False], ids=["another path", "out of the configuration"])
def test_files_of_a_place_that_no_folder_watches_are_not_recorded(faked, fake, folder, tmp_path, moved):
    fake.script(Rule("PutObject", status=503, code="ServiceUnavailable", times=None))
    faked.start()
    write(folder, {b"a.txt": b"a", b"b.txt": b"b"})
    faked.wait_for(lambda: len(faked.json("queue")) == 2, 30, "both pending")
    other = tmp_path / "elsewhere"
    other.mkdir()
    faked.configure({folder.name if moved else "another": {"path": str(other)}})
    faked.stop()
    faked.start()
    # Of a folder that still has the name it is known that it has files to send.
    status = 75 if moved else 69
    done = faked.command("wait", "--timeout", "5s")
    assert done.returncode == status and f"{folder} (folder {folder.name}): 2 files wait there" in done.stderr, done
    report = json.loads(faked.command("wait", "--timeout", "5s", "--json").stdout)
    assert [(place["path"], place["files"]) for place in report["unwatched"]] == [(str(folder), 2)]
    if not moved:
        # Whoever asks about one folder hears of that.
        assert faked.command("wait", "--folder", "another").returncode == 0
