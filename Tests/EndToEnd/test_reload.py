"""What a reload changes at once, what waits for a restart, and where that is said."""

import json
import os
import shutil

import pytest

from certificates import Authority
from daemon import Daemon
from delivering import deliver
from expectations import wait_for_records
from fake_aws.faults import Rule
from fake_aws.handle import FakeAWS
from stand_ins import RefusingProxy
from test_delivery import write

SOON = {"retry_base": "100ms", "retry_cap": "1s"}


def reload(daemon):
    """Reads the configuration anew, and waits until it is in force."""
    daemon.configure(daemon.folders)
    before = daemon.log.read_text().count("configuration reloaded")
    daemon.reload()
    daemon.wait_for(lambda: daemon.log.read_text().count("configuration reloaded") > before, 20, "the reload")


def test_a_raised_concurrency_sends_more_at_once(faked, fake, folder):
    faked.sections["upload"] = SOON | {"concurrency": 2}
    faked.configure(faked.folders)
    fake.script(Rule("PutObject", together=12, times=None))
    before = fake.requests("PutObject")
    write(folder, {b"%d.txt" % number: b"%d" % number for number in range(60)})
    faked.start()
    faked.wait_for(lambda: fake.requests("PutObject") - before >= 2, 20, "two requests")
    faked.holds_for(1, lambda: fake.requests("PutObject") - before == 2)
    faked.sections["upload"]["concurrency"] = 48
    reload(faked)
    wait_for_records(fake, folder, 60, daemon=faked, timeout=30)
    assert "in force now: upload.concurrency" in faked.log.read_text()


def test_the_metrics_go_to_the_new_file_and_leave_the_old(daemon, tmp_path):
    old, new = tmp_path / "old.prom", tmp_path / "new.prom"
    daemon.sections["status"] = {"metrics_file": str(old)}
    daemon.configure(daemon.folders)
    daemon.start()
    daemon.wait_for(old.exists, 20, "the metrics")
    daemon.sections["status"] = {"metrics_file": str(new)}
    reload(daemon)
    daemon.wait_for(new.exists, 20, "the metrics in their new place")
    # Whoever collects files would go on telling of a daemon that stands still.
    daemon.wait_for(lambda: not old.exists(), 20, "the old file to go")
    assert new.read_text().endswith("# EOF\n")


def test_the_same_metrics_file_under_another_name_stays(daemon, tmp_path):
    (tmp_path / "metrics").mkdir()
    (tmp_path / "link").symlink_to("metrics")
    file = tmp_path / "metrics/s3loggerd.prom"
    daemon.sections["status"] = {"metrics_file": str(file)}
    daemon.configure(daemon.folders)
    daemon.start()
    daemon.wait_for(file.exists, 20, "the metrics")
    before = file.stat().st_ino
    daemon.sections["status"] = {"metrics_file": str(tmp_path / "link/s3loggerd.prom")}
    reload(daemon)
    daemon.wait_for(lambda: file.exists() and file.stat().st_ino != before, 20, "the metrics written anew")
    daemon.holds_for(2, file.exists)


def test_what_needs_a_restart_is_named_until_it_is_put_back_or_done(daemon, aws, folder, tmp_path):
    runtime = tmp_path / "run"
    runtime.mkdir()
    place = {"RUNTIME_DIRECTORY": str(runtime)}

    def waiting():
        """What the status has of it."""
        done = daemon.command("status", "--json", **place)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout).get("restart_needed")

    needed = [{"key": "journal.directory", "command": "systemctl restart s3loggerd"}]
    daemon.start(**place)
    first = daemon.state
    daemon.sections["journal"] = {"directory": str(tmp_path / "other"), "history": "30d"}
    reload(daemon)
    log = daemon.log.read_text()
    assert "journal.directory" in log and "systemctl restart s3loggerd" in log
    assert "in force now: journal.history" in log
    # Nothing is wrong: it is said, and files flow into the journal that there is.
    assert daemon.wait_for_status("OK: 1 folder", "journal.directory")
    daemon.wait_for(lambda: waiting() == needed, 10, "the key in the status")
    told = daemon.command("status", **place).stdout
    assert "needed for journal.directory: systemctl restart s3loggerd" in told
    write(folder, {b"a.txt": b"a"})
    wait_for_records(aws, folder, 1, daemon=daemon)
    assert not (tmp_path / "other").exists() and (first / "journal.db").exists()
    # A file that is broken takes nothing back.
    good = daemon.config.read_text()
    daemon.config.write_text("[aws]\nnonsense = 1\n")
    daemon.reload()
    daemon.wait_for_status("DEGRADED", "not in use")
    daemon.config.write_text(good)
    assert waiting() == needed
    # Put back, it is needed no more.
    daemon.sections["journal"] = {"directory": str(first), "history": "30d"}
    reload(daemon)
    daemon.wait_for(lambda: "journal.directory" not in daemon.status, 20, "the note to go")
    daemon.wait_for(lambda: waiting() is None, 10, "the key to leave the status")
    # Done, too.
    daemon.sections["journal"] = {"directory": str(tmp_path / "other")}
    reload(daemon)
    daemon.wait_for_status("journal.directory")
    assert daemon.stop() == 0
    (tmp_path / "other").mkdir()
    daemon.start(**place)
    daemon.wait_for_status("OK: 1 folder")
    assert waiting() is None and "journal.directory" not in daemon.status


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="a generator of its own needs root")
def test_what_only_another_unit_gives_the_service_is_named(daemon, aws, folder, tmp_path):
    # As systemd starts it where the package is installed: it knows the process, and the generator is there.
    generators = "/usr/lib/systemd/system-generators"
    daemon.under = ["unshare", "--mount", "sh", "-ec", f"""
        mkdir -p {generators}; mount -t tmpfs tmpfs {generators}; touch {generators}/s3loggerd-generator
        SYSTEMD_EXEC_PID=$$ exec "$@" """, "sh"]
    notify = tmp_path / "notify"
    notify.write_text("#!/bin/sh\ncat >/dev/null\n")
    notify.chmod(0o755)
    daemon.start()
    daemon.sections["alerts"] = {"command": [str(notify)]}
    daemon.sections["upload"] = SOON
    reload(daemon)
    unit = "systemctl daemon-reload && systemctl restart s3loggerd"
    needed = [{"key": "alerts.command", "command": unit}]
    daemon.wait_for(lambda: daemon.json("status").get("restart_needed") == needed, 10, "the key in the status")
    log = daemon.log.read_text()
    assert f"a restart is needed for alerts.command: systemd does not give the service what this needs until: {unit}" in log
    assert "in force now: upload.retry_base, upload.retry_cap" in log
    daemon.wait_for_status("OK: 1 folder", "restart needed for alerts.command")
    assert daemon.stop() == 0
    daemon.start()
    daemon.wait_for_status("OK: 1 folder")
    assert "restart_needed" not in daemon.json("status") and "restart needed" not in daemon.status
    # The same without systemd: it is in force.
    assert daemon.stop() == 0
    daemon.under = []
    del daemon.sections["alerts"]
    daemon.configure(daemon.folders)
    daemon.start()
    daemon.sections["alerts"] = {"command": [str(notify)]}
    reload(daemon)
    assert "in force now: alerts.command" in daemon.log.read_text() and "restart needed" not in daemon.status


def test_a_proxy_and_an_authority_are_taken_into_use(binary, folder, tmp_path):
    ours, other = Authority(tmp_path / "ours"), Authority(tmp_path / "other")
    fake = FakeAWS(tmp_path / "aws", certificate=ours.server("localhost"), host="localhost")
    daemon = Daemon(binary, tmp_path / "daemon", fake, {folder.name: folder}, settle="100ms", upload=SOON,
                    keys={"ca_bundle": str(other.bundle)})
    write(folder, {b"a.txt": b"a"})
    with fake, RefusingProxy() as proxy:
        daemon.start()
        daemon.wait_for_status("1 pending", "certificate")
        endpoint = fake.endpoint
        daemon.sections["aws"] = {"endpoint_url": "https://aws.invalid", "proxy": proxy.url}
        reload(daemon)
        daemon.wait_for_status("the proxy refuses a connection to aws.invalid with HTTP 407", "1 pending")
        daemon.sections["aws"] = {"endpoint_url": endpoint, "ca_bundle": str(ours.bundle)}
        reload(daemon)
        deliver(daemon, fake, folder, {b"a.txt": b"a"})
        assert daemon.stop() == 0


def test_a_bundle_that_cannot_be_read_is_refused_and_the_old_one_stays(daemon, aws, folder, tmp_path):
    daemon.start()
    daemon.sections["aws"] = {"ca_bundle": str(tmp_path / "gone.pem")}
    daemon.configure(daemon.folders)
    daemon.reload()
    daemon.wait_for_status("DEGRADED", "not in use", "gone.pem")
    write(folder, {b"a.txt": b"a"})
    wait_for_records(aws, folder, 1, daemon=daemon)


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="needs prlimit(1)")
def test_more_folders_than_descriptors_are_refused_and_the_old_ones_stay(daemon, aws, folder, tmp_path):
    daemon.under = ["prlimit", "--nofile=160:160"]
    daemon.start()
    folders = {folder.name: folder}
    for number in range(12):
        folders[f"{folder.name}-{number}"] = tmp_path / f"more-{number}"
        folders[f"{folder.name}-{number}"].mkdir()
    daemon.configure(folders)
    daemon.reload()
    daemon.wait_for_status("DEGRADED", "not in use", "only 160 files may be open at once")
    write(folder, {b"a.txt": b"a"})
    wait_for_records(aws, folder, 1, daemon=daemon)
