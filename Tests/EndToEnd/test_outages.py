"""Blocked is not failed: a fault of the account keeps every file, says so in one line, and heals by itself.

A blocked service is tried once a minute; `queue retry --all` tries it at once.
"""

from expectations import assert_delivered, wait_for_records
from test_delivery import write


def test_without_putitem_the_status_names_the_action_and_nothing_is_lost(daemon, aws, folder):
    aws.permit("s3:PutObject")
    files = {b"%d.txt" % n: b"content %d" % n for n in range(10)}
    daemon.start_scanned()
    write(folder, files)
    line = daemon.wait_for_status("BLOCKED", "dynamodb:PutItem", "10 pending")
    assert "nothing lost" in line
    assert aws.records(folder.name) == []
    assert daemon.json("status")["services"]["dynamodb"]["state"] == "blocked"
    aws.permit_all()
    wait_for_records(aws, folder, len(files), timeout=100, daemon=daemon)
    assert_delivered(aws, folder, files)
    daemon.wait_for_status("OK:", "0 pending")


def test_without_putobject_the_status_names_the_action_and_nothing_is_lost(daemon, aws, folder):
    aws.permit("dynamodb:PutItem")
    files = {b"%d.txt" % n: b"content %d" % n for n in range(5)}
    daemon.start_scanned()
    write(folder, files)
    daemon.wait_for_status("BLOCKED", "s3:PutObject", "nothing lost")
    aws.permit_all()
    assert daemon.command("queue", "retry", "--all").returncode == 0
    wait_for_records(aws, folder, len(files), daemon=daemon)
    assert_delivered(aws, folder, files)


def test_a_wrong_secret_blocks_and_is_never_shown(daemon, aws, folder):
    canary = "canary-secret-0123456789abcdef-0123456789"
    daemon.start(AWS_SECRET_ACCESS_KEY=canary)
    write(folder, {b"a.txt": b"a"})
    daemon.wait_for_status("BLOCKED", "1 pending")
    daemon.stop()
    seen = daemon.log_tail(10**7) + str(daemon.notify.messages)
    for path in daemon.directory.rglob("*"):
        seen += path.read_bytes().decode("latin-1") if path.is_file() else ""
    assert canary not in seen


def test_files_saved_while_the_service_is_away_are_delivered_after_a_restart(daemon, aws, folder):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(50)}
    aws.permit("dynamodb:PutItem")
    daemon.start_scanned()
    write(folder, files)
    daemon.wait_for_status("BLOCKED", "50 pending")
    assert daemon.stop() == 0
    assert len(daemon.json("queue")) == 50, "the queue is read without the daemon"
    aws.permit_all()
    daemon.start()
    wait_for_records(aws, folder, len(files), daemon=daemon)
    assert_delivered(aws, folder, files)
