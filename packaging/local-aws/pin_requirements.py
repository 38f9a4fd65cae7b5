"""Writes each requirements.txt anew: everything that the requirements.in beside it brings, at one exact version, with the
SHA-256 of each file that pip may choose on x86-64 and on ARM, with Python 3.11 (Debian 12) and later. Needs pip 22.2 and the
package index. pin_requirements.py [DIRECTORY...]"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHONS = ["3.11", "3.12", "3.13"]
PROCESSORS = ["x86_64", "aarch64"]
GLIBC = ["manylinux2014", "manylinux_2_17", "manylinux_2_24", "manylinux_2_27", "manylinux_2_28", "manylinux_2_31",
         "manylinux_2_34"]
DIRECTORIES = [HERE, HERE.parents[1] / "Tests/Benchmarks"]
HEAD = "# Written by pin_requirements.py from requirements.in.\n"


def resolved(requirements, python, processor):
    """What pip would install there: name, version and SHA-256 of the file."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as report:
        platforms = [f"--platform={glibc}_{processor}" for glibc in GLIBC]
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--target", "/nonexistent",
             "--only-binary=:all:", f"--python-version={python}", *platforms, "--report", report.name,
             "-r", str(requirements)], check=True)
        for item in json.load(report)["install"]:
            [digest] = [item["download_info"]["archive_info"]["hash"].removeprefix("sha256=")]
            yield item["metadata"]["name"].lower().replace("_", "-"), item["metadata"]["version"], digest


def pin(directory):
    found, versions = {}, {}
    pinned = directory / "requirements.in"
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as exact:
        for python in PYTHONS:
            for processor in PROCESSORS:
                for name, version, digest in resolved(pinned, python, processor):
                    assert versions.setdefault(name, version) == version, (name, version, versions[name])
                    found.setdefault(name, set()).add(digest)
                # The others get the same versions.
                exact.seek(0)
                exact.truncate()
                exact.write("".join(f"{name}=={version}\n" for name, version in versions.items()))
                exact.flush()
                pinned = exact.name
    text = HEAD
    for name, digests in sorted(found.items()):
        text += f"{name}=={versions[name]}" + "".join(f" \\\n    --hash=sha256:{digest}" for digest in sorted(digests)) + "\n"
    (directory / "requirements.txt").write_text(text)


if __name__ == "__main__":
    for place in [Path(word) for word in sys.argv[1:]] or DIRECTORIES:
        pin(place)
