"""What the end-to-end tests share: one local AWS for all of them, and a daemon for each."""

import itertools
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging/local-aws"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from daemon import Daemon  # noqa: E402
from fake_aws.handle import FakeAWS  # noqa: E402
from fake_aws.service import DEFAULTS  # noqa: E402
from local_aws import LocalAWS  # noqa: E402
from recording_sink import RecordingSink  # noqa: E402
from scoreboard import Score, Scoreboard  # noqa: E402



def pytest_configure(config):
    config.addinivalue_line("markers", "crash: kills the daemon, cuts its power or fails its disk again and again")


numbers = itertools.count(1)
board = Scoreboard()
#: Retries come soon, so that a test of a failure takes a second.
SOON = {"retry_base": "100ms", "retry_cap": "1s"}


@pytest.fixture(scope="session")
def binary():
    """The program under test: S3LOGGERD, else the release build."""
    path = Path(os.environ.get("S3LOGGERD", ROOT / ".build/release/s3loggerd"))
    assert path.is_file(), f"{path} is missing: swift build -c release --static-swift-stdlib --product s3loggerd"
    return path


@pytest.fixture(scope="session")
def long():
    """Whether the long variants of the tests are wanted."""
    return bool(os.environ.get("S3LOGGERD_LONG"))


@pytest.fixture(scope="session")
def shared_aws(tmp_path_factory):
    """The AWS of the whole run, made by the project's Terraform where that is installed."""
    skip = os.environ.get("S3LOGGERD_WITHOUT_TERRAFORM") and "S3LOGGERD_WITHOUT_TERRAFORM is set"
    with LocalAWS(tmp_path_factory.mktemp("aws")) as aws:
        aws.how = aws.provision(without_terraform=skip)
        yield aws
    assert not leaks(aws.base_secret_key.encode(), tmp_path_factory.getbasetemp())


def leaks(secret, directory):
    """The files of every daemon of the run (configuration, journal, log, status, cores) that hold the base secret."""
    kinds = ("daemon", "daemon.log", "state")
    return [path for path in directory.rglob("*")
            if path.is_file() and not path.is_symlink() and any(part in kinds for part in path.parts)
            and secret in path.read_bytes()]


@pytest.fixture
def aws(shared_aws):
    """The AWS with the role's full rights, whatever the test before did."""
    shared_aws.permit_all()
    return shared_aws


@pytest.fixture(scope="session")
def shared_fake(tmp_path_factory):
    with FakeAWS(tmp_path_factory.mktemp("fake")) as fake:
        yield fake


@pytest.fixture
def fake(shared_fake):
    """The scripted fake AWS, with no faults yet. Whatever a test does, the daemon never sends what no client may send."""
    shared_fake.script()
    shared_fake.set(**{name: DEFAULTS[name] for name in ("clock", "session_lifetime", "told_lifetime", "complete_again",
                                                        "actions", "continue", "dialect", "unsigned_bodies")})
    before = len(shared_fake.violations())
    yield shared_fake
    assert shared_fake.violations()[before:] == []


@pytest.fixture
def faked(binary, fake, folder, tmp_path):
    """A daemon, not yet started, on the one folder and the scripted fake AWS."""
    made = Daemon(binary, tmp_path / "daemon", fake, {folder.name: folder}, settle="100ms", upload=dict(SOON))
    yield made
    if made.process is not None:
        made.kill()


@pytest.fixture
def scoreboard():
    """Where the crash tests put their sums; the table is printed at the end."""
    return board


def pytest_sessionfinish(session):
    """With pytest-xdist each worker has a board of its own."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["scores"] = [asdict(score) for score in board.scores]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    board.scores += [Score(**score) for score in getattr(node, "workeroutput", {}).get("scores", [])]


def pytest_terminal_summary(terminalreporter):
    if board.scores:
        terminalreporter.section("what was offered, and what arrived")
        for line in board.lines():
            terminalreporter.write_line(line)
        if path := os.environ.get("S3LOGGERD_SCOREBOARD"):
            board.write(path)


@pytest.fixture
def folder(tmp_path):
    """An empty drop folder whose name no other test uses: it tells this test's objects and records apart."""
    path = tmp_path / f"folder-{next(numbers)}"
    path.mkdir()
    return path


@pytest.fixture
def daemon(binary, aws, folder, tmp_path):
    """A daemon, not yet started, on the one folder."""
    made = Daemon(binary, tmp_path / "daemon", aws, {folder.name: folder})
    yield made
    if made.process is not None:
        made.kill()


@pytest.fixture
def sink(tmp_path):
    """An AWS that only records what it is sent: for very many files."""
    with RecordingSink(tmp_path / "sink") as made:
        yield made


@pytest.fixture
def flooded(binary, sink, folder, tmp_path):
    """A daemon, not yet started, on the one folder, that delivers to the sink."""
    made = Daemon(binary, tmp_path / "daemon", sink, {folder.name: folder})
    yield made
    if made.process is not None:
        made.kill()


class Packages:
    """What packaging/build-deb made."""

    def __init__(self, directory):
        self.directory = directory

    @property
    def main(self):
        return self._only("s3loggerd_*.deb")

    @property
    def symbols(self):
        return self._only("s3loggerd-dbgsym_*.deb")

    def _only(self, pattern):
        [path] = self.directory.glob(pattern)
        return path

    @staticmethod
    def build(directory, *arguments):
        """Builds the package again; without much compression, which takes most of the time."""
        environment = os.environ | {"DPKG_DEB_COMPRESSOR_TYPE": "gzip", "DPKG_DEB_COMPRESSOR_LEVEL": "1"}
        done = subprocess.run(
            [str(ROOT / "packaging/build-deb"), "--output", str(directory), *arguments], env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1800)
        assert done.returncode == 0, done.stdout
        return Packages(directory)


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """The package of this source, or that of S3LOGGERD_PACKAGES."""
    if made := os.environ.get("S3LOGGERD_PACKAGES"):
        return Packages(Path(made))
    if shutil.which("dpkg-buildpackage") is None or shutil.which("dh") is None:
        pytest.skip("building a Debian package needs dpkg-dev and debhelper")
    return Packages.build(tmp_path_factory.mktemp("packages"))
