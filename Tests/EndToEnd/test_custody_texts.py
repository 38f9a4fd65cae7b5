"""Days of a ledger verified in three ways: by the commands of LEGGIMI.txt and README.txt as they stand, by the verifier in
Python, and by `custody verify`. Each falsification is red in all, with its place."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import custody_verifier

DAYS = Path(__file__).resolve().parent / "custody_days"
LOG = "filer/0123456789abcdef"
DAY = LOG + "/2026-12-02"
#: The key that signed the first two days.
KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\x63" * 32)
SIGNED = ["entries.jsonl", "checkpoint", "signing-key.pem", "LEGGIMI.txt", "README.txt"]


@pytest.fixture
def days(tmp_path):
    shutil.copytree(DAYS, tmp_path / "days")
    return tmp_path / "days"


def commands(day, text="LEGGIMI.txt"):
    """What stands between the two rules."""
    return re.split(r"^-{70}\n", (day / text).read_text(), flags=re.MULTILINE)[1]


def run_commands(day, text="LEGGIMI.txt", shell="bash", script=None, **variables):
    return subprocess.run([shell], input=script or commands(day, text), text=True, cwd=day, capture_output=True,
                          env={**os.environ, **variables})


def sign_sums(day, key=KEY):
    """What the key's holder can do: sign the files as they are now."""
    sums = "".join(f"{hashlib.sha256((day / name).read_bytes()).hexdigest()}  {name}\n" for name in SIGNED).encode()
    (day / "SHA256SUMS").write_bytes(sums)
    (day / "SHA256SUMS.sig").write_bytes(key.sign(sums))


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def sign_checkpoint(day, key, lines=None):
    text = (day / "checkpoint").read_bytes().split(b"\n\n")[0].split(b"\n")
    if lines is not None:
        text[1:] = [str(len(lines)).encode(), base64.b64encode(custody_verifier.root(lines))]
    body = b"\n".join(text) + b"\n"
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    identifier = hashlib.sha256(b"s3loggerd/filer\n\x01" + raw).digest()[:4]
    blob = base64.b64encode(identifier + key.sign(body))
    (day / "checkpoint").write_bytes(body + "\n— s3loggerd/filer ".encode() + blob + b"\n")


def change_lines(day, change):
    lines = (day / "entries.jsonl").read_bytes().splitlines()
    change(lines)
    (day / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))


def chained(lines):
    """The lines with each `prev` made to fit: what the key's holder writes."""
    result = []
    for number, line in enumerate(lines):
        entry = json.loads(line)
        if number > 0:
            entry["prev"] = hashlib.sha256(result[-1]).hexdigest()
            entry["seq"] = json.loads(result[-1])["seq"] + 1
        if entry["type"] == "closed":
            entry["count"] = number + 1
        result.append(custody_verifier.canonical(entry).encode())
    return result


def replace(number, old, new):
    def change(lines):
        assert old in lines[number]
        lines[number] = lines[number].replace(old, new)
    return change


#: What is done to the day's lines (numbers 8 to 16), and the first number that is not right.
FALSIFIED = {
    "changed": (replace(3, b"Rossi", b"Bossi"), 11),
    "first changed": (replace(0, b"T11:00:00", b"T11:00:01"), 8),
    "last changed": (replace(-1, b"T00:00:00", b"T00:00:01"), 16),
    "removed": (lambda lines: lines.pop(3), 11),
    "end removed": (lambda lines: lines.pop(), 16),
    "added": (lambda lines: lines.insert(4, lines[3]), 12),
    "swapped": (lambda lines: lines.insert(2, lines.pop(4)), 10),
}


@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize("text", ["LEGGIMI.txt", "README.txt"])
def test_the_commands_are_green_on_true_days(days, text, shell):
    for day in sorted(path.parent for path in days.glob("**/entries.jsonl")):
        result = run_commands(day, text, shell)
        assert result.returncode == 0, result.stdout + result.stderr
        assert result.stdout.endswith({"LEGGIMI.txt": "\nVERIFICATO\n", "README.txt": "\nVERIFIED\n"}[text])
        assert result.stderr == ""


def test_the_verifier_in_python_takes_true_days(days):
    assert custody_verifier.verify_tree(days) == []
    assert len(custody_verifier.entries_of(days)) == 24


@pytest.mark.parametrize("signed", [False, True], ids=["by anybody", "by the key's holder"])
@pytest.mark.parametrize("name", FALSIFIED)
def test_lines_that_are_not_the_true_ones_are_red(days, name, signed):
    change, seq = FALSIFIED[name]
    day = days / DAY
    script = commands(day)
    change_lines(day, change)
    if signed:
        sign_sums(day)
    result = run_commands(day, script=script)
    assert result.returncode != 0 and "NON VERIFICATO" in result.stdout, result.stdout + result.stderr
    if signed and name != "last changed":
        assert f"seq {seq}\n" in result.stderr, result.stdout + result.stderr
    problems = custody_verifier.verify_tree(days)
    assert problems and problems[0].seq == seq and problems[0].place == DAY


@pytest.mark.parametrize("holder", ["signature alone", "with its key", "with its key and the sums"])
def test_a_checkpoint_signed_by_another_key_is_red(days, holder):
    day = days / DAY
    sign_checkpoint(day, STRANGER)
    if holder != "signature alone":
        (day / "signing-key.pem").write_bytes(public_pem(STRANGER))
    if holder.endswith("sums"):
        sign_sums(day, STRANGER)
    result = run_commands(day)
    assert result.returncode != 0, result.stdout
    assert custody_verifier.verify_day(day) != []


def test_a_checkpoint_of_another_signature_is_red_where_all_else_is_signed(days):
    day = days / DAY
    sign_checkpoint(day, STRANGER)
    sign_sums(day)
    result = run_commands(day)
    assert "NON VERIFICATO: controllo 2" in result.stdout
    assert custody_verifier.verify_day(day) != []


def test_a_day_that_the_keys_holder_wrote_anew_is_red_beside_its_neighbours(days):
    day = days / DAY
    lines = (day / "entries.jsonl").read_bytes().splitlines()
    lines = chained(lines[:3] + lines[4:])
    (day / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    sign_checkpoint(day, KEY, lines)
    sign_sums(day)
    assert run_commands(day).returncode == 0, "the day alone cannot tell"
    after = run_commands(days / LOG / "2026-12-03")
    assert "NON VERIFICATO: controllo 6" in after.stdout, after.stdout + after.stderr
    assert [problem.place for problem in custody_verifier.verify_tree(days)] == [LOG + "/2026-12-03"]


def test_a_missing_day_is_found(days):
    shutil.rmtree(days / DAY)
    problems = custody_verifier.verify_tree(days)
    assert [(problem.place, problem.seq) for problem in problems] == [(LOG + "/2026-12-03", 8)]
    result = run_commands(days / LOG / "2026-12-03")
    assert result.returncode == 0 and "giorno precedente non verificato" in result.stdout


@pytest.mark.parametrize("name", SIGNED)
def test_no_signed_file_may_change(days, name):
    day = days / DAY
    script = commands(day)
    with open(day / name, "ab") as file:
        file.write(b"\n")
    assert run_commands(day, script=script).returncode != 0
    assert custody_verifier.verify_day(day) != []


def test_the_guide_has_the_same_commands(days):
    guide = (Path(__file__).resolve().parents[2] / "packaging/guide/custody.md").read_text()
    assert "```sh\n" + commands(days / DAY, "README.txt") + "```\n" in guide


class Authority:
    """A time-stamping authority whose certificates are valid for two days."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir()
        (directory / "tsa.cnf").write_text(
            "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3\n"
            "digests = sha256\ness_cert_id_alg = sha256\n[stamping]\nextendedKeyUsage = critical,timeStamping\n")
        (directory / "serial").write_text("01")
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                     "-subj", f"/CN={directory.name}")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Stamps")
        self.openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                     "-extfile", "tsa.cnf", "-extensions", "stamping", "-out", "tsa.pem")
        self.certificates = directory / "ca.pem"

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True)

    def stamp(self, file, reply):
        self.openssl("ts", "-query", "-data", str(file), "-sha256", "-cert", "-out", "query")
        self.openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-signer", "tsa.pem", "-inkey", "tsa.key",
                     "-out", str(reply))


def test_stamps_are_verified_by_the_commands(days, tmp_path):
    day = days / DAY
    authority, other = Authority(tmp_path / "authority"), Authority(tmp_path / "other")
    authority.stamp(day / "checkpoint", day / "checkpoint.tsr")
    result = run_commands(day)
    assert result.returncode == 0 and "non verificata" in result.stdout
    result = run_commands(day, CA=str(authority.certificates))
    assert result.returncode == 0 and " GMT" in result.stdout, result.stdout + result.stderr
    assert custody_verifier.verify_day(day, authority.certificates) == []
    result = run_commands(day, CA=str(other.certificates))
    assert "NON VERIFICATO: controllo 7" in result.stdout
    assert custody_verifier.verify_day(day, other.certificates) != []
    authority.stamp(day / "entries.jsonl", day / "checkpoint.tsr")
    assert "NON VERIFICATO: controllo 7" in run_commands(day, CA=str(authority.certificates)).stdout
    assert custody_verifier.verify_day(day, authority.certificates) != []


def test_a_hundred_thousand_lines_take_less_than_ten_minutes(days):
    day = days / DAY
    lines = (day / "entries.jsonl").read_bytes().splitlines()
    lines = chained(lines[:1] + lines[1:2] * 99_998 + lines[-1:])
    (day / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    sign_checkpoint(day, KEY, lines)
    sign_sums(day)
    began = time.monotonic()
    result = run_commands(day)
    took = time.monotonic() - began
    assert result.returncode == 0, result.stdout + result.stderr
    print(f"100,000 lines by LEGGIMI.txt: {took:.1f} s")
    assert took < 600


@pytest.mark.parametrize("name", FALSIFIED)
def test_the_command_names_the_same_place(binary, days, name):
    change, seq = FALSIFIED[name]
    right = subprocess.run([binary, "custody", "verify", days], text=True, capture_output=True)
    assert right.returncode == 0, right.stdout + right.stderr
    change_lines(days / DAY, change)
    result = subprocess.run([binary, "custody", "verify", days], text=True, capture_output=True)
    assert result.returncode == 6
    assert f"{DAY}: seq {seq}: " in result.stdout.splitlines()[0], result.stdout


def test_the_command_finds_a_missing_day_another_key_and_a_false_stamp(binary, days, tmp_path):
    def verify(*arguments):
        result = subprocess.run([binary, "custody", "verify", *arguments], text=True, capture_output=True)
        return result.returncode, result.stdout

    authority, other = Authority(tmp_path / "authority"), Authority(tmp_path / "other")
    authority.stamp(days / DAY / "checkpoint", days / DAY / "checkpoint.tsr")
    assert verify(days, "--timestamp-ca", authority.certificates)[0] == 0
    status, output = verify(days, "--timestamp-ca", other.certificates)
    assert status == 6 and "checkpoint.tsr" in output
    (tmp_path / "stranger.pem").write_bytes(public_pem(STRANGER))
    assert verify(days, "--key", tmp_path / "stranger.pem")[0] == 6
    assert verify(days, "--key", days / DAY / "signing-key.pem")[0] == 0
    assert verify(tmp_path / "authority")[0] == 4
    sign_checkpoint(days / DAY, STRANGER)
    status, output = verify(days)
    assert status == 6 and "not signed by signing-key.pem" in output
    shutil.rmtree(days / DAY)
    status, output = verify(days)
    assert status == 6 and "seq 8: the day before, 2026-12-02, is missing" in output
