#!/usr/bin/env python3
"""Fills a journal with deliveries of the past, for measurements of what must not grow with them.

    seed_journal.py journal.db --delivered 1000000 --withdrawn 200000 --rejected 100000 --same-path 500000
    seed_journal.py journal.db --present 1000000 --root /srv/inbox

The journal must have been made by the daemon, which must not run, and hold a delivered file: the others are like it. Those of
`--present` are there, 500 in a directory: the daemon knows them.
"""

import argparse
import os
import sqlite3

STATES = {"delivered": 2, "withdrawn": 4, "rejected": 5, "same_path": 4}


def place(folder, directory):
    """As the journal's index of paths has it: FNV-1a."""
    value = 0xcbf29ce484222325
    for byte in folder.encode() + b"\0" + directory:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value - (1 << 64) if value >> 63 else value


def seed(journal, kind, count, folders):
    """Adds `count` rows of a kind, each `day / count` after the one before."""
    if not count:
        return
    columns = [row[1] for row in journal.execute("PRAGMA table_info(delivery)")]
    first, = journal.execute("SELECT max(number) + 1 FROM delivery").fetchone()
    like, folder, directory, name, identity = journal.execute(
        "SELECT number, folder, directory, name, modified FROM delivery WHERE state = 2 LIMIT 1").fetchone()
    values = {column: column for column in columns} | {
        "number": f"{first} + n", "state": str(STATES[kind]), "inode": "inode + n", "modified": "modified + n",
        "delivery_id": "randomblob(16)", "received": "received + n", "settled": "settled + n",
        "logged": "logged + n" if kind == "delivered" else "NULL", "ended": "received + n",
        "folder": f"folder || iif(n % {folders} = 0, '', n % {folders})", "etag": "etag" if kind == "delivered" else "NULL",
        "disposed": "received + n" if kind == "rejected" else "NULL", "attempts": "0" if kind == "same_path" else "1",
    }
    if kind == "same_path":
        values["folder"] = "folder"
    else:
        values["directory"] = f"CAST('{kind}/' || n / 500 AS BLOB)"
        values["name"] = f"CAST('{kind}-' || n || '.pdf' AS BLOB)"
    values["place"] = f"place({values['folder']}, {values['directory']})"
    journal.create_function("place", 2, place, deterministic=True)
    journal.execute(
        f"WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {count}) "
        f"INSERT INTO delivery ({', '.join(columns)}) SELECT {', '.join(values[column] for column in columns)} "
        f"FROM counted, (SELECT * FROM delivery WHERE number = {like})")


def make_present(journal, root, count):
    """Makes files, and the rows by which they are known."""
    columns = [row[1] for row in journal.execute("PRAGMA table_info(delivery)")]
    first, = journal.execute("SELECT max(number) + 1 FROM delivery").fetchone()
    like = dict(zip(columns, journal.execute("SELECT * FROM delivery WHERE state = 2 LIMIT 1").fetchone()))
    statement = f"INSERT INTO delivery ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    for begin in range(0, count, 500):
        directory = f"present/{begin // 500}".encode()
        os.makedirs(os.path.join(root.encode(), directory), exist_ok=True)
        rows = []
        for number in range(begin, min(begin + 500, count)):
            name = b"file-%d.pdf" % number
            path = os.path.join(root.encode(), directory, name)
            with open(path, "wb") as file:
                file.write(b"%d" % number)
            status = os.stat(path)
            rows.append(list((like | {
                "number": first + number, "directory": directory, "name": name, "inode": status.st_ino,
                "device": status.st_dev, "size": status.st_size, "modified": status.st_mtime_ns,
                "changed": status.st_ctime_ns, "generation": 0, "delivery_id": os.urandom(16),
                "place": place(like["folder"], directory)}).values()))
        journal.executemany(statement, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("journal")
    parser.add_argument("--folders", type=int, default=1)
    for kind in STATES:
        parser.add_argument("--" + kind.replace("_", "-"), type=int, default=0)
    parser.add_argument("--present", type=int, default=0)
    parser.add_argument("--root", help="the folder of --present")
    arguments = parser.parse_args()
    with sqlite3.connect(arguments.journal) as journal:
        for kind in STATES:
            seed(journal, kind, getattr(arguments, kind), arguments.folders)
        if arguments.present:
            make_present(journal, arguments.root, arguments.present)
    journal.close()


if __name__ == "__main__":
    main()
