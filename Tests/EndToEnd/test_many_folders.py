"""As many folders as the unit's limits are made for: tasks, open files, memory, and the kernel's event queues."""

import contextlib
import os
import re
import threading
import time
from pathlib import Path

import pytest

import mounts
import namespaces
from daemon import Daemon
from test_faults_process import memory_group  # noqa: F401 (a fixture)

COUNT = 150
#: Files of each folder in one round.
FILES = 3
INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
ROOT = Path(__file__).parents[2]


def unit(name):
    """A number of the shipped unit."""
    found = re.search(rf"^{name}=(\d+)(M?)$", (ROOT / "packaging/systemd/s3loggerd.service").read_text(), re.MULTILINE)
    return int(found.group(1)) << (20 if found.group(2) else 0)


@pytest.fixture
def instances():
    """As many event queues as the package sets for the machine; whether there are so many."""
    wanted = int(re.search(r"max_user_instances = (\d+)", (ROOT / "packaging/systemd/60-s3loggerd.conf").read_text())[1])
    before = int(INSTANCES.read_text())
    if before < wanted and os.access(INSTANCES, os.W_OK):
        INSTANCES.write_text(str(wanted))
    try:
        yield int(INSTANCES.read_text()) >= wanted
    finally:
        if int(INSTANCES.read_text()) != before:
            INSTANCES.write_text(str(before))


@pytest.fixture
def many(tmp_path, folder):
    """The folders, by name, each as demanding as one can be."""
    made = {}
    for number in range(COUNT):
        path = tmp_path / f"{folder.name}-{number}"
        (path / "sub").mkdir(parents=True)
        made[path.name] = {"path": str(path), "after_upload": "move", "receipt": "daily", "status_page": True,
                           "max_size": "1MB", "poll_interval": "1s"}
    return made


class Peak(threading.Thread):
    """The most that a process had at once, looked at a hundred times a second."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.place, self.tasks, self.descriptors, self.over = Path(f"/proc/{process.pid}"), 0, 0, False
        self.start()

    def run(self):
        while not self.over:
            with contextlib.suppress(OSError):
                self.tasks = max(self.tasks, len(os.listdir(self.place / "task")))
                self.descriptors = max(self.descriptors, len(os.listdir(self.place / "fd")))
            time.sleep(0.01)

    def end(self):
        self.over = True
        self.join()
        return self

    @property
    def resident(self):
        return int(re.search(r"VmHWM:\s*(\d+) kB", (self.place / "status").read_text())[1]) << 10


def confine(daemon, group):
    """Has the daemon run under the unit's limits."""
    place, bound = group
    bound.write_text(str(unit("MemoryMax")))
    limit = unit("LimitNOFILE")
    daemon.under = ["sh", "-c", f'echo $$ >{place}/cgroup.procs; exec prlimit --nofile={limit}:{limit} "$@"', "sh"]


def save(many, prefix):
    for keys in many.values():
        for number in range(FILES):
            (Path(keys["path"]) / "sub" / f"{prefix}{number}.txt").write_text(f"{prefix}{number} of {keys['path']}")


def all_recorded(daemon, fake, many, count, timeout=120):
    missing = lambda: [name for name in many if fake.count_records(name) < count]  # noqa: E731
    daemon.wait_for(lambda: not missing(), timeout, "every record")
    for name in many:
        assert fake.count_records(name) == count, name


def modes(daemon):
    return {each["name"]: each for each in daemon.json("status")["folders"]}


def test_150_folders_flow_within_the_limits_of_the_unit(faked, fake, many, instances, memory_group):  # noqa: F811
    confine(faked, memory_group)
    faked.configure(many)
    save(many, "before")
    faked.start(timeout=60)
    peak = Peak(faked.process)
    all_recorded(faked, fake, many, FILES)
    save(many, "later")
    all_recorded(faked, fake, many, 2 * FILES)
    # What follows a delivery, too.
    faked.wait_for(lambda: all((Path(keys["path"]) / "_sent").is_dir() for keys in many.values()), 60, "moved files")
    resident = peak.resident
    peak.end()
    print(f"{peak.tasks} threads, {peak.descriptors} descriptors, {resident >> 20} MiB")
    # One process for looking into content, one for an alert's program.
    assert peak.tasks + 2 <= unit("TasksMax"), peak.tasks
    assert peak.descriptors <= unit("LimitNOFILE"), peak.descriptors
    assert resident <= unit("MemoryMax"), resident
    if instances:
        polled = [name for name, each in modes(faked).items() if each["mode"] != "inotify"]
        assert not polled, polled
        faked.wait_for_status(f"OK: {COUNT} folders")
    assert faked.stop() == 0


@pytest.mark.skipif(mounts.fuse_missing() is not None, reason=str(mounts.fuse_missing()))
def test_150_folders_that_hang_at_once_stay_within_the_limits_too(faked, fake, folder, tmp_path, memory_group):  # noqa: F811
    confine(faked, memory_group)
    with mounts.served(tmp_path / "behind", tmp_path / "share") as share:
        many = {f"{folder.name}-{number}": {"path": str(tmp_path / f"share/{number}"), "after_upload": "move",
                                            "receipt": "daily", "status_page": True, "poll_interval": "1s"}
                for number in range(COUNT)}
        for keys in many.values():
            (Path(keys["path"]) / "sub").mkdir(parents=True)
        faked.configure(many | {folder.name: {"path": str(folder)}})
        faked.start(timeout=60)
        peak = Peak(faked.process)
        save(many, "before")
        all_recorded(faked, fake, many, FILES)
        save(many, "during")
        share.hang()
        try:
            faked.wait_for_status("does not answer since", f"nor do {COUNT - 1} more", timeout=60)
            (folder / "here.txt").write_text("not on the share")
            faked.wait_for(lambda: fake.count_records(folder.name) == 1, 10, "the record of the other folder")
        finally:
            share.go_on()
        all_recorded(faked, fake, many, 2 * FILES)
        resident = peak.resident
        peak.end()
        print(f"{peak.tasks} threads, {peak.descriptors} descriptors, {resident >> 20} MiB")
        assert peak.tasks + 2 <= unit("TasksMax"), peak.tasks
        assert peak.descriptors <= unit("LimitNOFILE"), peak.descriptors
        assert resident <= unit("MemoryMax"), resident
        assert faked.stop() == 0


@pytest.mark.skipif(not namespaces.are_permitted(), reason="this machine permits no user namespaces")
def test_folders_for_which_the_kernel_has_no_queue_are_polled_and_the_status_says_what_to_set(binary, fake, many, tmp_path):
    """128, as the kernel has it by itself."""
    limit = "/proc/sys/user/max_inotify_instances"
    daemon = Daemon(namespaces.wrap(binary, tmp_path, first=f"echo 128 >{limit}"), tmp_path / "daemon", fake, many,
                    settle="100ms")
    # In the namespace root's files are nobody's to move.
    daemon.configure({name: {"path": keys["path"], "poll_interval": "1s"} for name, keys in many.items()})
    save(many, "before")
    try:
        daemon.start(timeout=60)
        all_recorded(daemon, fake, many, FILES)
        save(many, "later")
        all_recorded(daemon, fake, many, 2 * FILES)
        shown = modes(daemon)
        polled = {name: each for name, each in shown.items() if each["mode"] == "poll"}
        assert COUNT - 128 <= len(polled) < COUNT / 2, len(polled)
        for each in polled.values():
            assert re.search(r"inotify instances \(128\) is reached: polling.*max_inotify_instances=(\d+) would do",
                             each["problem"]), each
        enough = int(re.search(r"max_inotify_instances=(\d+)", daemon.wait_for_status("DEGRADED", "instances"))[1])
        assert enough >= COUNT + 16
        if int(INSTANCES.read_text()) >= enough:
            namespaces.inside(daemon.process, f"echo {enough} >{limit}")
            daemon.wait_for_status(f"OK: {COUNT} folders", timeout=60)
            assert {each["mode"] for each in modes(daemon).values()} == {"inotify"}
        assert daemon.stop() == 0
    finally:
        if daemon.process is not None:
            daemon.kill()
