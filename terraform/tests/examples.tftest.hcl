# The two examples, whole, with a mock for the provider.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_region" {
    defaults = { id = "eu-south-1" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-south-1:123456789012:key/1" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-south-1:123456789012:alarms" }
  }

  mock_resource "aws_dynamodb_table" {
    defaults = {
      arn        = "arn:aws:dynamodb:eu-south-1:123456789012:table/s3logger-metadata"
      stream_arn = "arn:aws:dynamodb:eu-south-1:123456789012:table/s3logger-metadata/stream/1"
    }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/made" }
  }
}

run "minimal" {
  module {
    source = "./examples/minimal"
  }

  variables {
    bucket      = "acme-documents"
    external_id = "an-external-id"
  }

  assert {
    condition     = strcontains(output.configuration, "role_arn = \"arn:aws:iam::123456789012:role/made\"") && strcontains(output.configuration, "expected_bucket_owner = \"123456789012\"") && output.access_key_command != null
    error_message = "The configuration to paste."
  }
}

run "legal" {
  module {
    source = "./examples/legal"
  }

  variables {
    bucket                 = "acme-archive"
    external_id            = "an-external-id"
    alarm_mail             = "it@acme.example"
    auditor_principal_arns = ["arn:aws:iam::123456789012:user/auditor"]
  }

  assert {
    condition     = alltrue([for line in ["server_side_encryption = \"aws:kms\"", "write_once = true", "[audit]"] : strcontains(output.configuration, line)])
    error_message = "The configuration to paste."
  }

  assert {
    condition     = aws_kms_key.documents.enable_key_rotation && aws_sns_topic.alarms.kms_master_key_id == aws_kms_key.documents.arn
    error_message = "The key is not turned over, or the topic not encrypted."
  }
}
