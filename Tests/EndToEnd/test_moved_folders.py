"""A folder is a thing: what was seen in one directory belongs to it, whatever its name and the settings are now."""

import os
import time

import pytest

from delivering import assert_single
from expectations import wait_for_records
from fake_aws.handle import Rule
from test_after_upload import names
from test_delivery import write

FILES = {b"a.txt": b"first", b"sub/b.txt": b"second"}
OUTAGE = Rule("PutObject", times=None, status=503, code="ServiceUnavailable")


def apply(daemon, restart):
    if restart:
        daemon.stop()
        daemon.start()
        return
    before = daemon.log.read_text(errors="replace").count("configuration reloaded")
    daemon.reload()
    daemon.wait_for(lambda: daemon.log.read_text(errors="replace").count("configuration reloaded") > before, 30, "a reload")


def place(daemon, restart, **folders):
    daemon.configure({name: keys if isinstance(keys, dict) else {"path": str(keys)} for name, keys in folders.items()})
    apply(daemon, restart)


def pending(daemon, fake, folder, files=FILES):
    """Files that are in the journal and cannot be sent."""
    fake.script(OUTAGE)
    daemon.start_scanned()
    write(folder, files)
    daemon.wait_for(lambda: len(daemon.json("queue")) == len(files), 30, "all pending")


def states(daemon):
    return sorted((d["source_path"], d["state"]) for d in daemon.json("queue"))


WAITING = sorted((path.decode(), "pending") for path in FILES)


@pytest.mark.parametrize("restart", [False, True], ids=["reload", "restart"])
def test_files_of_a_folder_whose_path_changed_wait_and_are_delivered_once_it_is_back(faked, fake, folder, tmp_path, restart):
    pending(faked, fake, folder)
    other = tmp_path / "elsewhere"
    other.mkdir()
    place(faked, restart, **{folder.name: other})
    fake.script()
    write(other, {b"new.txt": b"new"})
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.holds_for(3, lambda: states(faked) == WAITING)
    assert {d["folder_path"] for d in faked.json("queue")} == {str(folder)}
    faked.wait_for(lambda: all(str(folder) in (d["last_error"] or "") for d in faked.json("queue")), 30, "a reason")
    for command in ("check", "queue"):
        told = faked.command(command)
        assert f"{folder} (folder {folder.name}): 2 files wait there" in told.stdout, told
        assert "queue dismiss" in told.stdout
    assert "OK" not in faked.wait_for_status("DEGRADED")
    place(faked, restart, **{folder.name: folder})
    wait_for_records(fake, folder, 3, daemon=faked)
    assert_single(fake, folder, FILES | {b"new.txt": b"new"})
    faked.wait_for_status("OK:", "0 pending")


@pytest.mark.parametrize("restart", [False, True], ids=["reload", "restart"])
def test_another_folder_on_the_old_path_delivers_what_the_first_took_up_in_its_name_and_once(
        faked, fake, folder, tmp_path, restart):
    faked.configure({folder.name: {"path": str(folder), "key": "first/{path}"}})
    done = {b"done.txt": b"delivered before"}
    faked.start_scanned()
    write(folder, done)
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.stop()
    pending(faked, fake, folder)
    second = f"{folder.name}-2"
    place(faked, restart, **{second: {"path": str(folder), "key": "second/{path}"}})
    fake.script()
    wait_for_records(fake, folder, 3, daemon=faked)
    write(folder, {b"new.txt": b"of the second"})
    faked.wait_for(lambda: fake.count_records(second) >= 1, 30, "the new file")
    faked.wait_for(lambda: not faked.json("queue"), 30, "an empty queue")
    time.sleep(2)
    assert sorted(r["object_key"] for r in fake.records(folder.name)) == ["first/a.txt", "first/done.txt", "first/sub/b.txt"]
    assert [r["object_key"] for r in fake.records(second)] == ["second/new.txt"]


def test_a_directory_that_was_moved_with_its_folder_is_the_same_and_one_in_its_place_is_not(faked, fake, folder, tmp_path):
    pending(faked, fake, folder)
    moved = tmp_path / "moved"
    faked.stop()
    folder.rename(moved)
    folder.mkdir()
    write(folder, {b"a.txt": b"another file of that name"})
    fake.script()
    faked.start()
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.holds_for(2, lambda: states(faked) == WAITING)
    place(faked, False, **{folder.name: moved})
    wait_for_records(fake, folder, 3, daemon=faked)
    faked.wait_for(lambda: not faked.json("queue"), 30, "an empty queue")
    assert sorted(fake.read(r["object_key"], r["version_id"])[0] for r in fake.records(folder.name)) == [
        b"another file of that name", b"first", b"second"]


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
def test_dismissed_files_stay_untouched_and_are_taken_up_again_only_when_they_change(faked, fake, folder, running):
    pending(faked, fake, folder, {b"a.txt": b"a", b"b.txt": b"b"})
    before = {path.name: (path.stat().st_ino, path.stat().st_ctime_ns) for path in folder.iterdir()}
    number = next(d["number"] for d in faked.json("queue") if d["filename"] == "a.txt")
    if not running:
        faked.stop()
    done = faked.command("queue", "dismiss", str(number))
    assert done.returncode == 0, done
    if running:
        # What is being sent at this very moment is not dismissed, and the answer says so: it is asked again.
        faked.wait_for(lambda: faked.command("queue", "dismiss", str(number)) and len(faked.json("queue")) == 1, 30, "one less")
    [only] = faked.json("queue")
    assert only["filename"] == "b.txt"
    shown = faked.json("queue", "show", str(number))
    assert (shown["state"], shown["last_error"]) == ("withdrawn", "dismissed by the operator")
    if running:
        faked.stop()
    fake.script()
    faked.start()
    wait_for_records(fake, folder, 1, daemon=faked)
    faked.wait_for_status("OK:", "0 pending")
    time.sleep(2)
    assert [r["filename"] for r in fake.records(folder.name)] == ["b.txt"]
    assert {path.name: (path.stat().st_ino, path.stat().st_ctime_ns) for path in folder.iterdir()} == before
    write(folder, {b"a.txt": b"changed"})
    wait_for_records(fake, folder, 2, daemon=faked)
    again = faked.command("queue", "dismiss", str(number))
    assert again.returncode == 0 and "nothing to dismiss" in again.stderr, again
    assert faked.command("queue", "dismiss", "999999").returncode == 4


def test_files_of_a_place_that_is_gone_for_good_are_dismissed(faked, fake, folder, tmp_path):
    pending(faked, fake, folder)
    other = tmp_path / "elsewhere"
    other.mkdir()
    place(faked, False, **{folder.name: other})
    fake.script()
    numbers = [str(d["number"]) for d in faked.json("queue")]
    assert faked.command("queue", "dismiss", *numbers).returncode == 0
    # One that is looked for at this very moment is not dismissed, and the answer says so: it is asked again.
    faked.wait_for(lambda: faked.command("queue", "dismiss", *numbers) and not faked.json("queue"), 30, "an empty queue")
    # systemd's line follows within a minute where the verdict stays.
    faked.wait_for(lambda: faked.json("status")["queue"]["pending"] == 0, 30, "nothing pending")
    assert names(folder) == sorted(FILES)
    place(faked, False, **{folder.name: folder})
    write(folder, {b"last.txt": b"a marker"})
    wait_for_records(fake, folder, 1, daemon=faked)
    time.sleep(2)
    assert [r["filename"] for r in fake.records(folder.name)] == ["last.txt"]
    assert os.listdir(other) == []


@pytest.mark.parametrize("restart", [False, True], ids=["reload", "restart"])
@pytest.mark.parametrize("keys", [{"after_upload": "delete", "delete_after": "2s"}, {"receipt": "daily"},
                                  {"allowed_types": ["application/pdf"]}], ids=["delete", "receipt", "refuse"])
def test_what_is_due_in_a_folder_out_of_the_configuration_waits(faked, fake, folder, tmp_path, keys, restart):
    """A file to be deleted, a receipt, a refused file: none is ended, each is listed, and all are done once it is back."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    here = {folder.name: {"path": str(folder)} | keys}
    faked.configure(here)
    faked.start()
    refusing = "allowed_types" in keys
    if refusing:
        # Nothing can be moved aside for now.
        (folder / "_rejected").write_bytes(b"in the way")
    elif "receipt" in keys:
        # Due while the folder is away: the record is acknowledged only then.
        fake.script(Rule("PutItem", times=None, status=503, code="ServiceUnavailable"))
    write(folder, {b"a.txt": b"a"})
    if "receipt" in keys:
        faked.wait_for(lambda: [d["state"] for d in faked.json("queue")] == ["uploaded"], 30, "an object without a record")
    else:
        wait_for_records(fake, folder, 1, daemon=faked)
    place(faked, restart, other=other)
    fake.script()
    wait_for_records(fake, folder, 1, daemon=faked)
    told = f"{folder} (folder {folder.name}): 1 follow-up is due there"
    faked.wait_for(lambda: told in faked.command("check").stdout, 30, "check tells")
    time.sleep(3)
    assert told in faked.command("queue").stdout
    (folder / "_rejected").unlink(missing_ok=True)
    assert names(folder) == [b"a.txt"]
    place(faked, restart, **here)
    if refusing:
        faked.wait_for(lambda: names(folder) == [b"_rejected/a.txt", b"_rejected/a.txt.REASON.txt"], 30, "moved aside")
    elif "receipt" in keys:
        faked.wait_for(lambda: any(name.startswith(b"_receipts/") for name in names(folder)), 30, "the receipt")
    else:
        faked.wait_for(lambda: names(folder) == [], 30, "deleted")
    faked.wait_for_status("OK:", "0 pending")
    assert "follow-up" not in faked.command("check").stdout
