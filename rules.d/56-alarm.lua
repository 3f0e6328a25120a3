-- Alarms and quotas. What comes through SNS any customer may have written, in AWS's own mail: such rules have speaker = "any", decide
-- nothing but alarms, and hold no account to be known by what the message says.

local alarm_advice = {
  ja = "CloudWatch アラームの状態が変わりました。ALARM であれば、対象のメトリクスと直近の変更を確認してください。"
    .. "INSUFFICIENT_DATA はデータが届いていない状態です。監視対象やエージェントが止まっていないか確認してください。",
  en = "An alarm of CloudWatch has changed its state. In ALARM look at the metric and at what was changed last; INSUFFICIENT_DATA says "
    .. "that no data comes, so see whether what is watched, or the agent, still runs.",
  url = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
}

rule "alarm.cloudwatch" {
  from     = "no-reply@sns.amazonaws.com",
  subject  = {
    "ALARM: \"{any}\" in {region}", "OK: \"{any}\" in {region}", "INSUFFICIENT_DATA: \"{any}\" in {region}",
    "ALARM:{any}", "OK:{any}", "INSUFFICIENT_DATA:{any}",
  },
  speaker  = "any",
  category = "alarm",
  service  = "CLOUDWATCH",
  advice   = alarm_advice,
}

-- By User Notifications, or by an older mail
rule "alarm.cloudwatch-notice" {
  from     = { "@aws.com", "no-reply-aws@amazon.com", "no-reply@amazonaws.com" },
  subject  = {
    "ALARM: \"{any}\" in {region}", "OK: \"{any}\" in {region}", "INSUFFICIENT_DATA: \"{any}\" in {region}",
    "ALARM:{any}", "OK:{any}", "INSUFFICIENT_DATA:{any}", "CloudWatch Alarm State Change{any}", "Amazon CloudWatch alarm: {line}",
  },
  category = "alarm",
  service  = "CLOUDWATCH",
  advice   = alarm_advice,
}

rule "sns.subscription" {
  from     = "no-reply@sns.amazonaws.com",
  any      = {
    subject = { "AWS Notification - Subscription Confirmation", "AWS Notification - Unsubscribe Confirmation" },
    body    = matches [[(?m)^You have chosen to subscribe to the topic]],
  },
  speaker  = "any",
  category = "other",
  service  = "SNS",
  capture  = { requested = "{arn}" },
  actions  = { forward { to = "operators", quote = false } },
  advice   = {
    ja = "SNS トピックの購読確認です。どの AWS アカウントからでもこのメールを送らせることができるため、"
      .. "トピックの ARN とアカウント ID に心当たりがある場合だけ、2 日以内に元のメールのリンクを開いてください。",
    en = "A topic of SNS wants this address subscribed. Any AWS account can cause such a mail: open the link in the original, within "
      .. "two days, only when you know the topic and its account.",
    url = "https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html",
  },
}

-- A message that whoever published it gave no subject
rule "sns.notification" {
  from     = "no-reply@sns.amazonaws.com",
  subject  = "AWS Notification Message",
  speaker  = "any",
  category = "alarm",
  service  = "SNS",
}

-- Whatever else comes through a topic: an alarm more often than not
rule "sns.message" {
  from     = "no-reply@sns.amazonaws.com",
  speaker  = "any",
  category = "alarm",
  service  = "SNS",
  general  = true,
}

local quota_advice = {
  ja = "サービスクォータの使用率がしきい値を超えました。上限に達すると新しいリソースを作成できなくなります。"
    .. "引き上げは承認に数日かかることがあるため、早めに申請するか、不要なリソースを削除してください。",
  en = "A service quota is nearly used up; at its limit nothing new can be created. Ask for an increase soon, since granting it may "
    .. "take days, or remove what is not needed.",
  url = "https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html",
}

rule "quota.threshold" {
  event_type = { "AWS_SERVICEQUOTAS_THRESHOLD_BREACH", "AWS_SERVICEQUOTAS_*" },
  category   = "alarm",
  service    = "SERVICEQUOTAS",
  advice     = quota_advice,
}

rule "quota.notice" {
  title    = nocase {
    "Service quota utilization{any}", "Service Quotas: {line}", "Your service quota{any}", "Quota increase request{any}",
    "Service quota increase{any}", "サービスクォータの使用率{any}", "サービスクォータの引き上げ{any}",
  },
  from     = { "@aws.com", "no-reply-aws@amazon.com", "no-reply@amazonaws.com" },
  category = "alarm",
  service  = "SERVICEQUOTAS",
  advice   = quota_advice,
}
