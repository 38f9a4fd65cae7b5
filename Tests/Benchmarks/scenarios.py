"""What is measured. Each scenario yields results; `work` gives it the sink, a directory of its own, and the number of rounds."""

import copy
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import clients
import measure
from latency_sink import LatencySink
from sink import Sink, end_with_parent


@dataclass
class Result:
    """One line of the table: what was measured, in every round, and the bar it is held against."""

    scenario: str
    measure: str
    values: list
    unit: str = ""
    bar: float | None = None

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def verdict(self):
        return "" if self.bar is None else "ok" if self.median <= self.bar else "MISSED"


@dataclass
class Work:
    directory: Path
    sink: Sink
    rounds: int
    quick: bool
    #: Every cost of every round: (scenario, client, round, Cost), for rounds.csv.
    costs: list = field(default_factory=list)

    def place(self, name):
        path = self.directory / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def run(self, scenario, client, number, command, **more):
        """Runs a client, which has to succeed, and keeps what it cost."""
        log = self.directory / f"{client}.log"
        cost = measure.run(command, clients.environment(**more), log, cwd=self.directory)
        if cost.status:
            raise RuntimeError(f"{client} left with {cost.status}:\n{log.read_text(errors='replace')[-2000:]}")
        self.costs.append((scenario, client, number, cost))
        print(f"  {scenario} {number}: {client:10} {cost.wall:7.2f} s, CPU {cost.cpu:6.2f} s, {cost.resident // 1024} MiB",
              file=sys.stderr, flush=True)
        return cost


def make_files(directory, directories, files, size):
    """Files with different contents, made once; old enough that none counts as being written."""
    done = directory.with_suffix(".made")
    wanted = f"{directories} {files} {size}"
    if done.exists() and done.read_text() == wanted:
        return
    shutil.rmtree(directory, ignore_errors=True)
    seed = os.urandom(size)
    for parent in range(directories):
        place = directory / f"d{parent:04}"
        place.mkdir(parents=True)
        descriptor = os.open(place, os.O_DIRECTORY)
        for name in range(files):
            file = os.open(f"f{name:05}.bin", os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=descriptor)
            os.write(file, b"%08d%08d" % (parent, name) + seed[16:])
            os.close(file)
        os.close(descriptor)
    os.sync()
    done.write_text(wanted)


def listing(work, directory):
    path = work.directory / (directory.name + ".list")
    found = subprocess.run(["find", directory, "-type", "f"], check=True, capture_output=True).stdout
    path.write_bytes(found)
    return path


def warm(directory):
    """Reads every file once, so that all clients find them in the page cache."""
    subprocess.run(["find", directory, "-type", "f", "-exec", "cat", "{}", "+"], check=True, stdout=subprocess.DEVNULL)


def ratios(scenario, name, ours, theirs, attribute, bar=None):
    """Round by round, so that what disturbs the machine disturbs both sides."""
    pairs = zip(ours, theirs)
    return Result(scenario, name, [getattr(a, attribute) / getattr(b, attribute) for a, b in pairs], "", bar)


def absolute(scenario, name, costs):
    """The plain figures of one client."""
    yield Result(scenario, f"{name}: wall", [cost.wall for cost in costs], "s")
    yield Result(scenario, f"{name}: CPU", [cost.cpu for cost in costs], "s")
    if costs[0].resident:
        yield Result(scenario, f"{name}: resident at the peak", [cost.resident / 1024 for cost in costs], "MiB")
        yield Result(scenario, f"{name}: anonymous at the peak", [cost.anonymous / 1024 for cost in costs], "MiB")


def system_calls_per_file(work, scenario, client, command, files):
    counts = measure.system_calls(command, clients.environment(), work.directory / "strace.log", work.directory)
    return Result(scenario, f"{client}: system calls per file", [sum(counts.values()) / files])


def small(work):
    """10,000 files of 4 KiB: daemon, s5cmd, rclone, boto3 script and bound.c"""
    name, files = "small", 2000 if work.quick else 10_000
    folder = work.place("small") / "files"
    make_files(folder, 100, files // 100, 4096)
    daemon = clients.Daemon(work.place("small/daemon"), work.sink.http, [folder])
    bound = clients.Bound(work.directory)
    commands = {
        "s3loggerd": daemon.drain(), "s5cmd": clients.s5cmd(work.sink.http, folder),
        "rclone": clients.rclone(work.sink.http, folder), "bound": bound.records(work.sink.http, listing(work, folder)),
        "boto3": clients.boto3_script(work.sink.http, folder)}
    costs = {client: [] for client in commands}
    daemon.settle_in(folder)
    warm(folder)
    for number in range(1, work.rounds + 1):
        for client, command in commands.items():
            daemon.forget()
            costs[client].append(work.run(name, client, number, command))
    ours = costs["s3loggerd"]
    yield ratios(name, "CPU ÷ s5cmd's", ours, costs["s5cmd"], "cpu", 0.45)
    yield ratios(name, "wall ÷ s5cmd's", ours, costs["s5cmd"], "wall", 0.60)
    yield ratios(name, "wall ÷ bound.c's (records)", ours, costs["bound"], "wall", 3)
    yield ratios(name, "CPU ÷ boto3 script's", ours, costs["boto3"], "cpu", 0.06)
    yield ratios(name, "CPU ÷ rclone's", ours, costs["rclone"], "cpu")
    yield ratios(name, "CPU ÷ bound.c's (records)", ours, costs["bound"], "cpu")
    for client in commands:
        yield from absolute(name, client, costs[client])
    for client in ("s3loggerd", "s5cmd", "rclone"):
        daemon.forget()
        yield system_calls_per_file(work, name, client, commands[client], files)
    yield fsyncs(work, daemon, files)


def fsyncs(work, daemon, files):
    """Counted in the process itself: a tracer would slow it down, and so change how many changes share a commit."""
    values = []
    for number in range(work.rounds):
        daemon.forget()
        counts = work.directory / "counts.json"
        work.run("small", "counted", number + 1, daemon.drain(), COUNTING=str(counts),
                 LD_PRELOAD=str(clients.counting_library(work.directory)))
        values.append(json.loads(counts.read_text())["syncs"] / files)
    return Result("small", "s3loggerd: fsyncs per file", values, "", 0.03)


def inspected(work):
    """10,000 documents of 4 KiB, looked into by the process without rights and not"""
    name, files = "inspected", 2000 if work.quick else 10_000
    plain, pages = work.place(name) / "files", work.place(name) / "documents"
    make_files(plain, 100, files // 100, 4096)
    if len(list(pages.rglob("*.pdf"))) != files:
        shutil.rmtree(pages, ignore_errors=True)
        for path in plain.rglob("*.bin"):
            page = pages / path.relative_to(plain).with_suffix(".pdf")
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_bytes(b"%PDF-1.7\n" + path.read_bytes()[15:] + b"%%EOF\n")
        os.sync()
    daemons = {
        "unchecked": clients.Daemon(work.place(f"{name}/unchecked"), work.sink.http, [plain]),
        "documents": clients.Daemon(work.place(f"{name}/checked"), work.sink.http, [pages]),
        "types": clients.Daemon(work.place(f"{name}/types"), work.sink.http, [pages], allowed_types='["application/pdf"]')}
    if other := os.environ.get("S3LOGGERD_BESIDE"):
        for kind in ("unchecked", "documents", "types"):
            daemons[kind + ", beside"] = copy.copy(daemons[kind])
            daemons[kind + ", beside"].program = other
    costs = {kind: [] for kind in daemons}
    warm(plain)
    warm(pages)
    for number in range(1, work.rounds + 1):
        for kind, daemon in daemons.items():
            daemon.forget()
            costs[kind].append(work.run(name, kind, number, daemon.drain()))
    yield ratios(name, "documents: CPU ÷ unchecked", costs["documents"], costs["unchecked"], "cpu", 1.05)
    yield ratios(name, "documents: wall ÷ unchecked", costs["documents"], costs["unchecked"], "wall")
    yield ratios(name, "types: CPU ÷ unchecked", costs["types"], costs["unchecked"], "cpu")
    if other:
        for kind in ("unchecked", "documents", "types"):
            yield ratios(name, f"{kind}: CPU ÷ that of {other}", costs[kind], costs[kind + ", beside"], "cpu", 1.05)
            yield ratios(name, f"{kind}: wall ÷ that of {other}", costs[kind], costs[kind + ", beside"], "wall")
    for kind in daemons:
        yield from absolute(name, kind, costs[kind])


def received():
    """Bytes that the loopback interface has carried so far."""
    return int(Path("/sys/class/net/lo/statistics/rx_bytes").read_text())


def large_file(work):
    """A file of 2 GiB, alone in its folder."""
    folder = work.place("large") / "files"
    folder.mkdir(exist_ok=True)
    size = (256 << 20) if work.quick else (2 << 30)
    file = folder / "large.bin"
    if not file.exists() or file.stat().st_size != size:
        with open(file, "wb") as output:
            for _ in range(size >> 20):
                output.write(os.urandom(1 << 20))
        os.sync()
    return file


def large(work, name, endpoint, wall, cpu):
    file = large_file(work)
    folder, size = file.parent, file.stat().st_size
    tls = endpoint.startswith("https")
    daemon = clients.Daemon(
        work.place(f"{name}-daemon"), endpoint, [folder], certificate=work.sink.certificate if tls else None)
    commands = {
        "s3loggerd": daemon.drain(), "s5cmd": clients.s5cmd(endpoint, folder, insecure=tls),
        "rclone": clients.rclone(endpoint, folder, insecure=tls)}
    costs = {client: [] for client in commands}
    daemon.settle_in(folder, in_parts=65 << 20)
    for number in range(1, work.rounds + 1):
        for client, command in commands.items():
            daemon.forget()
            warm(folder)
            before = received()
            costs[client].append(work.run(name, client, number, command))
            if received() - before < size:
                raise RuntimeError(f"{client} left out a part of the file: less was sent than it has bytes")
    ours = costs["s3loggerd"]
    yield ratios(name, "wall ÷ s5cmd's", ours, costs["s5cmd"], "wall", wall)
    yield ratios(name, "CPU ÷ s5cmd's", ours, costs["s5cmd"], "cpu", cpu)
    yield Result(name, "resident at the peak", [cost.resident / 1024 for cost in ours], "MiB", 112)
    for client in commands:
        yield from absolute(name, client, costs[client])


def large_http(work):
    """one file of 2 GiB over http: daemon, s5cmd, rclone"""
    yield from large(work, "large-http", work.sink.http, 0.80, 0.80)


def large_https(work):
    """one file of 2 GiB over https: daemon, s5cmd, rclone"""
    yield from large(work, "large-https", work.sink.https, 0.65, 0.65)


class Notify:
    """systemd's end of sd_notify(3)."""

    def __init__(self, path):
        self.path = str(path)
        Path(path).unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def wait(self, word, timeout):
        self.socket.settimeout(timeout)
        while word not in self.socket.recv(65536).decode(errors="replace"):
            pass
        return time.monotonic()


def start(work, daemon, log):
    """A running daemon that has said READY=1; how long that took, in milliseconds."""
    notify = Notify(work.directory / "notify")
    with open(log, "wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            daemon.command(), env=clients.environment(NOTIFY_SOCKET=notify.path), stdin=subprocess.DEVNULL, stdout=output,
            stderr=output, preexec_fn=end_with_parent)
    return process, notify, (notify.wait("READY=1", 600) - began) * 1000


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def idle(work):
    """10 folders with 10,000 directories, nothing to do for a minute"""
    seconds = 10 if work.quick else 60
    folders = []
    for number in range(10):
        folder = work.place(f"idle/folder{number}")
        for name in range(1000):
            (folder / f"d{name:04}").mkdir(exist_ok=True)
        folders.append(folder)
    daemon = clients.Daemon(work.place("idle/daemon"), work.sink.http, folders, settle='"5s"')
    daemon.forget()
    process, _, _ = start(work, daemon, work.directory / "idle.log")
    try:
        time.sleep(10)
        before = ticks(process.pid)
        time.sleep(seconds)
        used = ticks(process.pid) - before
        resident, anonymous = resident_now(process.pid)
        calls = measure.system_calls(None, None, None, attach=process.pid, seconds=seconds)
    finally:
        stop(process)
    yield Result("idle", f"CPU ticks in {seconds} s", [used], "", 0)
    yield Result("idle", "system calls per second", [sum(calls.values()) / seconds], "", 1)
    yield Result("idle", "resident", [resident / 1024], "MiB", 40)
    yield Result("idle", "anonymous", [anonymous / 1024], "MiB", 12)


def ticks(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def resident_now(pid):
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(lines["VmRSS"].split()[0]), int(lines["RssAnon"].split()[0])


def million(work):
    """1,000,000 files: the backlog, a start with its journal, a rescan of it beside find"""
    name, directories = "million", 20 if work.quick else 1000
    few, many = work.place("million/few") / "files", work.place("million") / "files"
    make_files(few, 10, 1000, 100)
    make_files(many, directories, 1000, 100)
    files = directories * 1000
    small_daemon = clients.Daemon(work.place("million/few-daemon"), work.sink.http, [few])
    daemon = clients.Daemon(work.place("million/daemon"), work.sink.http, [many])
    warm(few)
    reference = []
    for number in range(1, work.rounds + 1):
        small_daemon.forget()
        reference.append(work.run(name, "10,000", number, small_daemon.drain()))
    daemon.forget()
    cost = work.run(name, "1,000,000", 1, daemon.drain())
    per_file = statistics.median(cost.cpu for cost in reference) / 10_000
    yield Result(name, "CPU per file ÷ that at 10,000 files", [cost.cpu / files / per_file], "", 1.15)
    yield Result(name, "resident at the peak", [cost.resident / 1024], "MiB", 96)
    yield Result(name, "wall", [cost.wall], "s")
    times = []
    for _ in range(work.rounds):
        process, _, milliseconds = start(work, daemon, work.directory / "start.log")
        times.append(milliseconds)
        stop(process)
    yield Result(name, "READY after", times, "ms", 150)
    ours, found = [], []
    for number in range(1, work.rounds + 1):
        ours.append(work.run(name, "rescan", number, daemon.drain()))
        found.append(work.run(name, "find", number, ["find", many, "-printf", "%p %s %T@ %C@\\n"]))
    yield ratios(name, "rescan: CPU ÷ find's", ours, found, "cpu", 3)
    yield from absolute(name, "rescan", ours)
    yield Result(name, "find: CPU", [cost.cpu for cost in found], "s")


def latency(work):
    """close(2) to the record's acknowledgement, at 20 files a second"""
    files = 100 if work.quick else 1200
    folder = work.place("latency/files")
    with LatencySink() as sink:
        daemon = clients.Daemon(work.place("latency/daemon"), sink.endpoint, [folder])
        daemon.forget()
        process, _, _ = start(work, daemon, work.directory / "latency.log")
        try:
            time.sleep(1)
            closed = []
            for number in range(files + 20):
                due = time.monotonic() + 0.05
                with open(folder / f"{os.getpid()}-{time.monotonic_ns()}.bin", "wb") as file:
                    file.write(b"%016d" % number + b"x" * 4080)
                closed.append(time.monotonic_ns())
                time.sleep(max(0, due - time.monotonic()))
            acknowledged = sink.wait_for_records(len(closed), 30)
        finally:
            stop(process)
    shutil.rmtree(folder)
    # One file is under way at a time, so the records come in the order of the files; the first are for warming up.
    times = sorted((end - begin) / 1e6 for begin, end in list(zip(closed, acknowledged))[20:])
    yield Result("latency", "p50", [statistics.median(times)], "ms", 3)
    yield Result("latency", "p99", [times[int(len(times) * 0.99)]], "ms", 10)


ALL = {
    "small": small, "inspected": inspected, "large-http": large_http, "large-https": large_https, "idle": idle,
    "million": million, "latency": latency}
