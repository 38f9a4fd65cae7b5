output "configuration" {
  description = "The [aws] section of /etc/s3loggerd/config.toml, ready to paste, and [audit] where there is an auditor's role."
  value = format("%s\n", join("\n", compact([
    "[aws]",
    "region = \"${local.region}\"",
    "bucket = \"${aws_s3_bucket.documents.id}\"",
    "table = \"${aws_dynamodb_table.records.name}\"",
    # The helper of Roles Anywhere already gives the role's own credentials.
    length(local.principals) == 0 ? "profile = \"s3loggerd\"" : "role_arn = \"${aws_iam_role.uploader.arn}\"",
    length(local.principals) == 0 ? "" : "external_id = \"${var.external_id}\"",
    length(local.principals) == 0 ? "" : "role_duration = \"${var.role_duration_seconds}s\"",
    length(local.principals) == 0 || var.source_identity == null ? "" : "source_identity = \"${coalesce(var.source_identity, "-")}\"",
    length(local.principals) == 0 || length(var.session_tags) == 0 ? "" : "session_tags = { ${join(", ", [for key, value in var.session_tags : "${jsonencode(key)} = ${jsonencode(value)}"])} }",
    "expected_bucket_owner = \"${local.account}\"",
    var.kms_key_arn == null && !var.write_once ? "" : "\n[upload]",
    var.kms_key_arn == null ? "" : "server_side_encryption = \"aws:kms\"",
    var.kms_key_arn == null ? "" : "kms_key_id = \"${var.kms_key_arn}\"",
    var.write_once ? "write_once = true" : "",
    length(aws_iam_role.auditor) == 0 ? "" : "\n[audit]",
    length(aws_iam_role.auditor) == 0 ? "" : "role_arn = \"${aws_iam_role.auditor[0].arn}\"",
  ])))
}

output "commands" {
  description = "What to try on the server, in this order."
  value       = <<-TEXT
    sudo -u s3loggerd s3loggerd check
    sudo s3loggerd check --online
    sudo systemctl enable --now s3loggerd
    systemctl status s3loggerd
    s3loggerd audit find --folder NAME --since 1d
    s3loggerd audit verify --folder NAME --since 1d
  TEXT
}

output "access_key_command" {
  description = "Makes the access key of the base user; null where no user is made."
  value       = var.user_name == null ? null : "aws iam create-access-key --user-name ${aws_iam_user.base[0].name}"
}

output "aws_profile" {
  description = "The profile for ~s3loggerd/.aws/config with Roles Anywhere; null without. Put the paths of certificate and key in."
  value       = var.roles_anywhere == null ? null : <<-TEXT
    [profile s3loggerd]
    credential_process = /usr/bin/aws_signing_helper credential-process --certificate /etc/s3loggerd/server.pem --private-key /etc/s3loggerd/server.key --trust-anchor-arn ${aws_rolesanywhere_trust_anchor.server[0].arn} --profile-arn ${aws_rolesanywhere_profile.server[0].arn} --role-arn ${aws_iam_role.uploader.arn}
  TEXT
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

output "auditor_role_arn" {
  description = "ARN of the auditor's role; null where none is made."
  value       = one(aws_iam_role.auditor[*].arn)
}
