"""The control socket: who may ask, what orders answer, and that no client keeps the daemon or another client waiting."""

import json
import os
import signal
import socket
import stat
import subprocess
import time

import pytest
from control_client import Control, greeted, path_of
from expectations import wait_for_records
from fake_aws.handle import Rule
from test_delivery import write

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
FILES = {b"a.txt": b"a", b"b.txt": b"b"}


def parked(daemon, fake, files=FILES):
    """Parks the files and returns their numbers."""
    fake.script(Rule("PutObject", status=400, code="KeyTooLongError", times=None))
    write(next(iter(daemon.folders.values()))["path"], files)
    daemon.wait_for(lambda: len(daemon.json("queue", "--state", "parked")) == len(files), 30, "the files to be parked")
    return [delivery["number"] for delivery in daemon.json("queue", "--state", "parked")]


def test_it_says_who_it_is_and_how_things_are(faked, folder):
    faked.start()
    mode = os.stat(path_of(faked))
    assert stat.S_ISSOCK(mode.st_mode) and stat.S_IMODE(mode.st_mode) == 0o660 and mode.st_gid == os.getegid()
    with greeted(faked) as control:
        assert control.greeting == {"v": 1, "s3loggerd": control.greeting["s3loggerd"], "pid": faked.process.pid,
                                    "journal": os.path.realpath(faked.state),
                                    "configuration": os.path.realpath(faked.config)}
        control.send({"v": 1, "ask": "status"})
        status = control.line()["status"]
        assert status["state"] == "running" and [f["name"] for f in status["folders"]] == [folder.name]
        assert status["under_way"] == {"folders": [], "files": []}
        # The next on the same connection.
        control.send({"v": 1, "ask": "stop"})
        assert control.line()["error"] == "unknown-request"
        control.send(b"nonsense\n")
        assert control.line()["error"] == "bad-request"
        control.send({"v": 7, "ask": "status"})
        assert control.line()["error"] == "bad-version"
    assert not (faked.state / "commands").exists() and not (faked.state / "progress").exists()


def test_orders_say_for_each_delivery_what_came_of_it(faked, fake, folder):
    faked.start()
    first, second = parked(faked, fake)
    fake.script()
    done = faked.command("queue", "retry", str(first), str(second), "999")
    assert done.returncode == 4 and done.stdout == f"{first}: will be tried now\n{second}: will be tried now\n"
    assert "there is no delivery 999" in done.stderr
    wait_for_records(fake, folder, 2, daemon=faked)
    faked.wait_for(lambda: faked.json("status")["queue"]["pending"] == 0, 30, "nothing pending")
    with greeted(faked) as control:
        *items, end = control.ask(ask="retry", numbers=[first, 999])
        assert [(item["number"], item["outcome"]) for item in items] == [(first, "recorded"), (999, "unknown")]
        assert "it was recorded at 20" in items[0]["message"] and end == {"v": 1, "end": True, "changed": 0}
        [item, _] = control.ask(ask="dismiss", numbers=[second])
        assert item["outcome"] == "recorded" and "nothing to dismiss" in item["message"]
    done = faked.command("queue", "retry", str(first))
    assert done.returncode == 0 and done.stdout == ""
    assert f"delivery {first} is logged: there is nothing to try again; it was recorded at 20" in done.stderr
    assert faked.command("queue", "retry", "--folder", folder.name).stdout == "nothing is pending or parked\n"
    assert faked.command("queue", "retry", "--folder", "none").returncode == 4


def test_a_folder_is_tried_again_without_the_others(faked, fake, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    faked.configure({folder.name: {"path": str(folder)}, "other": {"path": str(other)}})
    faked.start()
    fake.script(Rule("PutObject", status=400, code="KeyTooLongError", times=None))
    write(folder, FILES)
    write(other, {b"c.txt": b"c"})
    faked.wait_for(lambda: len(faked.json("queue", "--state", "parked")) == 3, 30, "the files to be parked")
    fake.script()
    assert faked.command("queue", "retry", "--folder", folder.name).stdout == "2 deliveries will be tried now\n"
    wait_for_records(fake, folder, 2, daemon=faked)
    assert [d["filename"] for d in faked.json("queue", "--state", "parked")] == ["c.txt"]


def test_what_is_ended_is_ended_when_that_is_said(faked, fake, folder):
    faked.start()
    first, second = parked(faked, fake)
    done = faked.command("queue", "dismiss", str(first))
    assert done.returncode == 0 and done.stdout.startswith(f"{first}: ended"), done
    faked.kill()
    assert [d["number"] for d in faked.json("queue")] == [second]
    done = faked.command("queue", "dismiss", str(second), "999")
    assert done.returncode == 4 and done.stdout.startswith(f"{second}: ended") and "no delivery 999" in done.stderr
    assert faked.json("queue") == []


def test_a_socket_that_a_killed_daemon_left_is_replaced(faked, fake, folder):
    faked.start()
    faked.kill()
    assert stat.S_ISSOCK(os.stat(path_of(faked)).st_mode)
    assert faked.command("status").returncode == 3
    # Without a daemon the journal takes the order.
    done = faked.command("queue", "retry", "--all")
    assert done.returncode == 0 and "the daemon does not run now" in done.stdout
    faked.start()
    with greeted(faked) as control:
        assert control.greeting["pid"] == faked.process.pid
    assert faked.stop() == 0
    assert not os.path.lexists(path_of(faked))


def test_what_is_no_socket_of_ours_stays_and_deliveries_go_on(faked, fake, folder):
    faked.state.mkdir(mode=0o750)
    (faked.state / "control.sock").write_text("mine")
    faked.start()
    assert "there is no control socket" in faked.log_tail() and "move it away" in faked.log_tail()
    write(folder, FILES)
    wait_for_records(fake, folder, 2, daemon=faked)
    faked.wait_for(lambda: "running" in (faked.state / "status.json").read_text(), 10, "status.json")
    told = faked.command("status")
    assert told.returncode == 0 and "this is what it wrote last" in told.stderr
    refused = faked.command("queue", "retry", "--all")
    assert refused.returncode == 1 and "no control socket" in refused.stderr and "nothing was changed" in refused.stderr
    assert (faked.state / "control.sock").read_text() == "mine"


def test_a_path_longer_than_the_kernel_takes(faked, fake, folder, tmp_path):
    runtime = tmp_path / ("r" * 120)
    runtime.mkdir()
    faked.start(RUNTIME_DIRECTORY=str(runtime))
    with Control(str(runtime / "control.sock")) as control:
        assert control.line()["pid"] == faked.process.pid
    done = faked.command("queue", "retry", "--all", RUNTIME_DIRECTORY=str(runtime))
    assert done.returncode == 0 and done.stdout == "nothing is pending or parked\n"


def test_the_socket_of_another_journals_daemon_is_not_asked(faked, fake, folder, tmp_path, binary):
    """As a person's own daemon beside the system's."""
    runtime = tmp_path / "run"
    runtime.mkdir()
    faked.start(RUNTIME_DIRECTORY=str(runtime))
    (tmp_path / "third").mkdir()
    other = type(faked)(binary, tmp_path / "second", fake, {"third": tmp_path / "third"})
    other.start()
    assert other.stop() == 0
    parked(faked, fake)
    done = other.command("queue", "retry", "--all", RUNTIME_DIRECTORY=str(runtime))
    assert done.returncode == 0 and done.stdout == "nothing is pending or parked; the daemon does not run now\n"
    assert other.command("status", RUNTIME_DIRECTORY=str(runtime)).returncode == 3
    assert len(faked.json("queue", "--state", "parked")) == 2


@needs_root
def test_the_group_reads_and_only_root_and_the_services_user_order(faked, fake, folder, tmp_path):
    """By the kernel's word on who connected."""
    faked.start()
    for path in (tmp_path, *list(tmp_path.parents)[:3], faked.directory, faked.state):
        path.chmod(path.stat().st_mode | 0o011)
    code = f"""
use Socket;
socket(S, AF_UNIX, SOCK_STREAM, 0) and connect(S, sockaddr_un({path_of(faked)!r})) or die "connect: $!";
$SIG{{PIPE}} = "IGNORE"; $| = 1; select(S); $| = 1; select(STDOUT); alarm 10; print scalar <S>;
for (qw({{"v":1,"ask":"status"}} {{"v":1,"ask":"retry","all":true}} {{"v":1,"ask":"dismiss","numbers":[1]}})) {{
  print S "$_\\n"; print scalar <S>;
}}
"""

    def as_user(*words):
        return subprocess.run(["setpriv", *words, "perl", "-e", code], capture_output=True, text=True, timeout=30)

    member = as_user("--reuid=65534", "--regid=65534", f"--groups={os.getegid()}")
    assert member.returncode == 0, member.stderr
    greeting, status, *orders = [json.loads(line) for line in member.stdout.splitlines()]
    assert greeting["pid"] == faked.process.pid and status["status"]["state"] == "running"
    assert [line["error"] for line in orders] == ["not-allowed"] * 2
    assert "sudo" in orders[0]["message"] and "nothing was changed" in orders[0]["message"]
    stranger = as_user("--reuid=65534", "--regid=65534", "--clear-groups")
    assert "Permission denied" in stranger.stderr
    # Even where the file would let everybody in.
    os.chmod(path_of(faked), 0o666)
    [refusal] = [json.loads(line) for line in as_user("--reuid=65534", "--regid=65534", "--clear-groups").stdout.splitlines()[:1]]
    assert refusal["error"] == "not-allowed"


def test_clients_that_say_nothing_or_a_byte_a_second_or_too_much_are_left(faked, fake, folder):
    faked.start()
    with greeted(faked, 30) as silent, greeted(faked, 30) as slow, greeted(faked, 30) as long:
        long.send(b"x" * (65 << 10))
        assert long.line()["error"] == "too-long" and long.line() is None
        begun = time.monotonic()
        for _ in range(8):
            slow.send(b" ")
            time.sleep(1)
        write(folder, FILES)
        wait_for_records(fake, folder, 2, daemon=faked)
        assert slow.line()["error"] == "too-slow" and silent.line()["error"] == "too-slow"
        assert slow.line() is None and time.monotonic() - begun < 20


def test_idle_clients_and_those_that_do_not_read_keep_nobody_waiting(faked, fake, folder):
    faked.start()
    threads = len(os.listdir(f"/proc/{faked.process.pid}/task"))
    idle = []
    for _ in range(200):
        control = Control(path_of(faked))
        idle.append(control)
        if (line := control.line()) and line.get("error") == "busy":
            break
    assert 20 < len(idle) < 64
    refused = faked.command("status")
    assert refused.returncode == 0 and "as many clients as it can" in refused.stderr
    write(folder, FILES)
    wait_for_records(fake, folder, 2, daemon=faked)
    assert len(os.listdir(f"/proc/{faked.process.pid}/task")) <= threads + 4
    for control in idle[1:]:
        control.__exit__()
    faked.wait_for(lambda: faked.command("status").stderr == "", 10, "a place")
    idle[0].__exit__()
    # Those that ask again and again and read nothing.
    deaf = [greeted(faked) for _ in range(8)]
    for control in deaf:
        control.send(b'{"v":1,"ask":"watch"}\n')
    assert faked.command("queue", "retry", "--all").returncode == 0
    for control in deaf:
        control.__exit__()
    before = len(os.listdir(f"/proc/{faked.process.pid}/fd"))
    for _ in range(1000):
        Control(path_of(faked)).__exit__()
    assert faked.command("queue", "retry", "--all").returncode == 0
    faked.wait_for(lambda: len(os.listdir(f"/proc/{faked.process.pid}/fd")) <= before + 2, 10, "their descriptors back")


def test_commands_say_that_a_daemon_does_not_answer_and_read_the_journal(faked, fake, folder):
    faked.start()
    parked(faked, fake)
    faked.wait_for(lambda: "parked" in (faked.state / "status.json").read_text(), 10, "status.json")
    faked.process.send_signal(signal.SIGSTOP)
    try:
        begun = time.monotonic()
        told = faked.command("status")
        assert told.returncode == 0 and "has not answered for 2 s" in told.stderr and "wrote last" in told.stderr
        listed = faked.command("queue")
        assert listed.returncode == 0 and "a.txt" in listed.stdout and "has not answered for 2 s" in listed.stderr
        refused = faked.command("queue", "retry", "--all")
        assert refused.returncode == 1 and "has not answered for 2 s; nothing was changed" in refused.stderr
        assert time.monotonic() - begun < 15
    finally:
        faked.process.send_signal(signal.SIGCONT)
    assert faked.command("queue", "retry", "--all").returncode == 0


def test_status_tells_what_is_under_way(daemon, aws, folder):
    daemon.sections["upload"] = {"bandwidth_limit": "2MB/s"}
    daemon.configure(daemon.folders)
    daemon.start()
    write(folder, {b"large.bin": os.urandom(20 << 20)})
    daemon.wait_for(lambda: any(f["stage"] == "sending" and f["bytes_done"] > 1 << 20
                                for f in daemon.json("status")["under_way"]["files"]), 30, "an upload under way")
    report = daemon.json("status")["under_way"]
    [file], [sums] = report["files"], report["folders"]
    assert (file["path"], file["size"], sums["folder"], sums["sending"]) == ("large.bin", 20 << 20, folder.name, 1)
    assert 0 < sums["bytes_done"] < sums["bytes"] == 20 << 20
    assert f"{folder.name}: 1 being sent (" in daemon.command("status").stdout
    assert "under_way" not in json.loads((daemon.state / "status.json").read_text())
