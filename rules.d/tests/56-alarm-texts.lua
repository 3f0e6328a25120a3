-- Each text that the rules of 56-alarm.lua know.
local each = require "each_text"

each("alarm.cloudwatch", "alarm", "no-reply@sns.amazonaws.com", {
  "ALARM: \"some\" in Asia Pacific (Tokyo)", "OK: \"some\" in Asia Pacific (Tokyo)",
  "INSUFFICIENT_DATA: \"some\" in Asia Pacific (Tokyo)", "ALARM:", "OK: (prod)", "INSUFFICIENT_DATA:",
})

each("alarm.cloudwatch-notice", "alarm", "notifications@aws.com", {
  "ALARM: \"some\" in Asia Pacific (Tokyo)", "OK: \"some\" in Asia Pacific (Tokyo)",
  "INSUFFICIENT_DATA: \"some\" in Asia Pacific (Tokyo)", "ALARM: - please read", "OK:", "INSUFFICIENT_DATA: (prod)",
  "CloudWatch Alarm State Change", "Amazon CloudWatch alarm: example",
})

each("quota.notice", "alarm", "notifications@aws.com", {
  "Service quota utilization - please read", "Service Quotas: example", "Your service quota", "Quota increase request (prod)",
  "Service quota increase", "サービスクォータの使用率のお知らせ", "サービスクォータの引き上げ",
})
