-- Each text that the rules of ../56-alarm.lua know, as a mail of its sender.
local function each(rule, category, from, subjects, more)
  for _, subject in ipairs(subjects) do
    local expect = { category = category, rule = rule, certainty = "exact" }
    for key, value in pairs(more or {}) do expect[key] = value end
    test(rule .. ": " .. subject) { from = from, subject = subject, body = "Hello,\n\nAWS Account ID: 123456789012\n", expect = expect }
  end
end

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
