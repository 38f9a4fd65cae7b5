# Everything `s3loggerd run` needs: each request of a multipart upload is s3:PutObject too.
data "aws_iam_policy_document" "uploader" {
  statement {
    sid       = "PutObjects"
    actions   = concat(["s3:PutObject"], var.object_tags ? ["s3:PutObjectTagging"] : [])
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
        values   = ["s3.${data.aws_region.current.id}.${data.aws_partition.current.dns_suffix}"]
      }
    }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "AssumeWithExternalId"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = concat(var.trusted_principal_arns, aws_iam_user.base[*].arn)
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
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
      condition     = length(var.trusted_principal_arns) > 0 || var.user_name != null
      error_message = "Nobody could assume the role: set trusted_principal_arns, user_name, or both."
    }
  }
}

resource "aws_iam_role_policy" "uploader" {
  name   = "upload-and-record"
  role   = aws_iam_role.uploader.id
  policy = data.aws_iam_policy_document.uploader.json
}

resource "aws_iam_user" "base" {
  count = var.user_name == null ? 0 : 1

  name = var.user_name
  tags = var.tags
}

data "aws_iam_policy_document" "base" {
  statement {
    sid       = "AssumeOneRole"
    actions   = ["sts:AssumeRole"]
    resources = [aws_iam_role.uploader.arn]
  }
}

resource "aws_iam_user_policy" "base" {
  count = var.user_name == null ? 0 : 1

  name   = "assume-uploader-role"
  user   = aws_iam_user.base[0].name
  policy = data.aws_iam_policy_document.base.json
}
