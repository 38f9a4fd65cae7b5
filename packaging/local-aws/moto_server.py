"""moto's server, with two gaps closed.

It looks for a permission on the table a DynamoDB call is about; without this moto looks for one on `*`, and a role whose
policy names one table may do nothing. And it verifies the signature of the path and query as they were sent; without this
moto decodes and encodes them again in its own way, and refuses many a good signature of a name that needs encoding.
"""

import json
import sys

from flask import request
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.responses import DynamoHandler
from moto.iam.access_control import IAMRequestBase
from moto.server import main

create_request = IAMRequestBase._create_aws_request


def request_as_sent(check):
    check._path = request.environ["RAW_URI"]
    return create_request(check)


def table_arn(handler):
    body = handler.body if isinstance(handler.body, dict) else json.loads(handler.body or "{}")
    return f"arn:aws:dynamodb:{handler.region}:{DEFAULT_ACCOUNT_ID}:table/{body.get('TableName', '*')}"


if __name__ == "__main__":
    IAMRequestBase._create_aws_request = request_as_sent
    DynamoHandler._determine_resource = table_arn
    main(sys.argv[1:])
