# A bucket, a table, the role, and a user that may only assume it.
#
#   terraform init
#   terraform apply -var bucket=acme-documents -var external_id="$(uuidgen)"
#   terraform output -raw configuration      # the [aws] section to paste
#   eval "$(terraform output -raw access_key_command)"

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

variable "deletion_protection" {
  type    = bool
  default = true
}

provider "aws" {
  region = var.region
}

module "s3loggerd" {
  source = "../.."

  bucket              = var.bucket
  external_id         = var.external_id
  user_name           = "s3loggerd"
  deletion_protection = var.deletion_protection
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
