"""A share that hangs (bindfs with its process stopped): what goes wrong in one folder stays there."""

import contextlib
import os
import signal
import subprocess
import time

import pytest
from daemon import wait_until
from expectations import wait_for_records
from local_aws import die_with_parent
from mounts import fuse_missing

pytestmark = pytest.mark.skipif(fuse_missing() is not None, reason=fuse_missing() or "")


class Share:
    """A directory shown through bindfs, whose server can be stopped and let go on."""

    def __init__(self, behind, place):
        self.behind, self.place = behind, place
        for path in (behind, place):
            path.mkdir(exist_ok=True)
        self.server = subprocess.Popen(["bindfs", "-f", str(behind), str(place)], stdin=subprocess.DEVNULL,
                                       preexec_fn=die_with_parent)
        wait_until(lambda: self.server.poll() is not None or os.path.ismount(place), 20, "a mounted bindfs")
        assert self.server.poll() is None

    def hang(self):
        os.kill(self.server.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.server.pid, signal.SIGCONT)

    def close(self):
        self.go_on()
        subprocess.run(["umount", "-l", str(self.place)], check=False)
        self.server.terminate()
        self.server.wait(20)


@contextlib.contextmanager
def shares(base, count):
    opened = []
    try:
        for number in range(count):
            opened.append(Share(base / f"behind{number}", base / f"share{number}"))
        yield opened
    finally:
        for share in opened:
            share.close()


@pytest.fixture
def share(tmp_path):
    with shares(tmp_path, 1) as [share]:
        yield share


@pytest.fixture
def beside(faked, folder, share):
    """A daemon with a local folder and one on the share, polled every second."""
    # The settings of a test's folder are those of `faked`; the share lies outside it.
    faked.folders = faked.folders | {scans(folder): {"path": str(share.place), "poll_interval": "1s"}}
    faked.configure(faked.folders)
    yield faked
    # A daemon that hangs in the share ends with it.
    share.go_on()


def scans(folder):
    """The name of the folder on the share, which no other test uses."""
    return folder.name + "-scans"


def save(directory, count, prefix="f"):
    for number in range(count):
        (directory / f"{prefix}{number}").write_bytes(b"content %d of " % number + prefix.encode())


def arrive(daemon, fake, name, count, within):
    begun = time.monotonic()
    daemon.wait_for(lambda: fake.count_records(name) >= count, within, f"{count} records of {name}")
    return time.monotonic() - begun


def test_the_files_of_another_folder_arrive_and_the_status_names_the_one_that_hangs(beside, fake, folder, share):
    save(share.place, 1, "before")
    beside.start()
    arrive(beside, fake, scans(folder), 1, 30)
    share.hang()
    hung = time.monotonic()
    save(share.behind, 1, "during")
    save(folder, 20)
    arrive(beside, fake, folder.name, 20, 10)
    beside.wait_for_status(f"DEGRADED: folder {scans(folder)} does not answer since", "(fuse ", timeout=25)
    assert time.monotonic() - hung < 22
    # Once it is known, and for as long as it lasts.
    save(folder, 20, "later")
    arrive(beside, fake, folder.name, 40, 10)
    share.go_on()
    arrive(beside, fake, scans(folder), 2, 30)
    beside.wait_for_status("OK:", timeout=20)
    log = beside.log_tail(100_000)
    assert "folder does not answer: a call in" in log and "folder answers again" in log
    assert "no sign of life" not in log


def test_the_start_beside_a_share_that_hangs(beside, fake, folder, share):
    share.hang()
    save(folder, 20)
    begun = time.monotonic()
    beside.start(timeout=20)
    assert time.monotonic() - begun < 17
    arrive(beside, fake, folder.name, 20, 10)
    beside.wait_for_status(f"DEGRADED: folder {scans(folder)} does not answer since", timeout=25)
    save(share.behind, 1)
    share.go_on()
    arrive(beside, fake, scans(folder), 1, 30)


@pytest.mark.parametrize("count", [20, 100])
def test_ten_of_many_that_hang_slow_nobody_down(faked, fake, folder, tmp_path, long, count):
    """Files wait in each of the ten; the other folders' arrive as fast as without that."""
    if count > 20 and not long:
        pytest.skip("it takes a minute: --long")
    with shares(tmp_path, 10) as hanging:
        healthy = [tmp_path / f"local{number}" for number in range(count - 10)]
        for path in healthy:
            path.mkdir()
        name = lambda path: f"{folder.name}-{path.name}"  # noqa: E731
        faked.configure({name(path): {"path": str(path)} for path in healthy} | {
            name(share.place): {"path": str(share.place), "poll_interval": "1s"} for share in hanging})
        faked.start()

        def round(prefix):
            begun = time.monotonic()
            for path in healthy:
                save(path, 30, prefix)
            total = 30 * (1 + int(prefix[1:]))
            for path in healthy:
                arrive(faked, fake, name(path), total, 60)
            return time.monotonic() - begun

        round("r0")
        without = round("r1")
        for share in hanging:
            save(share.place, 30)
            share.hang()
        beside = round("r2")
        faked.wait_for_status(f"DEGRADED: folder {folder.name}-share", "nor do 9 more", timeout=30)
        known = round("r3")
        for share in hanging:
            share.go_on()
        for share in hanging:
            arrive(faked, fake, name(share.place), 30, 60)
        # A second more for what the load of the machine does to single rounds.
        assert beside < 1.2 * without + 1 and known < 1.2 * without + 1, (without, beside, known)


def test_a_stop_waits_for_no_share(beside, fake, folder, share):
    """The journal is closed and its lock free, so that the next start works beside the process that the kernel holds."""
    beside.start()
    share.hang()
    save(folder, 5)
    arrive(beside, fake, folder.name, 5, 10)
    beside.wait_for_status(f"DEGRADED: folder {scans(folder)} does not answer since", timeout=25)
    begun = time.monotonic()
    held = beside.process
    held.send_signal(signal.SIGTERM)
    beside.process = None
    save(folder, 5, "next")
    # The first answers that the lock is free: the kernel may hold the process for as long as the share hangs.
    wait_until(lambda: lock_is_free(beside), 20, "a free lock")
    print(f"lock free after {time.monotonic() - begun:.1f} s")
    beside.start(timeout=20)
    arrive(beside, fake, folder.name, 10, 10)
    share.go_on()
    held.wait(20)


def lock_is_free(daemon):
    import fcntl
    with open(daemon.directory / "state/journal.lock", "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(file, fcntl.LOCK_UN)
        return True
