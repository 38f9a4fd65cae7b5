"""The definitions of the Terraform module, made through the API: for machines without Terraform."""

import json

INDEXES = {"by_folder_day": "folder_day", "by_filename": "filename", "by_sha256": "sha256"}
ROLE = "UploaderExecutionRole"
ROLE_POLICY = "upload-and-record"
USER = "s3loggerd"
USER_POLICY = "assume-uploader-role"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def uploader_statements(bucket, table_arn, actions=("s3:PutObject", "dynamodb:PutItem")):
    """The role's statements; a test leaves actions out to take the right away."""
    statements = []
    if s3 := [a for a in actions if a.startswith("s3:")]:
        statements.append(
            {"Sid": "PutObjects", "Effect": "Allow", "Action": s3, "Resource": f"arn:aws:s3:::{bucket}/*"})
    if dynamodb := [a for a in actions if a.startswith("dynamodb:")]:
        statements.append({"Sid": "PutRecords", "Effect": "Allow", "Action": dynamodb, "Resource": table_arn})
    return statements


def make_bucket(s3, bucket, region):
    if region == "us-east-1":
        s3.create_bucket(Bucket=bucket)
    else:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]})
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True})
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [{
        "ID": "abort-incomplete-uploads", "Status": "Enabled", "Filter": {},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]})
    everything = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    s3.put_bucket_policy(Bucket=bucket, Policy=document(
        deny("DenyInsecureTransport", "s3:*", everything, {"Bool": {"aws:SecureTransport": "false"}}),
        deny("DenyOldTls", "s3:*", everything, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        deny("DenyOtherWriters", "s3:PutObject", everything[1], {"ArnNotEquals": {
            "aws:PrincipalArn": f"arn:aws:iam::123456789012:role/{ROLE}"}}),
        deny("DenyCustomerKeys", "s3:PutObject", everything[1], {"Null": {
            "s3:x-amz-server-side-encryption-customer-algorithm": "false"}})))


def deny(sid, action, resource, condition):
    return {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource,
            "Condition": condition}


def make_table(dynamodb, table, deletion_protection=True):
    """Makes the table and returns its ARN."""
    def keys(partition, sort):
        return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]

    names = ["object_key", "delivery_id", "uploaded_at", *INDEXES.values()]
    made = dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", DeletionProtectionEnabled=deletion_protection,
        KeySchema=keys("object_key", "delivery_id"),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        GlobalSecondaryIndexes=[
            {"IndexName": index, "KeySchema": keys(partition, "uploaded_at"), "Projection": {"ProjectionType": "ALL"}}
            for index, partition in INDEXES.items()],
        SSESpecification={"Enabled": True})
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    return made["TableDescription"]["TableArn"]


def make_role(iam, bucket, table_arn, external_id):
    """Makes the role, and the user that may only assume it. Returns the role's ARN."""
    user = iam.create_user(UserName=USER)["User"]["Arn"]
    trust = document({
        "Sid": "AssumeWithExternalId", "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": user},
        "Condition": {"StringEquals": {"sts:ExternalId": external_id},
                      "StringLike": {"sts:RoleSessionName": "s3loggerd*"}}})
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust, MaxSessionDuration=3600)["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=ROLE, PolicyName=ROLE_POLICY, PolicyDocument=document(*uploader_statements(bucket, table_arn)))
    iam.put_user_policy(UserName=USER, PolicyName=USER_POLICY, PolicyDocument=document(
        {"Sid": "AssumeOneRole", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}))
    return role


def provision(client, bucket, table, region, external_id, deletion_protection=True):
    """Makes everything; `client` is a function from a service's name to a boto3 client."""
    make_bucket(client("s3"), bucket, region)
    table_arn = make_table(client("dynamodb"), table, deletion_protection)
    return make_role(client("iam"), bucket, table_arn, external_id)
