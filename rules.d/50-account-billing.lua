-- Account procedures, bills and costs, Marketplace, domains, certificates, alarms, and what is left.
-- The category `account` holds one-time codes and reset links; it goes to the operators alone.

-- Account ---------------------------------------------------------------------------------------------------------------

rule "account.suspended" {
  title    = { "Your AWS account has been suspended", "Your AWS Account has been suspended", "Your AWS Account {account} has been suspended" },
  category = "account",
  priority = "urgent",
  advice   = {
    ja = "アカウントが停止されています。未払いまたは未回答の報告がないか確認し、サポートに連絡してください。30 日以内に解決しないとリソースが削除されることがあります。",
    en = "The account is suspended. Look for unpaid invoices or unanswered reports and contact AWS Support; resources may be deleted when it lasts.",
    url = "https://repost.aws/knowledge-center/reactivate-suspended-account",
  },
}

rule "account.mfa-deactivated" {
  title    = "Your Amazon Web Services Multi-Factor Authentication (MFA) Has Been Deactivated",
  category = "account",
  priority = "high",
  advice   = {
    ja = "ルートユーザーの MFA が無効になりました。自分たちの操作でなければ、不正アクセスとして対応してください。",
    en = "MFA was turned off. Unless it was one of you, treat it as a compromise.",
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html",
  },
}

rule "account.password-assistance" {
  title    = { "Amazon Web Services Password Assistance", "Password updated", "Your AWS password has been changed" },
  category = "account",
  priority = "high",
}

rule "account.verification-code" {
  title    = {
    "Verify your identity", "Your AWS verification code", "Verify your AWS Builder ID email address", "AWS Email Verification",
    "AWS Organizations email verification request",
  },
  category = "account",
}

rule "account.identity-center-invitation" {
  title    = {
    "Invitation to join AWS Single Sign-On", "Invitation to join IAM Identity Center", "Invitation to join AWS IAM Identity Center",
    "Invitation to join the AWS IAM Identity Center",
  },
  category = "account",
  service  = "IAM Identity Center",
}

rule "account.ready" {
  title    = { "Your AWS Account is Ready - Get Started Now", "Welcome to Amazon Web Services" },
  category = "account",
  priority = "low",
}

-- Bills and costs -------------------------------------------------------------------------------------------------------

rule "billing.invoice" {
  title    = {
    "Amazon Web Services Invoice Available",
    "Amazon Web Services Tax Invoice Available{any}",
    "Amazon Web Services Billing Statement Available",
    "Amazon Web Services Billing Statement Available / {any}",
  },
  category = "billing",
}

rule "billing.unpaid" {
  title    = { "Important Unpaid AWS charges", "Unpaid AWS charges", "Important: Unpaid AWS charges" },
  category = "billing",
  priority = "high",
  advice   = {
    ja = "請求の支払いが失敗しています。支払い方法を確認してください。未払いが続くとアカウントが停止されます。",
    en = "A payment failed. Check the payment method; an account that stays unpaid is suspended.",
    url = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/manage-making-a-payment.html",
  },
}

-- Through an SNS topic, which any customer may write to. Before the next rule, under which it would pass for a forgery of AWS
rule "billing.budget-topic" {
  from     = "no-reply@sns.amazonaws.com",
  subject  = "AWS Budgets: {line}",
  speaker  = "any",
  category = "billing",
  service  = "BUDGETS",
}

rule "billing.budget" {
  title    = { "AWS Budgets: {line} has exceeded your alert threshold", "AWS Budgets: {line}" },
  category = "billing",
  priority = "normal",
  service  = "BUDGETS",
  capture  = { threshold = "Alert Threshold: > {money}", amount = "Actual Amount: {money}" },
}

-- Utilization of reservations, reports, and whatever else budgets say
rule "billing.budget-report" {
  from     = "budgets@costalerts.amazonaws.com",
  category = "billing",
  service  = "BUDGETS",
}

rule "billing.cost-anomaly" {
  any      = {
    from  = "anomalydetection@costalerts.amazonaws.com",
    title = { nocase(starts "AWS Cost anomaly"), nocase(starts "Cost anomaly") },
  },
  category = "billing",
  priority = "normal",
  service  = "COST",
}

rule "billing.free-tier" {
  any      = {
    from  = "freetier@costalerts.amazonaws.com",
    title = { "AWS Free limit alert", "AWS Free Tier limit alert", "AWS Free Tier usage limit alert" },
  },
  category = "billing",
  service  = "FREETIER",
}

rule "billing.free-plan-ended" {
  title    = "Your AWS free plan has ended",
  category = "billing",
  priority = "high",
}

-- Marketplace -----------------------------------------------------------------------------------------------------------

rule "marketplace.notice" {
  any      = {
    title = { "Your AWS Marketplace subscription for {line}", "You accepted an AWS Marketplace offer" },
    from  = { "@marketplace.aws", "marketplace@aws.com", "partner-central@aws.com" },
  },
  category = "marketplace",
}

-- Domains and certificates ------------------------------------------------------------------------------------------------

rule "domain.verification" {
  from     = { "@registrar.amazon", "@registrar.amazon.com", "noreply@domainnameverification.net", "noreply@emailverification.info" },
  title    = { "Verify your email address for {domain}", "Email Address Verification", nocase(contains "verif") },
  category = "domain",
  service  = "ROUTE53",
  advice   = {
    ja = "登録者の連絡先メールアドレスの確認です。15 日以内にリンクから確認しないと、ドメインが停止されます。",
    en = "The registrant's mail address must be confirmed. Without it the domain is suspended after 15 days.",
    url = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/domain-verify-contact-email.html",
  },
}

rule "domain.registrar" {
  from     = {
    "@registrar.amazon", "@registrar.amazon.com", "route53-dev-admin@amazon.com", "noreply@domainnameverification.net",
    "noreply@emailverification.info",
  },
  category = "domain",
  service  = "ROUTE53",
}

rule "certificate.request" {
  title    = { "Certificate request for {domain}", "Certificate approval for {domain}" },
  category = "certificate",
  service  = "ACM",
  priority = "high",
  advice   = {
    ja = "ドメイン所有の確認です。心当たりのある申請であれば、72 時間以内にリンクから承認してください。",
    en = "ACM asks whether the domain is yours. Approve within 72 hours if you know of the request.",
    url = "https://docs.aws.amazon.com/acm/latest/userguide/email-validation.html",
  },
}

rule "certificate.renewed" {
  title    = "Your certificate is renewed",
  category = "certificate",
  service  = "ACM",
  priority = "low",
}

rule "certificate.renewal" {
  event_type = { "AWS_ACM_RENEWAL_*", "CAA_CHECK_FAILURE", "AWS_ACMPCA_*", "AWS_ACM_*" },
  category   = "certificate",
  service    = "ACM",
  capture    = { certificate = "Certificate identifier: {arn}" },
  advice     = {
    ja = "証明書が自動更新できていません。DNS 検証の CNAME レコードが残っているか、CAA レコードで拒否していないか確認してください。",
    en = "The certificate could not be renewed. Check that the CNAME record of the DNS validation is still there and that no CAA record forbids it.",
    url = "https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-renewal.html",
  },
}

-- Alarms: SNS carries what customers write, so AWS is not what speaks here --------------------------------------------------

rule "alarm.cloudwatch" {
  from     = "no-reply@sns.amazonaws.com",
  subject  = {
    "ALARM: \"{any}\" in {region}", "OK: \"{any}\" in {region}", "INSUFFICIENT_DATA: \"{any}\" in {region}",
    "ALARM: {line}", "OK: {line}", "INSUFFICIENT_DATA: {line}",
  },
  speaker  = "any",
  category = "alarm",
  service  = "CLOUDWATCH",
}

rule "sns.subscription" {
  from     = "no-reply@sns.amazonaws.com",
  subject  = "AWS Notification - Subscription Confirmation",
  speaker  = "any",
  category = "other",
  service  = "SNS",
}

rule "sns.message" {
  from     = "no-reply@sns.amazonaws.com",
  speaker  = "any",
  category = "alarm",
  service  = "SNS",
}

rule "quota.threshold" {
  event_type = "AWS_SERVICEQUOTAS_THRESHOLD_BREACH",
  category   = "alarm",
  service    = "SERVICEQUOTAS",
  advice     = {
    ja = "サービスクォータの使用率がしきい値を超えました。引き上げ申請または不要なリソースの削除を検討してください。",
    en = "A service quota is nearly used up. Ask for an increase or remove what is not needed.",
    url = "https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html",
  },
}

-- The rest --------------------------------------------------------------------------------------------------------------

rule "ses.address-verification" {
  title    = {
    "Amazon SES Address Verification Request", "Amazon SES Email Address Verification Request in region {region}",
    "Amazon Web Services – Email Address Verification Request", "Amazon Web Services – Email Address Verification Request in region {region}",
    "AWS Email Address Verification Request in region {region}",
  },
  category = "other",
  service  = "SES",
}

rule "ses.setup" {
  title    = "Amazon SES Setup Notification",
  category = "other",
  service  = "SES",
}
