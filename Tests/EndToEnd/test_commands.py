"""The commands a person types and a script reads."""

import csv
import io
import json
import os
import re
import shutil
import subprocess

import pytest

from expectations import wait_for_records
from test_delivery import write

DELIVERY = {
    "number", "state", "folder", "filename", "size", "sha256", "object_key", "delivery_id", "source_path", "attempts",
    "received_at", "settled_at", "modified_at", "settled_by", "bytes_done", "parts_done", "parts_total"}


def deliver(daemon, aws, folder, files):
    daemon.start()
    write(folder, files)
    wait_for_records(aws, folder, len(files), daemon=daemon)
    daemon.wait_for_status("0 pending", f"{len(files)} delivered today")


def test_an_empty_variable_names_no_configuration(daemon):
    done = subprocess.run([daemon.binary, "queue"], env=daemon.environment(S3LOGGERD_CONFIG=""), capture_output=True, text=True)
    assert done.stderr.startswith("/etc/s3loggerd/config.toml: "), done.stderr


def test_status_tells_a_running_daemon_from_a_stopped_one(daemon, aws, folder):
    deliver(daemon, aws, folder, {b"a.txt": b"a"})
    report = daemon.json("status")
    assert report["state"] == "running" and report["pid"] == daemon.process.pid
    assert report["status"].startswith("OK:")
    assert {name: s["state"] for name, s in report["services"].items()} == dict.fromkeys(("s3", "dynamodb", "sts"), "ok")
    assert report["delivered_today"] == 1 and report["last_delivered"]["filename"] == "a.txt"
    [watched] = report["folders"]
    assert (watched["name"], watched["path"], watched["mode"]) == (folder.name, str(folder), "inotify")
    assert watched["available"] and watched["missed_events"] == watched["overflows"] == 0
    assert "OK" in daemon.command("status").stdout
    daemon.stop()
    stopped = daemon.command("status", "--json")
    assert stopped.returncode == 3
    assert json.loads(stopped.stdout)["state"] == "stopped"


def test_another_process_with_the_number_of_the_daemon_is_not_the_daemon(daemon, tmp_path):
    daemon.start()
    daemon.wait_for(lambda: (daemon.state / "status.json").exists(), 10, "status.json")
    daemon.kill()
    impostor = tmp_path / "s3loggerd"
    shutil.copy(shutil.which("sleep"), impostor)
    process = subprocess.Popen([impostor, "60"])
    try:
        report = json.loads((daemon.state / "status.json").read_text())
        (daemon.state / "status.json").write_text(json.dumps(report | {"pid": process.pid}))
        assert (daemon.command("status", "--json")).returncode == 3
    finally:
        process.kill()
        process.wait()


def test_runtime_files_lie_where_systemd_says(daemon, tmp_path):
    runtime = tmp_path / "run"
    runtime.mkdir()
    daemon.start(RUNTIME_DIRECTORY=str(runtime))
    daemon.wait_for(lambda: (runtime / "status.json").exists(), 10, "status.json")
    assert daemon.command("status", RUNTIME_DIRECTORY=str(runtime)).returncode == 0
    assert not (daemon.state / "status.json").exists()
    daemon.stop()
    (runtime / "metrics.prom").unlink()
    (runtime / "status.json").unlink()
    (runtime / "status.json").mkdir()
    daemon.start(RUNTIME_DIRECTORY=str(runtime))
    daemon.wait_for(lambda: (runtime / "metrics.prom").exists(), 10, "the one, where the other cannot be written")


def test_queue_lists_what_is_pending_and_shows_one_delivery_with_its_attempts(daemon, aws, folder):
    aws.permit("s3:PutObject")
    daemon.start()
    write(folder, {b"a.txt": b"content"})
    daemon.wait_for_status("BLOCKED", "1 pending")
    [pending] = daemon.json("queue")
    assert not DELIVERY - set(pending), DELIVERY - set(pending)
    assert (pending["state"], pending["size"], pending["filename"]) == ("uploaded", 7, "a.txt")
    assert "dynamodb:PutItem" in pending["last_error"] and pending["next_attempt_at"]
    for subject in (str(pending["number"]), str(folder / "a.txt")):
        shown = daemon.json("queue", "show", subject)
        assert shown["delivery_id"] == pending["delivery_id"]
    assert daemon.json("queue", "--state", "parked") == []
    assert daemon.command("queue", "show", "999999").returncode == 4
    assert daemon.command("queue", "retry", "999999").returncode == 4
    aws.permit_all()
    assert daemon.command("queue", "retry", "--all").returncode == 0
    wait_for_records(aws, folder, 1, daemon=daemon)


def test_what_is_done_or_was_moved_aside_is_not_tried_again(daemon, aws, folder):
    daemon.configure({folder.name: {"path": str(folder), "max_size": "10B"}})
    daemon.start()
    write(folder, {b"a.txt": b"a", b"large.txt": b"more than ten bytes"})
    wait_for_records(aws, folder, 2, daemon=daemon)
    daemon.wait_for(lambda: (folder / "_rejected/large.txt.REASON.txt").exists(), 10, "the note")
    states = ("--state", "logged", "--state", "rejected")
    done = daemon.command("queue", "retry", *(str(d["number"]) for d in daemon.json("queue", *states)))
    assert done.returncode == 0 and done.stdout == ""
    assert "is logged: there is nothing to try again" in done.stderr and "is rejected: change the rule" in done.stderr
    assert {d["filename"]: d["state"] for d in daemon.json("queue", *states)} == {"a.txt": "logged", "large.txt": "rejected"}
    answer = daemon.command("is-safe", str(folder / "_rejected/large.txt"))
    assert answer.returncode == 5 and "nothing is taken up from _rejected" in answer.stdout


def test_history_prints_what_was_delivered_as_json_and_csv(daemon, aws, folder):
    deliver(daemon, aws, folder, {b"a.pdf": b"a", b"b.txt": b"b", "sub/così, \"so\".txt".encode(): b"c"})
    daemon.stop()
    assert {d["filename"] for d in daemon.json("history")} == {"a.pdf", "b.txt", "così, \"so\".txt"}
    assert [d["filename"] for d in daemon.json("history", "--name", "*.pdf")] == ["a.pdf"]
    assert daemon.json("history", "--folder", folder.name, "--since", "1h")
    rows = list(csv.DictReader(io.StringIO(daemon.command("history", "--csv").stdout)))
    assert {row["file"] for row in rows} == {"a.pdf", "b.txt", "sub/così, \"so\".txt"}
    assert all(row["folder"] == folder.name and len(row["sha256"]) == 64 for row in rows)


def test_is_safe_answers_for_exactly_the_content_a_file_has_now(daemon, aws, folder):
    deliver(daemon, aws, folder, {b"a.txt": b"a", b"b.txt": b"b"})
    daemon.stop()
    paths = [str(folder / name) for name in ("a.txt", "b.txt")]
    assert daemon.command("is-safe", *paths).returncode == 0
    write(folder, {b"b.txt": b"changed"})
    answer = daemon.command("is-safe", *paths)
    assert answer.returncode == 5
    lines = answer.stdout.splitlines()
    assert len(lines) == 2 and "a.txt" in lines[0] and lines[1].startswith("NOT SAFE") and "b.txt" in lines[1]


def test_drain_delivers_what_is_there_and_leaves(daemon, aws, folder):
    write(folder, {b"%d.txt" % n: b"%d" % n for n in range(20)})
    daemon.start(ready=False, arguments=["--drain", "--timeout", "60s"])
    assert daemon.wait(90) == 0, daemon.log_tail()
    assert len(aws.records(folder.name)) == 20


def test_drain_says_when_something_is_left(daemon, aws, folder):
    aws.permit("s3:PutObject")
    write(folder, {b"a.txt": b"a"})
    daemon.start(ready=False, arguments=["--drain", "--timeout", "3s"])
    assert daemon.wait(60) == 75, daemon.log_tail()
    assert len(daemon.json("queue")) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a file of another user")
def test_a_drain_that_may_not_read_a_file_leaves_it_over(daemon, aws, folder):
    """Whoever empties the folder after it must not lose that file."""
    write(folder, {b"a.txt": b"a", b"b.txt": b"b"})
    os.chown(folder / "b.txt", 65534, 65534)
    (folder / "b.txt").chmod(0o600)
    daemon.under = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    daemon.start(ready=False, arguments=["--drain", "--timeout", "60s"])
    assert daemon.wait(90) == 75, daemon.log_tail()
    assert [record["source_path"] for record in aws.records(folder.name)] == ["a.txt"]
    assert "b.txt: cannot be read" in daemon.log_tail()


def test_version_and_help_leave_with_0(daemon):
    version = subprocess.run([daemon.binary, "--version"], capture_output=True, text=True, timeout=20)
    assert version.returncode == 0 and version.stdout.strip()
    shown = subprocess.run([daemon.binary, "--help"], capture_output=True, text=True, timeout=20).stdout
    for command in ("run", "check", "status", "queue", "history", "is-safe"):
        assert command in shown


def test_a_command_that_there_is_not_gets_the_nearest_right_one(daemon):
    for words, right in ((["stauts"], "s3loggerd status"), (["stat"], "s3loggerd status"), (["retry", "3"], "s3loggerd queue retry 3"),
                         (["queue", "shwo", "3"], "s3loggerd queue show"), (["queue", "7"], "s3loggerd queue show 7")):
        done = subprocess.run([daemon.binary, *words], capture_output=True, text=True, timeout=20)
        assert done.returncode == 64 and f"did you mean: {right}" in done.stderr, done.stderr
    option = daemon.command("queue", "--stat", "parked")
    assert option.returncode == 64 and "--state" in option.stderr


def test_tables_are_aligned_and_a_pipe_gets_no_colours(daemon, aws, folder):
    aws.permit("s3:PutObject")
    daemon.start()
    write(folder, {b"a.txt": b"content", "lang\x1b[31m.txt".encode(): b"x" * 5000})
    daemon.wait_for_status("BLOCKED", "2 pending")
    text = daemon.command("queue").stdout + daemon.command("status").stdout
    assert "\x1b" not in text and "4.9 KiB" in text
    header, *rows = daemon.command("queue").stdout.splitlines()
    assert len(rows) == 2 and {row.index(f"{folder.name}/") for row in rows} == {header.index("FILE")}
    shown = daemon.command("queue", "show", str(folder / "a.txt")).stdout
    assert "settled by" in shown and "FAILED ATTEMPT" in shown and "AccessDenied" in shown and " ago)" in shown


def test_colours_appear_on_a_terminal_only_unless_refused(daemon, aws, folder):
    deliver(daemon, aws, folder, {b"a.txt": b"a"})
    for more, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        main, other = os.openpty()
        done = subprocess.run(
            [daemon.binary, "status", "--config", str(daemon.config)], env=daemon.environment(**more), stdout=other,
            timeout=30)
        os.close(other)
        assert done.returncode == 0
        assert (b"\x1b[32m" in os.read(main, 65536)) == coloured, more
        os.close(main)


@pytest.mark.parametrize("form", ["--csv", "--json"])
def test_a_terminal_sees_no_name_that_acts_and_a_program_gets_it_as_it_is(daemon, aws, folder, form):
    name = "a\x1b[31m\u009b31m\u202eb.txt"
    deliver(daemon, aws, folder, {name.encode(): b"a"})
    main, other = os.openpty()
    command = [daemon.binary, "history", form, "--config", str(daemon.config)]
    assert subprocess.run(command, env=daemon.environment(), stdout=other, timeout=30).returncode == 0
    os.close(other)
    shown = os.read(main, 65536).decode()
    os.close(main)
    assert "31m" in shown and not set("\x1b\u009b\u202e") & set(shown)
    given = daemon.command("history", form).stdout
    assert name in (given if form == "--csv" else json.loads(given)[0]["filename"])


@pytest.mark.parametrize("threshold", ["5MiB", "64MiB"], ids=["in-parts", "in-one-request"])
def test_the_watch_draws_a_bar_with_rate_and_time_left(daemon, aws, folder, threshold):
    daemon.sections["upload"] = {
        "part_size": "5MiB", "multipart_threshold": threshold, "bandwidth_limit": "4MB/s", "part_concurrency": 1}
    daemon.configure(daemon.folders)
    daemon.start()
    write(folder, {b"large.bin": os.urandom(40 << 20)})
    watch = subprocess.Popen(
        [daemon.binary, "queue", "--watch", "--config", str(daemon.config)], env=daemon.environment(),
        stdout=subprocess.PIPE, text=True)
    try:
        frames = ""
        while not re.search(r"\[#+-+\] +\d+%  +[\d.]+ [KM]iB/s +\d+(s|min) +\S+/large.bin", frames):
            frames += watch.stdout.readline()
            assert "large.bin" not in frames[-200000:-100000], "no bar"
    finally:
        watch.kill()
        watch.wait()


@pytest.mark.parametrize("target", ["elsewhere", "the healthy one", "what holds the healthy one"])
def test_a_folder_that_became_a_link_spoils_no_answer_about_another(faked, fake, tmp_path, target):
    sick, healthy, real = tmp_path / "sick", tmp_path / "link" / "healthy", tmp_path / "real"
    for path in (sick, real / "healthy", tmp_path / "other"):
        path.mkdir(parents=True)
    (tmp_path / "link").symlink_to(real)
    faked.configure({path.name: {"path": str(path)} for path in (sick, healthy)})
    deliver(faked, fake, healthy, {b"a.txt": b"a"})
    sick.rename(tmp_path / "former")
    sick.symlink_to({"elsewhere": tmp_path / "other", "the healthy one": real / "healthy"}.get(target, real))
    for path in (healthy / "a.txt", real / "healthy" / "a.txt"):
        answer = faked.command("is-safe", str(path))
        assert answer.returncode == 0, answer
    write(healthy, {b"b.tmp": b"b"})
    assert faked.command("queue", "take", str(real / "healthy" / "b.tmp")).returncode == 0
    wait_for_records(fake, healthy, 2, daemon=faked)
    assert faked.command("wait", "--folder", "healthy", "--timeout", "30s").returncode == 0
    checked = faked.command("check")
    assert checked.returncode == 78 and "is a symbolic link" in checked.stderr
    # What can be said of the other one is said all the same.
    assert "healthy" in checked.stdout, checked.stdout
    if target == "elsewhere":
        faked.wait_for_status("DEGRADED", "sick is a symbolic link")
