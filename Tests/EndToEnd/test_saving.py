"""Every way of saving a file: each delivered as often as it came to rest, in the state it then had, and never before."""

import os
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from expectations import wait_for_records
from ways_of_saving import WAYS, Place


def deliveries(aws, folder):
    """The records of the folder by way (its number) and file, in the order of their delivery."""
    found = defaultdict(lambda: defaultdict(list))
    for record in sorted(aws.records(folder.name), key=lambda r: r["uploaded_at"]):
        way, slash, path = record["source_path"].partition("/")
        if slash:
            found[int(way)][path].append(record)
    return found


def wait_for_unchanged(daemon):
    """Waits until a file was noted as touched but not changed."""
    daemon.wait_for(lambda: "touched but not changed" in daemon.log.read_text(), 60, "a touched file is noted")


def test_each_way_of_saving_is_delivered_to_the_unit_in_its_last_state_and_never_while_a_writer_is_open(
        daemon, aws, folder, tmp_path, long, capsys):
    window = 5.0 if long else 1.5
    daemon.settle = f"{round(window * 1000)}ms"
    daemon.configure({folder.name: folder})
    places, states = [], [defaultdict(list) for _ in WAYS]
    for number in range(len(WAYS)):
        (folder / str(number)).mkdir()
        (tmp_path / f"outside-{number}").mkdir()
        places.append(Place(str(folder / str(number)), str(tmp_path / f"outside-{number}"), window))
    daemon.start()
    expected = [0] * len(WAYS)
    for step in range(max(len(way.steps) for way in WAYS)):
        acting = [n for n, way in enumerate(WAYS) if step < len(way.steps)]
        with ThreadPoolExecutor(len(acting)) as pool:
            for number, state in zip(acting, pool.map(lambda n: WAYS[n].steps[step](places[n]), acting), strict=True):
                grows = WAYS[number].deliveries[step] > expected[number]
                expected[number] = WAYS[number].deliveries[step]
                for path, content in state.items():
                    if grows:
                        states[number][path].append(content)
        wait_for_records(aws, folder, sum(expected), timeout=120, daemon=daemon)
    wait_for_unchanged(daemon)
    # What would come too often comes within the next windows: as long as after an edit, and once more.
    time.sleep(3 * window)
    (folder / "last.txt").write_text("last")
    wait_for_records(aws, folder, sum(expected) + 1, timeout=120, daemon=daemon)

    found = deliveries(aws, folder)
    counts = [sum(len(records) for records in found[number].values()) for number in range(len(WAYS))]
    with capsys.disabled():
        print(f"\n\n{'way of saving':52} {'deliveries':>10} {'expected':>8}   judged complete by")
        for number, way in enumerate(WAYS):
            by = sorted({settled_by(daemon, r) for records in found[number].values() for r in records})
            print(f"{way.name:52} {counts[number]:10} {way.deliveries[-1]:8}   {', '.join(by)}")
    assert counts == [way.deliveries[-1] for way in WAYS]
    for number, way in enumerate(WAYS):
        assert sorted(found[number]) == sorted(states[number]), way.name
        for path, records in found[number].items():
            contents = [aws.read(r["object_key"], r["version_id"])[0] for r in records]
            assert contents == states[number][path], (way.name, path)
            assert_never_early(way, path, records, places[number].writing)
    assert "changed soon after its delivery" in daemon.log.read_text(), "a window that proved short is told"
    shown = daemon.command("queue", "show", str(folder / "last.txt")).stdout
    assert "settled by    lease: quiet for the window" in shown
    assert daemon.stop() == 0


def settled_by(daemon, record):
    rows = daemon.json("queue", "show", os.path.join(daemon.folders[record["folder"]]["path"], record["source_path"]))
    return rows["settled_by"]


def assert_never_early(way, path, records, writing):
    """No delivery was judged ready, and so none began, between the opening and the close of a writer."""
    for record in records:
        for name, opened, closed in writing:
            if name == path:
                assert not opened < record["settled_at"] < closed, (way.name, path, opened, record["settled_at"], closed)
