"""Credentials run out, are revoked, or cannot be had: the queue waits, and nothing is hammered."""

import re
import time

import pytest

from daemon import Daemon
from delivering import CONCURRENCY, THREE_PARTS, deliver, heal, in_parts
from expectations import assert_delivered, wait_for_records
from fake_aws.handle import Rule
from test_delivery import write
from test_fake_aws import client

SMALL = {b"a.txt": b"content of a"}


def test_sts_is_away_while_the_credentials_are_valid_and_files_go_on(faked, fake, folder):
    deliver(faked, fake, folder, SMALL)
    fake.script(Rule("AssumeRole", status=503, code="ServiceUnavailable", times=None))
    files = SMALL | {b"%d.txt" % n: b"content %d" % n for n in range(20)}
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


def test_sts_is_away_past_the_end_of_the_credentials_and_the_queue_waits(faked, fake, folder):
    fake.set(session_lifetime=3)
    deliver(faked, fake, folder, SMALL)
    fake.script(Rule("AssumeRole", status=503, code="ServiceUnavailable", times=None))
    time.sleep(3)
    files = SMALL | {b"%d.txt" % n: b"content %d" % n for n in range(20)}
    write(folder, files)
    faked.wait_for_status("STS", "20 pending", "nothing lost")
    assert len(fake.records(folder.name)) == 1
    fake.set(session_lifetime=None)
    heal(faked, fake)
    deliver(faked, fake, folder, files)
    assert_delivered(fake, folder, files)


def test_credentials_expire_within_an_upload_in_parts_and_it_goes_on_with_new_ones(faked, fake, folder):
    fake.script(Rule("UploadPart", first=2, delay=1, times=1))
    write(folder, {b"large.bin": THREE_PARTS})
    since = fake.now()
    in_parts(faked, part_concurrency=1).start()
    faked.wait_for(lambda: fake.played() == [1], 30, "the second part")
    fake.revoke_sessions()
    wait_for_records(fake, folder, 1, daemon=faked)
    assert_delivered(fake, folder, {b"large.bin": THREE_PARTS})
    operations = [entry[1] for entry in fake.trace(since)]
    assert operations.count("CreateMultipartUpload") == 1, "the upload survives the change of credentials"
    assert operations.count("AssumeRole") == 2


@pytest.mark.parametrize("operation, status, code", [
    ("PutObject", 400, "ExpiredToken"), ("PutObject", 400, "InvalidToken"), ("PutObject", 400, "TokenRefreshRequired"),
    ("PutItem", 400, "ExpiredTokenException")])
def test_an_expired_token_is_replaced_once_and_the_request_repeated(faked, fake, folder, operation, status, code):
    fake.script(Rule(operation, status=status, code=code))
    before = fake.requests("AssumeRole")
    deliver(faked, fake, folder, SMALL)
    assert fake.requests("AssumeRole") - before == 2
    assert_delivered(fake, folder, SMALL)


def test_many_requests_notice_the_expiry_together_and_the_role_is_assumed_once(faked, fake, folder):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(16)}
    fake.script(Rule("PutObject", delay=1, times=16))
    before = fake.requests("AssumeRole")
    write(folder, files)
    faked.start()
    faked.wait_for(lambda: fake.played() == [16], 30, "sixteen requests under way")
    fake.revoke_sessions()
    deliver(faked, fake, folder, files)
    assert fake.requests("AssumeRole") - before == 2
    assert_delivered(fake, folder, files)


@pytest.mark.parametrize("status, code, message", [
    (403, "AccessDenied", "not authorized to perform: sts:AssumeRole"),
    (400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
    (403, "InvalidClientTokenId", "The security token included in the request is invalid."),
    (403, "SignatureDoesNotMatch", "The request signature we calculated does not match"),
    (403, "RegionDisabledException", "STS is not activated in this region"),
])
def test_the_role_cannot_be_assumed_and_the_status_says_so_without_hammering(faked, fake, folder, status, code, message):
    fake.script(Rule("AssumeRole", status=status, code=code, message=message, times=None))
    write(folder, SMALL)
    faked.start()
    line = faked.wait_for_status("BLOCKED", "STS", code, "1 pending", "nothing lost")
    assert code != "AccessDenied" or "UploaderExecutionRole" in line
    assert len(fake.asked_within(1)) <= 3
    if code == "AccessDenied":
        heal(faked, fake)
        deliver(faked, fake, folder, SMALL)
        assert_delivered(fake, folder, SMALL)


def test_a_wrong_external_id_is_refused_and_corrected_by_a_reload(faked, fake, folder):
    faked.sections["aws"] = {"external_id": "wrong"}
    faked.configure(faked.folders)
    write(folder, SMALL)
    faked.start()
    faked.wait_for_status("BLOCKED", "sts:AssumeRole", "UploaderExecutionRole")
    del faked.sections["aws"]
    faked.configure(faked.folders)
    faked.reload()
    deliver(faked, fake, folder, SMALL)


def test_credentials_that_are_expired_when_they_come_are_no_reason_for_a_loop(faked, fake, folder):
    fake.set(session_lifetime=-60)
    write(folder, SMALL)
    since = fake.now()
    faked.start()
    faked.wait_for_status("1 pending", "nothing lost")
    time.sleep(3)
    assert len([e for e in fake.trace(since) if e[1] == "AssumeRole"]) <= 8
    fake.set(session_lifetime=None)
    heal(faked, fake)
    deliver(faked, fake, folder, SMALL)


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch"])
def test_refused_keys_are_no_reason_for_a_loop(faked, fake, folder, code):
    fake.script(Rule("PutObject", status=403, code=code, times=None, together=CONCURRENCY))
    write(folder, {b"%d.txt" % n: b"content %d" % n for n in range(50)})
    since = fake.now()
    faked.start()
    faked.wait_for_status("BLOCKED", "50 pending")
    assert fake.asked_within(2) == []
    assert len([e for e in fake.trace(since) if e[1] == "PutObject"]) == CONCURRENCY, "those under way, and no more"
    assert len([e for e in fake.trace(since) if e[1] == "AssumeRole"]) <= 3


def with_key_files(binary, fake, folder, tmp_path, secret):
    """A daemon whose keys are files, as systemd hands them over, and where they are."""
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    (keys / "id").write_text(fake.base_access_key + "\n")
    (keys / "secret").write_text(secret)
    for path in keys.iterdir():
        path.chmod(0o600)
    return keys, Daemon(binary, tmp_path / "daemon", fake, {folder.name: folder}, settle="100ms",
                        keys={"access_key_id_file": str(keys / "id"), "secret_access_key_file": str(keys / "secret")})


def test_keys_of_the_environment_and_of_the_home_directory_are_not_used_beside_the_configured_ones(
        binary, fake, folder, tmp_path):
    _, daemon = with_key_files(binary, fake, folder, tmp_path, fake.base_secret_key)
    profiles = daemon.directory / ".aws"
    profiles.mkdir()
    for name, section in (("credentials", "default"), ("config", "profile other")):
        (profiles / name).write_text(f"[{section}]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n")
    try:
        daemon.start(AWS_ACCESS_KEY_ID="AKIAOTHER", AWS_SECRET_ACCESS_KEY="other", AWS_SESSION_TOKEN="other",
                     AWS_PROFILE="other", AWS_ROLE_ARN="arn:aws:iam::999999999999:role/Other", AWS_REGION="us-east-1",
                     AWS_CONTAINER_CREDENTIALS_FULL_URI="http://127.0.0.1:9/other")
        deliver(daemon, fake, folder, SMALL)
        assert_delivered(fake, folder, SMALL)
        assert daemon.stop() == 0
    finally:
        if daemon.process is not None:
            daemon.kill()


def test_a_rotated_key_file_is_taken_by_a_reload_with_the_queue_kept(binary, fake, folder, tmp_path):
    """The first secret is wrong."""
    keys, daemon = with_key_files(binary, fake, folder, tmp_path, "wrong-secret")
    write(folder, SMALL)
    daemon.start(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    try:
        daemon.wait_for_status("BLOCKED", "signature", "1 pending")
        (keys / "secret").write_text(fake.base_secret_key + "\n")
        daemon.reload()
        wait_for_records(fake, folder, 1, daemon=daemon)
    finally:
        daemon.kill()
        fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException")


@pytest.fixture
def with_profile(binary, fake, folder, tmp_path):
    """A daemon that works with the keys of a profile, no role being assumed, and what writes them."""
    daemon = Daemon(binary, tmp_path / "daemon", fake, {folder.name: folder}, settle="100ms")
    text = re.sub(r"^(role_arn|external_id) = .*\n", "", daemon.config.read_text(), flags=re.MULTILINE)
    daemon.config.write_text(text)
    profiles = daemon.directory / ".aws"
    profiles.mkdir()

    def keep(keys):
        text = "".join(f"{name} = {value}\n" for name, value in keys.items())
        (profiles / "new").write_text("[default]\n" + text)
        (profiles / "new").chmod(0o600)
        (profiles / "new").rename(profiles / "credentials")

    yield daemon, keep
    if daemon.process is not None:
        daemon.kill()
    fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException", "InvalidAccessKeyId", "InvalidToken")


def session_keys(fake):
    """A session of the role in the words of a profile."""
    sts = client(fake, "sts", fake.base_access_key, fake.base_secret_key)
    c = sts.assume_role(RoleArn=fake.role_arn, RoleSessionName="test", ExternalId=fake.external_id)["Credentials"]
    return {"aws_access_key_id": c["AccessKeyId"], "aws_secret_access_key": c["SecretAccessKey"],
            "aws_session_token": c["SessionToken"]}


@pytest.mark.parametrize("wrong, by_hand", [("aws_secret_access_key", False), ("aws_secret_access_key", True),
                                            ("aws_access_key_id", True), ("aws_session_token", True)])
def test_corrected_keys_are_read_before_the_next_probe(with_profile, fake, folder, wrong, by_hand):
    """A file that is not systemd's copy: nothing has to be restarted. A probe is a minute away at most."""
    daemon, keep = with_profile
    right = session_keys(fake)
    keep(right | {wrong: right[wrong][:-4] + "ZZZZ"})
    write(folder, SMALL)
    daemon.start(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    line = daemon.wait_for_status("BLOCKED", "1 pending", "nothing lost")
    assert "systemctl restart" not in line
    keep(right)
    if by_hand:
        assert daemon.command("queue", "retry", "--all").returncode == 0
    wait_for_records(fake, folder, 1, timeout=15 if by_hand else 110, daemon=daemon)
    assert_delivered(fake, folder, SMALL)


def test_the_key_that_systemd_handed_over_needs_a_restart_and_the_line_says_so(binary, fake, folder, tmp_path):
    keys, daemon = with_key_files(binary, fake, folder, tmp_path, "wrong-secret")
    write(folder, SMALL)
    daemon.start(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", CREDENTIALS_DIRECTORY=str(keys))
    try:
        daemon.wait_for_status("BLOCKED", "signature", "systemctl restart s3loggerd", "1 pending")
    finally:
        daemon.kill()
        fake.forgive("SignatureDoesNotMatch", "InvalidSignatureException")


@pytest.mark.parametrize("operation, code", [("PutObject", "AccessDenied"), ("PutItem", "AccessDeniedException"),
                                             ("PutObject", "InvalidAccessKeyId")])
def test_a_refused_session_is_replaced_before_the_next_probe(faked, fake, folder, operation, code):
    """As where the role's sessions were revoked: it is assumed anew, and the probe goes with the new session."""
    fake.script(Rule(operation, status=403, code=code, times=None))
    write(folder, SMALL)
    faked.start()
    faked.wait_for_status("BLOCKED", code, "1 pending")
    before = fake.requests("AssumeRole")
    heal(faked, fake)
    deliver(faked, fake, folder, SMALL)
    assert fake.requests("AssumeRole") == before + 1
    assert_delivered(fake, folder, SMALL)


def test_the_provider_comes_back_and_the_queue_goes_on_with_it(faked, fake, folder):
    """One pause, of the provider's own, 60 s at most: not the engine's on top of it."""
    fake.script(Rule("AssumeRole", status=500, code="InternalFailure", times=4))
    write(folder, SMALL)
    since = fake.now()
    faked.start()
    wait_for_records(fake, folder, 1, timeout=25, daemon=faked)
    assert len([e for e in fake.trace(since) if e[1] == "AssumeRole"]) == 5
    assert_delivered(fake, folder, SMALL)


def test_no_secret_is_ever_written_anywhere(faked, fake, folder):
    """Those of the account and those of every session, through refusals, retries and a change of credentials."""
    fake.script(Rule("PutObject", status=403, code="SignatureDoesNotMatch", times=3),
                Rule("PutItem", status=400, code="ExpiredTokenException", times=2),
                Rule("AssumeRole", first=2, status=500, code="InternalFailure", times=2))
    write(folder, {b"%d.txt" % n: b"content %d" % n for n in range(20)})
    faked.start()
    faked.wait_for_status("pending")
    heal(faked, fake)
    deliver(faked, fake, folder, {b"%d.txt" % n: b"content %d" % n for n in range(20)})
    seen = str(faked.notify.messages) + str(faked.json("status")) + str(faked.json("history"))
    seen += open(f"/proc/{faked.process.pid}/cmdline", errors="replace").read()
    faked.stop()
    seen += faked.log_tail(10**7)
    for path in faked.directory.rglob("*"):
        seen += path.read_bytes().decode("latin-1") if path.is_file() else ""
    sessions = fake.stored.refresh().sessions.values()
    secrets = [fake.base_secret_key] + [s[name] for s in sessions for name in ("secret", "token")]
    assert [s for s in secrets if s in seen] == []
