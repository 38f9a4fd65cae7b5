"""`check --online` tries what `run` does, folder by folder, tells what the service itself said, and stores nothing."""

import json
import urllib.parse

import pytest
from moto.dynamodb.responses import DynamoHandler
from moto.s3.responses import S3Response

from daemon import Daemon
from local_aws import BUCKET, TABLE
from test_audit import MotoInProcess

DENIED = 403, "AccessDenied", "Access Denied"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with MotoInProcess(tmp_path_factory.mktemp("moto")) as aws:
        yield aws


class Wall:
    """What S3 and DynamoDB answer instead: functions of the request, the first that says something."""

    def __init__(self):
        self.s3, self.dynamodb, self.requests = [], [], []


@pytest.fixture
def wall(monkeypatch):
    made = Wall()
    key_response, call_action = S3Response.key_response, DynamoHandler.call_action

    def ask_s3(self, request, full_url, headers):
        key = urllib.parse.unquote(request.path).split("/", 2)[2]
        made.requests.append((request.method, key, dict(request.args), {k.lower(): v for k, v in request.headers.items()}))
        for rule in made.s3:
            if answer := rule(*made.requests[-1]):
                status, code, message = answer
                if code is None:
                    return status, {"Content-Type": "text/html"}, message
                body = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>R</RequestId></Error>"
                return status, {"Content-Type": "application/xml", "x-amz-request-id": "R"}, body
        return key_response(self, request, full_url, headers)

    def ask_dynamodb(self):
        if item := getattr(self, "params", {}).get("Item"):
            for rule in made.dynamodb:
                if answer := rule(item["object_key"]["S"]):
                    return answer
        return call_action(self)
    monkeypatch.setattr(S3Response, "key_response", ask_s3)
    monkeypatch.setattr(DynamoHandler, "call_action", ask_dynamodb)
    return made


@pytest.fixture
def check(binary, cloud, tmp_path, wall):
    """Runs it on the folders, which must end with the status. `tags`: those of the last folder."""
    def run(status, folders=None, tags="", **upload):
        made = {}
        for name, keys in (folders or {"inbox": {}, "scans": {}}).items():
            (tmp_path / name).mkdir(exist_ok=True)
            made[name] = {"path": str(tmp_path / name), **keys}
        daemon = Daemon(binary, tmp_path / "daemon", cloud, made, upload=upload)
        daemon.config.write_text(daemon.config.read_text() + tags)
        done = daemon.command("check", "--online")
        assert done.returncode == status, done.stdout + done.stderr
        assert cloud.versions() == [] and cloud.records() == [], "nothing is stored"
        assert not any(b["Key"] for b in cloud.admin("s3").list_multipart_uploads(Bucket=BUCKET).get("Uploads", []))
        return Told(done.stdout)
    return run


class Told:
    def __init__(self, text):
        self.text, self.lines = text, text.splitlines()

    def of(self, *words):
        """The one line of a verdict with these words."""
        found = [line for line in self.lines if not line.startswith(" ") and all(word in line for word in words)]
        assert len(found) == 1, f"{words}\n{self.text}"
        return found[0]

    def advice(self, *words):
        """What stands below it."""
        place = self.lines.index(self.of(*words)) + 1
        return self.lines[place].strip() if self.lines[place:] and self.lines[place].startswith(" ") else ""


def test_each_folder_is_tried_under_the_key_that_its_files_would_have(check, wall):
    told = check(0, {"inbox": {}, "scans": {"key": "{folder}/{year}/{ext}/{name}", "include": ["*.pdf"]}})
    assert told.of("s3:PutObject on", "folder inbox").startswith(f"ok      s3:PutObject on arn:aws:s3:::{BUCKET}/inbox/")
    assert "/pdf/s3loggerd-check.pdf, folder scans: allowed" in told.of("s3:PutObject on", "folder scans")
    assert told.of("dynamodb:PutItem on table", "folder inbox").startswith("ok ")
    assert {key.split("/")[0] for _, key, _, _ in wall.requests} == {"inbox", "scans"}
    assert not any("if-none-match" in headers for _, _, _, headers in wall.requests), "only write_once needs conditions"


def test_a_policy_about_a_prefix_is_told_of_its_folder_alone(check, wall):
    wall.s3.append(lambda method, key, query, headers: DENIED if key.startswith("scans/") else None)
    told = check(69)
    assert told.of("s3:PutObject", "folder inbox").startswith("ok ")
    assert told.of("s3:PutObject", "folder scans").startswith("FAILED ")
    assert told.of("dynamodb:PutItem", "folder scans").startswith("ok ")
    assert "denies it" in told.advice("s3:PutObject", "folder scans"), "S3 does not say whether a policy denies or lacks it"


def test_a_policy_about_the_items_keys_is_told_of_its_folder_alone(check, wall):
    denied = 400, {"x-amzn-requestid": "R"}, json.dumps({
        "__type": "com.amazon.coral.service#AccessDeniedException",
        "message": "User: u is not authorized to perform: dynamodb:PutItem on resource: r because no identity-based policy"
                   " allows the dynamodb:PutItem action"})
    wall.dynamodb.append(lambda key: denied if key.startswith("rejected:scans/") else None)
    told = check(69, {"inbox": {}, "scans": {"max_size": "1MB"}})
    assert told.of("dynamodb:PutItem", "folder inbox").startswith("ok ")
    assert told.of("dynamodb:PutItem", f"{TABLE}, folder scans").startswith("ok ")
    assert told.of("dynamodb:PutItem", "refused files, folder scans").startswith("FAILED ")
    assert told.advice("dynamodb:PutItem", "refused files, folder scans").startswith("the policy lacks: {")


@pytest.mark.parametrize("message, advice", [
    ("User: u is not authorized to perform: s3:PutObject on resource: r because no identity-based policy allows the"
     " s3:PutObject action", "the policy lacks: {"),
    ("User: u is not authorized to perform: s3:PutObject on resource: r because no VPC endpoint policy allows the"
     " s3:PutObject action", "the VPC endpoint policy lacks: {"),
    ("User: u is not authorized to perform: s3:PutObject on resource: r with an explicit deny in a resource-based policy", ""),
    ("Access Denied", "a policy denies it (the bucket's, the organisation's), or the policy lacks: {")])
def test_what_is_lacking_is_only_said_where_the_service_says_it(check, wall, message, advice):
    wall.s3.append(lambda *_: (403, "AccessDenied", message))
    told = check(69, {"inbox": {}})
    found = told.advice("s3:PutObject", "folder inbox")
    assert found.startswith(advice) if advice else found == "", told.text


def test_tags_are_tried_for_the_folder_that_has_them(check, wall):
    wall.s3.append(lambda method, key, query, headers: DENIED if "x-amz-tagging" in headers else None)
    told = check(69, tags='[folder.tags]\nkind = "scan"\n')
    assert told.of("s3:PutObject on", "folder inbox").startswith("ok ")
    refused = told.of("s3:PutObjectTagging on", "folder scans")
    assert refused.startswith("FAILED ") and "without the tags" in refused
    assert '"Action": "s3:PutObjectTagging"' in told.advice("s3:PutObjectTagging on", "folder scans")


def test_the_storage_class_and_the_encryption_are_tried(check, wall):
    options = {"storage_class": "STANDARD_IA", "server_side_encryption": "aws:kms", "kms_key_id": "alias/files"}
    told = check(0, {"inbox": {}}, **options)
    assert "with the encryption, the storage class" in told.of("s3:PutObject on", "folder inbox")
    assert told.of("kms:Decrypt on alias/files", "folder inbox").startswith("ok ")
    wall.s3.append(lambda method, key, query, headers: (400, "InvalidStorageClass", "no such class")
                   if headers.get("x-amz-storage-class") == "STANDARD_IA" and "uploads" in query else None)
    assert "InvalidStorageClass" in check(69, {"inbox": {}}, **options).of("FAILED ", "folder inbox")
    denied = 403, "AccessDenied", "User: u is not authorized to perform: kms:Decrypt on resource: k"
    wall.s3[:] = [lambda method, key, query, headers: denied if "partNumber" in query else None]
    told = check(69, {"inbox": {}}, **options)
    assert told.of("kms:Decrypt on alias/files").startswith("FAILED ")
    assert told.of("s3:PutObject on", "folder inbox").startswith("ok ")


def test_a_key_of_the_bucket_is_tried_too(check, wall, cloud):
    def rule(kind):
        cloud.admin("s3").put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": kind}}]})
    wall.s3.append(lambda method, key, query, headers: (
        403, "AccessDenied", "User: u is not authorized to perform: kms:GenerateDataKey on resource: k")
        if "uploads" in query else None)
    told = check(69, {"inbox": {}})
    assert "kms:GenerateDataKey" in told.of("FAILED ", "folder inbox")
    assert '"Action": "kms:GenerateDataKey"' in told.advice("FAILED ", "folder inbox")


def test_the_condition_of_write_once_is_tried_where_it_is_needed(check, wall):
    unknown = 501, "NotImplemented", "A header you provided implies functionality that is not implemented"
    wall.s3.append(lambda method, key, query, headers: unknown if "if-none-match" in headers else None)
    assert check(0, {"inbox": {}}).of("s3:PutObject", "folder inbox").startswith("ok ")
    once = {"inbox": {"key": "{folder}/{id}"}}
    assert "NotImplemented" in check(69, once, write_once=True).text
    wall.s3.clear()
    assert "write_once" in check(0, once, write_once=True).of("s3:PutObject", "folder inbox")


def test_a_bucket_that_takes_conditional_writes_alone_is_told(check, wall):
    """As the Terraform module makes it: creating an object needs the condition, its parts do not."""
    wall.s3.append(lambda method, key, query, headers: DENIED if "if-none-match" not in headers and (
        method == "PUT" and "partNumber" not in query or method == "POST" and "uploadId" in query) else None)
    assert check(69, {"inbox": {}}).of("s3:PutObject", "folder inbox").startswith("FAILED ")
    assert check(0, {"inbox": {"key": "{folder}/{id}"}}, write_once=True)


@pytest.mark.parametrize("answer", [
    (403, None, "<html>Access denied by the proxy</html>"), (200, None, "<html>log in</html>"), (404, None, ""),
    (407, None, "<html>who are you?</html>"), (503, "SlowDown", "Please reduce your request rate."),
    (500, "InternalError", "We encountered an internal error."), (413, None, "<html>too large</html>")])
def test_what_is_not_the_word_of_s3_is_neither_ok_nor_a_lack(check, wall, answer):
    wall.s3.append(lambda method, key, query, headers: answer if key.startswith("scans/") else None)
    told = check(69)
    assert told.of("s3:PutObject", "folder inbox").startswith("ok ")
    assert told.of("s3:PutObject", "folder scans").startswith("UNKNOWN "), told.text
    assert "could not find out: " in told.of("s3:PutObject", "folder scans") and "lacks" not in told.text


@pytest.mark.parametrize("answer, verdict", [
    ((200, {}, '{"status": "login required"}'), "UNKNOWN "), ((200, {}, "<html>log in</html>"), "UNKNOWN "),
    ((403, {}, "<html>Access denied by the proxy</html>"), "UNKNOWN "),
    ((200, {"x-amzn-requestid": "R"}, "{}"), "FAILED "),
    ((500, {"x-amzn-requestid": "R"}, '{"__type": "InternalServerError"}'), "UNKNOWN "),
    ((400, {}, '{"__type": "ConditionalCheckFailedException"}'), "UNKNOWN "),
    ((400, {"x-amzn-requestid": "R", "x-amz-crc32": "1"}, '{"__type": "ConditionalCheckFailedException"}'), "UNKNOWN ")])
def test_what_is_not_the_word_of_dynamodb_is_neither_ok_nor_a_lack(check, wall, answer, verdict):
    wall.dynamodb.append(lambda key: answer if key.startswith("scans/") else None)
    told = check(69)
    assert told.of("dynamodb:PutItem", "folder inbox").startswith("ok ")
    assert told.of("dynamodb:PutItem", "folder scans").startswith(verdict), told.text
    assert "lacks" not in told.text


def test_a_server_that_makes_objects_of_nothing_is_told(check, wall):
    made = "<CompleteMultipartUploadResult><Key>{}</Key><ETag>&quot;x&quot;</ETag></CompleteMultipartUploadResult>"
    wall.s3.append(lambda method, key, query, headers:
                   (200, None, made.format(key)) if "uploadId" in query and method == "POST" else None)
    assert "never sent" in check(69, {"inbox": {}}).of("FAILED ", "folder inbox")


def test_where_there_is_no_answer_not_every_folder_is_waited_for(binary, cloud, tmp_path):
    folders = {f"f{n}": {"path": str(tmp_path)} for n in range(1)}
    for n in range(30):
        (tmp_path / f"f{n}").mkdir()
        folders[f"f{n}"] = {"path": str(tmp_path / f"f{n}")}
    daemon = Daemon(binary, tmp_path / "daemon", cloud, folders, keys={"s3_endpoint_url": "http://127.0.0.1:9"})
    done = daemon.command("check", "--online")
    told = Told(done.stdout)
    assert done.returncode == 69 and "cannot be reached" in told.of("UNKNOWN", "s3:PutObject", "folder f0:")
    assert "not tried" in told.of("UNKNOWN", "s3:PutObject", "folder f29:")
    assert told.of("ok ", "dynamodb:PutItem", "folder f29:")


def test_what_proves_an_upload_here_is_told_and_nothing_is_stored(check, wall):
    told = check(0)
    assert told.of("what proves an upload to").startswith("ok ")
    assert "of what was stored" in told.of("what proves an upload to")


def test_a_server_whose_answers_prove_nothing_is_told(check, wall):
    wall.s3.append(lambda method, key, query, headers: method == "PUT" and "partNumber" in query and (200, None, ""))
    told = check(69)
    assert "UNKNOWN" in told.of("what proves an upload to")
