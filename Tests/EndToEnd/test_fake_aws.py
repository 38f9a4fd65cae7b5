"""The scripted fake AWS itself: it takes what an SDK sends, refuses what AWS refuses, and keeps what it took."""

import base64
import hashlib
import http.client
import os
import socket
import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from fake_aws import checksums
from fake_aws.handle import FakeAWS, Rule

KEY = {"object_key": {"S": "a"}, "delivery_id": {"S": "1"}}


@pytest.fixture
def own(tmp_path):
    with FakeAWS(tmp_path / "aws") as made:
        yield made


def client(fake, service, access_key, secret, token=None):
    return boto3.client(
        service, endpoint_url=fake.endpoint, region_name=fake.region, aws_access_key_id=access_key,
        aws_secret_access_key=secret, aws_session_token=token,
        config=Config(s3={"addressing_style": "path", "payload_signing_enabled": True}, retries={"total_max_attempts": 1}))


def assumed(fake, service):
    sts = client(fake, "sts", fake.base_access_key, fake.base_secret_key)
    c = sts.assume_role(RoleArn=fake.role_arn, RoleSessionName="test", ExternalId=fake.external_id)["Credentials"]
    return client(fake, service, c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])


def refused(call, *arguments, **named):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"]


def test_an_sdk_stores_objects_and_items_and_they_survive_the_server(own):
    s3, dynamodb = assumed(own, "s3"), assumed(own, "dynamodb")
    for content in (b"first", b"second"):
        answer = s3.put_object(Bucket=own.bucket, Key="è/a b.txt", Body=content, ChecksumAlgorithm="SHA256")
        assert answer["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'
    upload = s3.create_multipart_upload(Bucket=own.bucket, Key="big", ChecksumAlgorithm="SHA256")["UploadId"]
    parts = []
    for number, body in enumerate([bytes(5 << 20), b"end"], 1):
        part = s3.upload_part(Bucket=own.bucket, Key="big", UploadId=upload, PartNumber=number, Body=body,
                              ChecksumAlgorithm="SHA256")
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    own.stop()
    own.start()
    s3.complete_multipart_upload(Bucket=own.bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    item = KEY | {"version_id": {"S": own.stored.refresh().current["big"]["version"]}, "object_key": {"S": "big"}}
    dynamodb.put_item(TableName=own.table, Item=item, ConditionExpression="attribute_not_exists(object_key)")
    assert refused(dynamodb.put_item, TableName=own.table, Item=item,
                   ConditionExpression="attribute_not_exists(object_key)") == "ConditionalCheckFailedException"
    own.stop()
    assert [own.read(key, version)[0] for key, version in own.versions("è/")] == [b"first", b"second"]
    assert own.read("big")[0] == bytes(5 << 20) + b"end"
    assert len(own.records()) == 1 and own.violations() == []


def test_what_aws_refuses_is_refused_and_kept_in_mind(own):
    s3, dynamodb = assumed(own, "s3"), assumed(own, "dynamodb")
    put = {"Bucket": own.bucket, "Key": "a", "Body": b"x"}
    other = base64.b64encode(hashlib.sha256(b"y").digest()).decode()
    assert refused(s3.put_object, **put, ChecksumSHA256=other) == "BadDigest"
    session = own.stored.refresh().sessions
    (access_key, entry), *_ = session.items()
    wrong = client(own, "s3", access_key, "wrong", entry["token"])
    assert refused(wrong.put_object, **put, ChecksumAlgorithm="SHA256") == "SignatureDoesNotMatch"
    assert refused(s3.delete_object, Bucket=own.bucket, Key="a")
    assert refused(s3.put_object, **put | {"Bucket": "other"}, ChecksumAlgorithm="SHA256") == "NoSuchBucket"
    assert refused(dynamodb.put_item, TableName=own.table, Item=KEY) == "RecordWithoutObject"
    assert refused(dynamodb.put_item, TableName=own.table, Item={"object_key": {"S": "a"}}) == "ValidationException"
    sts = client(own, "sts", own.base_access_key, own.base_secret_key)
    assert refused(sts.assume_role, RoleArn=own.role_arn, RoleSessionName="test", ExternalId="wrong") == "AccessDenied"
    assert own.versions() == [] and own.records() == []
    assert {code for _, code, _ in own.violations()} >= {"BadDigest", "SignatureDoesNotMatch", "RecordWithoutObject"}


def test_the_checksum_of_an_upload_in_parts_is_one_and_the_same_to_its_end(own):
    s3 = assumed(own, "s3")
    about = {"Bucket": own.bucket, "Key": "big"}
    assert refused(s3.create_multipart_upload, **about, ChecksumAlgorithm="CRC64NVME", ChecksumType="COMPOSITE"
                   ) == "InvalidRequest"
    upload = s3.create_multipart_upload(**about, ChecksumAlgorithm="CRC64NVME", ChecksumType="FULL_OBJECT")["UploadId"]
    about |= {"UploadId": upload}
    bodies, parts = [os.urandom(5 << 20), b"end"], []
    wrong = checksums.of(b"other", "crc64nvme")
    assert refused(s3.upload_part, **about, PartNumber=1, Body=b"end", ChecksumCRC64NVME=wrong) == "BadDigest"
    assert refused(s3.upload_part, **about, PartNumber=1, Body=b"end", ChecksumSHA256=checksums.of(b"end", "sha256")
                   ) == "InvalidRequest"
    for number, body in enumerate(bodies, 1):
        part = s3.upload_part(**about, PartNumber=number, Body=body, ChecksumCRC64NVME=checksums.of(body, "crc64nvme"))
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC64NVME": part["ChecksumCRC64NVME"]})
    about |= {"MultipartUpload": {"Parts": parts}}
    whole = checksums.of(b"".join(bodies), "crc64nvme")
    assert refused(s3.complete_multipart_upload, **about, ChecksumCRC64NVME=wrong) == "BadDigest"
    assert refused(s3.complete_multipart_upload, **about, ChecksumCRC64NVME=whole, ChecksumType="COMPOSITE"
                   ) == "InvalidRequest"
    done = s3.complete_multipart_upload(**about, ChecksumCRC64NVME=whole, ChecksumType="FULL_OBJECT")
    assert done["ChecksumCRC64NVME"] == whole == own.stored.refresh().current["big"]["checksum"]


def test_the_published_check_value_of_the_checksum_and_its_combination():
    assert checksums.crc64nvme(b"123456789") == 0xAE8B14860A799888
    assert checksums.crc64nvme(bytes(4096)) == 0x6482D367EB22B64E
    one, two = os.urandom(1000), os.urandom(777)
    combined = checksums.combined(checksums.crc64nvme(one), checksums.crc64nvme(two), len(two))
    assert combined == checksums.crc64nvme(one + two)


def test_an_item_written_without_a_condition_is_seen(own):
    assumed(own, "s3").put_object(Bucket=own.bucket, Key="a", Body=b"x", ChecksumAlgorithm="SHA256")
    dynamodb = assumed(own, "dynamodb")
    for _ in range(2):
        dynamodb.put_item(TableName=own.table, Item=KEY)
    assert own.overwritten_records("a") == ["a"]


def test_a_script_plays_each_fault_as_often_as_it_says(own):
    s3 = assumed(own, "s3")

    def put(key):
        s3.put_object(Bucket=own.bucket, Key=key, Body=b"x", ChecksumAlgorithm="SHA256")

    own.script(Rule("PutObject", key="^b", first=2, every=2, times=2, status=503, code="SlowDown"))
    outcomes = []
    for _ in range(8):
        put("a")
        try:
            put("b")
            outcomes.append("ok")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
    assert outcomes == ["ok", "SlowDown", "ok", "SlowDown", "ok", "ok", "ok", "ok"]
    assert own.played() == [2]


@pytest.mark.parametrize("failure", [{}, {"status": 200, "code": "InternalError"}])
def test_a_slow_complete_says_200_at_once_and_sends_a_blank_now_and_then(own, failure):
    s3 = assumed(own, "s3")
    upload = s3.create_multipart_upload(Bucket=own.bucket, Key="a", ChecksumAlgorithm="SHA256")["UploadId"]
    part = s3.upload_part(Bucket=own.bucket, Key="a", UploadId=upload, PartNumber=1, Body=b"x", ChecksumAlgorithm="SHA256")
    sent = []
    s3.meta.events.register("before-send", lambda request, **_: sent.append(request))
    s3.complete_multipart_upload(Bucket=own.bucket, Key="a", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}]})
    own.script(Rule("CompleteMultipartUpload", end="spaces", delay=1, blank=0.3, **failure))
    pieces = arrivals(own, sent[0])
    assert pieces[0][1].startswith(b"HTTP/1.1 200 OK") and b"<?xml" in pieces[0][1] and pieces[0][0] < 0.25
    assert [piece for _, piece in pieces[1:4]] == [b"1\r\n \r\n"] * 3
    assert pieces[-1][0] > 0.9 and (b"<Error>" if failure else b"<ETag>") in pieces[-1][1]
    assert 5 <= Rule().blank <= 20, "as seldom as servers do it"


def arrivals(own, request):
    """Sends a signed request as it is and returns what comes: (seconds since then, bytes)."""
    lines = [f"{request.method} {request.url[len(own.endpoint):]} HTTP/1.1", f"Host: 127.0.0.1:{own.port}"]
    lines += [f"{name}: {value.decode() if isinstance(value, bytes) else value}" for name, value in request.headers.items()]
    pieces, begun = [], time.monotonic()
    with socket.create_connection(("127.0.0.1", own.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + request.body)
        while not pieces or not pieces[-1][1].endswith(b"0\r\n\r\n"):
            pieces.append((time.monotonic() - begun, connection.recv(65536)))
            assert pieces[-1][1], pieces
    return pieces


def test_it_is_fast_enough_not_to_be_what_is_measured(own):
    """One connection, one request after the other, each with a signature to verify: the same one, again and again."""
    s3 = assumed(own, "s3")
    sent = []
    s3.meta.events.register("before-send", lambda request, **_: sent.append(request))
    s3.put_object(Bucket=own.bucket, Key="a", Body=b"x" * 1000, ChecksumAlgorithm="SHA256")
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in sent[0].headers.items()}
    body = sent[0].body.read() if hasattr(sent[0].body, "read") else sent[0].body
    connection = http.client.HTTPConnection("127.0.0.1", own.port)
    count, before = 1000, processor_time(own.process.pid)
    for _ in range(count):
        connection.request("PUT", f"/{own.bucket}/a", body=body if body else b"x" * 1000, headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
    each = (processor_time(own.process.pid) - before) / count
    print(f"{each * 1e6:.0f} us of processor time a request, {1 / each:.0f} requests/s")
    assert each < 0.002, "even on a slow machine"


def processor_time(process):
    fields = open(f"/proc/{process}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
