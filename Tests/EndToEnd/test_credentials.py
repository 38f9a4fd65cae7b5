"""Each source of credentials against a local stand-in that follows its documented protocol, and what never leaks."""

import re
import stat
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

import system_calls
from daemon import Daemon
from expectations import assert_delivered, wait_for_records
from moving_clock import MovingClock
from stand_ins import Container, ExpiringCloud, InstanceMetadata, WebIdentity
from test_delivery import write

#: No keys in the environment, and no metadata service of the machine that runs the tests.
NOTHING = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def session(aws):
    """Credentials of the daemon's role, as a machine's own role would give them."""
    sts = aws.client("sts", aws.base_access_key, aws.base_secret_key)
    return sts.assume_role(
        RoleArn=aws.role_arn, RoleSessionName="s3loggerd-machine", ExternalId=aws.external_id)["Credentials"]


@pytest.fixture
def plain(daemon):
    """The daemon without a role of its own to assume: it works with what it finds."""
    configure(daemon, "")
    return daemon


def configure(daemon, lines):
    """Replaces the role of `[aws]` by `lines`."""
    text = re.sub(r"^(role_arn|external_id) = .*\n", "", daemon.config.read_text(), flags=re.MULTILINE)
    daemon.config.write_text(text.replace("[aws]\n", "[aws]\n" + lines, 1))


def check(daemon, source, prefix=(), **environment):
    """Everything is allowed with the credentials that were found, and the check tells where."""
    done = daemon.command("check", "--online", prefix=prefix, **NOTHING | environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"credentials: from {source}" in done.stdout, done.stdout
    return done.stdout


def test_the_instance_is_asked_by_version_2_of_its_metadata_service(plain, session):
    with InstanceMetadata(session) as service:
        check(plain, "the EC2 instance's role", AWS_EC2_METADATA_DISABLED="false",
              AWS_EC2_METADATA_SERVICE_ENDPOINT=service.url)
        assert [(method, path) for method, path, _ in service.requests] == [
            ("PUT", "/latest/api/token"), ("GET", "/latest/meta-data/iam/security-credentials/"),
            ("GET", "/latest/meta-data/iam/security-credentials/server-role")]


def test_the_container_knows_its_client_by_the_token_of_the_file(plain, session, tmp_path):
    token = tmp_path / "eks-pod-identity-token"
    token.write_text("first")
    with Container(session, "first") as service:
        ways = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": service.url + "/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token)}
        check(plain, "the container's role", **ways)
        service.token = "second"
        done = plain.command("check", "--online", **NOTHING | ways)
        assert done.returncode == 69 and "HTTP 401" in done.stdout and "second" not in done.stdout
        token.write_text("second\n")
        check(plain, "the container's role", **ways)
        service.token = "third"
        check(plain, "the container's role", AWS_CONTAINER_CREDENTIALS_FULL_URI=service.url + "/x",
              AWS_CONTAINER_AUTHORIZATION_TOKEN="third")


def test_a_web_identity_is_exchanged_without_a_signature(plain, session, tmp_path):
    token = tmp_path / "token"
    token.write_text("header.payload.signature\n")
    with WebIdentity(session, "header.payload.signature") as sts:
        configure(plain, f'sts_endpoint_url = "{sts.url}"\n')
        told = check(plain, "a web identity", AWS_WEB_IDENTITY_TOKEN_FILE=str(token), AWS_ROLE_ARN=plain.aws.role_arn)
        assert "identity: not known, and not needed" in told
        assert "signature" not in told


@pytest.fixture
def helper(session, tmp_path):
    """A program that prints credentials, remembers its arguments and its environment, and talks too much."""
    path = tmp_path / "helper"
    path.write_text(f"""#!/bin/sh
env > "{tmp_path}/helper.env"
printf '%s\\n' "$@" > "{tmp_path}/helper.arguments"
echo "canary-{session['SecretAccessKey']}" >&2
cat <<'JSON'
{{"Version": 1, "AccessKeyId": "{session['AccessKeyId']}", "SecretAccessKey": "{session['SecretAccessKey']}",
 "SessionToken": "{session['SessionToken']}", "Expiration": "{session['Expiration'].isoformat()}"}}
JSON
exit $(cat "{tmp_path}/helper.status" 2>/dev/null || echo 0)
""")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_profile_s_process_is_run_without_a_shell(daemon, helper, session, tmp_path):
    config = tmp_path / "aws-config"
    config.write_text(f"[profile onpremises]\ncredential_process = {helper} --name 'two words' $HOME;id\n")
    configure(daemon, 'profile = "onpremises"\n')
    ways = {"AWS_CONFIG_FILE": str(config), "AWS_SECRET_ACCESS_KEY": "canary-of-the-environment", "AWS_ACCESS_KEY_ID": "x"}
    told = check(daemon, "the AWS profile onpremises", **ways)
    assert (tmp_path / "helper.arguments").read_text().splitlines() == ["--name", "two words", "$HOME;id"]
    assert "canary" not in told + (tmp_path / "helper.env").read_text()
    (tmp_path / "helper.status").write_text("3")
    done = daemon.command("check", "--online", **NOTHING | ways)
    assert done.returncode == 69 and "failed with status 3" in done.stdout
    assert "canary" not in done.stdout + done.stderr and session["SecretAccessKey"] not in done.stdout + done.stderr


@pytest.mark.skipif(system_calls.missing() is not None, reason=str(system_calls.missing()))
def test_a_process_is_given_its_time_where_the_kernel_has_no_memory_to_wait_for_it(daemon, helper, tmp_path):
    """The first wait of every thread fails at once, which is not the end of the time."""
    config = tmp_path / "aws-config"
    config.write_text(f"[profile onpremises]\ncredential_process = {helper}\n")
    configure(daemon, 'profile = "onpremises"\n')
    check(daemon, "the AWS profile onpremises", system_calls.inject("poll", "error=ENOMEM", 1), AWS_CONFIG_FILE=str(config))


def test_a_profile_assumes_its_role_with_its_source(daemon, aws, tmp_path):
    (tmp_path / "aws-credentials").write_text(
        f"[base]\naws_access_key_id = {aws.base_access_key}\naws_secret_access_key = {aws.base_secret_key}\n")
    (tmp_path / "aws-config").write_text(
        f"[profile uploader]\nrole_arn = {aws.role_arn}\nsource_profile = base\nexternal_id = {aws.external_id}\n"
        "duration_seconds = 900\nrole_session_name = s3loggerd-profile\n")
    configure(daemon, "")
    told = check(daemon, "the AWS profile uploader", AWS_PROFILE="uploader", AWS_CONFIG_FILE=str(tmp_path / "aws-config"),
                 AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "aws-credentials"))
    assert "assumed-role/UploaderExecutionRole/s3loggerd-profile" in told


def systemd_credentials(aws, directory):
    directory.mkdir()
    for name, text in (("aws_key_id", aws.base_access_key), ("aws_key_secret", aws.base_secret_key)):
        (directory / name).write_text(text + "\n")
        (directory / name).chmod(0o400)
    return 'access_key_id_file = "aws_key_id"\nsecret_access_key_file = "aws_key_secret"\n'


def test_systemd_s_credentials_assume_the_role_and_no_secret_leaves(daemon, aws, folder, tmp_path):
    """With the secret where it belongs it is in no environment, argument, log, journal, status or message."""
    lines = systemd_credentials(aws, tmp_path / "credentials")
    daemon.config.write_text(daemon.config.read_text().replace("[aws]\n", "[aws]\n" + lines, 1))
    ways = NOTHING | {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    daemon.start(**ways)
    write(folder, {b"a.txt": b"a"})
    wait_for_records(aws, folder, 1, daemon=daemon)
    process = Path("/proc") / str(daemon.process.pid)
    seen = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
    seen += daemon.command("status", "--json").stdout.encode() + str(daemon.notify.messages).encode()
    seen += daemon.command("check", "--online", **ways).stdout.encode()
    daemon.stop()
    for path in daemon.directory.rglob("*"):
        seen += path.read_bytes() if path.is_file() else b""
    assert b"AWS credentials from arn:aws:iam::123456789012:role/UploaderExecutionRole" in seen
    assert aws.base_secret_key.encode() not in seen


def test_where_there_are_none_each_place_is_named_with_its_reason(plain, tmp_path):
    done = plain.command("check", "--online", **NOTHING)
    assert done.returncode == 69
    for reason in ("the environment (AWS_ACCESS_KEY_ID): not set", "AWS_WEB_IDENTITY_TOKEN_FILE): not set",
                   "the AWS profile default: in neither shared file", "_FULL_URI): not set", "AWS_EC2_METADATA_DISABLED"):
        assert reason in done.stdout, done.stdout


def test_the_daemon_delivers_with_a_container_s_role(plain, aws, session, folder):
    with Container(session, "token") as service:
        plain.start(**NOTHING, AWS_CONTAINER_CREDENTIALS_FULL_URI=service.url + "/v1",
                    AWS_CONTAINER_AUTHORIZATION_TOKEN="token")
        write(folder, {b"a.txt": b"a"})
        wait_for_records(aws, folder, 1, daemon=plain)
        assert_delivered(aws, folder, {b"a.txt": b"a"})
        assert "AWS credentials from the container's role" in plain.log_tail()


# -- sessions that end while a large file is on its way ----------------------------------------------------------------

def test_thirty_sessions_end_during_one_upload(binary, folder, tmp_path, long):
    """Sessions of 900 s, the clock moved past the end of each: one object, one record, one AssumeRole for each."""
    if not long:
        pytest.skip("takes some minutes: only with --long")
    expiries, size, rate = 30, 4 << 30, 20 << 20
    with MovingClock(tmp_path / "clock") as clock, ExpiringCloud(clock.now, timedelta(seconds=900)) as cloud:
        aws = SimpleNamespace(
            region="eu-south-1", bucket="files", table="records", role_arn="arn:aws:iam::123456789012:role/R",
            external_id="an-external-id", endpoint=cloud.url, base_access_key="AKIA", base_secret_key="base")
        daemon = Daemon(binary, tmp_path / "daemon", aws, {folder.name: folder},
                        upload={"bandwidth_limit": f"{rate >> 20}MiB/s", "part_size": "5MiB", "part_concurrency": 16})
        with open(folder / "large.bin", "wb") as file:
            file.truncate(size)
        daemon.start(**clock.environment())
        daemon.wait_for(lambda: len(cloud.parts) > 4, 120, "the first parts")
        for expiry in range(1, expiries + 1):
            assert not cloud.objects, f"the upload ended before expiry {expiry}"
            clock.move(timedelta(seconds=901))
            daemon.wait_for(lambda: len(cloud.ends) > expiry, 120, f"AssumeRole after expiry {expiry}")
            sent = len(cloud.parts)
            daemon.wait_for(lambda: len(cloud.parts) > sent, 120, f"a part after expiry {expiry}")
        daemon.wait_for(lambda: cloud.records, 600, "the record")
        daemon.wait_for_status("OK:", "0 pending")
        assert daemon.stop() == 0
        assert cloud.objects == [size] and len(cloud.records) == 1
        assert len(cloud.ends) == expiries + 1, f"{len(cloud.ends)} AssumeRole for {expiries} expiries"
        assert cloud.refused > 0, "the cloud refused nothing: no session ended under way"
