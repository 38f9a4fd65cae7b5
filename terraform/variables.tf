variable "bucket" {
  description = "Name of the S3 bucket that keeps the documents."
  type        = string
}

variable "table" {
  description = "Name of the DynamoDB table that keeps one record per delivered file version."
  type        = string
  default     = "s3logger-metadata"
}

variable "role_name" {
  description = "Name of the role that the daemon assumes."
  type        = string
  default     = "UploaderExecutionRole"
}

variable "external_id" {
  description = "External id that the daemon must give when it assumes the role. Any random string of your own; not a secret."
  type        = string

  validation {
    condition     = length(var.external_id) >= 8 && length(var.external_id) <= 1224 && can(regex("^[A-Za-z0-9+=,.@:/_-]+$", var.external_id))
    error_message = "external_id needs 8 to 1224 characters out of letters, digits and + = , . @ : / _ -"
  }
}

variable "trusted_principal_arns" {
  description = "ARNs of existing users or roles that may assume the role. May be empty where user_name is set."
  type        = list(string)
  default     = []
}

variable "user_name" {
  description = "Makes an IAM user of this name that may do nothing but assume the role. null: no user is made. Its access key is made outside Terraform, so that no secret lands in the state."
  type        = string
  default     = null
}

variable "role_duration_seconds" {
  description = "Longest session of the role, in seconds. [aws] role_duration of the daemon may not be longer."
  type        = number
  default     = 3600

  validation {
    condition     = var.role_duration_seconds >= 3600 && var.role_duration_seconds <= 43200
    error_message = "role_duration_seconds lies between 3600 and 43200."
  }
}

variable "kms_key_arn" {
  description = "ARN of a KMS key that encrypts the bucket; adds the KMS pair to the role. null: SSE-S3. The key's own policy must let this account's IAM policies apply."
  type        = string
  default     = null
}

variable "object_tags" {
  description = "Set it where a [[folder]] of the daemon has tags: adds s3:PutObjectTagging to the role."
  type        = bool
  default     = false
}

variable "abort_incomplete_uploads_days" {
  description = "Days after which S3 throws away the parts of a multipart upload that was never completed."
  type        = number
  default     = 7
}

variable "deletion_protection" {
  description = "Refuses to delete the table. The bucket is never deleted while it holds an object."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags of everything that is made here."
  type        = map(string)
  default     = {}
}
