"""The staff's own way in: a Samba share on the loopback interface. With --long."""

import os
import shutil
import subprocess
import time

import pytest

from daemon import wait_until
from expectations import wait_for_records
from local_aws import die_with_parent, free_port
from test_after_upload import names, settings
from test_validation import PDF

PASSWORD = "loopback-only"


class Share:
    """An smbd of the test's own, everything of it below one directory."""

    def __init__(self, directory, folder):
        self.port, self.directory = free_port(), directory
        directory.mkdir()
        places = ("private dir", "state directory", "lock directory", "pid directory", "cache directory", "ncalrpc dir")
        for number, _ in enumerate(places):
            (directory / str(number)).mkdir()
        lines = ["[global]", f"smb ports = {self.port}", "interfaces = 127.0.0.1/8", "bind interfaces only = yes",
                 "server role = standalone server", "passdb backend = tdbsam", "disable netbios = yes",
                 "load printers = no", "printcap name = /dev/null", f"log file = {directory}/log"]
        lines += [f"{name} = {directory}/{number}" for number, name in enumerate(places)]
        lines += ["[inbox]", f"path = {folder}", "read only = no", "veto files = /.s3loggerd/"]
        self.config = directory / "smb.conf"
        self.config.write_text("\n".join(lines) + "\n")
        subprocess.run(["smbpasswd", "-c", str(self.config), "-s", "-a", "root"], input=f"{PASSWORD}\n{PASSWORD}\n",
                       text=True, check=True, capture_output=True)
        self.process = subprocess.Popen(["smbd", "-F", "-s", str(self.config)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        wait_until(lambda: self.run("ls").returncode == 0, 30, "the share answers", pause=0.3)

    def run(self, command):
        return subprocess.run(
            ["smbclient", "//127.0.0.1/inbox", "-p", str(self.port), "-s", str(self.config), "-U", f"root%{PASSWORD}", "-c",
             command], cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)

    def put(self, content, name):
        (self.directory / "upload").write_bytes(content)
        done = self.run(f'put upload "{name}"')
        assert done.returncode == 0, done.stdout + done.stderr

    def get(self, name):
        target = self.directory / "download"
        target.unlink(missing_ok=True)
        done = self.run(f'get "{name}" download')
        assert done.returncode == 0, done.stdout + done.stderr
        return target.read_bytes()

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def share(folder, tmp_path, long):
    if not long:
        pytest.skip("only with --long")
    assert shutil.which("smbd") and shutil.which("smbclient"), "Debian: samba smbclient"
    assert os.geteuid() == 0, "smbd needs root"
    made = Share(tmp_path / "samba", folder)
    yield made
    made.stop()


def test_over_a_share_files_are_accepted_refused_corrected_moved_and_deleted(daemon, aws, folder, share):
    rules = {"allowed_types": ["application/pdf"], "status_page": True, "receipt": "daily"}
    daemon.configure(settings(folder, **rules, after_upload="move"))
    daemon.start()
    day = time.strftime("%Y-%m-%d")
    share.put(PDF, "contract.pdf")
    share.put(b"no PDF", "scan.pdf")
    wait_for_records(aws, folder, 2, daemon=daemon)
    daemon.wait_for(lambda: b"_rejected/scan.pdf.REASON.txt" in names(folder), 30, "the note")
    daemon.wait_for(lambda: f"_sent/{day}/contract.pdf".encode() in names(folder), 30, "moved")
    assert "drag" in share.get("_rejected/scan.pdf.REASON.txt").decode("utf-8-sig")
    assert share.get(f"_sent/{day}/contract.pdf") == PDF
    # Corrected where it lies, and dragged back.
    share.put(PDF + b"\n", "_rejected/scan.pdf")
    assert share.run('rename "_rejected/scan.pdf" "scan.pdf"').returncode == 0
    wait_for_records(aws, folder, 3, daemon=daemon)
    daemon.wait_for(lambda: b"_rejected/scan.pdf.REASON.txt" not in names(folder), 30, "its note goes")
    # The same name once more.
    share.put(PDF + b"\n\n", "contract.pdf")
    wait_for_records(aws, folder, 4, daemon=daemon)
    daemon.wait_for(lambda: f"_sent/{day}/contract (2).pdf".encode() in names(folder), 30, "moved beside the first")
    daemon.wait_for(lambda: share.get("_status.html").count(b"contract.pdf") >= 2, 30, "the page over the share")
    assert share.get(f"_receipts/{day}.csv").count(b"\r\n") == 4
    daemon.configure(settings(folder, **rules, after_upload="delete", delete_after="0s"))
    daemon.reload()
    daemon.wait_for(lambda: "reloaded" in daemon.log_tail(), 30, "deleting")
    share.put(PDF + b"\n\n\n", "last.pdf")
    wait_for_records(aws, folder, 5, daemon=daemon)
    daemon.wait_for(lambda: b"last.pdf" not in names(folder), 30, "deleted")
    kept = {r["filename"]: aws.read(r["object_key"], r["version_id"])[0] for r in aws.records(folder.name) if "etag" in r}
    assert kept["last.pdf"] == PDF + b"\n\n\n" and kept["scan.pdf"] == PDF + b"\n"
