-- Notices about security where nobody has broken in: bulletins of AWS Health, what the security services found, open buckets.

-- The user's own services report by User Notifications, or by AWS Health
local aws = { "@aws.com", "no-reply-aws@amazon.com", "no-reply@amazonaws.com" }

-- Bulletins that concern the account's resources
rule "security.notification" {
  event_type = { "AWS_SECURITY_NOTIFICATION", "AWS_*_SECURITY_NOTIFICATION" },
  category   = "security_notice",
  advice     = {
    ja = "AWS からのセキュリティに関するお知らせです。対象のリソースと期日を確認し、"
      .. "更新プログラムの適用や設定変更が必要か判断してください。不正アクセスがあったという知らせではありません。",
    en = "AWS tells of a matter of security that concerns your resources. See which ones and by when, and decide whether an update or "
      .. "another setting is needed. It does not say that anybody has broken in.",
    url = "https://aws.amazon.com/security/security-bulletins/",
  },
}

-- Of the RISK family, other than stolen credentials (10-security.lua)
rule "security.risk-notice" {
  event_type = "AWS_RISK_*",
  category   = "security_notice",
  general    = true,
}

rule "security.bulletin" {
  from     = aws,
  title    = nocase { "AWS Security Bulletin{any}", "Security Bulletin{any}", "AWS セキュリティ速報{any}", "AWS セキュリティ情報{any}" },
  category = "security_notice",
  advice   = {
    ja = "AWS のセキュリティ速報です。影響を受けるサービスとバージョンを自社の環境と照らし合わせ、"
      .. "該当すれば速報に書かれた更新を適用してください。",
    en = "A security bulletin of AWS. Hold the affected services and versions against what you run, and apply the update that it names.",
    url = "https://aws.amazon.com/security/security-bulletins/",
  },
}

rule "security.public-buckets" {
  title    = nocase {
    "Securing Amazon S3 Buckets{any}", "Amazon S3 buckets that allow public access{any}",
    "Your Amazon S3 buckets allow public access{any}", "Your Amazon S3 bucket allows public access{any}",
    "Your Amazon S3 bucket is publicly accessible{any}", "Your Amazon S3 buckets are publicly accessible{any}",
    "Publicly accessible Amazon S3 buckets{any}",
    matches [[^(?:お客様の ?)?Amazon S3 ?バケット ?が ?(?:パブリックアクセスを許可|公開|一般公開)(?:しています|されています)]],
  },
  category = "security_notice",
  service  = "S3",
  advice   = {
    ja = "誰でも読み書きできる S3 バケットがあります。公開が意図したものか確認し、そうでなければブロックパブリックアクセスを有効にして、"
      .. "バケットポリシーと ACL を見直してください。公開されていた間のアクセスログも確認してください。",
    en = "An S3 bucket can be read or written by anybody. Find out whether that is meant; if not, turn on Block Public Access and mend "
      .. "the bucket's policy and ACL. Look through the access logs of the time in which it was open.",
    url = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
  },
}

rule "security.guardduty" {
  from     = aws,
  title    = nocase {
    "Amazon GuardDuty finding", "Amazon GuardDuty finding: {line}", "Amazon GuardDuty finding in {line}", "GuardDuty finding: {line}",
    "GuardDuty finding in {line}", "Amazon GuardDuty の検出結果", "Amazon GuardDuty の検出結果: {line}",
  },
  category = "security_notice",
  service  = "GUARDDUTY",
  advice   = {
    ja = "GuardDuty が脅威の疑いを検出しました。検出結果の重要度と対象リソースを GuardDuty コンソールで確認し、自社の操作でなければ、"
      .. "対象の認証情報の無効化やインスタンスの隔離を行ってください。",
    en = "GuardDuty has seen what may be a threat. Look at the finding's severity and resource in its console; unless it was one of you, "
      .. "deactivate the credentials or isolate the instance that it names.",
    url = "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_remediate.html",
  },
}

rule "security.findings" {
  from     = aws,
  title    = nocase {
    "AWS Security Hub findings of {line}", "AWS Security Hub findings for {line}", "AWS Security Hub findings summary{any}",
    "AWS Security Hub summary{any}", "Amazon Inspector finding: {line}", "Amazon Inspector findings for {line}",
    "Amazon Inspector findings summary{any}", "Amazon Macie finding: {line}", "Amazon Macie findings for {line}",
    "AWS Security Hub の検出結果", "Amazon Inspector の検出結果", "Amazon Macie の検出結果",
  },
  category = "security_notice",
  advice   = {
    ja = "セキュリティサービスの検出結果です。重要度が「重大」「高」のものから対象リソースを確認し、修正するか、"
      .. "理由を記録して抑制してください。",
    en = "Findings of a security service. Begin with those of critical and high severity: mend the resource, or suppress the finding and "
      .. "write down why.",
    url = "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html",
  },
}

rule "security.access-analyzer" {
  from     = aws,
  title    = nocase {
    "IAM Access Analyzer finding", "IAM Access Analyzer finding: {line}", "IAM Access Analyzer finding for {line}",
    "IAM Access Analyzer findings for {line}", "AWS IAM Access Analyzer finding: {line}", "IAM Access Analyzer の検出結果",
    "IAM Access Analyzer の検出結果: {line}",
  },
  category = "security_notice",
  service  = "IAM",
  advice   = {
    ja = "IAM Access Analyzer が、外部からアクセスできるリソースまたは使われていない権限を見つけました。意図した共有であればアーカイブし、"
      .. "そうでなければポリシーから外部のアクセスを外してください。",
    en = "IAM Access Analyzer has found a resource that others can reach, or a permission that nobody uses. Archive the finding when the "
      .. "sharing is meant; otherwise take the outside access out of the policy.",
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/what-is-access-analyzer.html",
  },
}

-- The root user of an account has no second factor
rule "security.root-mfa-required" {
  title    = nocase {
    "Enable MFA for your AWS account root user{any}", "Enable MFA on your AWS account root user{any}",
    "Register MFA for your AWS account root user{any}", "MFA required for your AWS account root user{any}",
    "AWS root user MFA enforcement{any}", "MFA enforcement for AWS account root users{any}",
    matches [[^AWS ?アカウント ?(?:の ?)?ルートユーザー ?(?:の|に) ?(?:MFA|多要素認証)[^\n]{0,6}(?:必須|(?:有効に|有効化|登録|設定)して|(?:登録|設定)が必要)]],
  },
  category = "security_notice",
  service  = "IAM",
  advice   = {
    ja = "ルートユーザーに多要素認証 (MFA) が登録されていません。期日を過ぎると、登録するまでコンソールにサインインできなくなります。"
      .. "ルートユーザーでサインインし、セキュリティキーなどの MFA を 2 つ以上登録してください。メンバーアカウントでは、"
      .. "ルートアクセスの一元管理で認証情報そのものを削除する方法もあります。",
    en = "The root user has no multi-factor authentication (MFA). After the date in the notice nobody can sign in as root without "
      .. "registering it. Sign in as root and register two devices or more, security keys best. In member accounts the root credentials "
      .. "may be removed altogether by central management of root access.",
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html",
  },
}
