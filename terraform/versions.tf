terraform {
  required_version = ">= 1.5.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0, < 7.0"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  # Provider 6 calls the region's code `region`, provider 5 `name`; both have it as the id.
  region  = data.aws_region.current.id
  account = data.aws_caller_identity.current.account_id
}
