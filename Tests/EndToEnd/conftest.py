"""What the end-to-end tests share: one local AWS for all of them, and a daemon for each."""

import itertools
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging/local-aws"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from daemon import Daemon  # noqa: E402
from local_aws import LocalAWS  # noqa: E402

numbers = itertools.count(1)


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


@pytest.fixture
def aws(shared_aws):
    """The AWS with the role's full rights, whatever the test before did."""
    shared_aws.permit_all()
    return shared_aws


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
