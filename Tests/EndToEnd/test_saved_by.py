"""Who saved a file last, by what Samba's processes write to the journal of a booted systemd, and by nothing else."""

import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest

import machine as machines
from conftest import ROOT
from daemon import Daemon, wait_until
from expectations import wait_for_records
from fake_aws.handle import Rule
from local_aws import free_port
from machine import Machine

pytestmark = pytest.mark.skipif(machines.missing() is not None, reason=str(machines.missing()))
USER = "s3l-test"


#: Writes a line of the audit, and is smbd when journald looks who it was.
BECOME = """
import ctypes, os, pathlib, socket, time
child = os.fork()
if child == 0:
    ctypes.CDLL(None).ptrace(0, 0, None, None)  # PTRACE_TRACEME: stops once it is another program
    line = b"<173>smbd_audit: bruno|192.0.2.9|inbox|pwrite_recv|ok|/srv/inbox/forged.txt\\n"
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(line, "/run/systemd/journal/dev-log")
    os.execv("/usr/sbin/smbd", ["smbd", "-b"])
os.waitpid(child, 0)
pathlib.Path("/tmp/is-smbd").touch()
time.sleep(3)
os.kill(child, 9)
os.waitpid(child, 0)
"""


class Office:
    """A machine with Samba, a share as in packaging/samba, two people, and the program run as a user of its own."""

    def __init__(self, directory, binary):
        packages = directory / "packages"
        packages.mkdir()
        shutil.copy(binary, packages / "program.deb")  # no package: what lies there is what the machine sees
        self.port = free_port()
        self.machine = Machine("/", packages, directory / "boot.log")
        ok = self.machine.ok
        ok(f"groupadd documents; useradd {USER} -G documents -d /var/lib/{USER} -m; "
           f"for name in anna bruno; do useradd $name -G documents; (echo pw; echo pw) | smbpasswd -s -a $name; done; "
           "install -d -m 2770 -g documents /srv/inbox")
        share = (ROOT / "packaging/samba/smb.conf").read_text()
        self.machine.run("cat >/etc/samba/smb.conf", f"""[global]
            server role = standalone server
            smb ports = {self.port}
            interfaces = lo
            bind interfaces only = yes
            disable netbios = yes
            load printers = no
            {share}""")
        ok("systemd-run -q --unit=smbd-test smbd -F --no-process-group")
        wait_until(lambda: "NT_STATUS" not in self.client("anna", "ls"), 30, lambda: self.client("anna", "ls"))

    def client(self, user, commands):
        return self.machine.run(f"cd /root; smbclient //127.0.0.1/inbox -p {self.port} -U {user}%pw -c '{commands}' 2>&1")

    def save(self, user, name, content):
        self.machine.ok("cat >/root/upload", content)
        told = self.client(user, f'put upload "{name}"')
        assert "NT_STATUS" not in told, told

    def start(self, daemon, groups="documents systemd-journal"):
        config = daemon.config.read_text().replace(str(daemon.state), f"/var/lib/{USER}/state")
        self.machine.run(f"cat >/var/lib/{USER}/config.toml", config)
        keys = {"AWS_ACCESS_KEY_ID": daemon.aws.base_access_key, "AWS_SECRET_ACCESS_KEY": daemon.aws.base_secret_key,
                "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
        self.machine.ok(
            "install /packages/program.deb /usr/bin/s3l-test; systemctl stop s3l 2>/dev/null || true; "
            # One that was killed is forgotten a moment later.
            f"for n in $(seq 40); do systemctl reset-failed s3l 2>/dev/null || true; systemd-run -q --collect --unit=s3l --service-type=notify --uid={USER} -p 'SupplementaryGroups={groups}' "
            + " ".join(f"--setenv={name}={value}" for name, value in keys.items())
            + f" /usr/bin/s3l-test run --config /var/lib/{USER}/config.toml 2>/dev/null && break; sleep 0.5; done;"
            " systemctl is-active -q s3l")

    def stop(self):
        self.machine.ok("systemctl stop s3l")

    def status(self):
        return self.machine.run("systemctl show --value -p StatusText s3l")


@pytest.fixture(scope="module")
def office(binary):
    if not (shutil.which("smbd") and shutil.which("smbclient")):
        pytest.skip("Debian: samba smbclient")
    with tempfile.TemporaryDirectory() as directory:
        made = Office(Path(directory), binary)
        try:
            yield made
        finally:
            made.machine.stop()


@pytest.fixture
def asked(binary, fake, folder, tmp_path, office):
    """The configuration of one folder that asks who saved its files."""
    office.machine.ok("find /srv/inbox -mindepth 1 -delete; rm -rf /var/lib/s3l-test/state")
    made = Daemon(binary, tmp_path / "daemon", fake, {
        folder.name: {"path": "/srv/inbox", "saved_by": "samba", "ignore_temporary": False}}, settle="2s")
    yield made
    office.machine.run("systemctl stop s3l")


def recorded(fake, folder, count):
    wait_for_records(fake, folder, count)
    return {r["source_path"]: (r.get("saved_by"), r.get("saved_from"), r.get("saved_by_source"), r["owner"])
            for r in sorted(fake.records(folder.name), key=lambda r: r["uploaded_at"])}


def test_the_last_writer_is_recorded_and_nobody_can_pass_for_another(office, asked, fake, folder):
    office.save("anna", "before.txt", "saved while the service is stopped")
    time.sleep(1)
    office.start(asked)
    assert recorded(fake, folder, 1) == {"before.txt": ("anna", "127.0.0.1", "samba", "anna")}

    office.save("anna", "contract.txt", "by anna")
    assert recorded(fake, folder, 2)["contract.txt"][:1] == ("anna",)
    office.save("bruno", "contract.txt", "overwritten in place by bruno")
    assert recorded(fake, folder, 3)["contract.txt"] == ("bruno", "127.0.0.1", "samba", "anna")

    # Lines that are not Samba's, whatever they say, be it root who writes them, or a process that is smbd by now.
    office.machine.ok(
        "for user in root anna; do su -s /bin/sh $user -c "
        "\"logger -t smbd_audit 'bruno|192.0.2.9|inbox|pwrite_recv|ok|/srv/inbox/forged.txt'\"; done; "
        "umask 007; echo forged >/srv/inbox/forged.txt; chgrp documents /srv/inbox/forged.txt")
    office.machine.run("cat >/usr/local/bin/become-smbd", BECOME)
    office.machine.run(
        "systemctl kill -s STOP systemd-journald; su -s /bin/sh anna -c 'python3 /usr/local/bin/become-smbd' & "
        "for n in $(seq 200); do test -e /tmp/is-smbd && break; sleep 0.1; done; systemctl kill -s CONT systemd-journald; wait")
    assert "inbox/forged" in office.machine.ok("journalctl --no-pager -t smbd_audit _EXE=/usr/sbin/smbd _UID=$(id -u anna)")
    assert recorded(fake, folder, 4)["forged.txt"] == (None, None, None, "root")

    # Written on the server itself long after Samba told of it; names that hold what separates the fields.
    office.machine.ok("sleep 6; echo changed >>/srv/inbox/before.txt")
    assert recorded(fake, folder, 5)["before.txt"][:1] == (None,)
    office.machine.ok("cd /srv/inbox; install -m 660 -o anna -g documents /dev/null 'x|y.txt'; echo x >'x|y.txt'")
    recorded(fake, folder, 6)
    office.save("bruno", "z .txt", "spaces")
    assert recorded(fake, folder, 7)["z .txt"][:1] == ("bruno",)
    assert "OK:" in office.status(), office.status()


def test_without_the_right_to_read_the_journal_files_are_delivered_and_it_is_said(office, asked, fake, folder):
    office.start(asked, groups="documents")
    office.save("anna", "a.txt", "content")
    assert recorded(fake, folder, 1) == {"a.txt": (None, None, None, "anna")}
    wait_until(lambda: "saved-by-samba.conf" in office.status(), 30, office.status)
    assert "DEGRADED" in office.status()


def test_a_later_attempt_records_the_same_saver_though_the_lines_are_gone(office, asked, fake, folder):
    office.start(asked)
    fake.script(Rule("PutItem", status=500, code="InternalServerError", times=None))
    office.save("anna", "a.txt", "content")
    wait_until(lambda: len(fake.versions(folder.name)) == 1, 30, "the object")
    office.machine.run("systemctl kill -s KILL s3l; sleep 1")
    office.machine.ok("journalctl --rotate -q; journalctl --vacuum-time=1us -q")
    fake.script()
    office.start(asked)
    assert recorded(fake, folder, 1) == {"a.txt": ("anna", "127.0.0.1", "samba", "anna")}
    # The journal was rotated and emptied under a reader: the next one is there again.
    office.machine.ok("journalctl --rotate -q; journalctl --vacuum-time=1us -q")
    office.save("bruno", "b.txt", "content")
    assert recorded(fake, folder, 2)["b.txt"][:1] == ("bruno",)
