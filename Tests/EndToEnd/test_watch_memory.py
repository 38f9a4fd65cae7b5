"""Watches pin memory of the kernel's, which counts against the service: they get no more of it than it can spare."""

import re

import pytest

from expectations import wait_for_records
from test_faults_process import memory_group  # noqa: F401 (a fixture)

#: A quarter of it is for watches: some 15,000 directories. The daemon lives in the rest.
BOUND = 128 << 20
DIRECTORIES = 20_000


@pytest.fixture
def confined(faked, memory_group):  # noqa: F811
    group, bound = memory_group
    bound.write_text(str(BOUND))
    faked.under = ["sh", "-c", f'echo $$ >{group}/cgroup.procs; exec "$@"', "sh"]
    return faked


def test_a_tree_too_large_for_the_memory_is_polled_and_what_would_do_is_named_before_and_after_the_start(
        confined, fake, folder, tmp_path):
    small = tmp_path / f"{folder.name}-small"
    small.mkdir()
    for number in range(DIRECTORIES):
        (folder / f"d{number}").mkdir()
    for number in range(50):
        (small / f"d{number}").mkdir()
    confined.configure({folder.name: {"path": str(folder), "poll_interval": "1s"}, small.name: {"path": str(small)}})
    shown = confined.command("check", prefix=confined.under)
    assert shown.returncode == 0, shown.stdout
    [warning] = [line for line in shown.stdout.splitlines() if line.startswith("WARNING") and "do not all fit" in line]
    assert str(folder) + ":" in warning and f"it has {DIRECTORIES + 1} directories" in warning
    wanted = re.search(r"MemoryMax=(\d+M) would do", warning).group(1)
    assert f"MemoryMax={wanted}\\n" in shown.stdout

    confined.start(timeout=60)
    (folder / "d19999/deep.txt").write_text("in the tree")
    (small / "d49/beside.txt").write_text("beside it")
    wait_for_records(fake, small, 1, timeout=10, daemon=confined)
    confined.wait_for(lambda: fake.count_records(folder.name) == 1, 60, "the record of the tree's file")

    def status(name):
        return next(each for each in confined.json("status")["folders"] if each["name"] == name)
    # A file may be delivered before the watches have reached their bound.
    confined.wait_for(lambda: status(folder.name)["mode"] == "poll", 60, "polling")
    assert status(small.name)["mode"] == "inotify"
    # As many as fit are watched all the same.
    assert 10_000 < status(folder.name)["directories"] < 16_000
    assert status(small.name)["directories"] == 51
    confined.wait_for(
        lambda: re.search(rf"32M of 128M.*MemoryMax={wanted} would do", status(folder.name)["problem"]), 60, "the value")
    confined.wait_for_status("DEGRADED", "do not all fit into the memory")
    assert "folder is polled: the watches of all its directories do not fit" in confined.log_tail(100_000)
    assert f"folder is polled: the watches of its {DIRECTORIES + 1} directories do not all fit" in confined.log_tail(100_000)
    assert confined.stop() == 0
