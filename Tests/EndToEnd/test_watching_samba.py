"""Files that really arrive over Samba: a server of the test's own on a loopback port, and Samba's own client."""

import getpass
import hashlib
import os
import shutil
import socket
import subprocess
import time

import pytest

from daemon import wait_until
from local_aws import die_with_parent, free_port
from test_watching_floods import wait_for_count

CONFIGURATION = """
[global]
  server role = standalone server
  map to guest = Bad User
  disable netbios = yes
  load printers = no
  disable spoolss = yes
  bind interfaces only = yes
  interfaces = lo
  smb ports = {port}
  smb2 max write = 65536
  log file = {here}/smbd.log
  private dir = {here}/private
  lock directory = {here}/lock
  state directory = {here}/state
  cache directory = {here}/cache
  pid directory = {here}/pid
  ncalrpc dir = {here}/ncalrpc
[drop]
  path = {folder}
  read only = no
  guest ok = yes
  force user = {user}
"""


class Samba:
    """An smbd that serves the folder as //127.0.0.1/drop."""

    def __init__(self, here, folder):
        self.port, self.here = free_port(), here
        for name in ("private", "lock", "state", "cache", "pid", "ncalrpc"):
            (here / name).mkdir(parents=True)
        config = here / "smb.conf"
        config.write_text(CONFIGURATION.format(port=self.port, here=here, folder=folder, user=getpass.getuser()))
        self.process = subprocess.Popen(
            ["smbd", "--foreground", "--no-process-group", f"--configfile={config}"], stdin=subprocess.DEVNULL,
            start_new_session=True,  # at its end it signals its whole process group
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        wait_until(self.answers, 30, "smbd answers")

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def client(self, commands, cwd, **more):
        arguments = ["smbclient", "//127.0.0.1/drop", "-N", "-p", str(self.port), "-s", str(self.here / "smb.conf")]
        return subprocess.Popen([*arguments, "-c", commands], cwd=cwd, stdin=subprocess.DEVNULL, **more)

    def run(self, commands, cwd):
        client = self.client(commands, cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        output, _ = client.communicate(timeout=120)
        assert client.returncode == 0 and "NT_STATUS" not in output, output

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def samba(long, tmp_path, folder):
    if not long:
        pytest.skip("a long test")
    if not (shutil.which("smbd") and shutil.which("smbclient")):
        pytest.fail("samba and smbclient are missing: packaging/test --long installs them")
    made = Samba(tmp_path / "samba", folder)
    yield made
    made.stop()


def delivered(sink, folder):
    """Path → the digests of what was delivered, in order."""
    found = {}
    for key, digest, _ in sink.puts():
        found.setdefault(key.decode().removeprefix(f"{folder.name}/"), []).append(digest)
    return found


def test_files_put_over_samba_are_delivered_whole_and_once(flooded, sink, folder, tmp_path, samba):
    flooded.settle = "1s"
    flooded.configure({folder.name: folder})
    local = tmp_path / "local"
    contents = {"letter.pdf": os.urandom(300_000)}
    for number in range(40):
        contents[f"tree/d{number % 7}/e{number % 3}/file {number}.pdf"] = os.urandom(number * 1000)
    for path, content in contents.items():
        (local / path).parent.mkdir(parents=True, exist_ok=True)
        (local / path).write_bytes(content)
    (local / "draft.docx").write_bytes(b"renamed on the share")
    flooded.start()

    samba.run("put letter.pdf", local)
    samba.run("recurse ON; prompt OFF; mput tree", local)
    wait_for_count(flooded, sink, 41, 120)
    samba.run('put draft.docx draft.tmp; rename draft.tmp final.docx', local)
    contents["final.docx"] = b"renamed on the share"
    wait_for_count(flooded, sink, 42, 60)
    time.sleep(3)
    assert delivered(sink, folder) == {
        path: [hashlib.sha256(content).hexdigest()] for path, content in contents.items()}
    assert flooded.stop() == 0


def test_an_upload_broken_off_in_the_middle_is_not_taken_while_it_stalls_and_whole_once_it_is_repeated(
        flooded, sink, folder, tmp_path, samba):
    flooded.settle = "1s"
    flooded.configure({folder.name: folder})
    flooded.start()
    local = tmp_path / "local"
    local.mkdir()
    content = os.urandom(12_000_000)
    os.mkfifo(local / "slow.pdf")
    client = samba.client("put slow.pdf", local, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(local / "slow.pdf", "wb") as pipe:
        pipe.write(content[:8_000_000])
        pipe.flush()
        wait_until(lambda: (folder / "slow.pdf").exists() and (folder / "slow.pdf").stat().st_size > 0, 30, "half of it")
        time.sleep(5)
        assert not delivered(sink, folder), "the client stalls, its file is open on the server"
        client.kill()
        client.wait()
    # To the server the broken connection is a close: what is there came to rest and is a version of its own.
    wait_for_count(flooded, sink, 1, 60)
    half = (folder / "slow.pdf").read_bytes()
    assert half == content[:len(half)]
    os.unlink(local / "slow.pdf")
    (local / "slow.pdf").write_bytes(content)
    samba.run("put slow.pdf", local)
    wait_for_count(flooded, sink, 2, 60)
    time.sleep(3)
    states = [hashlib.sha256(state).hexdigest() for state in (half, content)]
    assert delivered(sink, folder) == {"slow.pdf": states}
    assert flooded.stop() == 0
