locals {
  has_alarms = var.alarms != null
  topics     = var.alarms == null ? [] : [var.alarms.topic_arn]
}

# -- what CloudWatch counts by itself ---------------------------------------------------------------------------------------

resource "aws_cloudwatch_metric_alarm" "throttled" {
  count = local.has_alarms ? 1 : 0

  alarm_name          = "s3loggerd-throttled-${var.table}"
  alarm_description   = "DynamoDB throttled records of s3loggerd for 15 minutes. They wait in the daemon's queue; nothing is lost."
  namespace           = "AWS/DynamoDB"
  metric_name         = "ThrottledRequests"
  dimensions          = { TableName = aws_dynamodb_table.records.name, Operation = "PutItem" }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.topics
  ok_actions          = local.topics
  tags                = var.tags
}

# SuccessfulRequestLatency counts each PutItem that was carried out.
resource "aws_cloudwatch_metric_alarm" "silent" {
  count = try(var.alarms.silence_hours, null) == null ? 0 : 1

  alarm_name          = "s3loggerd-silent-${var.table}"
  alarm_description   = "s3loggerd recorded no file for ${var.alarms.silence_hours} h. On the server: systemctl status s3loggerd."
  namespace           = "AWS/DynamoDB"
  metric_name         = "SuccessfulRequestLatency"
  dimensions          = { TableName = aws_dynamodb_table.records.name, Operation = "PutItem" }
  statistic           = "SampleCount"
  period              = 3600
  evaluation_periods  = var.alarms.silence_hours
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = local.topics
  ok_actions          = local.topics
  tags                = var.tags
}

# -- refused requests: the role lost a right, or somebody tries one it never had ---------------------------------------------

# Through EventBridge, which sees CloudTrail's management events, AssumeRole among them. Refusals of s3:PutObject and
# dynamodb:PutItem are data events: they need a trail that records data events of the bucket and the table.
resource "aws_cloudwatch_event_rule" "denied" {
  count = local.has_alarms ? 1 : 0

  name        = "s3loggerd-denied-${var.table}"
  description = "A request with or for the role of s3loggerd was refused."
  tags        = var.tags

  event_pattern = jsonencode({
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      errorCode = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]
      "$or" = [
        { userIdentity = { sessionContext = { sessionIssuer = { arn = [aws_iam_role.uploader.arn] } } } },
        { requestParameters = { roleArn = [aws_iam_role.uploader.arn] } },
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "denied" {
  count = local.has_alarms ? 1 : 0

  rule = aws_cloudwatch_event_rule.denied[0].name
  arn  = var.alarms.topic_arn
}

# -- a record that changed after it was written: must never happen ------------------------------------------------------------

# A pipe reads the table's stream, lets nothing pass but changes and deletions, and tells the topic.
resource "aws_pipes_pipe" "modified" {
  count = local.has_alarms ? 1 : 0

  name        = "s3loggerd-modified-${var.table}"
  description = "Tells when a record of s3loggerd was changed or deleted."
  role_arn    = aws_iam_role.pipe[0].arn
  source      = aws_dynamodb_table.records.stream_arn
  target      = var.alarms.topic_arn
  tags        = var.tags

  source_parameters {
    dynamodb_stream_parameters {
      starting_position = "LATEST"
      batch_size        = 1
    }

    filter_criteria {
      filter {
        pattern = jsonencode({ eventName = ["MODIFY", "REMOVE"] })
      }
    }
  }

  depends_on = [aws_iam_role_policy.pipe]
}

data "aws_iam_policy_document" "pipe" {
  statement {
    sid       = "ReadStream"
    actions   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
    resources = ["${aws_dynamodb_table.records.arn}/stream/*"]
  }

  statement {
    sid       = "ListStreams"
    actions   = ["dynamodb:ListStreams"]
    resources = [aws_dynamodb_table.records.arn]
  }

  statement {
    sid       = "TellTopic"
    actions   = ["sns:Publish"]
    resources = local.has_alarms ? local.topics : [aws_dynamodb_table.records.arn]
  }

  dynamic "statement" {
    for_each = compact([try(var.alarms.topic_kms_key_arn, null), var.table_kms_key_arn])

    content {
      sid       = "UseKey${statement.key}"
      actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

data "aws_iam_policy_document" "pipe_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["pipes.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "pipe" {
  count = local.has_alarms ? 1 : 0

  name               = "s3loggerd-modified-${var.table}"
  description        = "Reads the stream of the records of s3loggerd and tells the alarm topic."
  assume_role_policy = data.aws_iam_policy_document.pipe_trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "pipe" {
  count = local.has_alarms ? 1 : 0

  name   = "read-stream-and-tell"
  role   = aws_iam_role.pipe[0].id
  policy = data.aws_iam_policy_document.pipe.json
}
