# What the policies say, without AWS: a mock stands for the provider.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }

  mock_data "aws_region" {
    defaults = { id = "eu-south-1" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::acme-documents" }
  }

  mock_resource "aws_dynamodb_table" {
    defaults = {
      arn        = "arn:aws:dynamodb:eu-south-1:123456789012:table/s3logger-metadata"
      stream_arn = "arn:aws:dynamodb:eu-south-1:123456789012:table/s3logger-metadata/stream/1"
    }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/UploaderExecutionRole" }
  }

  mock_resource "aws_iam_user" {
    defaults = { arn = "arn:aws:iam::123456789012:user/s3loggerd" }
  }

  mock_resource "aws_rolesanywhere_trust_anchor" {
    defaults = { arn = "arn:aws:rolesanywhere:eu-south-1:123456789012:trust-anchor/1" }
  }
}

variables {
  bucket      = "acme-documents"
  external_id = "an-external-id"
  user_name   = "s3loggerd"
}

run "the_uploader_has_two_actions_and_no_other" {
  assert {
    condition     = flatten(data.aws_iam_policy_document.uploader.statement[*].actions) == ["s3:PutObject", "dynamodb:PutItem"]
    error_message = "The role may do something else than put objects and records."
  }

  assert {
    condition     = data.aws_iam_policy_document.uploader.statement[0].resources == toset(["arn:aws:s3:::acme-documents/*"])
    error_message = "Objects of another place than the bucket."
  }

  assert {
    condition     = data.aws_iam_policy_document.uploader.statement[1].resources == toset(["arn:aws:dynamodb:eu-south-1:123456789012:table/s3logger-metadata"])
    error_message = "Records of another place than the table."
  }

  assert {
    condition     = length([for statement in data.aws_iam_policy_document.uploader.statement : statement if coalesce(statement.effect, "Allow") != "Allow"]) == 0
    error_message = "The role's policy only allows."
  }
}

run "the_role_is_assumed_with_external_id_and_session_name_by_the_user_alone" {
  assert {
    condition     = [for p in data.aws_iam_policy_document.trust.statement[0].principals : p.identifiers] == [toset(["arn:aws:iam::123456789012:user/s3loggerd"])]
    error_message = "Somebody else may assume the role."
  }

  assert {
    condition     = { for c in data.aws_iam_policy_document.trust.statement[0].condition : c.variable => one(c.values) } == { "sts:ExternalId" = "an-external-id", "sts:RoleSessionName" = "s3loggerd*" }
    error_message = "The conditions are not external id and session name."
  }

  assert {
    condition     = data.aws_iam_policy_document.base.statement[0].actions == toset(["sts:AssumeRole"]) && data.aws_iam_policy_document.base.statement[0].resources == toset([aws_iam_role.uploader.arn])
    error_message = "The base user may do more than assume the role."
  }

  assert {
    condition     = length(aws_iam_role.auditor) == 0 && length(aws_rolesanywhere_trust_anchor.server) == 0 && length(aws_pipes_pipe.modified) == 0
    error_message = "Something was made that nobody asked for."
  }
}

run "what_marks_a_session_is_allowed_on_both_sides_and_demanded" {
  variables {
    source_identity = "filer1"
    session_tags    = { Office = "Roma", CostCenter = "4711" }
  }

  assert {
    condition     = data.aws_iam_policy_document.trust.statement[0].actions == toset(["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]) && data.aws_iam_policy_document.base.statement[0].actions == toset(["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"])
    error_message = "Role and user do not both allow the marks."
  }

  assert {
    condition     = { for c in data.aws_iam_policy_document.trust.statement[0].condition : c.variable => one(c.values) if c.test == "StringEquals" } == { "sts:ExternalId" = "an-external-id", "sts:SourceIdentity" = "filer1", "aws:RequestTag/CostCenter" = "4711", "aws:RequestTag/Office" = "Roma" }
    error_message = "Another identity or other tags would do."
  }

  assert {
    condition     = toset(flatten([for c in data.aws_iam_policy_document.trust.statement[0].condition : c.values if c.variable == "aws:TagKeys"])) == toset(["CostCenter", "Office"])
    error_message = "Further tags would do."
  }

  assert {
    condition     = strcontains(output.configuration, "source_identity = \"filer1\"") && strcontains(output.configuration, "session_tags = { \"CostCenter\" = \"4711\", \"Office\" = \"Roma\" }")
    error_message = "The configuration lacks what the role demands."
  }
}

run "an_acl_adds_what_it_needs" {
  variables {
    object_acl = true
  }

  assert {
    condition     = data.aws_iam_policy_document.uploader.statement[0].actions == toset(["s3:PutObject", "s3:PutObjectAcl"])
    error_message = "An ACL needs s3:PutObjectAcl."
  }
}

run "an_address_range_is_a_condition" {
  variables {
    source_ip_ranges = ["203.0.113.0/24"]
  }

  assert {
    condition     = contains([for c in data.aws_iam_policy_document.trust.statement[0].condition : "${c.test} ${c.variable} ${one(c.values)}"], "IpAddress aws:SourceIp 203.0.113.0/24")
    error_message = "The address is not asked for."
  }
}

run "a_certificate_assumes_the_role_without_any_user" {
  variables {
    external_id = null
    user_name   = null
    roles_anywhere = {
      certificate_authority = "-----BEGIN CERTIFICATE-----"
      common_name           = "server1.acme.example"
    }
  }

  assert {
    condition     = { for c in data.aws_iam_policy_document.trust.statement[0].condition : c.variable => one(c.values) } == { "aws:PrincipalTag/x509Subject/CN" = "server1.acme.example", "aws:SourceArn" = "arn:aws:rolesanywhere:eu-south-1:123456789012:trust-anchor/1" }
    error_message = "Another certificate or another authority would do."
  }

  assert {
    condition     = length(aws_iam_user.base) == 0 && length(data.aws_iam_policy_document.trust.statement) == 1
    error_message = "There is another way in."
  }

  assert {
    condition     = strcontains(output.configuration, "profile = \"s3loggerd\"") && !strcontains(output.configuration, "role_arn") && strcontains(output.aws_profile, "credential_process = ")
    error_message = "The configuration is not that of a certificate."
  }
}

run "nobody_at_all_is_refused" {
  command = plan

  variables {
    user_name = null
  }

  expect_failures = [aws_iam_role.uploader]
}

run "kms_and_tags_add_what_they_need" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-south-1:123456789012:key/1"
    object_tags = true
  }

  assert {
    condition     = data.aws_iam_policy_document.uploader.statement[0].actions == toset(["s3:PutObject", "s3:PutObjectTagging"])
    error_message = "Tags need s3:PutObjectTagging."
  }

  assert {
    condition     = data.aws_iam_policy_document.uploader.statement[2].actions == toset(["kms:GenerateDataKey", "kms:Decrypt"]) && data.aws_iam_policy_document.uploader.statement[2].resources == toset(["arn:aws:kms:eu-south-1:123456789012:key/1"])
    error_message = "The KMS pair on the one key."
  }

  assert {
    condition     = contains([for c in data.aws_iam_policy_document.uploader.statement[2].condition : one(c.values) if c.variable == "kms:ViaService"], "s3.eu-south-1.amazonaws.com")
    error_message = "The key may be used without S3."
  }

  assert {
    condition     = contains(data.aws_iam_policy_document.bucket.statement[*].sid, "DenyOtherKeys") && strcontains(output.configuration, "kms_key_id = \"arn:aws:kms:eu-south-1:123456789012:key/1\"")
    error_message = "Another key would be taken."
  }
}

run "the_bucket_refuses_what_it_must" {
  assert {
    condition     = join(" ", data.aws_iam_policy_document.bucket.statement[*].sid) == "DenyInsecureTransport DenyOldTls DenyOtherWriters DenyCustomerKeys"
    error_message = "The statements of the bucket's policy."
  }

  assert {
    condition     = alltrue([for s in data.aws_iam_policy_document.bucket.statement : s.effect == "Deny" && one(s.principals).type == "*" && length(s.condition) > 0])
    error_message = "Each statement denies everybody something under a condition."
  }

  assert {
    condition     = { for s in data.aws_iam_policy_document.bucket.statement : s.sid => "${one(s.condition).test} ${one(s.condition).variable} ${one(one(s.condition).values)}" if s.sid != "DenyCustomerKeys" } == { DenyInsecureTransport = "Bool aws:SecureTransport false", DenyOldTls = "NumericLessThan s3:TlsVersion 1.2", DenyOtherWriters = "ArnNotEquals aws:PrincipalArn arn:aws:iam::123456789012:role/UploaderExecutionRole" }
    error_message = "The conditions of the bucket's policy."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.documents.block_public_acls && aws_s3_bucket_public_access_block.documents.block_public_policy && aws_s3_bucket_public_access_block.documents.ignore_public_acls && aws_s3_bucket_public_access_block.documents.restrict_public_buckets
    error_message = "Public access is not blocked."
  }

  assert {
    condition     = aws_s3_bucket_versioning.documents.versioning_configuration[0].status == "Enabled" && aws_s3_bucket_ownership_controls.documents.rule[0].object_ownership == "BucketOwnerEnforced" && !aws_s3_bucket.documents.force_destroy
    error_message = "Versions, owner, destruction."
  }
}

run "write_once_is_a_condition_of_creation" {
  variables {
    write_once = true
  }

  assert {
    condition     = { for c in one([for s in data.aws_iam_policy_document.bucket.statement : s if s.sid == "DenyUnconditionalCreate"]).condition : "${c.test} ${c.variable}" => one(c.values) } == { "Null s3:if-none-match" = "true", "Bool s3:ObjectCreationOperation" = "true" }
    error_message = "A create without If-None-Match passes."
  }

  assert {
    condition     = strcontains(output.configuration, "write_once = true")
    error_message = "The daemon is not told."
  }
}

run "the_auditor_reads_and_writes_nothing" {
  variables {
    auditor_principal_arns = ["arn:aws:iam::123456789012:user/auditor"]
    auditor_requires_mfa   = true
  }

  assert {
    condition     = alltrue([for action in flatten(data.aws_iam_policy_document.auditor.statement[*].actions) : can(regex("^(dynamodb:(Query|Scan)|s3:(Get|List).*|kms:Decrypt)$", action))])
    error_message = "The auditor may do something else than read."
  }

  assert {
    condition     = !contains(flatten([for s in data.aws_iam_policy_document.auditor.statement : s.resources]), "*")
    error_message = "The auditor may read elsewhere."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.auditor_trust.statement[0].condition).variable == "aws:MultiFactorAuthPresent" && strcontains(output.configuration, "[audit]\nrole_arn = ")
    error_message = "Second factor, and the section of the configuration."
  }
}

run "alarms_watch_for_throttling_refusals_silence_and_change" {
  variables {
    alarms = {
      topic_arn         = "arn:aws:sns:eu-south-1:123456789012:alarms"
      topic_kms_key_arn = "arn:aws:kms:eu-south-1:123456789012:key/2"
      silence_hours     = 12
    }
  }

  assert {
    condition     = aws_dynamodb_table.records.stream_view_type == "NEW_AND_OLD_IMAGES" && jsondecode(one(one(aws_pipes_pipe.modified[0].source_parameters).filter_criteria[0].filter).pattern) == { eventName = ["MODIFY", "REMOVE"] }
    error_message = "A changed record goes unnoticed."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.silent[0].evaluation_periods == 12 && aws_cloudwatch_metric_alarm.silent[0].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.throttled[0].alarm_actions == toset(["arn:aws:sns:eu-south-1:123456789012:alarms"])
    error_message = "Silence or throttling goes unnoticed."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_event_rule.denied[0].event_pattern, "role/UploaderExecutionRole") && data.aws_iam_policy_document.pipe.statement[3].resources == toset(["arn:aws:kms:eu-south-1:123456789012:key/2"])
    error_message = "Refusals, or the right on the topic's key."
  }
}

run "wrong_values_are_refused" {
  command = plan

  variables {
    external_id           = "short"
    role_duration_seconds = 60
    object_lock           = { mode = "FOREVER", days = 0 }
    alarms                = { topic_arn = "arn:aws:sns:eu-south-1:123456789012:alarms", silence_hours = 48 }
  }

  expect_failures = [var.external_id, var.role_duration_seconds, var.object_lock, var.alarms]
}
