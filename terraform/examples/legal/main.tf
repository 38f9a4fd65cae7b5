# For a firm that has to keep what it received: versions that nobody can delete for ten years, a KMS key of its own,
# every object written once, alarms by mail, and an auditor who reads without being able to write.
#
#   terraform init
#   terraform apply -var bucket=acme-archive -var external_id="$(uuidgen)" -var alarm_mail=it@acme.example \
#     -var 'auditor_principal_arns=["arn:aws:iam::123456789012:user/auditor"]'
#   terraform output -raw configuration      # the sections to paste
#   eval "$(terraform output -raw access_key_command)"
#
# Try it with lock_mode = "GOVERNANCE" first: COMPLIANCE cannot be taken back, not even by the account's root.

terraform {
  required_version = ">= 1.5.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0, < 7.0"
    }
  }
}

variable "region" {
  type    = string
  default = "eu-south-1"
}

variable "bucket" {
  type = string
}

variable "external_id" {
  type = string
}

variable "alarm_mail" {
  description = "Who is told. AWS sends a mail first that asks to confirm."
  type        = string
}

variable "auditor_principal_arns" {
  type = list(string)
}

variable "lock_mode" {
  type    = string
  default = "COMPLIANCE"
}

variable "lock_days" {
  type    = number
  default = 3653
}

variable "deletion_protection" {
  type    = bool
  default = true
}

provider "aws" {
  region = var.region
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

# The account's IAM policies decide who may use the key; CloudWatch and EventBridge may encrypt what they tell the topic.
data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_356:in a key's policy the resource * is the key itself
  #checkov:skip=CKV_AWS_111:in a key's policy the resource * is the key itself
  #checkov:skip=CKV_AWS_109:in a key's policy the resource * is the key itself
  statement {
    sid       = "AccountDecides"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }

  statement {
    sid       = "AlarmsMayEncrypt"
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_kms_key" "documents" {
  description             = "Encrypts the documents and records of s3loggerd."
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_sns_topic" "alarms" {
  name              = "s3loggerd-alarms"
  kms_master_key_id = aws_kms_key.documents.arn
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "AlarmsMayTell"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_mail
}

module "s3loggerd" {
  source = "../.."

  bucket                 = var.bucket
  external_id            = var.external_id
  user_name              = "s3loggerd"
  auditor_principal_arns = var.auditor_principal_arns
  kms_key_arn            = aws_kms_key.documents.arn
  object_lock            = { mode = var.lock_mode, days = var.lock_days }
  write_once             = true
  transitions            = [{ days = 90, storage_class = "GLACIER_IR" }]
  deletion_protection    = var.deletion_protection

  alarms = {
    topic_arn         = aws_sns_topic.alarms.arn
    topic_kms_key_arn = aws_kms_key.documents.arn
  }
}

output "configuration" {
  value = module.s3loggerd.configuration
}

output "access_key_command" {
  value = module.s3loggerd.access_key_command
}

output "commands" {
  value = module.s3loggerd.commands
}
