"""How programs save files: each way as steps that a program takes, and what must have been delivered after each.

A step is a function of a `Place`. It returns what the way's files then hold (relative path → content); a path it leaves
out is gone, or is not to be delivered. Between two steps everything is left alone until it was delivered.
"""

import ctypes
import mmap
import os
import subprocess
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone

OLD = 946_684_800  # 2000-01-01: what a copy that keeps dates sets


def now():
    """UTC, as a record's timestamps are written."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Place:
    """A directory of a way's own inside the folder, one outside on the same file system, and the quiet window in s."""

    inside: str
    outside: str
    window: float
    #: (path, opened, closed): when a writer had which file open.
    writing: list = field(default_factory=list)

    def path(self, name):
        return os.path.join(self.inside, name)

    def write(self, name, *pieces, pause=0.0, mode="wb", size=None):
        """Writes the pieces with a pause between them; `size`: sets that size first, as a copying Explorer does."""
        opened = now()
        with open(self.path(name), mode) as file:
            if size:
                os.posix_fallocate(file.fileno(), 0, size)
            for number, piece in enumerate(pieces):
                if number or size:
                    time.sleep(pause)
                file.write(piece)
                file.flush()
            # Noted before the close: a delivery may rightly begin at once.
            self.writing.append((name, opened, now()))
        return b"".join(pieces)


def written(at):
    return {"a.pdf": at.write("a.pdf", b"written ", b"and closed")}


def paused(at):
    return {"a.pdf": at.write("a.pdf", b"first half, ", b"second half", pause=2 * at.window)}


def renamed(at):
    content = at.write("a.pdf.part", b"downloaded")
    os.rename(at.path("a.pdf.part"), at.path("a.pdf"))
    return {"a.pdf": content}


def saved_first(at):
    return {"a.docx": at.write("a.docx", b"first version")}


def renamed_over(at):
    content = at.write("~WRD0001.tmp", b"second version")
    os.rename(at.path("~WRD0001.tmp"), at.path("a.docx"))
    return {"a.docx": content}


def office_saved(at):
    """Word: the new text beside, the old aside, the new in its place, the old away, with an owner file around it."""
    at.write("~$a.docx", b"owner")
    content = at.write("~WRD0000.tmp", b"the text that Word saved")
    os.rename(at.path("a.docx"), at.path("~WRL0001.tmp"))
    os.rename(at.path("~WRD0000.tmp"), at.path("a.docx"))
    os.unlink(at.path("~WRL0001.tmp"))
    os.unlink(at.path("~$a.docx"))
    return {"a.docx": content}


def mac_saved(at):
    """Word for Mac on a share: in a directory of its own, then moved over the document."""
    aside = "a.docx.sb-1a2b3c4d-Xy12Zw"
    os.mkdir(at.path(aside))
    content = at.write(f"{aside}/a.docx", b"saved by a Mac")
    os.rename(at.path(f"{aside}/a.docx"), at.path("a.docx"))
    os.rmdir(at.path(aside))
    return {"a.docx": content}


def linked(at):
    content = at.write("a.filepart", b"sent by sftp")
    os.link(at.path("a.filepart"), at.path("a.pdf"))
    os.unlink(at.path("a.filepart"))
    return {"a.pdf": content}


def preallocated(at):
    content = b"x" * 5000
    return {"a.pdf": at.write("a.pdf", content[:2000], content[2000:], pause=1.5 * at.window, size=len(content))}


def mapped(at):
    opened = now()
    descriptor = os.open(at.path("a.db"), os.O_RDWR | os.O_CREAT)
    os.ftruncate(descriptor, 4096)
    memory = mmap.mmap(descriptor, 4096)
    os.close(descriptor)
    time.sleep(2 * at.window)
    memory[:6] = b"mapped"
    at.writing.append(("a.db", opened, now()))
    memory.close()
    return {"a.db": b"mapped" + bytes(4090)}


def old_date(at):
    source = os.path.join(at.outside, "old.pdf")
    with open(source, "wb") as file:
        file.write(b"from the year 2000")
    os.utime(source, (OLD, OLD))
    subprocess.run(["cp", "-p", source, at.path("a.pdf")], check=True)
    return {"a.pdf": b"from the year 2000"}


def old_date_set_later(at):
    """Explorer and robocopy: content first, the date of the original when it is closed."""
    content = at.write("a.pdf", b"copied by Windows")
    os.utime(at.path("a.pdf"), (OLD, OLD))
    return {"a.pdf": content}


def rsynced(at):
    content = at.write(".a.pdf.Qw3rTy", b"sent by rsync -a")
    os.utime(at.path(".a.pdf.Qw3rTy"), (OLD, OLD))
    os.rename(at.path(".a.pdf.Qw3rTy"), at.path("a.pdf"))
    return {"a.pdf": content}


def make_tree(top):
    files = {}
    for number in range(3):
        directory = os.path.join(top, f"d{number}", "e")
        os.makedirs(directory)
        with open(os.path.join(directory, "f.pdf"), "wb") as file:
            file.write(b"%d" % number)
        files[f"tree/d{number}/e/f.pdf"] = b"%d" % number
    return files


def directory_moved(at):
    files = make_tree(os.path.join(at.outside, "tree"))
    os.rename(os.path.join(at.outside, "tree"), at.path("tree"))
    return files


def tree_copied(at):
    files = make_tree(os.path.join(at.outside, "tree"))
    subprocess.run(["cp", "-r", os.path.join(at.outside, "tree"), at.path("tree")], check=True)
    return files


def saved_often(at):
    for number in range(5):
        content = at.write("a.txt", b"state %d" % number)
        time.sleep(0.4 * at.window)
    return {"a.txt": content}


def recreated(at):
    os.rename(at.path("a.docx"), os.path.join(at.outside, "kept"))  # its inode stays in use
    return {"a.docx": at.write("a.docx", b"another file of this name")}


def inode_reused(at):
    """Deleted and made anew, until the same inode comes back; size and date are those of the first."""
    before = os.stat(at.path("a.docx"))
    for _ in range(100):
        os.unlink(at.path("a.docx"))
        content = at.write("a.docx", b"LAST version!"[:before.st_size])
        if os.stat(at.path("a.docx")).st_ino == before.st_ino:
            break
    os.utime(at.path("a.docx"), ns=(before.st_atime_ns, before.st_mtime_ns))
    return {"a.docx": content}


def edited(at):
    at.write("a.docx", b"Edited", mode="r+b")
    return {"a.docx": b"Editedversion"[:6] + b"first version"[6:]}


def two_saved(at):
    return {name: at.write(name, b"content of " + name.encode()) for name in ("a.docx", "b.docx")}


def exchanged(at):
    """Both names are there at every moment: renameat2(2), RENAME_EXCHANGE."""
    paths = [os.fsencode(at.path(name)) for name in ("a.docx", "b.docx")]
    assert ctypes.CDLL(None).renameat2(-100, paths[0], -100, paths[1], 2) == 0
    return {"a.docx": b"content of b.docx", "b.docx": b"content of a.docx"}


def touched(at):
    os.utime(at.path("a.docx"))
    return {"a.docx": b"first version"}


@dataclass
class Way:
    name: str
    steps: list
    #: Deliveries after each step, all together.
    deliveries: list


WAYS = [
    Way("written and closed", [written], [1]),
    Way("written, paused beyond the window, written on", [paused], [1]),
    Way("temporary name, then renamed", [renamed], [1]),
    Way("renamed over an existing file", [saved_first, renamed_over], [1, 2]),
    Way("saved by Word: aside, in its place, old one away", [saved_first, office_saved], [1, 2]),
    Way("saved by Word for Mac: in an x.docx.sb-… directory", [saved_first, mac_saved], [1, 2]),
    Way("hard link, then unlink (sftp)", [linked], [1]),
    Way("full size first, filled later", [preallocated], [1]),
    Way("written through a mapping after the close", [mapped], [1]),
    Way("old date kept: cp -p", [old_date], [1]),
    Way("old date kept: rsync -a", [rsynced], [1]),
    Way("old date set after the close: Windows", [old_date_set_later], [1]),
    Way("directory with content moved in", [directory_moved], [3]),
    Way("tree copied in", [tree_copied], [3]),
    Way("saved five times in two windows", [saved_often], [1]),
    Way("deleted and made anew, another inode", [saved_first, recreated], [1, 2]),
    Way("deleted and made anew, same inode, size and date", [saved_first, inode_reused], [1, 2]),
    Way("edited in place after its delivery", [saved_first, edited], [1, 2]),
    Way("two files that change places", [two_saved, exchanged], [2, 4]),
    Way("touched, content unchanged", [saved_first, touched], [1, 1]),
]
