"""What the servers share: processes of their own, a bucket, an independent client."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from daemon import wait_until
from local_aws import die_with_parent


class RealServer:
    """Subclasses say what to start in `launch`; what they started with `spawn` ends with the context."""

    #: As test and guide name it.
    name = ""
    #: The programs it needs, and the Debian packages (or the PyPI one) that they come with.
    programs, packages = (), ""
    region = "us-east-1"
    bucket = "s3logger-files"
    access_key, secret_key = "s3loggertest0001", "secret-of-the-real-servers-0001"
    #: Whether the bucket can keep versions, and whether the answer of CompleteMultipartUpload names the one it made.
    versioned = names_version_of_parts = True
    #: Bytes of the longest path that it is given.
    longest_path = 900
    #: Settings of `[upload]` that it refuses, each alone; it does so with an answer of its own.
    refuses = ()

    def __init__(self, directory):
        self.directory = Path(directory)
        self.processes = []

    @classmethod
    def missing(cls):
        """Why it cannot be started here, None where it can."""
        absent = [program for program in cls.programs if shutil.which(program) is None]
        return f"{', '.join(absent)} missing: {cls.packages}" if absent else None

    def __enter__(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        try:
            self.launch()
            wait_until(self.make_bucket, 90, lambda: f"{self.name} takes a bucket\n{self.logs()}", pause=0.3)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def launch(self):
        raise NotImplementedError

    def stop(self):
        """Ends what was started, the last first."""
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    # -- processes --------------------------------------------------------------------------------------------------

    def spawn(self, *command, name, **environment):
        """Starts a part of it that stays in the foreground; its output goes to `name`.log."""
        with open(self.directory / f"{name}.log", "ab") as log:
            self.processes.append(subprocess.Popen(
                [str(word) for word in command], cwd=self.directory, env=self.environment(**environment),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent))
        return self.processes[-1]

    def run(self, *command, timeout=60, **environment):
        """Runs a command to its end and returns what it says."""
        done = subprocess.run([str(word) for word in command], cwd=self.directory, env=self.environment(**environment),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, (command, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def environment(self, **more):
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory), "LANG": "C.UTF-8"} | more

    def logs(self, characters=1500):
        texts = ((path.name, path.read_text(errors="replace")[-characters:]) for path in self.directory.glob("*.log"))
        return "\n".join(f"-- {name}\n{text}" for name, text in texts)

    # -- an independent look ----------------------------------------------------------------------------------------

    def client(self, **config):
        return boto3.client(
            "s3", endpoint_url=self.endpoint, region_name=self.region, aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, connect_timeout=5,
                          request_checksum_calculation="when_required", response_checksum_validation="when_required",
                          **config))

    def make_bucket(self):
        """Whether the bucket is there now; false while the server is still starting."""
        for process in self.processes:
            assert process.poll() is None, f"{process.args} left with {process.returncode}\n{self.logs()}"
        client = self.client()
        try:
            client.create_bucket(Bucket=self.bucket)
            if self.versioned:
                client.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        except (BotoCoreError, ClientError):
            return False
        return True

    def objects(self, prefix=""):
        """Every version of every object, or every object where there are no versions: (key, version or None)."""
        client = self.client()
        if self.versioned:
            pages = client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix)
            return [(v["Key"], v["VersionId"]) for page in pages for v in page.get("Versions", [])]
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [(o["Key"], None) for page in pages for o in page.get("Contents", [])]

    def read(self, key, version=None):
        """The bytes and the answer of one object. Some servers write names of metadata with capitals."""
        answer = self.client().get_object(Bucket=self.bucket, Key=key, **({"VersionId": version} if version else {}))
        return answer["Body"].read(), answer | {"Metadata": {k.lower(): v for k, v in answer["Metadata"].items()}}

    def unfinished(self, prefix=""):
        """The multipart uploads that were begun and neither completed nor aborted."""
        answer = self.client().list_multipart_uploads(Bucket=self.bucket, Prefix=prefix)
        return [upload["Key"] for upload in answer.get("Uploads", [])]
