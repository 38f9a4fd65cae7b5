"""Files that flow only once a person does something about them: the page, the status and the queue name them."""

import os

import pytest

from alert_receiver import Receiver
from expectations import wait_for_records
from fake_aws.faults import Rule
from test_after_upload import settings
from test_alerts import told, webhook
from test_delivery import write
from test_feedback import page, text_of

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs files of another user")


def close(path, mode):
    os.chown(path, 65534, 65534)
    path.chmod(mode)


def ignored(daemon):
    return next((folder["ignored"] for folder in daemon.json("status")["folders"]), {})


@pytest.fixture
def held_up(daemon, folder):
    """A daemon that is no root to files, with a file and a directory that it may not read."""
    daemon.under = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    daemon.configure(settings(folder, status_page=True))
    write(folder, {b"open.txt": b"open", b"secret.txt": b"secret"} | {b"HR/%d.txt" % n: b"%d" % n for n in range(20)})
    close(folder / "secret.txt", 0o600)
    close(folder / "HR", 0o700)
    return daemon


def test_what_cannot_be_read_is_named_everywhere_and_goes_by_itself_once_it_can(held_up, aws, folder):
    daemon = held_up
    daemon.start()
    wait_for_records(aws, folder, 1, daemon=daemon)
    # Programs set the rights after the content: for a minute nobody is bothered.
    assert daemon.status.startswith("OK")
    daemon.wait_for(lambda: daemon.status.startswith("DEGRADED"), 90, "a status that says so")
    line = daemon.status
    assert "may not be read by the service" in line
    daemon.wait_for_status("DEGRADED", "and 1 more")
    [entry] = [entry for entry in daemon.json("status")["folders"] if entry["name"] == folder.name]
    assert entry["unreadable_count"] == 2
    assert {(one["path"], one["directory"]) for one in entry["unreadable"]} == {("secret.txt", False), ("HR", True)}
    for command in ("queue", "status"):
        said = daemon.command(command).stdout
        assert f"cannot be read: {folder.name}/secret.txt, since 20" in said
        assert f"cannot be read: {folder.name}/HR (directory), since 20" in said
        assert "'sudo s3loggerd check' prints the command" in said
    daemon.wait_for(lambda: "secret.txt" in page(folder) and "may not read this folder" in page(folder), 20, "a page that says so")
    said = text_of(page(folder))
    assert "All is well" not in said and "Some files cannot be sent yet" in said
    (folder / "secret.txt").chmod(0o644)
    (folder / "HR").chmod(0o755)
    wait_for_records(aws, folder, 22, daemon=daemon)
    daemon.wait_for(lambda: daemon.status.startswith("OK"), 20, "a good status again")
    daemon.wait_for(lambda: "All is well" in page(folder), 20, "a page that says that all is well")
    assert "cannot be read" not in daemon.command("queue").stdout


def test_a_closed_directory_that_goes_is_forgotten(held_up, aws, folder, tmp_path):
    daemon = held_up
    (folder / "secret.txt").unlink()
    daemon.start()
    wait_for_records(aws, folder, 1, daemon=daemon)
    daemon.wait_for(lambda: ignored(daemon).get("unreadable") == 1, 20, "one that is counted")
    (folder / "HR").rename(folder / "HR2")
    (folder / "HR2").rename(tmp_path / "elsewhere")
    daemon.wait_for(lambda: not ignored(daemon).get("unreadable"), 20, "none any more")


def test_a_delivered_file_that_loses_its_rights_needs_nobody(held_up, aws, folder):
    daemon = held_up
    (folder / "secret.txt").chmod(0o644)
    (folder / "HR").chmod(0o755)
    daemon.start()
    wait_for_records(aws, folder, 22, daemon=daemon)
    (folder / "secret.txt").chmod(0o600)
    daemon.holds_for(12, lambda: not ignored(daemon).get("unreadable"))
    write(folder, {b"HR/new.txt": b"new"})
    close(folder / "HR" / "new.txt", 0o600)
    daemon.wait_for(lambda: ignored(daemon).get("unreadable") == 1, 20, "what was never delivered is counted")


def test_a_file_that_loses_its_rights_while_its_record_waits_needs_nobody(faked, fake, folder):
    faked.under = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    faked.configure(settings(folder, status_page=True))
    fake.script(Rule("PutItem", times=None, status=503, code="ServiceUnavailable"))
    faked.start_scanned()
    write(folder, {b"secret.txt": b"secret"})
    faked.wait_for(lambda: [each["state"] for each in faked.json("queue")] == ["uploaded"], 30, "uploaded, its record waits")
    close(folder / "secret.txt", 0o600)
    faked.holds_for(10, lambda: not ignored(faked).get("unreadable"))
    fake.script()
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.stop()
    # Its state is known: the first scan does not want to read it.
    faked.start()
    faked.holds_for(8, lambda: not ignored(faked).get("unreadable"))
    assert len(fake.versions(folder.name)) == 1 and fake.count_records(folder.name) == 1


def test_somebody_is_told_of_a_folder_that_holds_files_up_and_that_it_does_not_any_more(held_up, aws, folder, long):
    if not long:
        pytest.skip("alerts wait for five minutes: only with --long")
    with Receiver() as receiver:
        webhook(held_up, receiver, events=["folder", "recovered"])
        held_up.start()
        [begun] = told(held_up, receiver, "folder", timeout=420)
        assert begun["data"]["folder"] == folder.name and "may not be read by the service" in begun["text"]
        (folder / "secret.txt").chmod(0o644)
        (folder / "HR").chmod(0o755)
        [over] = told(held_up, receiver, "recovered", timeout=420)
        assert over["data"]["folder"] == folder.name and "nothing in it waits for anybody" in over["text"]
        assert [message["type"] for message in receiver.taken] == ["folder", "recovered"]
