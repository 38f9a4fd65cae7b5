"""The plain script that the daemon replaces: boto3, one upload and one record per file.   boto3_script.py ENDPOINT DIRECTORY"""

import datetime
import hashlib
import os
import sys

import boto3

endpoint, directory = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint)
dynamodb = boto3.client("dynamodb", endpoint_url=endpoint)
for parent, _, names in os.walk(directory):
    for name in names:
        path = os.path.join(parent, name)
        key = os.path.relpath(path, directory)
        s3.upload_file(path, "bucket", key)
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        dynamodb.put_item(TableName="table", Item={
            "object_key": {"S": key}, "bucket": {"S": "bucket"}, "filename": {"S": name},
            "size": {"N": str(os.path.getsize(path))}, "sha256": {"S": digest},
            "uploaded_at": {"S": datetime.datetime.now(datetime.timezone.utc).isoformat()}})
