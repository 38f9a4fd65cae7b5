"""What is measured beside the ordinary: a long line, a cold cache, an outage, a lost journal, files without end."""

import os
import shutil
import socket
import sys
import time
from pathlib import Path

import clients
from latency_sink import LatencySink
from long_line import LongLine
from clients import ROOT
from scenarios import Result, absolute, large_file, make_files, ratios, start, stop, ticks, warm


def long_line(work):
    """4,000 files of 4 KiB over a line of 60 ms: daemon, s5cmd, with their defaults"""
    name, files = "long-line", 400 if work.quick else 4000
    folder = work.place(name) / "files"
    make_files(folder, 40, files // 40, 4096)
    with LongLine(int(work.sink.http.rpartition(":")[2]), 0.06) as line:
        daemon = clients.Daemon(work.place(f"{name}/daemon"), line.endpoint, [folder])
        commands = {"s3loggerd": daemon.drain(), "s5cmd": clients.s5cmd(line.endpoint, folder)}
        costs = {client: [] for client in commands}
        daemon.settle_in(folder)
        warm(folder)
        for number in range(1, work.rounds + 1):
            for client, command in commands.items():
                daemon.forget()
                costs[client].append(work.run(name, client, number, command))
    yield ratios(name, "wall ÷ s5cmd's", costs["s3loggerd"], costs["s5cmd"], "wall", 0.8)
    for client in commands:
        yield from absolute(name, client, costs[client])


def cold(work):
    """one file of 2 GiB that no cache holds: what is read of the disk, and when the first byte leaves"""
    name = "cold"
    file = large_file(work)
    daemon = clients.Daemon(work.place(f"{name}-daemon"), work.sink.http, [file.parent])
    daemon.settle_in(file.parent, in_parts=65 << 20)
    costs = []
    for number in range(1, work.rounds + 1):
        daemon.forget()
        drop(file)
        costs.append(work.run(name, "s3loggerd", number, daemon.drain()))
    size = file.stat().st_size
    yield Result(name, "read from the disk ÷ size", [cost.read / size for cost in costs], "", 1.05)
    yield Result(name, "resident at the peak", [cost.resident / 1024 for cost in costs], "MiB", 112)
    yield from absolute(name, "s3loggerd", costs)
    yield from first_byte(work, name, file)


def drop(file):
    """posix_fadvise(2): none of it is in the page cache any more."""
    descriptor = os.open(file, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def first_byte(work, name, file):
    """From the moment at which the file has its name in the folder; `settle` is 0."""
    folder, aside = work.place(f"{name}/inbox"), work.place(f"{name}/aside") / "first.bin"
    moments = []
    with LatencySink() as sink:
        daemon = clients.Daemon(work.place(f"{name}/first-daemon"), sink.endpoint, [folder])
        daemon.settle_in(folder, in_parts=65 << 20)
        daemon.forget()
        process, _, _ = start(work, daemon, work.directory / "cold.log")
        try:
            time.sleep(1)
            os.link(file, aside)
            for number in range(work.rounds):
                drop(file)
                sink.forget()
                began = time.monotonic_ns()
                os.rename(aside, folder / f"{number}.bin")
                moments.append((sink.wait_for_body(60) - began) / 1e6)
                sink.wait_for_records(1, 600)
                os.rename(folder / f"{number}.bin", aside)
                time.sleep(1)
        finally:
            stop(process)
            aside.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
    yield Result(name, "first byte of the body sent after", moments, "ms", 100)


def outage(work):
    """ten minutes in which no service is there, one file of 2 GiB: what is read, and the processor time afterwards"""
    seconds = 30 if work.quick else 600
    file = large_file(work)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        daemon = clients.Daemon(work.place("outage-daemon"), endpoint, [file.parent])
        daemon.forget()
        process, _, _ = start(work, daemon, work.directory / "outage.log")
        try:
            began = time.monotonic()
            while read_by(process.pid) < file.stat().st_size and time.monotonic() < began + 120:
                time.sleep(0.2)
            time.sleep(2)
            before, moment = ticks(process.pid), time.monotonic()
            time.sleep(seconds - (moment - began))
            used = (ticks(process.pid) - before) / os.sysconf("SC_CLK_TCK")
            passed, read = time.monotonic() - moment, read_by(process.pid)
        finally:
            stop(process)
    yield Result("outage", "bytes read ÷ size", [read / file.stat().st_size], "", 1.1)
    yield Result("outage", "processor time after the first reading", [100 * used / passed], "%", 1)


def read_by(pid):
    """Bytes that its read calls have returned, whichever cache they came from."""
    lines = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(lines["rchar"])


def lost_journal(work):
    """10,000 delivered files and no journal: what is sent, and how many requests a file costs"""
    for path in (ROOT / "Tests/EndToEnd", ROOT / "packaging/local-aws"):
        sys.path.insert(0, str(path))
    from fake_aws.handle import FakeAWS

    name, files = "lost-journal", 500 if work.quick else 10_000
    folder = work.place(name) / "files"
    make_files(folder, 100, files // 100, 4096)
    with FakeAWS(work.place(f"{name}/fake")) as fake:
        daemon = clients.Daemon(work.place(f"{name}/daemon"), fake.endpoint, [folder])
        daemon.config.write_text(daemon.config.read_text().replace("[aws]\n", (
            f'[aws]\nrole_arn = "{fake.role_arn}"\nexternal_id = "{fake.external_id}"\n'), 1).replace(
            '"eu-south-1"', f'"{fake.region}"').replace('"bucket"', f'"{fake.bucket}"').replace('"table"', f'"{fake.table}"'))
        keys = {"AWS_ACCESS_KEY_ID": fake.base_access_key, "AWS_SECRET_ACCESS_KEY": fake.base_secret_key}
        costs, requests = [], {"PutObject": [], "PutItem": []}
        for number in (1, 2):
            shutil.rmtree(daemon.state, ignore_errors=True)
            before = {operation: fake.requests(operation) for operation in requests}
            costs.append(work.run(name, "delivered" if number == 1 else "known again", number, daemon.drain(), **keys))
            for operation, found in requests.items():
                found.append((fake.requests(operation) - before[operation]) / files)
    shutil.rmtree(work.place(f"{name}/fake"), ignore_errors=True)
    if requests["PutObject"][0] < 1:
        raise RuntimeError("not every file was delivered at first")
    yield Result(name, "objects sent per file", [requests["PutObject"][1]], "", 0)
    yield Result(name, "requests per file", [requests["PutItem"][1]], "", 1.01)
    yield from absolute(name, "known again", costs[1:])


def endless(work):
    """4 files of 1 TiB, with holes only: resident memory in the first five minutes"""
    seconds = 20 if work.quick else 300
    folders = [work.place(f"endless/folder{number}") for number in range(4)]
    with LatencySink() as sink:
        daemon = clients.Daemon(work.place("endless/daemon"), sink.endpoint, folders)
        daemon.forget()
        process, _, _ = start(work, daemon, work.directory / "endless.log")
        try:
            for folder in folders:
                with open(folder / "endless.bin", "wb") as file:
                    file.truncate(1 << 40)
            time.sleep(seconds)
            peak = next(int(line.split()[1]) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
                        if line.startswith("VmHWM"))
        finally:
            process.kill()
            process.wait()
            for folder in folders:
                (folder / "endless.bin").unlink(missing_ok=True)
    yield Result("endless", "resident at the peak", [peak / 1024], "MiB", 112)


ALL = {
    "long-line": long_line, "cold": cold, "outage": outage, "lost-journal": lost_journal, "endless": endless}
