"""The sum of the crash and fault tests: what was offered, what arrived, and that nothing was lost, doubled or torn."""

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from expectations import escaped

HEADINGS = ("scenario", "runs", "files", "objects", "records", "lost", "duplicated", "torn")


@dataclass
class Score:
    scenario: str
    runs: int
    files: int
    objects: int
    records: int
    lost: int
    duplicated: int
    torn: int

    @property
    def is_clean(self):
        return self.lost == self.duplicated == self.torn == 0


def score(scenario, runs, aws, folder, files):
    """Compares what a folder was offered (relative path in bytes → content) with what the service holds.

    Lost: no record whose version holds the file's bytes. Duplicated: a record beyond the first of a path and content, or
    one that was written twice. Torn: an object, recorded or not, with bytes that no file under its key had.
    """
    expected = {f"{folder.name}/{escaped(path)}": content for path, content in files.items()}
    contents = {}
    for key, version in aws.versions(folder.name + "/"):
        contents[key, version] = hashlib.sha256(aws.read(key, version)[0]).hexdigest()
    digests = {key: hashlib.sha256(content).hexdigest() for key, content in expected.items()}
    records = aws.records(folder.name)
    recorded = Counter((r["object_key"], r["sha256"]) for r in records)
    good = {r["object_key"] for r in records
            if contents.get((r["object_key"], r["version_id"])) == r["sha256"] == digests.get(r["object_key"])}
    return Score(
        scenario, runs, len(files), len(contents), len(records), lost=len(set(expected) - good),
        duplicated=sum(recorded.values()) - len(recorded) + len(aws.overwritten_records(folder.name + "/")),
        torn=sum(digest != digests.get(key) for (key, _), digest in contents.items()))


class Scoreboard:
    """The scores of one run of the tests."""

    def __init__(self):
        self.scores = []

    def add(self, new):
        """Keeps the score and demands that it is clean."""
        self.scores.append(new)
        assert new.is_clean, new
        return new

    def lines(self):
        rows = [HEADINGS, *sorted(tuple(str(v) for v in asdict(s).values()) for s in self.scores)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
        return ["  ".join(cell.ljust(widths[0]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(row))
                for row in rows]

    def write(self, path):
        Path(path).write_text("\n".join(self.lines()) + "\n")
