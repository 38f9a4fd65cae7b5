"""An embedded S3, DynamoDB, STS and IAM that verifies signatures and enforces policies.

Prints one JSON line with the endpoint and keys, then answers each line on standard input with one JSON line of what it
holds, and ends with standard input.
"""

import json
import logging
import os
import sys
import traceback
import urllib.request

import boto3
from moto.server import ThreadedMotoServer



def fail(kind, error, trace):
    """Ends the process with the server's thread, which would keep it and whoever reads its output waiting."""
    traceback.print_exception(kind, error, trace)
    os._exit(1)


sys.excepthook = fail
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"


def client(service, key="test", secret="test"):
    return boto3.client(
        service, region_name="eu-south-1", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret
    )


def allow(*actions):
    statement = [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def keys(name, policy):
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


iam = client("iam")
location = {"LocationConstraint": "eu-south-1"}
client("s3").create_bucket(Bucket="files", CreateBucketConfiguration=location)
client("s3").put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Enabled"})
client("dynamodb").create_table(
    TableName="log",
    BillingMode="PAY_PER_REQUEST",
    AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("object_key", "delivery_id")],
    KeySchema=[
        {"AttributeName": "object_key", "KeyType": "HASH"},
        {"AttributeName": "delivery_id", "KeyType": "RANGE"},
    ],
)
principal = {"AWS": "arn:aws:iam::123456789012:user/daemon"}
trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
role = iam.create_role(RoleName="up", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
iam.put_role_policy(
    RoleName="up", PolicyName="p", PolicyDocument=allow("s3:PutObject", "dynamodb:PutItem")
)
admin = keys("admin", allow("*"))
daemon = keys("daemon", allow("sts:AssumeRole"))
request = urllib.request.Request(endpoint + "/moto-api/reset-auth", data=b"0", method="POST")
request.add_header("Content-Type", "application/octet-stream")
urllib.request.urlopen(request).read()
print(json.dumps({"endpoint": endpoint, "role": role, "key": daemon[0], "secret": daemon[1]}), flush=True)

for _ in sys.stdin:
    s3 = client("s3", *admin)
    objects = {}
    for version in s3.list_object_versions(Bucket="files").get("Versions", []):
        found = s3.get_object(Bucket="files", Key=version["Key"], VersionId=version["VersionId"])
        body = found["Body"].read()
        objects[version["VersionId"]] = {
            "key": version["Key"],
            "size": len(body),
            "type": found["ContentType"],
            "metadata": found["Metadata"],
        }
    items = client("dynamodb", *admin).scan(TableName="log")["Items"]
    print(json.dumps({"objects": objects, "items": items}, default=bytes.hex), flush=True)
os._exit(0)
