"""An independent verifier of custody days: its own tree, chain, canonical text and signatures.

Nothing here stands on the product: RFC 6962 (tree), RFC 8785 (canonical JSON), C2SP tlog-checkpoint and signed-note,
RFC 8032 by the package `cryptography`, RFC 3161 by `openssl ts -verify`.

    problems = verify_tree(directory)            # a tree <host>/<log>/<day>, a list of Problem; empty: all is right
    problems = verify_day(directory)             # one day
    python3 custody_verifier.py DIR [CA.pem]     # exit 0 or 6
"""

import base64
import dataclasses
import datetime
import hashlib
import json
import pathlib
import subprocess
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ZERO = "0" * 64
TYPES = {"opened", "delivered", "rejected", "known", "stamped", "key", "closed"}


@dataclasses.dataclass(frozen=True)
class Problem:
    place: str
    seq: int | None
    what: str

    def __str__(self):
        return f"{self.place}: " + (f"seq {self.seq}: " if self.seq is not None else "") + self.what


@dataclasses.dataclass
class Day:
    path: pathlib.Path
    entries: list = dataclasses.field(default_factory=list)
    lines: list = dataclasses.field(default_factory=list)
    text: bytes = b""
    problems: list = dataclasses.field(default_factory=list)
    key: bytes = b""

    @property
    def name(self):
        return "/".join(self.path.parts[-3:])

    def problem(self, seq, what):
        self.problems.append(Problem(self.name, seq, what))


def sha256(data):
    return hashlib.sha256(data).digest()


def root(leaves):
    """RFC 6962 section 2.1, by its own definition: split at the largest power of two below the size."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0])
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\1" + root(leaves[:split]) + root(leaves[split:]))


def canonical(value):
    """RFC 8785 for what entries hold: no fractions."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int):
        if abs(value) >= 2**53:
            raise ValueError("an integer that must be a string")
        return str(value)
    if isinstance(value, str):
        value.encode()
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    raise ValueError(f"{type(value)} in an entry")


def parse(line):
    def unique(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a name twice")
        return dict(pairs)

    entry = json.loads(line.decode(), object_pairs_hook=unique)
    if canonical(entry).encode() != line:
        raise ValueError("not canonical")
    if entry["v"] != 1 or entry["type"] not in TYPES:
        raise ValueError("no entry")
    datetime.datetime.strptime(entry["at"], "%Y-%m-%dT%H:%M:%S.%fZ")
    return entry


def public_key(pem):
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not Ed25519")
    return key


def der(key):
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def raw(key):
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def is_signed(key, signature, message):
    try:
        key.verify(signature, message)
        return True
    except InvalidSignature:
        return False


def read_entries(day, data):
    """The lines and their chain; stops at the first that is not right."""
    lines = data.split(b"\n")
    if lines.pop() != b"":
        day.problem(None, "the last line has no newline")
    first = None
    previous = None
    for number, line in enumerate(lines):
        expected = None if first is None else first + number
        try:
            entry = parse(line)
        except (ValueError, KeyError, TypeError, UnicodeError) as error:
            return day.problem(expected, f"unreadable: {error}")
        if first is None:
            first = expected = entry["seq"]
        if entry["seq"] != expected:
            return day.problem(expected, f"seq {entry['seq']} in its place")
        if previous is not None and entry["prev"] != sha256(previous).hex():
            return day.problem(expected - 1, "changed: the next line names another")
        if (entry["type"] == "opened") != (number == 0):
            return day.problem(expected, "opened out of place")
        if entry["type"] == "closed" and number != len(lines) - 1:
            return day.problem(expected + 1, "something follows closed")
        if entry["type"] != "closed" and number == len(lines) - 1:
            return day.problem(expected + 1, "closed is missing")
        if entry["type"] == "closed" and entry["count"] != number + 1:
            return day.problem(expected, "counts other lines")
        previous = line
        day.entries.append(entry)
        day.lines.append(line)
    if not lines:
        day.problem(None, "no lines")
    return None


def read_checkpoint(day, note, key):
    text, separator, signatures = note.partition(b"\n\n")
    day.text = text + b"\n"
    parts = day.text.decode().split("\n")
    if not separator or len(parts) != 4:
        return day.problem(None, "the checkpoint is no signed note")
    opened = day.entries[0] if day.entries else None
    if opened and not day.problems:
        origin = f"s3loggerd/{opened['host']}/{opened['log']}/{opened['day']}"
        if parts[0] != origin or (len(day.path.parts) > 2 and origin != "s3loggerd/" + day.name):
            day.problem(None, f"the checkpoint is that of {parts[0]}")
        if parts[1] != str(len(day.lines)):
            day.problem(day.entries[-1]["seq"], "the checkpoint is of another size")
        elif parts[2] != base64.b64encode(root(day.lines)).decode():
            day.problem(day.entries[-1]["seq"], "the checkpoint has another root")
    name = parts[0].rsplit("/", 2)[0]
    for line in signatures.decode().splitlines():
        dash, signer, blob = line.split(" ")
        value = base64.b64decode(blob, validate=True)
        identifier = sha256(name.encode() + b"\n\x01" + raw(key))[:4]
        if dash == "—" and signer == name and value[:4] == identifier and is_signed(key, value[4:], day.text):
            return None
    return day.problem(None, "the checkpoint is not signed by signing-key.pem")


def read_sums(day, key):
    sums = (day.path / "SHA256SUMS").read_bytes()
    if not is_signed(key, (day.path / "SHA256SUMS.sig").read_bytes(), sums):
        day.problem(None, "SHA256SUMS is not signed by signing-key.pem")
    named = dict(reversed(line.split("  ", 1)) for line in sums.decode().splitlines())
    wanted = {"entries.jsonl", "checkpoint", "signing-key.pem", "LEGGIMI.txt", "README.txt"}
    if set(named) != wanted:
        day.problem(None, f"SHA256SUMS names {sorted(named)}")
    for file in wanted & set(named):
        if sha256((day.path / file).read_bytes()).hex() != named[file]:
            day.problem(None, f"{file} is not as it was signed")


def check_stamp(day, authorities):
    """`openssl ts -verify` as of the stamp's own time."""
    stamp = day.path / "checkpoint.tsr"
    if not stamp.exists() or authorities is None:
        return
    shown = subprocess.run(["openssl", "ts", "-reply", "-in", stamp, "-text"], capture_output=True, text=True)
    times = [line[12:] for line in shown.stdout.splitlines() if line.startswith("Time stamp: ")]
    if not times:
        return day.problem(None, "checkpoint.tsr cannot be read")
    moment = datetime.datetime.strptime(" ".join(times[0].split()), "%b %d %H:%M:%S %Y GMT")
    seconds = int(moment.replace(tzinfo=datetime.UTC).timestamp())
    verified = subprocess.run(
        ["openssl", "ts", "-verify", "-in", stamp, "-data", day.path / "checkpoint", "-CAfile", str(authorities),
         "-attime", str(seconds)], capture_output=True, text=True)
    if verified.returncode != 0:
        day.problem(None, f"checkpoint.tsr is not right: {verified.stderr}")


def read_day(path, authorities=None):
    day = Day(pathlib.Path(path))
    missing = [name for name in ("entries.jsonl", "checkpoint", "signing-key.pem", "SHA256SUMS", "SHA256SUMS.sig",
                                 "LEGGIMI.txt", "README.txt") if not (day.path / name).exists()]
    if missing:
        day.problem(None, f"missing: {missing}")
        return day
    try:
        key = public_key((day.path / "signing-key.pem").read_bytes())
    except ValueError:
        day.problem(None, "signing-key.pem is no key")
        return day
    day.key = der(key)
    read_entries(day, (day.path / "entries.jsonl").read_bytes())
    read_checkpoint(day, (day.path / "checkpoint").read_bytes(), key)
    read_sums(day, key)
    if day.entries:
        announced = {base64.b64decode(e["next"]["public_key"]) for e in day.entries if e["type"] == "key"}
        if sha256(day.key).hex() != day.entries[0]["key"] and day.key not in announced:
            day.problem(day.entries[0]["seq"], "the day's lines name another key")
    check_stamp(day, authorities)
    return day


def between(days):
    """A log's days, in order: the first follows nothing, each other the one before."""
    problems = []
    current = days[0].entries[0]["key"]
    for index, day in enumerate(days):
        opened = day.entries[0]
        if opened["key"] != current:
            problems.append(Problem(day.name, opened["seq"], "opens under another key"))
        for entry in (e for e in day.entries if e["type"] == "key"):
            change = entry["next"]
            old = base64.b64decode(change["signed_by"])
            statement = f"s3loggerd/{opened['host']}/{opened['log']}\nnext key\n{change['public_key']}\n"
            if sha256(old).hex() != current or not is_signed(
                    serialization.load_der_public_key(old), base64.b64decode(change["signature"]), statement.encode()):
                problems.append(Problem(day.name, entry["seq"], "the new key is not signed with the old one"))
            current = sha256(base64.b64decode(change["public_key"])).hex()
        if index == 0:
            if opened["seq"] == 1 and (opened["prev"] != ZERO or "checkpoint" in opened):
                problems.append(Problem(day.name, 1, "the first line follows something"))
            continue
        before = days[index - 1]
        expected = datetime.date.fromisoformat(before.entries[0]["day"]) + datetime.timedelta(days=1)
        if opened["day"] != expected.isoformat():
            problems.append(Problem(day.name, before.entries[-1]["seq"] + 1, f"the day {expected} is missing"))
        elif not before.problems and (
                opened["seq"] != before.entries[-1]["seq"] + 1 or opened["prev"] != sha256(before.lines[-1]).hex()
                or opened.get("checkpoint") != sha256(before.text).hex()):
            problems.append(Problem(day.name, opened["seq"], "does not follow the day before"))
    return problems


def stamps(days):
    """Entries that name a stamp name the one that is there."""
    problems = []
    places = {(d.entries[0]["host"], d.entries[0]["log"], d.entries[0]["day"]): d for d in days}
    for day in days:
        for entry in (e for e in day.entries if e["type"] == "stamped"):
            stamp = entry["stamp"]
            stamped = places.get((day.entries[0]["host"], stamp["log"], stamp["day"]))
            file = stamped and stamped.path / "checkpoint.tsr"
            if file and file.exists() and sha256(file.read_bytes()).hex() != stamp["sha256"]:
                problems.append(Problem(day.name, entry["seq"], "names another stamp"))
    return problems


def verify_day(path, authorities=None):
    return read_day(pathlib.Path(path).resolve(), authorities).problems


def read_tree(path, authorities=None):
    """All days below a directory, by log, each in order."""
    logs = {}
    for entries in sorted(pathlib.Path(path).resolve().glob("**/entries.jsonl")):
        logs.setdefault(entries.parent.parent, []).append(read_day(entries.parent, authorities))
    return logs


def verify_tree(path, authorities=None):
    logs = read_tree(path, authorities)
    problems = [problem for days in logs.values() for day in days for problem in day.problems]
    readable = {log: [day for day in days if day.entries] for log, days in logs.items()}
    heads = {}
    for days in readable.values():
        for day in days:
            heads[(day.entries[0]["log"], day.entries[0]["day"])] = (day.entries[-1]["seq"], sha256(day.text).hex())
    for days in filter(None, readable.values()):
        problems += between(days)
        after = days[0].entries[0].get("after")
        if after and any(log == after["log"] for log, _ in heads):
            if heads.get((after["log"], after["day"])) != (after["seq"], after["checkpoint"]):
                problems.append(Problem(days[0].name, 1, f"log {after['log']} has another end"))
    problems += stamps([day for days in readable.values() for day in days])
    if not logs:
        problems.append(Problem(str(path), None, "no days"))
    return problems


def entries_of(path):
    """Every entry below a directory, in order of log, day and number: for tests that count."""
    return [entry for days in read_tree(path).values() for day in days for entry in day.entries]


if __name__ == "__main__":
    found = verify_tree(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    for problem in found:
        print(problem)
    sys.exit(6 if found else 0)
