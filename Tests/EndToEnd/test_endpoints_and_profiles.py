"""Where requests go by region, endpoint and profile, and what they say of object and session."""

import re
import stat
from types import SimpleNamespace

import pytest

from daemon import Daemon
from stand_ins import PatientCloud
from test_credentials import NOTHING
from test_delivery import write

ROLE = "arn:aws:iam::123456789012:role/R"


@pytest.fixture
def cloud():
    with PatientCloud() as made:
        yield made


@pytest.fixture
def make(binary, folder, tmp_path, cloud):
    """Makes a daemon that works with the stand-in; `keys` are those of `[aws]`."""
    made = []

    def make(keys=None, **sections):
        aws = SimpleNamespace(
            region="eu-south-1", bucket="files", table="records", role_arn=ROLE, external_id="an-external-id",
            endpoint=cloud.url, base_access_key="AKIASTANDIN", base_secret_key="base")
        made.append(Daemon(binary, tmp_path / f"daemon-{len(made)}", aws, {folder.name: folder}, keys=keys,
                           settle="100ms", **sections))
        return made[-1]
    yield make
    for daemon in made:
        if daemon.process is not None:
            daemon.kill()


def without(daemon, *names):
    text = daemon.config.read_text()
    daemon.config.write_text(re.sub(rf"^({'|'.join(names)}) = .*\n", "", text, flags=re.MULTILINE))


def check(daemon, *arguments, status=0, **environment):
    done = daemon.command("check", *arguments, **environment)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


# -- shared files ------------------------------------------------------------------------------------------------------

def test_a_profile_s_services_and_endpoint_say_where_requests_go(make, cloud):
    """A name with a space in either file's way of writing it, nested settings, `~` and AWS_DEFAULT_PROFILE."""
    with PatientCloud() as other:
        daemon = make()
        without(daemon, "endpoint_url", "role_arn", "external_id")
        (daemon.directory / "own-config").write_text(
            f"[profile 'two words']\nservices = local\nendpoint_url = {other.url}\n\n"
            f"[services local]\ns3 =\n    endpoint_url = {cloud.url}\n    addressing = x\n")
        (daemon.directory / ".aws").mkdir()
        (daemon.directory / ".aws/credentials").write_text(
            "[two words]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = secret\n")
        told = check(daemon, "--online", **NOTHING, AWS_CONFIG_FILE="~/own-config", AWS_DEFAULT_PROFILE="two words")
        assert "from the AWS profile two words" in told
        assert cloud.sent("PUT", "s3loggerd-check") and not cloud.forms
        assert other.forms and any("x-amz-target" in headers for headers in other.sent("POST"))
        assert all("AKIAPROFILE" in headers["authorization"] for headers in cloud.sent("PUT") + other.sent("POST"))


def test_a_variable_comes_before_the_profile_and_both_can_be_passed_over(make, cloud):
    with PatientCloud() as other:
        daemon = make()
        without(daemon, "endpoint_url")
        (daemon.directory / ".aws").mkdir()
        (daemon.directory / ".aws/config").write_text(f"[default]\nendpoint_url = {other.url}\n")
        check(daemon, "--online", AWS_ENDPOINT_URL=cloud.url)
        assert cloud.requests and not other.requests
        (daemon.directory / ".aws/config").write_text("[default]\nendpoint_url = http://nas.example.org:9000\n")
        told = check(daemon, status=78)
        assert '/.aws/config: profile "default": endpoint_url: this value is http:// to another machine' in told
        check(daemon, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")
        # What only reads the journal is run by anybody, with files of their own.
        assert daemon.command("status").returncode == 3


def test_a_process_may_tell_the_end_of_its_credentials_without_a_colon(make, tmp_path):
    helper = tmp_path / "helper"
    helper.write_text("""#!/bin/sh
echo '{"Version": 1, "AccessKeyId": "AKIAHELPER", "SecretAccessKey": "s", "SessionToken": "t",'
echo '"Expiration": "'$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%S+0000)'"}'
""")
    helper.chmod(helper.stat().st_mode | stat.S_IXUSR)
    daemon = make()
    without(daemon, "role_arn", "external_id")
    (daemon.directory / ".aws").mkdir()
    (daemon.directory / ".aws/config").write_text(f"[default]\ncredential_process = {helper}\n")
    assert "from the AWS profile default" in check(daemon, "--online", **NOTHING)


@pytest.mark.parametrize("setting", ["sso_session = firm", "sso_start_url = https://firm.example.org/start",
                                     "login_session = arn:aws:iam::123456789012:user/anna"])
def test_a_profile_that_signs_in_through_a_browser_is_named_with_what_to_do(make, setting):
    daemon = make()
    (daemon.directory / ".aws").mkdir()
    (daemon.directory / ".aws/config").write_text(f"[profile anna]\n{setting}\n")
    told = check(daemon, "--online", status=69, **NOTHING, AWS_PROFILE="anna")
    assert f"signs in through a browser ({setting.split()[0]})" in told and "give it an access key" in told


# -- regions, endpoints and buckets ------------------------------------------------------------------------------------

@pytest.mark.parametrize("region", ["auto", "us-west-004", "garage", "RegionOne"])
def test_a_server_of_one_s_own_names_its_region_as_it_likes(make, cloud, region):
    daemon = make({"region": region})
    check(daemon, "--online")
    assert all(f"/{region}/s3/aws4_request" in headers["authorization"] for headers in cloud.sent("PUT"))
    without(daemon, "endpoint_url")
    assert f'"{region}" is no region' in check(daemon, status=78)


@pytest.mark.parametrize("bucket", ["documents-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias", "Old_Name", "UPPER.Case"])
def test_aliases_and_old_names_are_buckets(make, cloud, bucket):
    daemon = make({"bucket": bucket})
    check(daemon, "--online")
    assert cloud.sent("POST", f"/{bucket}/")


@pytest.mark.parametrize("bucket", ["192.168.0.1", "a..b", "Old/Name", "abc--x-s3", "-Old_Name"])
def test_what_is_no_bucket_is_refused(make, bucket):
    assert "is no bucket name" in check(make({"bucket": bucket}), status=78)


def test_an_endpoint_that_a_partition_does_not_have_is_an_error_of_the_configuration(make):
    daemon = make({"region": "cn-north-1", "use_fips_endpoint": True})
    without(daemon, "endpoint_url")
    assert "S3 has no such endpoint in China (cn-north-1)" in check(daemon, status=78)
    for region in ["us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1"]:
        daemon = make({"region": region, "use_fips_endpoint": True, "use_dualstack_endpoint": True})
        without(daemon, "endpoint_url")
        check(daemon)


# -- objects and sessions ----------------------------------------------------------------------------------------------

def deliver(daemon, cloud, folder):
    """One small file and one in parts; the requests that made them, and those for the parts."""
    daemon.start()
    write(folder, {b"small.txt": b"small", b"large.bin": bytes(6 << 20)})
    daemon.wait_for_status("OK:", "0 pending", "2 delivered")
    daemon.stop()
    created = cloud.sent("PUT", "small.txt") + cloud.sent("POST", "uploads=")
    assert len(created) == 2
    return created, cloud.sent("PUT", "partNumber=") + cloud.sent("POST", "uploadId=")


#: Of a server that keeps no CRC-64 a first upload in parts begins twice.
PARTS = {"part_size": "5MiB", "multipart_threshold": "5MiB", "checksum": "sha256"}


def test_acl_class_and_payer_are_sent_as_they_are_written(make, cloud, folder):
    daemon = make({"requester_pays": True}, upload=PARTS | {
        "acl": "bucket-owner-full-control", "storage_class": "STANDARD", "server_side_encryption": "aws:kms",
        "bucket_key": False})
    created, parts = deliver(daemon, cloud, folder)
    for headers in created:
        assert headers["x-amz-acl"] == "bucket-owner-full-control"
        assert headers["x-amz-storage-class"] == "STANDARD"
        assert headers["x-amz-server-side-encryption-bucket-key-enabled"] == "false"
    assert len(parts) == 3
    for headers in created + parts:
        assert headers["x-amz-request-payer"] == "requester"
        assert "x-amz-request-payer" in headers["authorization"]


def test_what_is_not_written_is_not_sent_and_double_encryption_has_no_bucket_key(make, cloud, folder):
    daemon = make(upload=PARTS | {"server_side_encryption": "aws:kms:dsse"})
    created, parts = deliver(daemon, cloud, folder)
    for headers in created + parts:
        for name in ("acl", "storage-class", "request-payer", "server-side-encryption-bucket-key-enabled"):
            assert "x-amz-" + name not in headers
    assert all(headers["x-amz-server-side-encryption"] == "aws:kms:dsse" for headers in created)


def test_the_role_s_session_is_marked(make, cloud):
    daemon = make({"source_identity": "filer@example.org", "transitive_session_tags": ["Office"]})
    text = daemon.config.read_text()
    daemon.config.write_text(text.replace("[aws]\n", '[aws]\nsession_tags = { Office = "Roma è", "Cost Center" = "" }\n', 1))
    check(daemon, "--online")
    form = next(form for form in cloud.forms if form["Action"] == "AssumeRole")
    assert form["SourceIdentity"] == "filer@example.org"
    assert (form["Tags.member.1.Key"], form["Tags.member.1.Value"]) == ("Cost Center", "")
    assert (form["Tags.member.2.Key"], form["Tags.member.2.Value"]) == ("Office", "Roma è")
    assert form["TransitiveTagKeys.member.1"] == "Office" and "Tags.member.3.Key" not in form
