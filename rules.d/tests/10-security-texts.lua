-- Each text that the rules of 10-security.lua know.
local each = require "each_text"

each("account.suspicious-activity", "account_compromise", "no-reply-aws@amazon.com", {
  "Suspicious activity in your AWS account", "Suspicious activity in your AWS account: 123456789012",
  "Suspicious activity in your AWS account 123456789012", "Suspicious activity detected in your AWS account",
  "Irregular activity in your AWS account", "Irregular activity in your AWS account: 123456789012",
  "Irregular activity in your AWS account 123456789012", "Unauthorized activity in your AWS account",
  "Potential unauthorized activity in your AWS account", "Please review your AWS account and credentials",
  "Your AWS account 123456789012 is compromised", "Your AWS account is compromised", "Your AWS account 123456789012 may be compromised",
  "Your AWS account may be compromised", "Your AWS account may have been accessed by a third party",
  "Your AWS account may have been inappropriately accessed by a third-party", "Your AWS Access Key is Exposed - please read",
  "Your AWS access key AKIAIOSFODNN7EXAMPLE is exposed", "Your AWS credentials are exposed", "Your AWS credentials may be compromised",
  "AWS アカウントにおける不審なアクティビティについて", "お客様の AWS アカウントの不審なアクティビティに関するお知らせ", "お客様の AWS アカウントが侵害されている可能性があります", "AWS アカウントと認証情報をご確認ください",
  "AWS アクセスキーが公開されています",
}, { priority = "urgent" })
