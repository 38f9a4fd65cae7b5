# Everything `s3loggerd run` needs: each request of a multipart upload is s3:PutObject too.
data "aws_iam_policy_document" "uploader" {
  statement {
    sid       = "PutObjects"
    actions   = concat(["s3:PutObject"], var.object_tags ? ["s3:PutObjectTagging"] : [], var.object_acl ? ["s3:PutObjectAcl"] : [])
    resources = ["${aws_s3_bucket.documents.arn}/*"]
  }

  statement {
    sid       = "PutRecords"
    actions   = ["dynamodb:PutItem"]
    resources = [aws_dynamodb_table.records.arn]
  }

  # S3 encrypts in the caller's name, and decrypts the parts of a multipart upload in it.
  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid       = "EncryptThroughS3"
      actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.${data.aws_partition.current.dns_suffix}"]
      }

      # With a bucket key the context is the bucket, without one the object.
      condition {
        test     = "StringLike"
        variable = "kms:EncryptionContext:aws:s3:arn"
        values   = [aws_s3_bucket.documents.arn, "${aws_s3_bucket.documents.arn}/*"]
      }
    }
  }

  # DynamoDB uses a key of the firm's own in the caller's name.
  dynamic "statement" {
    for_each = var.table_kms_key_arn == null ? [] : [var.table_kms_key_arn]

    content {
      sid       = "EncryptThroughDynamoDB"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["dynamodb.${local.region}.${data.aws_partition.current.dns_suffix}"]
      }
    }
  }
}

locals {
  principals = concat(var.trusted_principal_arns, aws_iam_user.base[*].arn)

  # Who assumes the role and who is assumed: both sides must allow what marks the session.
  assume_actions = concat(
    ["sts:AssumeRole"],
    var.source_identity == null ? [] : ["sts:SetSourceIdentity"],
    length(var.session_tags) == 0 ? [] : ["sts:TagSession"],
  )

  session_marks = merge(
    var.source_identity == null ? {} : { "sts:SourceIdentity" = var.source_identity },
    { for key, value in var.session_tags : "aws:RequestTag/${key}" => value },
  )
}

data "aws_iam_policy_document" "trust" {
  dynamic "statement" {
    for_each = length(local.principals) == 0 ? [] : [local.principals]

    content {
      sid     = "AssumeWithExternalId"
      actions = local.assume_actions

      principals {
        type        = "AWS"
        identifiers = statement.value
      }

      condition {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [var.external_id == null ? "" : var.external_id]
      }

      condition {
        test     = "StringLike"
        variable = "sts:RoleSessionName"
        values   = [var.session_name_pattern]
      }

      dynamic "condition" {
        for_each = local.session_marks

        content {
          test     = "StringEquals"
          variable = condition.key
          values   = [condition.value]
        }
      }

      dynamic "condition" {
        for_each = length(var.session_tags) == 0 ? [] : [keys(var.session_tags)]

        content {
          test     = "ForAllValues:StringEquals"
          variable = "aws:TagKeys"
          values   = condition.value
        }
      }

      dynamic "condition" {
        for_each = length(var.source_ip_ranges) == 0 ? [] : [var.source_ip_ranges]

        content {
          test     = "IpAddress"
          variable = "aws:SourceIp"
          values   = condition.value
        }
      }
    }
  }

  # https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
  dynamic "statement" {
    for_each = var.roles_anywhere == null ? [] : [var.roles_anywhere]

    content {
      sid     = "AssumeWithCertificate"
      actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]

      principals {
        type        = "Service"
        identifiers = ["rolesanywhere.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:PrincipalTag/x509Subject/CN"
        values   = [statement.value.common_name]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = aws_rolesanywhere_trust_anchor.server[*].arn
      }
    }
  }
}

resource "aws_iam_role" "uploader" {
  name                 = var.role_name
  description          = "Assumed by s3loggerd: uploads documents and records them, nothing else."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = var.role_duration_seconds
  tags                 = var.tags

  lifecycle {
    precondition {
      condition     = length(var.trusted_principal_arns) > 0 || var.user_name != null || var.roles_anywhere != null
      error_message = "Nobody could assume the role: set trusted_principal_arns, user_name or roles_anywhere."
    }

    precondition {
      condition     = var.external_id != null || (length(var.trusted_principal_arns) == 0 && var.user_name == null)
      error_message = "external_id is needed with trusted_principal_arns and with user_name."
    }
  }
}

resource "aws_iam_role_policy" "uploader" {
  name   = "upload-and-record"
  role   = aws_iam_role.uploader.id
  policy = data.aws_iam_policy_document.uploader.json
}
