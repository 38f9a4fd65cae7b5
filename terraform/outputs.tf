output "configuration" {
  description = "The [aws] section of /etc/s3loggerd/config.toml, ready to paste."
  value       = <<-TOML
    [aws]
    region = "${data.aws_region.current.id}"
    bucket = "${aws_s3_bucket.documents.id}"
    table = "${aws_dynamodb_table.records.name}"
    role_arn = "${aws_iam_role.uploader.arn}"
    external_id = "${var.external_id}"
    role_duration = "${var.role_duration_seconds}s"
    expected_bucket_owner = "${data.aws_caller_identity.current.account_id}"
  TOML
}

output "access_key_command" {
  description = "Makes the access key of the base user; null where no user is made."
  value       = var.user_name == null ? null : "aws iam create-access-key --user-name ${aws_iam_user.base[0].name}"
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.documents.arn
}

output "table_arn" {
  description = "ARN of the table."
  value       = aws_dynamodb_table.records.arn
}

output "role_arn" {
  description = "ARN of the role the daemon assumes."
  value       = aws_iam_role.uploader.arn
}
