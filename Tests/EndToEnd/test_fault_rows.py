"""Every fault of faults.toml has its tests."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: How many rows each group has; they are numbered without a gap.
GROUPS = {"J": 19, "N": 32, "D": 11, "C": 11, "T": 6, "P": 15}
#: Faults that the program has nothing to answer with; the row says what there is instead.
WITHOUT = {"D11"}


def collected():
    """Each test of this directory by file and name, with what its cases are called."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run([sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "--collect-only", str(HERE)],
                          env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=HERE)
    assert done.returncode == 0, done.stdout[-2000:]
    names = {}
    for name, case in re.findall(r"^(?:\S+/)?(test_\w+\.py::\w+)(.*)$", done.stdout, re.MULTILINE):
        names[name] = names.get(name, "") + case
    return names


def exists(test, names):
    place, name = test.split("::")
    if place.endswith(".py"):
        name, _, case = test.rstrip("]").partition("[")
        return name in names and case in names[name]
    module, file = place.split("/")
    [path] = (HERE.parent / module).rglob(file)
    # Between `@Test` and the function stand its title and arguments, and no other function.
    return re.search(rf"@Test(?:(?!\bfunc\b).)*\bfunc {name}\(", path.read_text(), re.DOTALL) is not None


def test_every_fault_has_its_tests():
    rows = tomllib.loads((HERE / "faults.toml").read_text())
    assert list(rows) == [f"{group}{number}" for group, last in GROUPS.items() for number in range(1, last + 1)]
    assert {row for row, keys in rows.items() if not keys["tests"]} == WITHOUT
    names = collected()
    assert [(row, test) for row, keys in rows.items() for test in keys["tests"] if not exists(test, names)] == []
