"""The local AWS itself: what it makes, and that it refuses what AWS would refuse."""

import pytest
from botocore.exceptions import ClientError

import provision
import terraform_runner
from local_aws import LocalAWS


def assumed(aws, service, external_id=None):
    """A client with the rights of the daemon."""
    sts = aws.client("sts", aws.base_access_key, aws.base_secret_key)
    answer = sts.assume_role(
        RoleArn=aws.role_arn, RoleSessionName="test", ExternalId=external_id or aws.external_id)["Credentials"]
    return aws.client(service, answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])


def refused(call):
    """The error code with which a call is refused; moto's answer on DynamoDB's lane has it in the message only."""
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value)


def put_record(client, aws):
    client.put_item(TableName=aws.table, Item={"object_key": {"S": "probe"}, "delivery_id": {"S": "1"}})


def test_the_role_may_put_objects_and_records_and_nothing_else(aws):
    s3 = assumed(aws, "s3")
    s3.put_object(Bucket=aws.bucket, Key="probe", Body=b"x")
    put_record(assumed(aws, "dynamodb"), aws)
    assert "AccessDenied" in refused(lambda: s3.get_object(Bucket=aws.bucket, Key="probe"))
    assert "AccessDenied" in refused(lambda: s3.list_objects_v2(Bucket=aws.bucket))
    assert "AccessDenied" in refused(lambda: assumed(aws, "dynamodb").scan(TableName=aws.table))


def test_the_base_user_may_only_assume_the_role(aws):
    s3 = aws.client("s3", aws.base_access_key, aws.base_secret_key)
    assert "AccessDenied" in refused(lambda: s3.put_object(Bucket=aws.bucket, Key="probe", Body=b"x"))


def test_a_wrong_external_id_is_refused(aws):
    assert "AccessDenied" in refused(lambda: assumed(aws, "s3", external_id="another-id"))


def test_a_wrong_secret_is_refused(aws):
    s3 = aws.client("s3", aws.base_access_key, "wrong")
    assert "SignatureDoesNotMatch" in refused(lambda: s3.put_object(Bucket=aws.bucket, Key="probe", Body=b"x"))


def test_a_right_can_be_taken_and_given_back(aws):
    dynamodb = assumed(aws, "dynamodb")
    aws.permit("s3:PutObject")
    assert "AccessDenied" in refused(lambda: put_record(dynamodb, aws))
    aws.permit_all()
    put_record(dynamodb, aws)


def definitions(aws):
    """What a person would compare: the shape of bucket, table, role and user."""
    s3, iam = aws.admin("s3"), aws.admin("iam")
    table = aws.admin("dynamodb").describe_table(TableName=aws.table)["Table"]
    role = iam.get_role(RoleName=provision.ROLE)["Role"]
    inline = iam.get_role_policy(RoleName=provision.ROLE, PolicyName=provision.ROLE_POLICY)["PolicyDocument"]
    user = iam.get_user_policy(UserName=provision.USER, PolicyName=provision.USER_POLICY)["PolicyDocument"]
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=aws.bucket)["Rules"]
    return {
        "keys": table["KeySchema"],
        "indexes": sorted((i["IndexName"], str(i["KeySchema"]), str(i["Projection"]))
                          for i in table["GlobalSecondaryIndexes"]),
        "attributes": sorted((a["AttributeName"], a["AttributeType"]) for a in table["AttributeDefinitions"]),
        "billing": table["BillingModeSummary"]["BillingMode"],
        "protection": table["DeletionProtectionEnabled"],
        "encryption": s3.get_bucket_encryption(Bucket=aws.bucket)["ServerSideEncryptionConfiguration"]["Rules"],
        "versioning": s3.get_bucket_versioning(Bucket=aws.bucket)["Status"],
        "public": s3.get_public_access_block(Bucket=aws.bucket)["PublicAccessBlockConfiguration"],
        "ownership": s3.get_bucket_ownership_controls(Bucket=aws.bucket)["OwnershipControls"]["Rules"],
        "incomplete": [rule["AbortIncompleteMultipartUpload"] for rule in lifecycle],
        "trust": statements(role["AssumeRolePolicyDocument"]),
        "role": statements(inline),
        "user": statements(user),
    }


def statements(policy):
    """A policy's statements, a list of one written as its element, as AWS takes them."""
    def single(value):
        if isinstance(value, dict):
            return {key: single(inner) for key, inner in value.items()}
        return value[0] if isinstance(value, list) and len(value) == 1 else value

    found = policy["Statement"]
    return [single(statement) for statement in (found if isinstance(found, list) else [found])]


def test_terraform_and_boto3_make_the_same(shared_aws, tmp_path):
    shared_aws.permit_all()
    with LocalAWS(tmp_path) as other:
        other.provision(without_terraform="this is the other way")
        assert definitions(other) == definitions(shared_aws)


def test_terraform_prints_a_configuration_to_paste(shared_aws):
    if not hasattr(shared_aws, "outputs"):
        pytest.skip(f"provisioned by {shared_aws.how}: {terraform_runner.missing()}")
    printed = shared_aws.outputs["configuration"]
    for value in (shared_aws.region, shared_aws.bucket, shared_aws.table, shared_aws.role_arn, shared_aws.external_id):
        assert f'"{value}"' in printed
