"""A file on which the daemon dies again and again is set aside; the others are delivered."""

import os
import struct

from daemon import wait_until
from expectations import assert_delivered, wait_for_records
from test_delivery import write


def in_hand(daemon):
    """Every number that the daemon has marked as in hand."""
    marks = daemon.state / "in-hand"
    words = struct.unpack("<10q", marks.read_bytes()[:80]) if marks.exists() else ()
    return [number for number in words[2:] if number]


def test_the_third_crash_on_one_file_parks_it_and_the_others_are_delivered(daemon, aws, folder):
    with open(folder / "poisoned.bin", "wb") as poisoned:
        os.truncate(poisoned.fileno(), 24 << 30)  # Sparse: it takes no space, and long enough to be read.
    for _ in range(3):
        daemon.start()
        [number] = wait_until(lambda: in_hand(daemon), 30, "the file in hand", pause=0.001)
        daemon.kill()
    files = {b"%d.txt" % n: b"content %d" % n for n in range(20)}
    write(folder, files)
    daemon.start()
    wait_for_records(aws, folder, len(files), daemon=daemon)
    assert_delivered(aws, folder, files)
    daemon.wait_for_status("OK:", "1 parked")
    shown = daemon.json("queue", "show", str(number))
    assert shown["state"] == "parked" and "in hand" in shown["last_error"]
    assert daemon.stop() == 0


def test_an_order_to_stop_is_held_against_no_file(daemon, folder):
    with open(folder / "large.bin", "wb") as large:
        os.truncate(large.fileno(), 24 << 30)
    for _ in range(4):
        daemon.start()
        wait_until(lambda: in_hand(daemon), 30, "the file in hand", pause=0.001)
        assert daemon.stop() == 0
    assert daemon.json("queue")[0]["state"] == "pending"
