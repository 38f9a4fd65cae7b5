"""A copy of the project in .build-mutations in which the program may be altered, and built: the first build makes everything,
later ones only what changed."""

import contextlib
import filecmp
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / ".build-mutations/tree"
PROGRAM = TREE / ".build/debug/s3loggerd"
COPIED = ("Package.swift", "Package.resolved", "Sources", "Tests", "packaging", "terraform", "config.example.toml")


def synchronise():
    """Makes the copy equal to the tree, touching only files that differ."""
    wanted = set()
    for name in COPIED:
        for path in [ROOT / name, *(ROOT / name).rglob("*")]:
            if path.is_file() and "__pycache__" not in path.parts:
                wanted.add(path.relative_to(ROOT))
    for path in wanted:
        target = TREE / path
        if not target.exists() or not filecmp.cmp(ROOT / path, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, target)
            os.utime(target)
    for name in COPIED:
        for path in (TREE / name).rglob("*"):
            if path.is_file() and path.relative_to(TREE) not in wanted:
                path.unlink()


@contextlib.contextmanager
def altered(name, edits):
    """The copy with (files as a glob, regular expression, replacement) applied, each in exactly one place of one file;
    afterwards the texts are as before."""
    before = {}
    try:
        for files, pattern, replacement in edits:
            found = [path for path in TREE.glob(files) if re.search(pattern, path.read_text())]
            if len(found) != 1:
                sys.exit(f"{name}: {pattern!r} is in {len(found)} files of {files}; correct the mutation")
            text = found[0].read_text()
            changed, count = re.subn(pattern, replacement, text)
            if count != 1:
                sys.exit(f"{name}: {pattern!r} is {count} times in {found[0].name}; correct the mutation")
            before.setdefault(found[0], text)
            found[0].write_text(changed)
        yield
    finally:
        for path, text in before.items():
            path.write_text(text)


def build():
    """The build's exit status; what the compiler says is shown where it fails."""
    done = subprocess.run(["swift", "build", "--product", "s3loggerd"], cwd=TREE, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout[-3000:], file=sys.stderr)
    return done.returncode
