"""The package on a machine with a booted systemd: install, operate, upgrade, remove. In this order, on one machine."""

import json
import os
import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

import crashing
import machine as machines
from conftest import ROOT
from daemon import wait_until
from expectations import assert_delivered, wait_for_records
from machine import Machine, stop_thread

pytestmark = pytest.mark.skipif(machines.missing() is not None, reason=str(machines.missing()))

FOLDER = "systemd-inbox"
DEBIAN = ROOT / ".build-tools/debian"


def clean_debian():
    """A root file system of nothing but Debian's base, made once."""
    if shutil.which("debootstrap") is None:
        pytest.skip("a clean root needs debootstrap")
    if not (DEBIAN / "complete").exists():
        shutil.rmtree(DEBIAN, ignore_errors=True)
        root = DEBIAN / "root"
        root.mkdir(parents=True)
        subprocess.run(
            ["debootstrap", "--variant=minbase", "--include=systemd,systemd-sysv,dbus,ca-certificates,acl", "bookworm",
             str(root)], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=900)
        (DEBIAN / "complete").touch()
    return DEBIAN / "root"


@pytest.fixture(scope="module")
def machine(packages, long, shared_aws, tmp_path_factory):
    """The machine with the package installed, configured and not yet started."""
    made = Machine(clean_debian() if long else "/", packages.directory, tmp_path_factory.mktemp("systemd") / "boot.log")
    try:
        install(made, shared_aws)
        yield made
    finally:
        made.stop()


class Folder:
    """The drop folder of the machine; `name` as the configuration calls it."""

    name = FOLDER


def install(machine, aws):
    """What an administrator does."""
    told = machine.ok("apt-get update -q || true; apt-get install -y -q /packages/s3loggerd_*.deb", timeout=300)
    assert machine.run("systemctl is-enabled s3loggerd; systemctl is-active s3loggerd") == "disabled\ninactive\n", told
    machine.ok("groupadd staff-documents; usermod -aG staff-documents s3loggerd; useradd anna -G staff-documents")
    machine.ok("install -d -m 2770 -o anna -g staff-documents /srv/inbox")
    configure(machine, aws)
    machine.run("umask 077; cat >/etc/s3loggerd/aws_key_id", aws.base_access_key)
    machine.run("umask 077; cat >/etc/s3loggerd/aws_key_secret", aws.base_secret_key)


def configure(machine, aws, folders="", upload=""):
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
        [upload]
        {upload}
        [[folder]]
        name = "{FOLDER}"
        path = "/srv/inbox"
        settle = "300ms"
        {folders}
        """)


def save(machine, name, content="content"):
    """Anna saves a file that her group may read."""
    machine.ok(f"su -s /bin/sh -c 'umask 027; cat >/srv/inbox/{name}' anna", content)


def wait_for_status(machine, *words, timeout=60):
    def reached():
        text = machine.show("StatusText")
        return all(word in text for word in words)
    wait_until(reached, timeout, lambda: machine.run(
        "systemctl status -l --no-pager s3loggerd; journalctl --no-pager -n 30 -u s3loggerd"), pause=0.3)


def status(machine):
    return json.loads(machine.ok("s3loggerd status --json"))


def test_a_saved_file_is_delivered_and_the_log_tells_its_story(machine, aws):
    assert machine.ok("systemctl enable --now s3loggerd 2>/dev/null") == ""
    wait_for_status(machine, "OK: 1 folder")
    save(machine, "letter.txt", "hello")
    wait_for_status(machine, "1 delivered today", "letter.txt")
    assert_delivered(aws, Folder, {b"letter.txt": b"hello"})
    [record] = aws.records(FOLDER)
    assert "OK: 1 folder" in machine.run("systemctl status --no-pager s3loggerd")
    story = [json.loads(line) for line in machine.ok(
        f"journalctl -o json -u s3loggerd S3LOGGERD_DELIVERY_ID={record['delivery_id']}").splitlines()]
    delivered = story[-1]
    assert delivered["S3LOGGERD_PATH"] == "letter.txt" and delivered["S3LOGGERD_STATE"] == "logged"
    assert delivered["S3LOGGERD_OBJECT_KEY"] == record["object_key"] and delivered["PRIORITY"] == "6"
    explained = machine.ok(f"journalctl -x --no-pager -u s3loggerd S3LOGGERD_DELIVERY_ID={record['delivery_id']}")
    assert "Subject: A file is delivered" in explained and "Defined-By: s3loggerd" in explained
    owners = machine.ok("stat -c '%U' /run/s3loggerd/metrics.prom /var/lib/s3loggerd/journal.db").split()
    assert owners == ["s3loggerd"] * 2


def test_the_service_has_one_capability_and_a_good_score(machine):
    process = machine.main_process()
    lines = open(f"/proc/{process}/status").read()
    cap_lease = f"{1 << 28:016x}"
    for name in ("CapEff", "CapPrm", "CapBnd"):
        assert re.search(rf"^{name}:\t{cap_lease}$", lines, re.M), lines
    score = machine.run("systemd-analyze security --no-pager s3loggerd").splitlines()[-1]
    print(score)
    assert float(re.search(r"s3loggerd.service: ([\d.]+)", score)[1]) <= 1.3
    evidence = json.loads(machine.ok("s3loggerd queue show 1 --json"))["settled_by"]
    assert evidence == "lease", "CAP_LEASE works for a file of somebody else"


def test_check_names_the_command_that_gives_a_missing_right(machine):
    machine.ok("install -m 0600 -o anna /dev/null /srv/inbox/private.txt")
    told = machine.run("s3loggerd check; echo $?")
    assert told.endswith("78\n") and "cannot read 1 of" in told and "private.txt" in told, told
    [command] = re.findall("mend it with: sudo (.*)", told)
    supported = machine.run("touch /srv/probe && setfacl -m u:s3loggerd:r /srv/probe && echo yes") == "yes\n"
    machine.ok(command if supported else "chmod 0640 /srv/inbox/private.txt; chgrp staff-documents /srv/inbox/private.txt")
    told = machine.run("s3loggerd check; echo $?")
    assert told.endswith("\n0\n") and "leases tell" in told, told
    machine.ok("chmod 0700 /srv/inbox; setfacl -b /srv/inbox || true")
    told = machine.run("s3loggerd check; echo $?")
    assert told.endswith("78\n") and "cannot list" in told, told
    told = machine.run("su -s /bin/sh -c 's3loggerd queue; s3loggerd status' anna")
    machine.ok("chmod 2770 /srv/inbox; rm /srv/inbox/private.txt")
    assert "permission denied" in told and "as root" in told, told
    assert "status.json is for root and the group s3loggerd" in told, told
    told = machine.run("usermod -aG s3loggerd anna; su -s /bin/sh -c 's3loggerd status' anna; gpasswd -d anna s3loggerd")
    assert "OK: 1 folder" in told, told


def test_commands_ask_the_running_daemon_by_its_socket_within_the_confinement(machine):
    assert machine.ok("stat -c '%a %U %G %F' /run/s3loggerd/control.sock") == "660 s3loggerd s3loggerd socket\n"
    save(machine, "waited.txt")
    told = machine.ok(f"s3loggerd wait --folder {FOLDER} --timeout 60s; runuser -u s3loggerd -- s3loggerd queue retry --all")
    assert told == "everything that was there is recorded\nnothing is pending or parked\n", told
    assert "under_way" in json.loads(machine.ok("s3loggerd status --json"))
    told = machine.run("usermod -aG s3loggerd anna; su -s /bin/sh -c 's3loggerd wait --timeout 60s' anna; "
                       "gpasswd -d anna s3loggerd; su -s /bin/sh -c 's3loggerd wait' anna 2>&1")
    assert "everything that was there is recorded" in told and "is not for this user" in told, told


def test_a_program_is_told_within_the_confinement_and_without_the_capability(machine, aws):
    machine.run("install -m 0755 /dev/stdin /usr/local/bin/notify",
                "#!/bin/sh\n{ cat; grep -h ^Cap /proc/self/status; env; } >/var/lib/s3loggerd/told\n")
    configure(machine, aws, '[alerts]\ncommand = ["/usr/local/bin/notify"]\nevents = ["blocked", "recovered"]')
    told = machine.run("s3loggerd check")
    assert "alerts command /usr/local/bin/notify: s3loggerd can run it" in told
    assert "systemd does not confine the service as this configuration needs it yet: ExecPaths=/usr" in told
    machine.ok("systemctl daemon-reload; systemctl restart s3loggerd; s3loggerd check")
    aws.permit("s3:PutObject")
    try:
        save(machine, "refused.txt")
        wait_until(lambda: "CapBnd" in machine.run("cat /var/lib/s3loggerd/told"), 60, "the program was run", pause=0.3)
    finally:
        aws.permit_all()
    told = machine.ok("cat /var/lib/s3loggerd/told")
    assert json.loads(told.splitlines()[0])["data"]["subject"] == "dynamodb"
    assert len(re.findall(r"^Cap(?:Prm|Eff|Amb):\t0+$", told, re.M)) == 3, told
    assert "CREDENTIALS" not in told and "AWS" not in told and "NOTIFY" not in told
    machine.ok("s3loggerd queue retry --all")
    wait_until(lambda: '"recovered"' in machine.run("cat /var/lib/s3loggerd/told"), 60, "told again", pause=0.3)
    wait_for_status(machine, "OK: 1 folder", "refused.txt")
    configure(machine, aws)
    machine.ok("systemctl daemon-reload; systemctl restart s3loggerd; rm /var/lib/s3loggerd/told /usr/local/bin/notify")


def inside(machine, script):
    """What one sees and may execute who took over the daemon: its mounts, as its user."""
    return machine.run(f"nsenter -t {machine.show('MainPID')} -m -S $(id -u s3loggerd) -G $(id -g s3loggerd) -- {script}")


def test_no_program_can_be_run_that_is_not_configured(machine):
    for program in ("/usr/bin/id", "/bin/sh", "/usr/bin/perl"):
        assert "Permission denied" in inside(machine, program)
    assert machine.ok("s3loggerd unit") == ""


def test_files_are_looked_into_without_rights(machine, aws):
    machine.ok("install -d -m 2770 -o anna -g staff-documents /srv/checked")
    configure(machine, aws, '[[folder]]\nname = "systemd-checked"\npath = "/srv/checked"\nsettle = "300ms"\n'
              'allowed_types = ["text/*", "application/pdf"]')
    machine.ok("systemctl restart s3loggerd")
    wait_for_status(machine, "OK: 2 folders")
    machine.ok("su -s /bin/sh -c 'umask 027; echo hello >/srv/checked/good.txt; echo no >/srv/checked/bad.pdf' anna")
    wait_until(lambda: len(aws.records("systemd-checked")) == 2, 60, lambda: machine.run(
        "s3loggerd status; journalctl --no-pager -n 30 -u s3loggerd"), pause=0.3)
    records = {record["filename"]: record for record in aws.records("systemd-checked")}
    assert "status" not in records["good.txt"] and records["bad.pdf"]["status"] == "rejected"
    children = Path(f"/proc/{machine.main_process()}/task").glob("*/children")
    [helper] = [pid for path in children for pid in path.read_text().split()]
    lines = Path(f"/proc/{helper}/status").read_text()
    assert "Seccomp:\t2" in lines and "CapEff:\t0000000000000000" in lines and "NoNewPrivs:\t1" in lines
    assert re.search(r"VmRSS:\s+(\d+) kB", lines) and int(re.search(r"RssAnon:\s+(\d+) kB", lines)[1]) < 40_000, lines
    configure(machine, aws)
    machine.ok("systemctl restart s3loggerd")


def test_the_service_sees_its_folders_alone_where_that_is_wanted(machine, aws):
    machine.ok("install -d -m 0755 /srv/other /home/anna; echo secret >/srv/other/secret; echo secret >/home/anna/secret")
    assert {"other", "inbox"} <= set(os.listdir(f"/proc/{machine.main_process()}/root/srv"))
    machine.ok("install -d -m 2770 -o anna -g staff-documents /srv/mounted /home/drop")
    configure(machine, aws, '[[folder]]\nname = "systemd-mounted"\npath = "/srv/mounted"\nsettle = "300ms"\n'
              '[[folder]]\nname = "systemd-home"\npath = "/home/drop"\nsettle = "300ms"\n[unit]\nonly_folders = true')
    told = machine.run("s3loggerd check; echo $?")
    assert told.endswith("78\n") and "systemd does not confine the service as this configuration needs it yet" in told
    machine.ok("systemctl daemon-reload; systemctl restart s3loggerd; s3loggerd check")
    wait_for_status(machine, "OK: 3 folders")
    view = f"/proc/{machine.main_process()}/root"
    assert sorted(os.listdir(view + "/srv")) == ["inbox", "mounted"]
    assert os.listdir(view + "/home") == ["drop"] and os.listdir(view + "/root") == []
    # What is mounted later is seen, and its files are delivered.
    machine.ok("mount -t tmpfs -o mode=2770,uid=$(id -u anna),gid=$(getent group staff-documents | cut -d: -f3) tmpfs"
               " /srv/mounted; su -s /bin/sh -c 'umask 027; echo hello >/srv/mounted/late.txt;"
               " echo hello >/home/drop/home.txt' anna")
    wait_until(lambda: aws.records("systemd-mounted") and aws.records("systemd-home"), 60, lambda: machine.run(
        "s3loggerd status; journalctl --no-pager -n 30 -u s3loggerd"), pause=0.3)
    machine.ok("umount --lazy /srv/mounted")
    configure(machine, aws)
    machine.ok("systemctl daemon-reload; systemctl restart s3loggerd; s3loggerd check")
    wait_for_status(machine, "OK: 1 folder")


def test_a_reload_takes_a_good_configuration_and_refuses_a_broken_one(machine, aws):
    wait_until(lambda: all("last_rescan" in f for f in status(machine)["folders"] or [{}]), 60, "the first scan", pause=0.3)
    process, before = machine.show("MainPID"), status(machine)
    machine.ok("install -d -m 2770 -o anna -g staff-documents /srv/scans")
    configure(machine, aws, '[[folder]]\nname = "systemd-scans"\npath = "/srv/scans"\nsettle = "300ms"')
    machine.ok("systemctl reload s3loggerd; su -s /bin/sh -c 'umask 027; echo scan >/srv/scans/page.txt' anna")
    wait_for_status(machine, "OK: 2 folders", "page.txt")
    folders = {folder["name"]: folder for folder in status(machine)["folders"]}
    [old] = before["folders"]
    assert folders[FOLDER]["last_rescan"] == old["last_rescan"], "the other folder's watch was left alone"
    machine.run("echo 'settel = \"5s\"' >>/etc/s3loggerd/config.toml")
    machine.run("systemctl reload s3loggerd")
    wait_for_status(machine, "DEGRADED", "config.toml:", "settel")
    assert "config.toml:" in machine.run("journalctl --no-pager -p err -u s3loggerd")
    save(machine, "meanwhile.txt")
    wait_for_status(machine, "meanwhile.txt")
    configure(machine, aws)
    machine.ok("systemctl reload s3loggerd")
    wait_for_status(machine, "OK: 1 folder")
    assert machine.show("MainPID") == process


@pytest.mark.parametrize("thread", ["http", "supervisor"])
def test_a_stuck_thread_gets_the_service_restarted_and_nothing_is_lost(machine, aws, thread, long):
    if thread != "http" and not long:
        pytest.skip("one thread is enough for the short run: --long")
    machine.ok("mkdir -p /etc/systemd/system/s3loggerd.service.d")
    machine.run("cat >/etc/systemd/system/s3loggerd.service.d/test.conf", "[Service]\nWatchdogSec=4s\nRestartSec=1s\n")
    machine.ok("systemctl daemon-reload; systemctl restart s3loggerd")
    wait_for_status(machine, "OK")
    process, restarts = machine.show("MainPID"), int(machine.show("NRestarts"))
    holder = stop_thread(machine.main_process(), thread)
    try:
        save(machine, f"after-{thread}.txt")
        wait_until(lambda: int(machine.show("NRestarts")) > restarts, 60, lambda: machine.run(
            "systemctl status -l --no-pager s3loggerd"), pause=0.5)
    finally:
        holder.kill()
    wait_for_status(machine, f"after-{thread}.txt")
    assert machine.show("MainPID") != process
    assert "watchdog" in status(machine)["last_unclean_exit"]["reason"]
    log = machine.run("journalctl --no-pager -u s3loggerd")
    assert "no sign of life from" in log and "ended by itself" in log
    assert "last crash" in machine.ok("s3loggerd status")
    machine.ok("rm -r /etc/systemd/system/s3loggerd.service.d; systemctl daemon-reload; systemctl restart s3loggerd")


def test_a_crash_is_in_the_journal_with_its_calls_and_the_service_goes_on(machine, aws):
    restarts = int(machine.show("NRestarts"))
    machine.ok("systemctl kill -s SEGV --kill-who=main s3loggerd")
    wait_until(lambda: int(machine.show("NRestarts")) > restarts, 30, "a restart", pause=0.5)
    save(machine, "after-crash.txt")
    wait_for_status(machine, "after-crash.txt")
    log = machine.run("journalctl --no-pager -o cat -u s3loggerd")
    assert "s3loggerd crashed: signal SEGV sent by process" in log and ", thread s3loggerd\n" in log
    assert re.search(r"^#\d+ .*TaskPool\.runToEnd", log, re.M), log[-5000:]
    assert "it crashed: signal SEGV sent by process" in machine.ok("s3loggerd status")


def settings(machine, text):
    """Settings of the service for one test, until `plain`."""
    machine.ok("mkdir -p /etc/systemd/system/s3loggerd.service.d")
    machine.run("cat >/etc/systemd/system/s3loggerd.service.d/test.conf", text)
    machine.ok("systemctl daemon-reload")


def plain(machine):
    machine.ok("rm -r /etc/systemd/system/s3loggerd.service.d; systemctl daemon-reload; systemctl restart s3loggerd")


def test_it_is_tried_for_ever_and_starts_once_it_can(machine):
    """Something stands in the way of the start for longer than any limit of starts."""
    settings(machine, "[Service]\nRestartSec=100ms\n")
    state = "/var/lib/s3loggerd"
    machine.ok(f"systemctl stop s3loggerd; mv {state}/journal.db {state}/aside; mkdir {state}/journal.db")
    try:
        machine.run("systemctl start s3loggerd")
        wait_until(lambda: int(machine.show("NRestarts")) > 15, 90, lambda: machine.run(
            "systemctl status -l --no-pager s3loggerd"), pause=0.5)
        assert machine.show("ActiveState") in ("activating", "deactivating"), machine.show("Result")
    finally:
        machine.ok(f"rmdir {state}/journal.db; mv {state}/aside {state}/journal.db")
    wait_for_status(machine, "OK: 1 folder")
    plain(machine)


def in_hand(machine):
    """The numbers of the deliveries that the daemon has marked as in hand."""
    words = machine.run("od -An -v -t d8 -w8 -j4096 /var/lib/s3loggerd/in-hand").split()
    return [number for number in words if number != "0"]


@contextmanager
def long_file(machine, aws, text):
    """A file of 64 GiB of nothing, which takes long to read, in a folder of its own; the service runs with the settings."""
    settings(machine, text)
    machine.ok("install -d /srv/long; mount -t tmpfs -o mode=0755 none /srv/long; truncate -s 64G /srv/long/file.bin;"
               " chmod 0644 /srv/long/file.bin")
    configure(machine, aws, '[[folder]]\nname = "systemd-long"\npath = "/srv/long"\nsettle = "300ms"')
    machine.ok("systemctl restart s3loggerd")
    wait_for_status(machine, "2 folders")
    try:
        yield
    finally:
        machine.ok("rm -f /srv/long/*; systemctl restart s3loggerd")

        def is_gone():
            machine.ok("s3loggerd queue retry --all")
            return json.loads(machine.ok("s3loggerd queue --state pending --json")) == []
        wait_until(is_gone, 60, lambda: machine.run("s3loggerd queue"), pause=1)
        configure(machine, aws)
        plain(machine)
        machine.ok("umount /srv/long")


def crash(machine, how):
    """Ends the daemon while it reads a file, and waits until the next one runs."""
    wait_until(lambda: in_hand(machine), 60, "a file in hand", pause=0.05)
    restarts = int(machine.show("NRestarts"))
    how()
    wait_until(lambda: int(machine.show("NRestarts")) > restarts and machine.show("ActiveState") == "active", 60, lambda:
               machine.run("systemctl status -l --no-pager s3loggerd"), pause=0.2)


def test_only_its_own_crashes_are_held_against_a_file(machine, aws):
    """Where the unit hides the id of the boot."""
    def kill(name):
        return lambda: machine.ok(f"systemctl kill -s {name} --kill-who=main s3loggerd")

    def spoil():
        crashing.spoil_wait(machine.main_process(), "supervisor")
        machine.ok("touch /srv/long/other.tmp")
    with long_file(machine, aws, "[Service]\nRestartSec=100ms\n"):
        for name in ("KILL", "KILL", "ABRT", "SEGV"):
            crash(machine, kill(name))
        wait_until(lambda: in_hand(machine), 60, "the file in hand again", pause=0.05)
        assert "had this file in hand" not in machine.run("journalctl --no-pager -u s3loggerd")
        if crashing.missing() is None:
            for _ in range(3):
                crash(machine, spoil)
            wait_for_status(machine, "1 parked")
            assert machine.run("journalctl --no-pager -u s3loggerd").count("had this file in hand") == 3


def test_the_power_is_held_against_no_file(machine, aws):
    """A file system in memory at /run is made anew at each boot: by it the daemon knows one where its id is hidden."""
    def told():
        return machine.run("journalctl --no-pager -u s3loggerd").count("had this file in hand")
    before = told()
    with long_file(machine, aws, "[Service]\nRestartSec=100ms\nTemporaryFileSystem=/run\nBindPaths=/run/s3loggerd\n"
                   "BindReadOnlyPaths=/run/systemd /run/credentials\nExecStopPost=\n"):
        for _ in range(4):
            crash(machine, lambda: machine.ok("systemctl kill -s KILL --kill-who=main s3loggerd"))
        wait_until(lambda: in_hand(machine), 60, "the file in hand again", pause=0.05)
        assert told() == before


def test_a_stop_in_mid_upload_keeps_its_bound_and_the_next_start_resumes(machine, aws):
    configure(machine, aws, upload='part_size = "5MiB"\nmultipart_threshold = "5MiB"\nbandwidth_limit = "3MB/s"\n'
              'part_concurrency = 1')
    machine.ok("systemctl restart s3loggerd")
    size = 40 << 20
    machine.ok(f"head -c {size} /dev/urandom >/srv/inbox/large.bin; chgrp staff-documents /srv/inbox/large.bin;"
               " chmod 0640 /srv/inbox/large.bin")

    def parts():
        queue = json.loads(machine.ok("s3loggerd queue --state pending --json"))
        return queue[0]["parts_done"] if queue else 0
    wait_until(lambda: parts() >= 1, 60, lambda: machine.run("s3loggerd queue --json"), pause=0.3)
    began = time.monotonic()
    machine.ok("systemctl stop s3loggerd")
    assert time.monotonic() - began < 25
    assert machine.show("Result") == "success"
    done = parts()
    assert 1 <= done < 8
    assert json.loads(machine.run("s3loggerd status --json"))["state"] == "stopped"
    machine.ok("systemctl start s3loggerd")
    wait_for_status(machine, "0 pending", "large.bin", timeout=120)
    assert len(aws.versions(f"{FOLDER}/large.bin")) == 1
    configure(machine, aws)
    machine.ok("systemctl restart s3loggerd")


def test_an_upgrade_and_the_way_back_keep_a_full_queue(machine, packages, aws, tmp_path):
    later = next(packages.build(tmp_path, "--revision", "2").directory.glob("s3loggerd_*.deb"))
    aws.permit("s3:PutObject")
    names = [f"queued-{n}.txt" for n in range(20)]
    machine.ok("cd /srv/inbox; for n in $(seq 0 19); do echo $n >queued-$n.txt; done; chmod 0640 queued-*;"
               " chgrp staff-documents queued-*")
    wait_for_status(machine, "BLOCKED", "20 pending")
    machine.run(f"cat >/tmp/later.b64 && base64 -d /tmp/later.b64 >/tmp/{later.name}", subprocess.run(
        ["base64", str(later)], capture_output=True, text=True, check=True).stdout)
    for package, version in [(f"/tmp/{later.name}", "1.0.0+2"), ("/packages/s3loggerd_*.deb", "1.0.0")]:
        process = machine.show("MainPID")
        machine.ok(f"apt-get install -y -q --allow-downgrades {package}", timeout=300)
        assert machine.run("dpkg-query -W -f '${Version}' s3loggerd") == version
        wait_for_status(machine, "20 pending")
        assert machine.show("MainPID") != process, "the service runs the other program"
    aws.permit_all()
    machine.ok("s3loggerd queue retry --all")
    wait_for_records(aws, Folder, len(names) + 5, timeout=60)
    wait_for_status(machine, "OK", "0 pending")
    assert "BLOCKED" not in machine.show("StatusText")


def test_under_the_unit_a_moved_file_is_read_by_those_who_could_read_it_and_by_nobody_else(machine, aws):
    if machine.run("touch /srv/probe && setfacl -m u:s3loggerd:r /srv/probe && echo yes") != "yes\n":
        pytest.skip("the machine's file system has no ACLs")
    machine.ok("groupadd personnel; useradd carla -G personnel,staff-documents; usermod -aG personnel s3loggerd;"
               " install -d -m 2770 -o carla -g personnel /srv/inbox/HR")
    machine.ok("install -D -m 0644 /usr/share/s3loggerd/systemd/drop-ins/move-or-delete.conf"
               " -t /etc/systemd/system/s3loggerd.service.d; systemctl daemon-reload")
    configure(machine, aws, folders='after_upload = "move"')
    machine.ok("systemctl restart s3loggerd")
    machine.ok("su -s /bin/sh -c 'umask 0; echo secret >/srv/inbox/HR/pay.txt' carla")
    save(machine, "open.txt")
    moved = "cd /srv/inbox/_sent/*/ && "
    wait_until(lambda: machine.run(moved + "ls HR/pay.txt open.txt >/dev/null && echo yes").endswith("yes\n"), 60,
               lambda: machine.run("systemctl status -l --no-pager s3loggerd; getfacl -R /srv/inbox"))
    assert machine.ok("su -s /bin/sh -c 'cd / && cat /srv/inbox/_sent/*/HR/pay.txt' carla") == "secret\n"
    assert machine.ok("su -s /bin/sh -c 'cat /srv/inbox/_sent/*/open.txt' carla") == "content"
    assert "Permission denied" in machine.run("su -s /bin/sh -c 'd=$(echo /srv/inbox/_sent/*); cat $d/HR/pay.txt' anna")


def test_a_purge_leaves_the_folders_alone(machine):
    before = machine.ok("cd /srv && find . -type f -exec sha256sum {} + | sort")
    assert before.count("\n") >= 5
    machine.ok("apt-get remove -y -q s3loggerd")
    assert "inactive" in machine.run("systemctl is-active s3loggerd")
    machine.ok("test -f /var/lib/s3loggerd/journal.db -a -f /etc/s3loggerd/config.toml -a ! -e /usr/bin/s3loggerd")
    told = machine.ok("apt-get purge -y -q s3loggerd")
    assert "left in /etc/s3loggerd" in told, "keys are the administrator's"
    machine.ok("test ! -e /var/lib/s3loggerd -a ! -e /etc/s3loggerd/config.toml -a -f /etc/s3loggerd/aws_key_id")
    assert machine.ok("cd /srv && find . -type f -exec sha256sum {} + | sort") == before
