"""The Debian package: the same bytes each time, what it holds, and that lintian, man and three shells are content."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess

import pytest

import crashing
from conftest import ROOT

SHELL_LOADS = {
    "bash": "source usr/share/bash-completion/completions/s3loggerd && complete -p s3loggerd >/dev/null"
            " && COMP_WORDS=(s3loggerd qu) COMP_CWORD=1 COMP_LINE='s3loggerd qu' COMP_POINT=12"
            " && _s3loggerd s3loggerd qu s3loggerd && printf '%s\\n' \"${COMPREPLY[@]}\"",
    "zsh": "fpath=($PWD/usr/share/zsh/vendor-completions $fpath); autoload -U compinit && compinit -u -D"
           " && [[ $_comps[s3loggerd] == _s3loggerd ]] && autoload +X _s3loggerd && functions _s3loggerd",
    "fish": "source usr/share/fish/vendor_completions.d/s3loggerd.fish; and complete -C 's3loggerd qu'",
}


def run(*command, timeout=300, **options):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def contents(packages, tmp_path_factory):
    """The package's files."""
    path = tmp_path_factory.mktemp("contents")
    run("dpkg-deb", "--extract", packages.main, path)
    return path


def test_two_builds_give_the_same_bytes(packages, tmp_path):
    again = packages.build(tmp_path)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (packages.main, again.main)]
    assert digests[0] == digests[1], run("bash", "-c", f"diff <(dpkg-deb -c {packages.main}) <(dpkg-deb -c {again.main})")


def sections(program):
    """The bytes of each section of an ELF file."""
    content = program.read_bytes()
    found = re.findall(r"^ +\[ *\d+\] (\S+) +(?!NOBITS)\S+ +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)",
                       run("readelf", "--sections", "--wide", program), re.M)
    return {name: content[int(place, 16):int(place, 16) + int(size, 16)] for name, place, size in found}


@pytest.mark.skipif(os.geteuid() != 0, reason="showing one directory at the place of another needs root")
def test_everything_compiled_anew_gives_the_same_code(tmp_path, long):
    """At the same path, as the compiler puts the length of one into the program. Its hashes of its input, which has the
    signatures of modules that it made on the way, differ each time, and so does the build id."""
    if not long:
        pytest.skip("compiles everything twice: --long")
    build = ('mount --make-rprivate / && mount --bind "$0" "$1" && cd "$1" && . packaging/local-aws/tools.sh'
             ' && build_release && strip .build/release/s3loggerd -o "$2"')
    copy, programs = tmp_path / "copy", [tmp_path / "first", tmp_path / "second"]
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".build*"))
    for program in programs:
        run("unshare", "--mount", "bash", "-c", build, copy, ROOT, program, timeout=3600)
        shutil.rmtree(copy / ".build")
    first, second = map(sections, programs)
    assert list(first) == list(second) and len(first) > 30
    assert {name for name in first if first[name] != second[name]} <= {".note.gnu.build-id", ".swift_modhash"}
    assert str(ROOT).encode() not in programs[0].read_bytes()


def test_lintian_is_content(packages):
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not installed")
    run("lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", packages.main)


def test_the_program_is_stripped_and_its_symbols_are_beside_it(packages, contents, tmp_path):
    program = contents / "usr/bin/s3loggerd"
    sections = run("readelf", "--sections", "--wide", program)
    assert ".debug_info" not in sections and ".symtab" not in sections
    build_id = re.search(r"Build ID: ([0-9a-f]+)", run("readelf", "--notes", program))[1]
    run("dpkg-deb", "--extract", packages.symbols, tmp_path)
    assert (tmp_path / f"usr/lib/debug/.build-id/{build_id[:2]}/{build_id[2:]}.debug").is_file()
    assert str(ROOT).encode() not in program.read_bytes(), "it tells where it was built"


def test_the_stripped_program_tells_by_name_where_it_crashed(contents, faked):
    faked.binary = str(contents / "usr/bin/s3loggerd")
    faked.start()
    crashing.signal_thread(faked.process.pid, "http", signal.SIGSEGV)
    assert faked.wait(10) == -signal.SIGSEGV
    calls = crashing.calls(faked.log_tail())
    assert any(re.match(r"#\d+ (closure #\d+ in |specialized )?TransportLoop\.\w+", line) for line in calls), calls
    reason = json.loads(faked.command("status", "--json").stdout)["last_unclean_exit"]["reason"]
    assert reason.startswith("it crashed: signal SEGV sent by process ") and "thread http, in TransportLoop." in reason


def test_the_distribution_keeps_the_libraries_up_to_date(packages):
    depends = run("dpkg-deb", "--field", packages.main, "Depends")
    for library in ("libcurl4", "libssl3", "libsqlite3-0", "libsystemd0", "libc6"):
        assert library in depends


def test_manual_pages_render_without_warnings(contents):
    for page, words in (("man8/s3loggerd.8.gz", "is-safe"), ("man5/s3loggerd.toml.5.gz", "multipart_threshold")):
        done = subprocess.run(
            ["man", "--warnings", "--local-file", contents / "usr/share/man" / page], capture_output=True, text=True,
            timeout=60, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
        assert done.returncode == 0 and not done.stderr, done.stderr
        assert words in done.stdout


@pytest.mark.parametrize("shell", SHELL_LOADS)
def test_completions_load(contents, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    plain = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    told = run(shell, *plain, "-c", SHELL_LOADS[shell], cwd=contents, env=dict(os.environ, HOME=str(contents)))
    assert "queue" in told, told


@pytest.mark.parametrize("drop_in", [None, *sorted(p.name for p in (ROOT / "packaging/systemd/drop-ins").iterdir())])
def test_the_unit_stays_hardened_with_every_drop_in(drop_in, tmp_path):
    unit = (ROOT / "packaging/systemd/s3loggerd.service").read_text()
    if drop_in:
        unit += (ROOT / "packaging/systemd/drop-ins" / drop_in).read_text()
    path = tmp_path / "s3loggerd.service"
    path.write_text(unit)
    # Reading everything costs something; so does a home directory that is empty but for a folder, where it was hidden, and a
    # group more, and directories with a set-group-ID bit.
    worst = {"move-or-delete.conf": "15", "read-everything.conf": "15", "folder-under-home.conf": "14", "saved-by-samba.conf": "14"}.get(drop_in, "13")
    told = run("systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={worst}", path)
    print(told.splitlines()[-1])


def test_the_unit_is_tried_for_ever_and_waits_longer_only_by_a_drop_in():
    unit = (ROOT / "packaging/systemd/s3loggerd.service").read_text()
    settings = dict(line.split("=", 1) for line in unit.splitlines() if re.match(r"[A-Z]\w+=", line))
    assert settings["StartLimitIntervalSec"] == "0" and settings["RestartSec"] == "10s"
    newer = {"RestartSteps", "RestartMaxDelaySec"}
    assert not newer & set(settings), "systemd 252 does not know them"
    assert newer <= set(re.findall(r"^(\w+)=", (ROOT / "packaging/systemd/drop-ins/growing-pauses.conf").read_text(), re.M))


def test_every_message_is_explained_and_nothing_else():
    known = dict(re.findall(r'case (\w+) = "([0-9a-f]{32})"', (ROOT / "Sources/ServiceManager/MessageID.swift").read_text()))
    explained = re.findall(r"^-- ([0-9a-f]{32})$", (ROOT / "packaging/systemd/s3loggerd.catalog").read_text(), re.M)
    assert sorted(known.values()) == sorted(explained)
