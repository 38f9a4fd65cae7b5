"""Where openat2(2) is not allowed, as under RestrictSUIDSGID= of systemd: the same is opened, and nothing else."""

import os

import pytest

import system_calls
from expectations import wait_for_records
from test_delivery import write

pytestmark = pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))


def test_files_are_delivered_and_no_link_is_followed(faked, fake, folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    write(outside, {b"secret.txt": b"secret"})
    deep = "/".join(["d" * 150] * 4)
    write(folder, {b"a.txt": b"a", b"sub/b.txt": b"b", f"{deep}/c.txt".encode(): b"c"})
    os.symlink(outside, folder / "linked")
    os.symlink(outside / "secret.txt", folder / "link.txt")
    faked.under = system_calls.inject("openat2", "error=ENOSYS", "1+")
    faked.start(timeout=60)
    wait_for_records(fake, folder, 3, daemon=faked)
    # A directory that becomes a link between two looks leads nowhere either.
    os.rename(folder / "sub", tmp_path / "sub")
    os.symlink(outside, folder / "sub")
    write(folder, {b"last.txt": b"last"})
    wait_for_records(fake, folder, 4, daemon=faked)
    assert {record["filename"] for record in fake.records(folder.name)} == {"a.txt", "b.txt", "c.txt", "last.txt"}

