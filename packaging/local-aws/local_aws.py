"""S3, DynamoDB, STS and IAM on a loopback port: moto, provisioned, then made to verify every signature and right."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
from botocore.config import Config

import provision
import terraform_runner

REGION = "eu-south-1"
BUCKET = "s3logger-files"
TABLE = "s3logger-metadata"
EXTERNAL_ID = "local-external-id"


def die_with_parent():
    """For a child's start: the kernel ends it when this process ends, however that happens."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class LocalAWS:
    """A moto server of one's own. Use as a context manager, or call `start` and `stop`."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.region, self.bucket, self.table, self.external_id = REGION, BUCKET, TABLE, EXTERNAL_ID
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    # -- the server -------------------------------------------------------------------------------------------------

    def start(self, timeout=60):
        """Starts moto and waits for its port. Nothing is provisioned, everyone may do everything."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log = self.directory / "moto.log"
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self.access_key, self.secret_key = "test", "test"
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "INITIAL_NO_AUTH"))}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("moto_server.py")), "-H", "127.0.0.1", "-p", str(port)],
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        deadline = time.monotonic() + timeout
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"moto did not start; its log: {self.log}\n{self.log.read_text()[-2000:]}")
            time.sleep(0.1)

    def _answers(self):
        try:
            urllib.request.urlopen(f"{self.endpoint}/moto-api/data.json", timeout=5).close()
            return True
        except OSError:
            return False

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    # -- accounts and rights ----------------------------------------------------------------------------------------

    def provision(self, without_terraform=None):
        """Makes bucket, table, role and users, then turns enforcement on. Returns how it was done.

        `without_terraform` is a reason to use boto3 where Terraform could be used.
        """
        if reason := without_terraform or terraform_runner.missing():
            self.role_arn = provision.provision(
                self.admin, self.bucket, self.table, self.region, self.external_id)
            how = f"boto3 ({reason})"
        else:
            terraform = terraform_runner.Terraform(self.directory / "terraform-run", endpoint=self.endpoint)
            self.outputs = terraform.apply("examples/minimal", {
                "region": self.region, "bucket": self.bucket, "external_id": self.external_id})
            self.role_arn = self.admin("iam").get_role(RoleName=provision.ROLE)["Role"]["Arn"]
            how = "terraform apply"
        # This server speaks plain HTTP, which the bucket's policy rightly refuses.
        self.admin("s3").delete_bucket_policy(Bucket=self.bucket)
        self._make_keys()
        self.enforce(True)
        return how

    def _make_keys(self):
        """Keys for the base user, and an administrator of our own who stays able once rights are enforced."""
        iam = self.admin("iam")
        base = iam.create_access_key(UserName=provision.USER)["AccessKey"]
        self.base_access_key, self.base_secret_key = base["AccessKeyId"], base["SecretAccessKey"]
        iam.create_user(UserName="administrator")
        iam.put_user_policy(UserName="administrator", PolicyName="everything", PolicyDocument=provision.document(
            {"Effect": "Allow", "Action": "*", "Resource": "*"}))
        admin = iam.create_access_key(UserName="administrator")["AccessKey"]
        self.access_key, self.secret_key = admin["AccessKeyId"], admin["SecretAccessKey"]

    def enforce(self, on):
        """Whether moto verifies signatures and IAM policies (by action)."""
        request = urllib.request.Request(
            f"{self.endpoint}/moto-api/reset-auth", data=b"0" if on else b"inf", method="POST",
            headers={"Content-Type": "application/octet-stream"})
        urllib.request.urlopen(request, timeout=10).close()

    def permit(self, *actions):
        """Leaves the daemon's role exactly these actions."""
        table_arn = f"arn:aws:dynamodb:{self.region}:123456789012:table/{self.table}"
        statements = provision.uploader_statements(self.bucket, table_arn, actions)
        self.admin("iam").put_role_policy(
            RoleName=provision.ROLE, PolicyName=provision.ROLE_POLICY, PolicyDocument=provision.document(*statements))

    def permit_all(self):
        self.permit("s3:PutObject", "dynamodb:PutItem")

    # -- an independent look ----------------------------------------------------------------------------------------

    def client(self, service, access_key, secret_key, session_token=None):
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=self.region, aws_access_key_id=access_key,
            aws_secret_access_key=secret_key, aws_session_token=session_token,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}))

    def admin(self, service):
        return self.client(service, self.access_key, self.secret_key)

    def versions(self, prefix=""):
        """Every version of every object under a prefix: (key, version id) pairs, newest first by key."""
        pages = self.admin("s3").get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix)
        return [(v["Key"], v["VersionId"]) for page in pages for v in page.get("Versions", [])]

    def read(self, key, version=None):
        """The bytes and the answer of one object."""
        which = {"VersionId": version} if version else {}
        answer = self.admin("s3").get_object(Bucket=self.bucket, Key=key, **which)
        return answer["Body"].read(), answer

    def count_records(self, folder):
        """How many records a folder got today and yesterday (UTC): cheap, so it can be asked again and again."""
        now, dynamodb = datetime.now(timezone.utc), self.admin("dynamodb")
        return sum(
            page["Count"]
            for day in (now - timedelta(days=1), now)
            for page in dynamodb.get_paginator("query").paginate(
                TableName=self.table, IndexName="by_folder_day", Select="COUNT",
                KeyConditionExpression="folder_day = :day",
                ExpressionAttributeValues={":day": {"S": f"{folder}#{day:%Y-%m-%d}"}}))

    def records(self, folder=None):
        """Every record, or those of one folder, as plain values: str, int, bytes."""
        pages = self.admin("dynamodb").get_paginator("scan").paginate(TableName=self.table)
        items = [{name: plain(value) for name, value in item.items()} for page in pages for item in page["Items"]]
        return [item for item in items if folder is None or item.get("folder") == folder]


def plain(value):
    """A DynamoDB attribute value as Python's own."""
    (kind, content), = value.items()
    return int(content) if kind == "N" else content
