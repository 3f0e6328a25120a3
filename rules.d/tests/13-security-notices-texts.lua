-- Each text that the rules of 13-security-notices.lua know.
local each = require "each_text"

each("security.bulletin", "security_notice", "no-reply@amazonaws.com", {
  "AWS Security Bulletin", "Security Bulletin (prod)", "AWS セキュリティ速報", "AWS セキュリティ情報のお知らせ",
})

each("security.public-buckets", "security_notice", "no-reply-aws@amazon.com", {
  "Securing Amazon S3 Buckets", "Amazon S3 buckets that allow public access (prod)", "Your Amazon S3 buckets allow public access",
  "Your Amazon S3 bucket allows public access - please read", "Your Amazon S3 bucket is publicly accessible",
  "Your Amazon S3 buckets are publicly accessible (prod)", "Publicly accessible Amazon S3 buckets",
  "お客様の Amazon S3 バケットがパブリックアクセスを許可しています",
})

each("security.guardduty", "security_notice", "no-reply@amazonaws.com", {
  "Amazon GuardDuty finding", "Amazon GuardDuty finding: example", "Amazon GuardDuty finding in example", "GuardDuty finding: example",
  "GuardDuty finding in example", "Amazon GuardDuty の検出結果", "Amazon GuardDuty の検出結果: example",
})

each("security.findings", "security_notice", "no-reply@amazonaws.com", {
  "AWS Security Hub findings of example", "AWS Security Hub findings for example", "AWS Security Hub findings summary - please read",
  "AWS Security Hub summary", "Amazon Inspector finding: example", "Amazon Inspector findings for example",
  "Amazon Inspector findings summary (prod)", "Amazon Macie finding: example", "Amazon Macie findings for example",
  "AWS Security Hub の検出結果", "Amazon Inspector の検出結果", "Amazon Macie の検出結果",
})

each("security.access-analyzer", "security_notice", "no-reply@amazonaws.com", {
  "IAM Access Analyzer finding", "IAM Access Analyzer finding: example", "IAM Access Analyzer finding for example",
  "IAM Access Analyzer findings for example", "AWS IAM Access Analyzer finding: example", "IAM Access Analyzer の検出結果",
  "IAM Access Analyzer の検出結果: example",
})

each("security.root-mfa-required", "security_notice", "no-reply-aws@amazon.com", {
  "Enable MFA for your AWS account root user", "Enable MFA on your AWS account root user - please read",
  "Register MFA for your AWS account root user", "MFA required for your AWS account root user (prod)", "AWS root user MFA enforcement",
  "MFA enforcement for AWS account root users - please read", "AWS アカウントのルートユーザーに MFA を登録してください",
})
