# Reads records and objects; writes nothing. For `s3loggerd audit`.

data "aws_iam_policy_document" "auditor" {
  #checkov:skip=CKV_AWS_356:each statement names its resource
  statement {
    sid     = "ReadRecords"
    actions = ["dynamodb:Query", "dynamodb:Scan"]

    resources = [aws_dynamodb_table.records.arn, "${aws_dynamodb_table.records.arn}/index/*"]
  }

  statement {
    sid       = "ReadObjects"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectRetention"]
    resources = ["${aws_s3_bucket.documents.arn}/*"]
  }

  # Without it a missing object is told as a refusal.
  statement {
    sid       = "TellMissingFromRefused"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [aws_s3_bucket.documents.arn]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid       = "DecryptThroughS3"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.${data.aws_partition.current.dns_suffix}"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.table_kms_key_arn == null ? [] : [var.table_kms_key_arn]

    content {
      sid       = "DecryptThroughDynamoDB"
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

data "aws_iam_policy_document" "auditor_trust" {
  statement {
    sid     = "AssumeToRead"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = var.auditor_principal_arns
    }

    dynamic "condition" {
      for_each = var.auditor_requires_mfa ? [1] : []

      content {
        test     = "Bool"
        variable = "aws:MultiFactorAuthPresent"
        values   = ["true"]
      }
    }
  }
}

resource "aws_iam_role" "auditor" {
  count = length(var.auditor_principal_arns) == 0 ? 0 : 1

  name               = var.auditor_role_name
  description        = "Reads the records and documents that s3loggerd delivered; writes nothing."
  assume_role_policy = data.aws_iam_policy_document.auditor_trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "auditor" {
  count = length(var.auditor_principal_arns) == 0 ? 0 : 1

  name   = "read-records-and-objects"
  role   = aws_iam_role.auditor[0].id
  policy = data.aws_iam_policy_document.auditor.json
}
