"""The Terraform examples, applied, and the daemon under exactly the roles they make.

moto enforces signatures and IAM policies by action; that a bucket's policy, a lock or a stream is what it should be is
looked up.
"""

import json
import os

import pytest

import terraform_runner
from daemon import Daemon
from expectations import assert_delivered, wait_for_records
from local_aws import LocalAWS
from test_delivery import write

MULTIPART = {"multipart_threshold": "5MiB", "part_size": "5MiB"}
FILES = {b"letter.txt": b"letter", b"a/contract.pdf": b"%PDF-1.4", b"large.bin": bytes(range(256)) * 4096 * 11}


class Example(LocalAWS):
    """A local AWS of its own, made by one of the examples."""

    def apply(self, name, **variables):
        terraform = terraform_runner.Terraform(self.directory / "terraform-run", endpoint=self.endpoint)
        self.outputs = terraform.apply(f"examples/{name}", {
            "region": self.region, "bucket": self.bucket, "external_id": self.external_id, **variables})
        self.role_arn = self.admin("iam").get_role(RoleName="UploaderExecutionRole")["Role"]["Arn"]
        self.policy = json.loads(self.admin("s3").get_bucket_policy(Bucket=self.bucket)["Policy"])
        # This server speaks plain HTTP, which the bucket's policy rightly refuses.
        self.admin("s3").delete_bucket_policy(Bucket=self.bucket)
        self._make_keys()
        self.enforce(True)


@pytest.fixture(scope="module")
def legal(tmp_path_factory):
    if reason := os.environ.get("S3LOGGERD_WITHOUT_TERRAFORM") or terraform_runner.missing():
        pytest.skip(f"no terraform: {reason}")
    with Example(tmp_path_factory.mktemp("legal")) as aws:
        admin = aws.client("iam", "test", "test")
        auditor = admin.create_user(UserName="auditor")["User"]["Arn"]
        aws.access_key = aws.secret_key = "test"
        aws.apply("legal", alarm_mail="it@acme.example", auditor_principal_arns=[auditor])
        key = aws.admin("iam").create_access_key(UserName="auditor")["AccessKey"]
        aws.admin("iam").put_user_policy(UserName="auditor", PolicyName="assume", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}))
        aws.auditor = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        yield aws


def legal_daemon(binary, aws, folder, tmp_path):
    """The daemon with the configuration that the example printed, pasted as it is."""
    daemon = Daemon(binary, tmp_path / "daemon", aws, {folder.name: {"path": str(folder), "key": "{folder}/{path}/{id}"}})
    printed = aws.outputs["configuration"].replace(
        "[aws]\n", f'[aws]\nendpoint_url = "{aws.endpoint}"\n').replace(
        "[upload]\n", "[upload]\n" + "".join(f'{k} = "{v}"\n' for k, v in MULTIPART.items()))
    pasted = daemon.config.read_text().split("\n\n")
    daemon.config.write_text(printed + "\n" + "\n\n".join(part for part in pasted if not part.startswith("[aws]")))
    return daemon


def test_the_legal_example_makes_what_it_says(legal):
    s3, dynamodb = legal.admin("s3"), legal.admin("dynamodb")
    sids = [statement["Sid"] for statement in legal.policy["Statement"]]
    assert {"DenyInsecureTransport", "DenyOldTls", "DenyUnconditionalCreate", "DenyOtherWriters", "DenyOtherKeys"} <= set(sids)
    lock = s3.get_object_lock_configuration(Bucket=legal.bucket)["ObjectLockConfiguration"]
    retention = lock["Rule"]["DefaultRetention"]
    assert (retention["Mode"], retention["Days"]) == ("COMPLIANCE", 3653)
    rule = s3.get_bucket_encryption(Bucket=legal.bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms" and rule["BucketKeyEnabled"]
    table = dynamodb.describe_table(TableName=legal.table)["Table"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["DeletionProtectionEnabled"]
    role = legal.admin("iam").get_role_policy(RoleName="UploaderExecutionRole", PolicyName="upload-and-record")
    actions = [s["Action"] for s in role["PolicyDocument"]["Statement"]]
    assert actions == ["s3:PutObject", "dynamodb:PutItem", ["kms:GenerateDataKey", "kms:Decrypt"]] or actions == [
        "s3:PutObject", "dynamodb:PutItem", ["kms:Decrypt", "kms:GenerateDataKey"]]


def test_the_daemon_delivers_under_the_legal_role_and_the_auditor_agrees(binary, legal, folder, tmp_path):
    daemon = legal_daemon(binary, legal, folder, tmp_path)
    done = daemon.command("check", "--online")
    assert done.returncode == 0, done.stdout + done.stderr
    daemon.start()
    write(folder, FILES)
    records = wait_for_records(legal, folder, len(FILES), daemon=daemon)
    daemon.stop()
    assert len(records) == len(FILES)
    for record in records:
        head = legal.admin("s3").head_object(Bucket=legal.bucket, Key=record["object_key"], VersionId=record["version_id"])
        assert head["ServerSideEncryption"] == "aws:kms" and head["SSEKMSKeyId"].startswith("arn:aws:kms:")
        assert head["ContentLength"] == record["size"] == len(FILES[record["source_path"].encode()])
    for arguments in (("find", "--folder", folder.name, "--since", "1d"),
                      ("verify", "--folder", folder.name, "--since", "1d", "--content")):
        done = daemon.command("audit", *arguments, **legal.auditor)
        assert done.returncode == 0, done.stdout + done.stderr
    # The daemon's own rights read nothing.
    assert daemon.command("audit", "find", "--folder", folder.name, "--since", "1d").returncode == 69


def test_small_files_and_files_in_parts_need_two_actions_alone(aws, binary, folder, tmp_path):
    daemon = Daemon(binary, tmp_path / "daemon", aws, {folder.name: folder}, upload=MULTIPART)
    daemon.start()
    write(folder, FILES)
    wait_for_records(aws, folder, len(FILES), daemon=daemon)
    assert_delivered(aws, folder, FILES)


@pytest.mark.parametrize("action, kept", [
    ("s3:PutObject", "dynamodb:PutItem"), ("dynamodb:PutItem", "s3:PutObject")])
def test_a_missing_action_is_named_with_its_statement_and_put_back_all_drains(aws, daemon, folder, action, kept):
    daemon.start()
    aws.permit(kept)
    write(folder, {b"a.txt": b"a", b"b.txt": b"b"})
    line = daemon.wait_for_status("BLOCKED", action, "2 pending")
    assert "nothing lost" in line
    done = daemon.command("check", "--online")
    assert done.returncode == 69
    resource = {"s3:PutObject": f"arn:aws:s3:::{aws.bucket}/*",
                "dynamodb:PutItem": f"arn:aws:dynamodb:{aws.region}:123456789012:table/{aws.table}"}[action]
    statement = json.loads(done.stdout.split("the policy lacks: ")[1].splitlines()[0])
    assert statement == {"Effect": "Allow", "Action": action, "Resource": resource}
    assert f"ok      {kept} on" in done.stdout
    aws.permit_all()
    assert daemon.command("queue", "retry", "--all").returncode == 0
    wait_for_records(aws, folder, 2, daemon=daemon)
    assert_delivered(aws, folder, {b"a.txt": b"a", b"b.txt": b"b"})


def test_check_online_tells_who_it_is_and_stores_nothing(aws, daemon):
    before = aws.versions()
    for _ in range(2):
        done = daemon.command("check", "--online")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "account 123456789012, arn:aws:sts::123456789012:assumed-role/UploaderExecutionRole/" in done.stdout
        assert "assumed with the environment (AWS_ACCESS_KEY_ID)" in done.stdout
        assert "clock: agrees with STS's" in done.stdout
    assert aws.versions() == before
    assert aws.records("") == []
