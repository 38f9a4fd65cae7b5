"""The unit file under a real systemd, beside the host's. Needs root; elsewhere the unit is only scored."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT
from daemon import wait_until
from expectations import assert_delivered, wait_for_records
from local_aws import die_with_parent

HERE = Path(__file__).resolve().parent
NAMESPACES = ["--pid", "--mount", "--uts", "--ipc", "--cgroup"]

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not os.path.exists("/lib/systemd/systemd") or shutil.which("unshare") is None,
    reason="a second systemd needs root, systemd and unshare")


class Machine:
    """A booted systemd with the program and its unit installed."""

    def __init__(self, binary, log):
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                ["unshare", "--fork", *NAMESPACES, "--kill-child=KILL", "--mount-proc", str(HERE / "boot-systemd"),
                 str(binary), str(ROOT / "packaging/systemd/s3loggerd.service")],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=die_with_parent)
        wait_until(self.is_up, 60, lambda: log.read_text(errors="replace")[-2000:], pause=0.3)

    def first_process(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return children[0] if children else None

    def is_up(self):
        return self.first_process() and "basic.target" in self.run("systemctl is-active basic.target && echo basic.target")

    def run(self, script, text=None):
        """Runs a shell script inside and returns what it prints."""
        inside = ["nsenter", "-t", self.first_process(), "-m", "-p", "-u", "-i", "-C", "bash", "-c", script]
        done = subprocess.run(inside, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return done.stdout

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def machine(binary, tmp_path):
    made = Machine(binary, tmp_path / "systemd.log")
    yield made
    made.stop()


def install(machine, aws, folder):
    """What an administrator does: user, configuration, credentials, folder."""
    machine.run("useradd --system s3loggerd && mkdir -p /etc/s3loggerd /var/inbox")
    machine.run("cat >/etc/s3loggerd/config.toml", f"""
        [aws]
        region = "{aws.region}"
        bucket = "{aws.bucket}"
        table = "{aws.table}"
        role_arn = "{aws.role_arn}"
        external_id = "{aws.external_id}"
        endpoint_url = "{aws.endpoint}"
        access_key_id_file = "aws_key_id"
        secret_access_key_file = "aws_key_secret"

        [[folder]]
        name = "{folder.name}"
        path = "/var/inbox"
        settle = "300ms"
        """)
    machine.run("umask 077; cat >/etc/s3loggerd/aws_key_id", aws.base_access_key)
    machine.run("umask 077; cat >/etc/s3loggerd/aws_key_secret", aws.base_secret_key)


def test_under_the_unit_a_file_is_delivered_and_reload_and_stop_work(machine, aws, folder):
    install(machine, aws, folder)
    assert machine.run("systemctl daemon-reload && systemctl start s3loggerd") == ""
    machine.run("printf hello >/var/inbox/letter.txt")
    try:
        wait_for_records(aws, folder, 1, timeout=20)
    except TimeoutError:
        raise AssertionError(machine.run("systemctl status -l --no-pager s3loggerd")) from None
    assert_delivered(aws, folder, {b"letter.txt": b"hello"})
    wait_until(lambda: "1 delivered today" in machine.run("systemctl status s3loggerd"), 10, "the status line")
    assert machine.run("systemctl reload s3loggerd && systemctl is-active s3loggerd") == "active\n"
    assert machine.run("s3loggerd status").startswith("OK: 1 folder, 0 pending")
    machine.run("systemctl stop s3loggerd")
    assert "Result=success" in machine.run("systemctl show s3loggerd")
    told = machine.run("journalctl --no-pager -u s3loggerd")
    assert "s3loggerd 1" in told and "Failed" not in told, told
