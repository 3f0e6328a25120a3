-- Each text that the rules of 40-support.lua know.
local each = require "each_text"

each("support.limit-increase", "support_case", "no-reply-aws@amazon.com", {
  "RE:[CASE 176000000000044] Limit Increase: example", "RE: [CASE 176000000000044] Limit Increase: example",
  "RE:[CASE 176000000000044] Quota Increase: example", "RE: [CASE 176000000000044] Quota Increase: example",
  "RE:[CASE 176000000000044] Service Quotas: example", "RE: [CASE 176000000000044] Service Quotas: example",
  "RE:[CASE 176000000000044] SES: Production Access", "RE: [CASE 176000000000044] SES: Production Access (prod)",
  "RE:[CASE 176000000000044] SES Sending Limits", "RE: [CASE 176000000000044] SES Sending Limits - please read",
})

each("support.case-correspondence", "support_case", "no-reply-aws@amazon.com", {
  "RE:[CASE 176000000000044] example", "RE: [CASE 176000000000044] example", "RE:[CASE 176000000000044]",
  "[CASE 176000000000044] example",
})

each("support.case-attention", "support_case", "no-reply-aws@amazon.com", {
  "Attention required on case 176000000000044: example", "Attention required on case 176000000000044",
  "ケース 176000000000044 への対応が必要です: example",
}, { priority = "high" })

each("support.case-resolved", "support_case", "no-reply-aws@amazon.com", {
  "Resolved 176000000000044: example", "Resolved: [CASE 176000000000044] example",
  "Amazon Web Services: Resolved Support case: 176000000000044", "Amazon Web Services: Resolved case: 176000000000044",
  "Amazon Web Services: Closed Support case: 176000000000044",
}, { priority = "low" })

each("support.case-reopened", "support_case", "no-reply-aws@amazon.com", {
  "Amazon Web Services: Reopened Support case: 176000000000044", "Amazon Web Services: Updated Support case: 176000000000044",
  "Reopened 176000000000044: example",
})

each("support.survey", "support_case", "no-reply-aws@amazon.com", {
  "AWS Support survey", "How was your AWS Support experience?", "Tell us about your AWS Support experience (prod)", "AWS サポートに関するアンケート",
  "AWS サポートアンケートのお知らせ",
}, { priority = "low" })

each("support.plan-changed", "account", "no-reply-aws@amazon.com", {
  "AWS Support plan change", "Changes to your AWS Support plan (prod)", "Your AWS Support plan", "AWS サポートプランの変更のお知らせ", "AWS サポートプラン変更",
})

each("support.case-opened", "support_case", "no-reply-aws@amazon.com", { "Amazon Web Services: New Support case: C-176/44" })
