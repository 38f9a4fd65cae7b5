"""Files in, objects and records out."""

import os
import unicodedata

from expectations import assert_complete, assert_delivered, wait_for_records

HOSTILE = [
    "plain.pdf", "with space.pdf", "a+b.txt", "100%.txt", "%41.txt", "%zz.txt", "hash#tag.txt", 'quo"te.txt',
    "apo'strophe.txt", "semi;colon&and=.txt", "question?.txt", "back\\slash.txt", "new\nline.txt", "tab\there.txt",
    "escape\x1b[31m.txt", "star*.txt", "{path}.txt", "<angle>.xml", "dot.", "trailing space ", "-dash.txt",
    unicodedata.normalize("NFC", "perché.txt"), unicodedata.normalize("NFD", "perché.txt"), "日本語.pdf",
    "\u202egnp.exe", "é" * 100 + ".txt", "x" * 251 + ".txt",
]
NOT_TEXT = [b"latin-\xe9.txt", b"\xff\xfe.bin", b"cut-\xe6\x97.txt"]


def two_hundred_files():
    """Relative path in bytes → content: nested folders, hostile names, and every size from none."""
    names = [name.encode() for name in HOSTILE] + NOT_TEXT
    folders = [b"", b"2026/", b"2026/with space & more/", b"a/b/c/d/e/f/g/", b"non-utf8-\xe9/", "perché/".encode()]
    files = {}
    for number in range(200):
        name, folder = names[number % len(names)], folders[number // len(names) % len(folders)]
        files[folder + name] = os.urandom(number * 97 % 5000)
    assert len(files) >= len(names) * 6
    for number in range(200 - len(files)):
        files[b"more/%d" % number] = os.urandom(number)
    files[b"empty.txt"] = b""
    return files


def write(folder, files):
    for path, content in files.items():
        target = os.path.join(os.fsencode(folder), path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(content)


def test_200_files_with_hostile_names_arrive_byte_for_byte_with_one_complete_record_each(daemon, aws, folder):
    files = two_hundred_files()
    daemon.start()
    write(folder, files)
    records = wait_for_records(aws, folder, len(files), timeout=120, daemon=daemon)
    assert_delivered(aws, folder, files)
    for record in records:
        assert_complete(record, folder)
    raw = sorted(r["source_path_raw"] for r in records if "source_path_raw" in r)
    assert raw == sorted(path for path in files if not is_text(path)), "the bytes of a path that is no text are kept"
    assert daemon.stop() == 0


def is_text(path):
    try:
        path.decode()
        return True
    except UnicodeDecodeError:
        return False


def test_files_saved_before_the_daemon_started_are_delivered(daemon, aws, folder):
    files = {b"before/%d.txt" % n: b"%d" % n for n in range(20)}
    write(folder, files)
    daemon.start()
    wait_for_records(aws, folder, len(files), daemon=daemon)
    assert_delivered(aws, folder, files)


def test_a_large_file_is_sent_in_parts_and_arrives_whole(daemon, aws, folder):
    daemon.sections["upload"] = {"multipart_threshold": "6MiB", "part_size": "5MiB"}
    daemon.configure({folder.name: folder})
    content = os.urandom(17 * 1024 * 1024 + 1)
    daemon.start()
    write(folder, {b"large.bin": content})
    wait_for_records(aws, folder, 1, daemon=daemon)
    assert_delivered(aws, folder, {b"large.bin": content})


def test_a_file_saved_again_is_a_new_version_with_a_record_of_its_own(daemon, aws, folder):
    daemon.start()
    for number in (1, 2):
        write(folder, {b"contract.txt": b"version %d" % number})
        wait_for_records(aws, folder, number, daemon=daemon)
    records = sorted(aws.records(folder.name), key=lambda r: r["uploaded_at"])
    assert [r["object_key"] for r in records] == [f"{folder.name}/contract.txt"] * 2
    contents = [aws.read(r["object_key"], r["version_id"])[0] for r in records]
    assert contents == [b"version 1", b"version 2"]


def test_a_file_that_is_still_being_written_is_not_uploaded(daemon, aws, folder):
    daemon.start()
    with open(folder / "slow.txt", "wb") as file:
        file.write(b"first half, ")
        file.flush()
        write(folder, {b"marker.txt": b"delivered later than slow.txt was begun"})
        wait_for_records(aws, folder, 1, daemon=daemon)
        assert [r["filename"] for r in aws.records(folder.name)] == ["marker.txt"]
        file.write(b"second half")
    wait_for_records(aws, folder, 2, daemon=daemon)
    assert aws.read(f"{folder.name}/slow.txt")[0] == b"first half, second half"


def test_after_deliveries_the_status_line_begins_with_ok_and_names_the_last_file(daemon, aws, folder):
    daemon.start()
    write(folder, {b"letter.txt": b"dear"})
    wait_for_records(aws, folder, 1, daemon=daemon)
    line = daemon.wait_for_status("1 delivered today", "letter.txt")
    assert line.startswith("OK: 1 folder, 0 pending")
