resource "aws_dynamodb_table" "records" {
  #checkov:skip=CKV_AWS_119:by the variable table_kms_key_arn; without it the account's own key encrypts, on which nobody needs a right
  #checkov:skip=CKV2_AWS_16:on-demand capacity scales by itself
  name                        = var.table
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "object_key"
  range_key                   = "delivery_id"
  deletion_protection_enabled = var.deletion_protection
  stream_enabled              = local.streams
  stream_view_type            = local.streams ? "NEW_AND_OLD_IMAGES" : null
  tags                        = var.tags

  dynamic "attribute" {
    for_each = ["object_key", "delivery_id", "folder_day", "filename", "sha256", "uploaded_at"]

    content {
      name = attribute.value
      type = "S"
    }
  }

  # What arrived in a folder on a day.
  global_secondary_index {
    name            = "by_folder_day"
    hash_key        = "folder_day"
    range_key       = "uploaded_at"
    projection_type = "ALL"
  }

  # Every version of a file name, wherever it was dropped.
  global_secondary_index {
    name            = "by_filename"
    hash_key        = "filename"
    range_key       = "uploaded_at"
    projection_type = "ALL"
  }

  # Where and when exactly this content was received.
  global_secondary_index {
    name            = "by_sha256"
    hash_key        = "sha256"
    range_key       = "uploaded_at"
    projection_type = "ALL"
  }

  point_in_time_recovery {
    enabled = true
  }

  # The account's key for DynamoDB, or the firm's own: each use of it shows in CloudTrail.
  server_side_encryption {
    enabled     = true
    kms_key_arn = var.table_kms_key_arn
  }
}

locals {
  streams = var.stream || local.has_alarms
}
