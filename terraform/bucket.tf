resource "aws_s3_bucket" "documents" {
  #checkov:skip=CKV_AWS_144:a second region is the firm's own decision; replication can be added beside this module
  #checkov:skip=CKV2_AWS_62:nothing listens to events of the bucket
  #checkov:skip=CKV_AWS_18:by the variable access_log_bucket; CloudTrail data events are the better record
  #checkov:skip=CKV_AWS_145:by the variable kms_key_arn; without it S3 encrypts with keys of its own
  bucket              = var.bucket
  object_lock_enabled = var.object_lock != null
  force_destroy       = false
  tags                = var.tags
}

# A file that is saved again becomes a new version of the same object: nothing is overwritten.
resource "aws_s3_bucket_versioning" "documents" {
  bucket = aws_s3_bucket.documents.id

  versioning_configuration {
    status = "Enabled"
  }
}

# Whatever is stored cannot be deleted before its time, also where no request asks for it.
resource "aws_s3_bucket_object_lock_configuration" "documents" {
  count = var.object_lock == null ? 0 : 1

  bucket = aws_s3_bucket.documents.id

  rule {
    default_retention {
      mode = var.object_lock.mode
      days = var.object_lock.days
    }
  }

  depends_on = [aws_s3_bucket_versioning.documents]
}

resource "aws_s3_bucket_server_side_encryption_configuration" "documents" {
  bucket = aws_s3_bucket.documents.id

  rule {
    bucket_key_enabled = var.kms_key_arn != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "documents" {
  bucket                  = aws_s3_bucket.documents.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# ACLs are off: the account that owns the bucket owns every object in it.
resource "aws_s3_bucket_ownership_controls" "documents" {
  bucket = aws_s3_bucket.documents.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "documents" {
  #checkov:skip=CKV_AWS_300:the first rule does; the check does not see it beside dynamic rules
  bucket = aws_s3_bucket.documents.id

  # The daemon's role may not abort a multipart upload; the bucket clears what was left behind.
  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = var.abort_incomplete_uploads_days
    }
  }

  dynamic "rule" {
    for_each = length(var.transitions) == 0 ? [] : [var.transitions]

    content {
      id     = "cheaper-classes"
      status = "Enabled"

      filter {}

      dynamic "transition" {
        for_each = rule.value

        content {
          days          = transition.value.days
          storage_class = transition.value.storage_class
        }
      }

      dynamic "noncurrent_version_transition" {
        for_each = rule.value

        content {
          noncurrent_days = noncurrent_version_transition.value.days
          storage_class   = noncurrent_version_transition.value.storage_class
        }
      }
    }
  }

  dynamic "rule" {
    for_each = var.noncurrent_version_expiration_days == null ? [] : [var.noncurrent_version_expiration_days]

    content {
      id     = "expire-replaced-versions"
      status = "Enabled"

      filter {}

      noncurrent_version_expiration {
        noncurrent_days = rule.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.documents]
}

resource "aws_s3_bucket_logging" "documents" {
  count = var.access_log_bucket == null ? 0 : 1

  bucket        = aws_s3_bucket.documents.id
  target_bucket = var.access_log_bucket
  target_prefix = "${var.bucket}/"
}
