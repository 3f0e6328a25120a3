-- Each text that the rules of 11-ses.lua know.
local each = require "each_text"

each("ses.sending-paused", "ses_review", "no-reply-aws@amazon.com", {
  "Amazon SES sending paused", "Amazon SES account sending paused (prod)", "Your Amazon SES account has been paused",
  "Amazon SES has paused your account's ability to send in AWS region Europe (Frankfurt)", "Amazon SES アカウントの送信が停止されました",
})

each("ses.account-review", "ses_review", "no-reply-aws@amazon.com", {
  "Amazon SES account under review in Asia Pacific (Tokyo)", "Amazon SES account under review - please read",
  "Amazon SES Sending Review for AWS Account 123456789012 in AWS Region Asia Pacific (Tokyo)", "Amazon SES Sending Review",
  "Your Amazon SES account is under review (prod)", "Amazon SES Bounce Probation", "Amazon SES Complaint Probation - please read",
  "Amazon SES Probation", "Amazon SES Bounce Review Period (prod)", "Amazon SES Complaint Review Period",
  "Amazon SES Review Period - please read", "Amazon SES アカウントが現在レビュー中です",
})

each("ses.address-verification", "other", "no-reply-aws@amazon.com", {
  "Amazon SES Address Verification Request", "Amazon SES Address Verification Request in region Asia Pacific (Tokyo)",
  "Amazon SES Email Address Verification Request", "Amazon SES Email Address Verification Request in region Asia Pacific (Tokyo)",
  "Amazon Web Services – Email Address Verification Request",
  "Amazon Web Services – Email Address Verification Request in region Asia Pacific (Tokyo)",
  "Amazon Web Services - Email Address Verification Request",
  "Amazon Web Services - Email Address Verification Request in region Asia Pacific (Tokyo)",
  "AWS Email Address Verification Request in region Asia Pacific (Tokyo)",
})

each("ses.identity-verified", "other", "no-reply@amazonaws.com", {
  "DKIM setup SUCCESS for example.com in Asia Pacific (Tokyo) region",
  "Domain Verification SUCCESS for example.com in region Asia Pacific (Tokyo)",
  "Email Address Verification SUCCESS for info@example.com", "MAIL FROM domain setup SUCCESS for mail.example.com",
  "Custom MAIL FROM domain setup SUCCESS for mail.example.com",
})

each("ses.identity-failing", "other", "no-reply@amazonaws.com", {
  "DKIM setup FAILURE for example.com in Asia Pacific (Tokyo) region",
  "DKIM setup PENDING for example.com in Asia Pacific (Tokyo) region",
  "DKIM setup REVOCATION for example.com in Asia Pacific (Tokyo) region",
  "DKIM setup REVOKED for example.com in Asia Pacific (Tokyo) region",
  "DKIM setup REVOCATION PENDING for example.com in Asia Pacific (Tokyo) region",
  "Domain Verification FAILURE for example.com in region Asia Pacific (Tokyo)",
  "Domain Verification REVOCATION for example.com in region Asia Pacific (Tokyo)",
  "Domain Verification REVOKED for example.com in region Asia Pacific (Tokyo)",
  "Domain Verification REVOCATION PENDING for example.com in region Asia Pacific (Tokyo)",
  "Domain Verification PENDING REVOCATION for example.com in region Asia Pacific (Tokyo)",
  "MAIL FROM domain setup FAILURE for mail.example.com", "Custom MAIL FROM domain setup FAILURE for mail.example.com",
}, { priority = "high" })

each("ses.setup", "other", "no-reply-aws@amazon.com", {
  "Amazon SES Setup Notification",
})
