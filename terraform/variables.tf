# -- names ------------------------------------------------------------------------------------------------------------

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

variable "tags" {
  description = "Tags of everything that is made here."
  type        = map(string)
  default     = {}
}

# -- who may assume the daemon's role -----------------------------------------------------------------------------------

variable "external_id" {
  description = "External id that the daemon must give when it assumes the role. Any random string of your own; not a secret. null only with roles_anywhere alone, which knows no external id."
  type        = string
  default     = null

  validation {
    condition     = var.external_id == null ? true : length(var.external_id) >= 8 && length(var.external_id) <= 1224 && can(regex("^[A-Za-z0-9+=,.@:/_-]+$", var.external_id))
    error_message = "external_id needs 8 to 1224 characters out of letters, digits and + = , . @ : / _ -"
  }
}

variable "trusted_principal_arns" {
  description = "ARNs of existing users or roles that may assume the role."
  type        = list(string)
  default     = []
}

variable "user_name" {
  description = "Makes an IAM user of this name that may do nothing but assume the role. null: no user is made. Its access key is made outside Terraform, so that no secret lands in the state."
  type        = string
  default     = null
}

variable "roles_anywhere" {
  description = "Lets a server with an X.509 certificate assume the role, without any secret in AWS: the certificate authority in PEM, and the common name of the server's certificate. null: not used."
  type = object({
    certificate_authority = string
    common_name           = string
  })
  default = null
}

variable "session_name_pattern" {
  description = "Sessions of the role must have a name like this: * and ? are wildcards. It is [aws] session_name of the daemon, and what CloudTrail shows."
  type        = string
  default     = "s3loggerd*"
}

variable "source_identity" {
  description = "[aws] source_identity of the daemon: sessions of the role must have it, and the role and the base user may set it (sts:SetSourceIdentity). null: none may be set."
  type        = string
  default     = null

  validation {
    condition     = var.source_identity == null ? true : can(regex("^[A-Za-z0-9_+=,.@-]{2,64}$", var.source_identity))
    error_message = "source_identity needs 2 to 64 characters out of letters, digits and _ + = , . @ -"
  }
}

variable "session_tags" {
  description = "[aws] session_tags of the daemon: sessions of the role must have exactly these, and the role and the base user may set them (sts:TagSession). Empty: none may be set."
  type        = map(string)
  default     = {}
}

variable "source_ip_ranges" {
  description = "The role may be assumed from these addresses only, in CIDR notation: the office's public address. Empty: from anywhere."
  type        = list(string)
  default     = []
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

# -- the auditor ----------------------------------------------------------------------------------------------------------

variable "auditor_role_name" {
  description = "Name of the role that may read records and objects, and write nothing."
  type        = string
  default     = "AuditorRole"
}

variable "auditor_principal_arns" {
  description = "ARNs of the users or roles that may assume the auditor's role. Empty: no such role is made."
  type        = list(string)
  default     = []
}

variable "auditor_requires_mfa" {
  description = "Whether the auditor must have signed in with a second factor."
  type        = bool
  default     = false
}

# -- the bucket -----------------------------------------------------------------------------------------------------------

variable "kms_key_arn" {
  description = "ARN of a KMS key that encrypts the bucket; adds the KMS pair to the role. null: SSE-S3. The key's own policy must let this account's IAM policies apply."
  type        = string
  default     = null
}

variable "object_lock" {
  description = "Keeps every version from being deleted or replaced for so many days. GOVERNANCE: a right of its own lifts it. COMPLIANCE: nobody can, not even the account's root. Only when the bucket is made. null: no lock."
  type = object({
    mode = string
    days = number
  })
  default = null

  validation {
    condition     = var.object_lock == null ? true : contains(["GOVERNANCE", "COMPLIANCE"], var.object_lock.mode) && var.object_lock.days >= 1 && var.object_lock.days <= 36500
    error_message = "object_lock needs mode GOVERNANCE or COMPLIANCE, and days from 1 to 36500."
  }
}

variable "write_once" {
  description = "Refuses every create without If-None-Match, so that no object gets a second version. The daemon then needs [upload] write_once = true."
  type        = bool
  default     = false
}

variable "only_uploader_writes" {
  description = "Refuses every upload by anybody but the daemon's role, administrators included."
  type        = bool
  default     = true
}

variable "object_tags" {
  description = "Set it where a [[folder]] of the daemon has tags: adds s3:PutObjectTagging to the role."
  type        = bool
  default     = false
}

variable "object_acl" {
  description = "Set it where [upload] acl of the daemon is set: adds s3:PutObjectAcl to the role."
  type        = bool
  default     = false
}

variable "abort_incomplete_uploads_days" {
  description = "Days after which S3 throws away the parts of a multipart upload that was never completed."
  type        = number
  default     = 7
}

variable "transitions" {
  description = "After how many days objects move to which cheaper storage class, such as [{ days = 90, storage_class = \"GLACIER_IR\" }]."
  type = list(object({
    days          = number
    storage_class = string
  }))
  default = []
}

variable "noncurrent_version_expiration_days" {
  description = "Days after which a version that was replaced is deleted. null: never, which is right for an archive."
  type        = number
  default     = null
}

variable "access_log_bucket" {
  description = "Name of an existing bucket that takes the server access logs. null: no such logs."
  type        = string
  default     = null
}

# -- the table ------------------------------------------------------------------------------------------------------------

variable "table_kms_key_arn" {
  description = "ARN of a KMS key that encrypts the table. null: the account's key for DynamoDB, on which nobody needs a right."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Refuses to delete the table. The bucket is never deleted while it holds an object."
  type        = bool
  default     = true
}

variable "stream" {
  description = "Streams every change of a record, old and new, to whoever reads it within 24 h. The alarm about modified records needs it."
  type        = bool
  default     = false
}

# -- alarms ---------------------------------------------------------------------------------------------------------------

variable "alarms" {
  description = <<-TEXT
    Tells an SNS topic about throttling, refused requests and modified records. null: no alarms.
    topic_kms_key_arn: the KMS key that encrypts the topic, where one does: what tells of modified records needs a right
    on it. silence_hours, 1 to 24: tell when no record was written for so long; null for offices that rest at weekends.
  TEXT
  type = object({
    topic_arn         = string
    topic_kms_key_arn = optional(string)
    silence_hours     = optional(number)
  })
  default = null

  validation {
    condition     = try(var.alarms.silence_hours, null) == null ? true : var.alarms.silence_hours >= 1 && var.alarms.silence_hours <= 24
    error_message = "alarms.silence_hours lies between 1 and 24."
  }
}
