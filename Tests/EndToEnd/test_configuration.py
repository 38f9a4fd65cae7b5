"""A wrong configuration is refused at once, with every mistake; a right one is taken, also while running."""

import re

from conftest import ROOT
from daemon import Daemon
from expectations import wait_for_records
from test_delivery import write


def test_every_mistake_is_told_at_once_with_its_place(daemon, folder):
    daemon.config.write_text(
        '[aws]\nregion = "eu-south-1"\nbuckett = "x"\ntable = 7\n\n'
        f'[[folder]]\nname = "inbox"\npath = "{folder}"\nsettle = "5 parsecs"\n')
    done = daemon.command("check")
    assert done.returncode == 78
    told = done.stdout + done.stderr
    for line, key in ((3, "buckett"), (4, "table"), (9, "settle")):
        assert re.search(rf"^{re.escape(str(daemon.config))}:{line}:\d+: \S*{key}\S*: .+", told, re.MULTILINE), (key, told)
    assert re.search(r"bucket\b.*(required|missing)", told), told


def test_run_refuses_a_wrong_configuration_with_78(daemon):
    daemon.config.write_text("[aws]\n")
    daemon.start(ready=False)
    assert daemon.wait(20) == 78
    assert not daemon.notify.values("READY")
    assert str(daemon.config) in daemon.log_tail()


def test_the_example_passes_the_check(daemon, folder, tmp_path):
    text = (ROOT / "config.example.toml").read_text()
    for number, path in enumerate(re.findall(r'^path = "(.*)"', text, re.MULTILINE)):
        (tmp_path / f"example-{number}").mkdir()
        text = text.replace(f'"{path}"', f'"{tmp_path}/example-{number}"')
    text = text.replace('#directory = "/var/lib/s3loggerd"', f'directory = "{tmp_path}/state"')
    daemon.config.write_text(text)
    done = daemon.command("check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_online_proves_the_rights_and_names_the_missing_action(daemon, aws):
    good = daemon.command("check", "--online")
    assert good.returncode == 0, good.stdout + good.stderr
    aws.permit("s3:PutObject")
    bad = daemon.command("check", "--online")
    assert bad.returncode == 69
    assert "dynamodb:PutItem" in bad.stdout + bad.stderr
    assert aws.records("") == []


def test_a_second_daemon_on_the_same_journal_is_refused(daemon, aws, folder, tmp_path):
    daemon.start()
    second = Daemon(daemon.binary, tmp_path / "second", aws, {folder.name: folder})
    second.state = daemon.state
    second.configure({folder.name: folder})
    second.start(ready=False)
    assert second.wait(20) == 1
    assert "another s3loggerd" in second.log_tail() and str(daemon.state) in second.log_tail()
    assert daemon.process.poll() is None


def test_a_reload_takes_a_new_folder_and_keeps_the_old(daemon, aws, folder, tmp_path):
    daemon.start()
    added = tmp_path / (folder.name + "-added")
    added.mkdir()
    daemon.configure({folder.name: folder, added.name: added})
    daemon.reload()
    daemon.wait_for(lambda: len(daemon.notify.values("READY")) == 2, 20, "READY=1 after the reload")
    assert daemon.notify.values("RELOADING") == ["1"]
    assert int(daemon.notify.values("MONOTONIC_USEC")[0]) > 0
    for place in (folder, added):
        write(place, {b"a.txt": b"a"})
        wait_for_records(aws, place, 1, daemon=daemon)
    assert daemon.wait_for_status("2 folders")


def test_a_reload_with_a_mistake_changes_nothing_and_says_so(daemon, aws, folder):
    daemon.start()
    daemon.config.write_text("[aws]\nnonsense = 1\n")
    daemon.reload()
    daemon.wait_for_status("DEGRADED")
    write(folder, {b"a.txt": b"a"})
    wait_for_records(aws, folder, 1, daemon=daemon)


def test_the_watchdog_is_fed_while_the_daemon_lives(daemon):
    daemon.start(WATCHDOG_USEC="2000000")
    daemon.wait_for(lambda: len(daemon.notify.values("WATCHDOG")) >= 3, 20, "three WATCHDOG=1")


def test_the_endpoint_may_come_from_the_environment(daemon, aws, folder):
    text = daemon.config.read_text()
    daemon.config.write_text(re.sub(r'endpoint_url = ".*"\n', "", text))
    daemon.start(AWS_ENDPOINT_URL=aws.endpoint)
    write(folder, {b"a.txt": b"a"})
    wait_for_records(aws, folder, 1, daemon=daemon)
