-- Each text that the rules of 12-abuse.lua know.
local each = require "each_text"

each("abuse.report-ec2", "abuse_report", "no-reply-aws@amazon.com", {
  "Your Amazon EC2 Abuse Report", "Your Amazon EC2 Abuse Report [P01A2B3C4D5]", "Your Amazon EC2 Abuse Report P01A2B3C4D5 [some]",
  "Your Amazon EC2 Abuse Report P01A2B3C4D5", "Your AWS Abuse Report from ec2-abuse@amazon.com", "Your AWS Abuse Report",
}, { priority = "high" })

each("abuse.trust-and-safety", "abuse_report", "trustandsafety@support.aws.com", {
  "About example.com: abuse", "DMCA takedown request [P01A2B3C4D5] [AWS ID 123456789012]", "About example.com: copyright infringement",
  "About example.com: trademark infringement", "About example.com: phishing report",
}, { priority = "high" })
