"""Under the shipped unit and its MemoryMax=: as many directories as somebody may make, with paths as long as they may be."""

import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

import machine as machines
from daemon import wait_until
from expectations import wait_for_records
from machine import Machine
from test_systemd import configure, install, plain, settings

pytestmark = pytest.mark.skipif(machines.missing() is not None, reason=str(machines.missing()))

DIRECTORIES = 140_000
#: Bytes of a path below the folder: with a file's name it is as long as the kernel takes one.
LENGTH = 4000


@pytest.fixture(scope="module")
def machine(packages, long, shared_aws, tmp_path_factory):
    if not long:
        pytest.skip("it makes 140,000 directories: --long")
    made = Machine("/", packages.directory, tmp_path_factory.mktemp("systemd") / "boot.log")
    try:
        install(made, shared_aws)
        yield made
    finally:
        made.stop()


class Trees:
    """The drop folder of the test."""

    name = "systemd-trees"
    path = "/srv/trees"


@contextmanager
def new_disk(machine, tmp_path, place):
    """A file system of its own at `place` of the machine. The kernel's memory of its directories is counted against
    whoever looks at them first after it was mounted: the service."""
    image = tmp_path / "disk"
    with open(image, "wb") as file:
        file.truncate(4 << 30)
    subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", "-N", "500000", image], check=True)
    device = subprocess.run(["losetup", "-f", "--show", image], check=True, capture_output=True, text=True).stdout.strip()
    try:
        machine.ok(f"install -d {place}; mount {device} {place}; rmdir {place}/lost+found; chmod 2775 {place};"
                   f" chown anna:staff-documents {place}")
        yield device
        machine.ok(f"umount {place}")
    finally:
        machine.run(f"umount --lazy {place}")
        subprocess.run(["losetup", "-d", device], check=True)


def side_by_side(top):
    """One directory at the end of a long path, with all others in it. Returns the names that lead to some of the deepest."""
    above = [f"{level:02}" + "d" * 247 for level in range(LENGTH // 250 - 1)]
    names = [f"{number:06}".ljust(LENGTH - 250 * len(above), "x") for number in range(DIRECTORIES - len(above))]
    directory = descend(top, above, os.mkdir)
    for name in names:
        os.mkdir(name, dir_fd=directory)
    os.close(directory)
    return [[*above, names[0]], [*above, names[-1]]]


def one_in_the_other(top):
    """Chains of directories with names of one letter, each as deep as a path can be. Fewer: the kernel walks down 2,000
    directories to open one."""
    depth = LENGTH // 2
    chains = [[f"{number:02}", *["d"] * (depth - 1)] for number in range(8)]
    for names in chains:
        os.close(descend(top, names, os.mkdir))
    return [chains[0], chains[-1]]


def descend(top, names, before=lambda name, dir_fd: None):
    """Enters directories, each in the one before, and returns the last, opened."""
    directory = os.open(".", os.O_DIRECTORY, dir_fd=top)
    for name in names:
        before(name, dir_fd=directory)
        below = os.open(name, os.O_DIRECTORY, dir_fd=directory)
        os.close(directory)
        directory = below
    return directory


@contextmanager
def opened(machine):
    """The folder, from outside of the machine: its programs take no path that is so long."""
    top = os.open(f"/proc/{machine.first_process()}/root{Trees.path}", os.O_DIRECTORY)
    try:
        yield top
    finally:
        os.close(top)


def memory(machine):
    """Bytes that the service's control group has now, and had at its peak."""
    for line in Path(f"/proc/{machine.main_process()}/cgroup").read_text().splitlines():
        _, kind, place = line.split(":", 2)
        if kind == "memory":
            group, names = Path("/sys/fs/cgroup/memory" + place), ("memory.usage_in_bytes", "memory.max_usage_in_bytes")
        elif kind == "":
            group, names = Path("/sys/fs/cgroup" + place), ("memory.current", "memory.peak")
        else:
            continue
        if all((group / name).exists() for name in names):
            return [int((group / name).read_text()) for name in names]
    raise AssertionError("no memory controller")


def told(machine):
    return machine.run("systemctl status -l --no-pager s3loggerd; journalctl --no-pager -n 30 -u s3loggerd; dmesg | tail -n 5")


@pytest.mark.parametrize("shape, count", [(side_by_side, DIRECTORIES), (one_in_the_other, 8 * (LENGTH // 2))])
def test_a_tree_of_long_paths_is_watched_within_the_units_memory(machine, aws, tmp_path, shape, count):
    machine.ok("systemctl stop s3loggerd")
    # The watches take longer than that; a start that comes on is not ended.
    settings(machine, "[Service]\nRestart=no\nTimeoutStartSec=15s\n")
    count_before = len(aws.records(Trees.name))
    limit = int(machine.show("MemoryMax"))
    assert limit == 512 << 20
    configure(machine, aws, f'[[folder]]\nname = "{Trees.name}"\npath = "{Trees.path}"\nsettle = "300ms"\nkey = "{{id}}"')
    try:
        with new_disk(machine, tmp_path, Trees.path) as device:
            with opened(machine) as top:
                deepest = shape(top)
            # What is in the kernel's memory now is the maker's.
            machine.ok(f"umount {Trees.path}; mount {device} {Trees.path}; systemctl start s3loggerd", timeout=600)
            wait_until(lambda: folder(machine).get("last_rescan"), 600, lambda: told(machine), pause=1)
            assert folder(machine)["mode"] == "inotify" and folder(machine)["directories"] > count * 0.99
            watched = memory(machine)
            with opened(machine) as top:
                for names in deepest:
                    save(top, names, "first.txt")
            records = wait_for_records(aws, Trees, count_before + 2, timeout=60)
            assert all(len(record["source_path"]) > LENGTH * 0.99 for record in records)
            machine.ok("systemctl reload s3loggerd")
            with opened(machine) as top:
                for names in deepest:
                    save(top, names, "second.txt")
            wait_for_records(aws, Trees, count_before + 4, timeout=120)
            print(f"{shape.__name__}: {[number >> 20 for number in watched]} MiB with all watched, then "
                  f"{[number >> 20 for number in memory(machine)]} MiB, of {limit >> 20}")
            assert machine.show("ActiveState") == "active" and machine.show("NRestarts") == "0", told(machine)
            assert "oom-kill" not in machine.run("journalctl --no-pager -u s3loggerd")
            machine.ok("systemctl stop s3loggerd")
    finally:
        configure(machine, aws)
        plain(machine)


def folder(machine):
    folders = json.loads(machine.run("s3loggerd status --json"))["folders"]
    return next((entry for entry in folders or [] if entry["name"] == Trees.name), {})


def save(top, names, name):
    directory = descend(top, names)
    file = os.open(name, os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=directory)
    os.write(file, name.encode())
    os.close(file)
    os.close(directory)
