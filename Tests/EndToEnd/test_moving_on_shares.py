"""Moving, deleting and refusing where the file system cannot rename without replacing, such as NFS and most of FUSE."""

import os

import pytest

import mounts
from daemon import wait_until
from expectations import wait_for_records
from test_after_upload import DELETE, MOVE, names, settings
from test_delivery import write
from test_validation import PDF, RULES

pytestmark = pytest.mark.skipif(mounts.fuse_missing() is not None, reason=str(mounts.fuse_missing()))

#: Nobody tells of what is written through another mount, and no lease tells of writers.
SOON = {"poll_interval": "1s", "settle": "100ms"}


@pytest.fixture
def share(folder, tmp_path):
    with mounts.fuse(tmp_path / "behind", folder) as place:
        yield place


def everything(folder):
    """Directories too; what FUSE still holds open is gone in a moment."""
    return sorted(os.path.relpath(os.path.join(directory, name), folder)
                  for directory, directories, files in os.walk(folder) for name in directories + files)


def checked(daemon):
    done = daemon.command("check")
    assert done.returncode == 0, done
    assert "RENAME_NOREPLACE" in done.stdout and "the new name is reserved first" in done.stdout, done.stdout


def test_delivered_files_are_moved_and_none_takes_the_place_of_another(faked, fake, share):
    faked.configure(settings(share, **MOVE, **SOON))
    checked(faked)
    assert everything(share) == [], "nothing is left of what check tried"
    faked.start()
    for number in (1, 2):
        write(share, {b"scan.pdf": b"version %d" % number, b"clients/%d.txt" % number: b"%d" % number})
        wait_for_records(fake, share, 2 * number, daemon=faked)
        faked.wait_for(lambda: len([n for n in names(share) if n.startswith(b"_done/")]) == 2 * number, 30, "moved")
    assert (share / "_done/scan.pdf").read_bytes() == b"version 1"
    assert (share / "_done/scan (2).pdf").read_bytes() == b"version 2"
    assert names(share) == [b"_done/clients/1.txt", b"_done/clients/2.txt", b"_done/scan (2).pdf", b"_done/scan.pdf"]
    assert fake.count_records(share.name) == 4
    faked.wait_for_status("OK")


def test_delivered_files_are_deleted(faked, fake, share):
    faked.configure(settings(share, **DELETE, **SOON))
    checked(faked)
    faked.start()
    write(share, {b"a.txt": b"a", b"clients/b.txt": b"b"})
    wait_for_records(fake, share, 2, daemon=faked)
    faked.wait_for(lambda: names(share) == [], 30, "both deleted")
    faked.wait_for_status("OK")


def test_refused_files_are_moved_aside_with_a_note(faked, fake, share):
    faked.configure(settings(share, **RULES, **SOON))
    checked(faked)
    faked.start()
    write(share, {b"good.pdf": PDF, b"bad.pdf": b"no PDF"})
    expected = [b"_rejected/bad.pdf", b"_rejected/bad.pdf.REASON.txt", b"good.pdf"]
    faked.wait_for(lambda: names(share) == expected, 30, "moved aside")
    assert "PDF" in (share / "_rejected/bad.pdf.REASON.txt").read_text("utf-8-sig")
    faked.wait_for_status("OK")
    # Taken back, the note goes.
    (share / "_rejected/bad.pdf").write_bytes(PDF)
    os.rename(share / "_rejected/bad.pdf", share / "bad.pdf")
    wait_until(lambda: names(share) == [b"bad.pdf", b"good.pdf"], 60, "its note goes")
