# A user that can do nothing but assume the role.

resource "aws_iam_user" "base" {
  #checkov:skip=CKV_AWS_273:for servers outside AWS; roles_anywhere does without a user
  count = var.user_name == null ? 0 : 1

  name = var.user_name
  tags = var.tags
}

data "aws_iam_policy_document" "base" {
  statement {
    sid       = "AssumeOneRole"
    actions   = local.assume_actions
    resources = [aws_iam_role.uploader.arn]
  }
}

resource "aws_iam_user_policy" "base" {
  #checkov:skip=CKV_AWS_40:one user with one right; a group of one would only hide it
  count = var.user_name == null ? 0 : 1

  name   = "assume-uploader-role"
  user   = aws_iam_user.base[0].name
  policy = data.aws_iam_policy_document.base.json
}

# A server with a certificate: no key in AWS at all, none on the server but the certificate's own.

resource "aws_rolesanywhere_trust_anchor" "server" {
  count = var.roles_anywhere == null ? 0 : 1

  name    = "s3loggerd"
  enabled = true
  tags    = var.tags

  source {
    source_type = "CERTIFICATE_BUNDLE"

    source_data {
      x509_certificate_data = var.roles_anywhere.certificate_authority
    }
  }
}

resource "aws_rolesanywhere_profile" "server" {
  count = var.roles_anywhere == null ? 0 : 1

  name             = "s3loggerd"
  enabled          = true
  role_arns        = [aws_iam_role.uploader.arn]
  duration_seconds = 3600
  tags             = var.tags
}
