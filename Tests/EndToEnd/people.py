"""A folder of an office, its people, and what each of them may read there. Needs root."""

import os
import subprocess

SERVICE, HR, COLLEAGUE = 4000, 4001, 4002
STAFF, PERSONNEL = 5000, 5001
#: Of each person, by user.
GROUPS = {SERVICE: [SERVICE], HR: [STAFF, PERSONNEL], COLLEAGUE: [STAFF]}


def as_user(user):
    """The words before a command that one of them runs."""
    first, *others = GROUPS[user]
    groups = ["--groups", ",".join(map(str, others))] if others else ["--clear-groups"]
    return ["setpriv", f"--reuid={user}", f"--regid={first}", *groups, "--bounding-set=-all", "--inh-caps=-all"]


def may_read(user, path):
    """Whether that person gets at the content of a file, or the names in a directory."""
    how = ["ls", "-A"] if os.path.isdir(path) else ["cat"]
    return subprocess.run([*as_user(user), *how, str(path)], capture_output=True).returncode == 0


def allow(path, *entries, inherited=False):
    kinds = ["-m", ",".join(entries)] + (["-d", "-m", ",".join(entries)] if inherited else [])
    subprocess.run(["setfacl", *kinds, str(path)], check=True)


def make_directory(path, owner, group, mode):
    """One that the service may work in by an ACL alone, as the recipe for shares has it."""
    path.mkdir()
    os.chown(path, owner, group)
    path.chmod(mode)
    allow(path, f"u:{SERVICE}:rwx", inherited=True)


def make_office(folder):
    """A folder for the staff, with `HR` for the personnel office alone and `open` for all."""
    folder.parent.chmod(0o755)
    make_directory(folder, 0, STAFF, 0o2770)
    make_directory(folder / "HR", HR, PERSONNEL, 0o2770)
    make_directory(folder / "open", COLLEAGUE, STAFF, 0o2770)


def save(path, user, content, mode=0o666):
    """The file's own mode protects nothing: the directory does."""
    path.write_bytes(content)
    os.chown(path, user, GROUPS[user][0])
    path.chmod(mode)
    allow(path, f"u:{SERVICE}:rw", "m::rwx")
