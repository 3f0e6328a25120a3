-- Each text that the rules of 59-other.lua know.
local each = require "each_text"

each("other.port-25", "other", "no-reply@amazonaws.com", {
  "Request to remove email sending limitations (prod)", "Removal of email sending limitations",
  "Amazon EC2 email sending limitations - please read", "EC2 email sending limitations", "EC2 port 25 (prod)", "Amazon EC2 port 25",
  "Port 25 throttle - please read",
}, { priority = "normal" })

each("other.trusted-advisor", "other", "no-reply@amazonaws.com", {
  "AWS Trusted Advisor weekly", "AWS Trusted Advisor recommendations (prod)", "AWS Trusted Advisor summary",
  "AWS Trusted Advisor notification - please read", "Your AWS Trusted Advisor", "AWS Compute Optimizer recommendations (prod)",
  "Your AWS Compute Optimizer", "AWS Cost Optimization Hub recommendations - please read", "AWS Trusted Advisor の推奨事項",
}, { priority = "low" })
