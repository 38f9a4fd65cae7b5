"""More files than the kernel tells of, than memory should hold, and trees that appear faster than they can be watched."""

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest


def create(directory, count, prefix="f"):
    """Empty directory → `count` small files, each with a content of its own, as fast as one process can."""
    base = os.open(directory, os.O_RDONLY)
    for number in range(count):
        descriptor = os.open(f"{prefix}{number}", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=base)
        os.write(descriptor, b"%d" % number)
        os.close(descriptor)
    os.close(base)


def folder_status(daemon):
    """The folder's part of the status; empty until the daemon has first written it."""
    return next(iter(daemon.json("status")["folders"]), {})


def wait_for_count(daemon, sink, count, timeout):
    """Waits until that many objects and records arrived; what the daemon still says if they do not."""
    def arrived():
        counts = sink.requests()
        return counts["objects"] >= count and counts["records"] >= count
    daemon.wait_for(arrived, timeout, lambda: f"{count} files delivered, now {sink.requests()}")


def assert_once(sink, folder, paths):
    """Each path has been sent exactly once, and nothing else was."""
    keys = sink.keys()
    expected = {f"{folder.name}/{path}".encode() for path in paths}
    missing, more = expected - set(keys), set(keys) - expected
    assert not missing and not more, (len(missing), sorted(missing)[:5], sorted(more)[:5])
    again = [key for key, count in keys.items() if count != 1]
    assert not again, (len(again), again[:5])


def test_files_created_past_an_overflow_of_the_kernels_queue_all_arrive_and_the_missed_are_counted(
        flooded, sink, folder, long, capsys):
    count = 50_000 if long else 20_000
    assert count > int(Path("/proc/sys/fs/inotify/max_queued_events").read_text()), "or nothing would be dropped"
    # What its first scan finds is no miss.
    flooded.start_scanned()
    flooded.process.send_signal(signal.SIGSTOP)
    create(folder, count)
    flooded.process.send_signal(signal.SIGCONT)
    wait_for_count(flooded, sink, count, 600)
    flooded.wait_for_status("0 pending", timeout=60)
    status = folder_status(flooded)
    with capsys.disabled():
        print(f"\n{count} files past an overflow: {status['missed_events']} found only by the rescan")
    assert status["overflows"] >= 1
    assert 0 < status["missed_events"] < count
    assert_once(sink, folder, [f"f{n}" for n in range(count)])
    assert flooded.stop() == 0


def make_tree(top, directories):
    """A tree of that many directories, ten to each, with two files in every directory; the paths of the files."""
    paths = []
    for number in range(directories):
        digits, at = number, ""
        while digits:
            digits, digit = divmod(digits - 1, 10)
            at = f"d{digit}/{at}"
        Path(top, at).mkdir(parents=True, exist_ok=True)
        for name in ("a.pdf", "b.pdf"):
            Path(top, at, name).write_text(f"{at}{name}")
            paths.append(f"{at}{name}")
    return paths


def copy(source, target):
    subprocess.run(["cp", "-r", source, target], check=True)


def move(source, target):
    subprocess.run(["mv", source, target], check=True)


def unpack(source, target):
    os.mkdir(target)
    with subprocess.Popen(["tar", "-C", source, "-c", "."], stdout=subprocess.PIPE) as packing:
        subprocess.run(["tar", "-C", target, "-x"], stdin=packing.stdout, check=True)


@pytest.mark.parametrize("how", ["cp -r", "mv from another file system", "mv within one file system", "tar"])
def test_every_file_of_a_tree_that_appears_is_delivered_once(flooded, sink, folder, tmp_path, long, how):
    elsewhere = Path("/dev/shm" if "another" in how else tmp_path) / f"source-{os.getpid()}"
    shutil.rmtree(elsewhere, ignore_errors=True)
    if "another" in how:
        assert os.stat("/dev/shm").st_dev != os.stat(folder).st_dev, "two file systems are needed"
    act = {"c": copy, "m": move, "t": unpack}[how[0]]
    flooded.start()
    expected = []
    try:
        for run in range(10 if long else 1):
            paths = make_tree(elsewhere, 5000 if long else 600)
            act(elsewhere, folder / f"run{run}")
            expected += [f"run{run}/{path}" for path in paths]
            shutil.rmtree(elsewhere, ignore_errors=True)
            wait_for_count(flooded, sink, len(expected), 600)
    finally:
        shutil.rmtree(elsewhere, ignore_errors=True)
    flooded.wait_for_status("0 pending", timeout=60)
    (folder / "last").write_text("what came twice has come by now")
    wait_for_count(flooded, sink, len(expected) + 1, 60)
    assert_once(sink, folder, [*expected, "last"])
    status = folder_status(flooded)
    assert status["missed_events"] == 0 or status["overflows"] > 0, "only an overflow makes events be missed"
    assert flooded.stop() == 0


def resident_memory(process):
    """KiB: now, and the most so far."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
    return tuple(int(fields[name].split()[0]) for name in ("VmRSS", "VmHWM"))


def cpu_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_burst_does_not_grow_the_memory(flooded, sink, folder, long, capsys):
    count, directories = (1_000_000, 100) if long else (20_000, 2)
    flooded.start()
    before = resident_memory(flooded.process)[0]
    begun = time.monotonic()
    for number in range(directories):
        (folder / f"d{number}").mkdir()
        create(folder / f"d{number}", count // directories)
    created = time.monotonic() - begun
    wait_for_count(flooded, sink, count, 7200 if long else 300)
    flooded.wait_for_status("0 pending", timeout=120)
    status, most = folder_status(flooded), resident_memory(flooded.process)[1]
    with capsys.disabled():
        print(f"\n{count} files created in {created:.0f} s, delivered after {time.monotonic() - begun:.0f} s:"
              f" {before} KiB resident before, {most} KiB at most; {status['overflows']} overflows,"
              f" {status['missed_events']} found only by a rescan")
    assert most < 96 * 1024, "KiB resident"
    assert_once(sink, folder, [f"d{d}/f{n}" for d in range(directories) for n in range(count // directories)])
    assert flooded.stop(timeout=120) == 0


def wake_ups(process):
    """Thread → how often it waited for something and was woken."""
    counts = {}
    for status in Path(f"/proc/{process.pid}/task").glob("*/status"):
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        counts[status.parent.name] = int(fields["voluntary_ctxt_switches"])
    return counts


def system_calls(process, seconds, report):
    """What a process asks of the kernel in that time: system call → count."""
    subprocess.run(["timeout", "-s", "INT", str(seconds), "strace", "-c", "-f", "-q", "-o", str(report), "-p",
                    str(process.pid)], stdin=subprocess.DEVNULL, check=False)
    calls = Counter()
    for line in report.read_text().splitlines():
        fields = line.split()
        if len(fields) >= 5 and fields[3].isdigit() and fields[-1] != "total":
            calls[fields[-1]] += int(fields[3])
    return calls


def test_an_idle_daemon_with_many_directories_sleeps(flooded, folder, tmp_path, long, capsys):
    directories, seconds = (100_000, 60) if long else (3_000, 8)
    for number in range(directories // 100):
        for inner in range(99):
            os.makedirs(folder / f"d{number}" / f"e{inner}")
    # What others mount and unmount meanwhile is none of its business.
    flooded.under = ["unshare", "--mount", "--propagation", "private"]
    flooded.start(timeout=120)
    flooded.wait_for(lambda: folder_status(flooded).get("last_rescan"), 300, "the first scan")
    assert folder_status(flooded)["directories"] == directories + 1
    time.sleep(8)  # the runtime's threads end when they had nothing to do for five seconds
    before, slept = cpu_seconds(flooded.process), wake_ups(flooded.process)
    time.sleep(seconds)
    used = cpu_seconds(flooded.process) - before
    woken = sum(count - slept.get(thread, 0) for thread, count in wake_ups(flooded.process).items())
    calls = system_calls(flooded.process, seconds, tmp_path / "calls")
    resident = resident_memory(flooded.process)
    with capsys.disabled():
        print(f"\n{directories + 1} directories idle: {used:.2f} s of CPU and {woken} wake-ups in {seconds} s,"
              f" {sum(calls.values())} system calls in {seconds} s {dict(calls)}, {resident[0]} KiB resident,"
              f" {resident[1]} at most")
    assert used <= 0.02 * (1 + seconds / 60), "seconds of CPU"
    # libdispatch's timer for its own threads, which any task on Swift's default pool starts, would be one a second.
    assert woken <= seconds + 3, calls
    assert sum(calls.values()) <= seconds, calls
    assert resident[1] < 96 * 1024, "KiB resident"
    assert flooded.stop() == 0
