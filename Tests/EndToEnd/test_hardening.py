"""How the program is built and what goes into it: what the linker and the compiler promise, and which versions."""

import json
import re
import subprocess

import pytest

import terraform_runner
from conftest import ROOT


def readelf(program, *options):
    return subprocess.run(["readelf", "--wide", *options, program], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def release(binary):
    if "debug" in binary.resolve().parts:
        pytest.skip("a debug build is another thing")
    return binary


def test_the_program_lies_anywhere_and_nothing_that_holds_addresses_can_be_written(release):
    assert re.search(r"Type:\s+DYN \(Position-Independent Executable", readelf(release, "--file-header"))
    segments = readelf(release, "--program-headers")
    assert "GNU_RELRO" in segments
    assert re.search(r"GNU_STACK .* RW  0x", segments), "the stack can be executed"
    for line in re.findall(r"^  LOAD .*$", segments, re.M):
        assert not re.search(r" RWE ", line), line
    dynamic = readelf(release, "--dynamic")
    assert re.search(r"\(FLAGS\).*BIND_NOW", dynamic) and re.search(r"\(FLAGS_1\).*NOW.*PIE", dynamic), dynamic
    for unwanted in ("TEXTREL", "RPATH", "RUNPATH"):
        assert unwanted not in dynamic


def test_c_parts_have_stack_protectors_and_checked_calls(release):
    """Each C and C++ object that has arrays in a function refers to the one, and one that copies text to the other."""
    symbols = readelf(release, "--dyn-syms")
    assert "__stack_chk_fail" in symbols and re.search(r"__\w+_chk@", symbols), symbols
    objects = list((release.resolve().parent).glob("C[A-Z]*.build/**/*.o"))
    if objects:
        protected = {path.parent.name for path in objects if "__stack_chk_fail" in readelf(path, "--syms")}
        assert "CLinux.build" in protected, protected


def test_every_version_is_exact():
    manifest = (ROOT / "Package.swift").read_text()
    packages = re.findall(r"\.package\((.*)\)", manifest)
    assert len(packages) >= 6 and all(re.search(r'exact: "\d+\.\d+\.\d+"', package) for package in packages), packages
    for path in ("packaging/local-aws", "Tests/Benchmarks"):
        lines = (ROOT / path / "requirements.txt").read_text().replace("\\\n", "").splitlines()
        for line in lines:
            if not line.startswith("#"):
                assert re.fullmatch(r"[a-z0-9._\[\]-]+==[^ ]+( +--hash=sha256:[0-9a-f]{64})+", line), line
        pinned = {line.split("==")[0] for line in lines}
        wanted = (ROOT / path / "requirements.in").read_text().split()
        assert {re.split(r"[\[<>=]", name)[0] for name in wanted} <= pinned
    scripts = [ROOT / "packaging/local-aws/tools.sh", ROOT / "Tests/Benchmarks/run"]
    assert all("--require-hashes" in script.read_text() for script in scripts)


def test_the_terraform_provider_is_the_one_that_is_locked():
    roots = ["terraform", *(f"terraform/{name}" for name in terraform_runner.EXAMPLES)]
    locks = {root: (ROOT / root / ".terraform.lock.hcl").read_text() for root in roots}
    assert len(set(locks.values())) == 1
    text = locks["terraform"]
    assert re.search(r'version\s+= "\d+\.\d+\.\d+"', text) and text.count('"zh:') >= 10 and '"h1:' in text
    if terraform_runner.missing() is None and terraform_runner.locked_provider_is_here():
        # Read-only: init fails where the provider is not one of these.
        import tempfile
        with tempfile.TemporaryDirectory() as directory:
            terraform = terraform_runner.Terraform(directory)
            terraform.run(".", "init", "-backend=false", "-input=false", "-no-color", "-lockfile=readonly")


@pytest.fixture(scope="module")
def bill(packages, tmp_path_factory):
    """The bill of materials as the package installs it."""
    path = tmp_path_factory.mktemp("sbom")
    subprocess.run(["dpkg-deb", "--extract", packages.main, path], check=True)
    return path


def test_the_bill_of_materials_is_valid_and_complete(bill, packages):
    document = (bill / "usr/share/s3loggerd/s3loggerd.cdx.json").read_text()
    validation = pytest.importorskip("cyclonedx.validation.json")
    from cyclonedx.schema import SchemaVersion
    assert validation.JsonStrictValidator(SchemaVersion.V1_5).validate_str(document) is None
    read = json.loads(document)
    refs = [component["bom-ref"] for component in read["components"]]
    assert len(refs) == len(set(refs)) and {entry["ref"] for entry in read["dependencies"]} >= set(refs)
    found = {component["name"]: component["version"] for component in read["components"]}
    resolved = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    for pin in resolved:
        name = re.sub(r"\.git$", "", pin["location"]).split("/")[-1]
        assert found[name] == pin["state"]["version"]
    depends = subprocess.run(
        ["dpkg-deb", "--field", packages.main, "Depends"], check=True, capture_output=True, text=True).stdout
    for name in re.findall(r"(lib[a-z0-9.+-]+)", depends):
        assert name in found, f"{name} is loaded and not listed"
    program = bill / "usr/bin/s3loggerd"
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", readelf(program, "--dynamic"))
    listed = {entry["value"] for component in read["components"] for entry in component.get("properties", [])}
    assert set(needed) <= listed
    assert read["metadata"]["component"]["version"] == "1.0.0"
