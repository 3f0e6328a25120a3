-- Each text that the rules of 50-account.lua know.
local each = require "each_text"

each("account.suspension-ahead", "account", "no-reply-aws@amazon.com", {
  "Your AWS account will be suspended (prod)", "Your AWS account 123456789012 will be suspended",
  "Your AWS account is about to be suspended - please read", "Your AWS Account may be suspended", "AWS account suspension notice (prod)",
  "Notice of AWS account suspension", "AWS アカウントの停止に関する重要なお知らせ",
}, { priority = "urgent" })

each("account.suspended", "account", "no-reply-aws@amazon.com", {
  "Your AWS account has been suspended - please read", "Your AWS account 123456789012 has been suspended",
  "Your AWS account is suspended (prod)", "AWS account suspended", "AWS Account Suspension - please read",
  "【重要】お客様の AWS アカウント 123456789012 が停止されました",
}, { priority = "urgent" })

each("account.terminated", "account", "no-reply-aws@amazon.com", {
  "Your AWS account has been terminated", "Your AWS account will be terminated (prod)", "AWS Account Termination",
}, { priority = "urgent" })

each("account.closed", "account", "no-reply-aws@amazon.com", {
  "Your AWS account has been closed - please read", "Your AWS account 123456789012 has been closed", "Your AWS account is closed (prod)",
  "AWS account closure", "AWS account closed - please read", "Confirmation of AWS account closure",
  "Your request to close your AWS account (prod)", "Your AWS account closure request", "AWS アカウントの解約に関するお知らせ",
}, { priority = "high" })

each("account.reinstated", "account", "no-reply-aws@amazon.com", {
  "Your AWS account has been reactivated - please read", "Your AWS account has been reinstated",
  "Your AWS account has been reopened (prod)", "Your AWS account has been restored",
  "Your AWS Account access has been restored - please read", "AWS account reinstated", "AWS アカウントが再開されました",
})

each("account.mfa-deactivated", "account", "no-reply-aws@amazon.com", {
  "Your Amazon Web Services Multi-Factor Authentication (MFA) Has Been Deactivated",
  "Your AWS multi-factor authentication (MFA) has been deactivated", "Your AWS MFA device has been deactivated",
  "Your AWS MFA device has been removed", "AWS MFA device removed", "MFA device removed from your AWS account (prod)",
  "お客様の AWS 多要素認証 (MFA) が無効になりました",
}, { priority = "high" })

each("account.mfa-activated", "account", "no-reply-aws@amazon.com", {
  "Your Amazon Web Services Multi-Factor Authentication (MFA) Has Been Activated",
  "Your Amazon Web Services Multi-Factor Authentication (MFA) Has Been Enabled",
  "Your AWS multi-factor authentication (MFA) has been activated", "Your AWS MFA device has been registered",
  "Your AWS MFA device has been added", "AWS MFA device added", "MFA device added to your AWS account", "お客様の AWS 多要素認証 (MFA) が有効になりました",
})

each("account.credentials-changed", "account", "no-reply-aws@amazon.com", {
  "Your AWS account email address has been changed - please read", "Your AWS account email has been changed",
  "Your AWS account email address was updated (prod)", "Your AWS account root user email address has been changed",
  "Your AWS account phone number has been changed - please read", "Your AWS account contact information has been changed",
  "Your AWS account contact information has been updated (prod)", "Your AWS account name has been changed",
  "Alternate contact updated for your AWS account - please read", "Your AWS account alternate contact has been updated",
  "Your AWS password has been changed", "Your AWS account password has been changed",
  "Your Amazon Web Services password has been changed", "Your AWS root user password has been changed", "AWS password changed",
  "Your AWS account root user access key (prod)", "AWS アカウントの E メールアドレスが変更されました",
}, { priority = "high" })

each("account.sign-in-notice", "account", "no-reply@amazonaws.com", {
  "AWS account root user sign-in", "Root user sign-in - please read", "AWS sign-in from a new device",
  "New sign-in to your AWS account (prod)", "New device sign-in", "Sign-in from a new device or location - please read",
  "AWS Console Sign In via CloudTrail", "AWS への新しいデバイスからのサインイン",
}, { priority = "high" })

each("account.password-assistance", "account", "no-reply@amazonaws.com", {
  "Amazon Web Services Password Assistance", "AWS Password Assistance", "Password updated", "Reset your AWS password",
  "Reset your password", "Password reset requested", "Your password has been reset", "Reset your AWS IAM Identity Center password",
  "Amazon Web Services パスワードアシスタンス", "Amazon Web Services パスワード支援", "AWS パスワードのリセット",
}, { priority = "high" })

each("account.verification-code", "account", "no-reply@amazonaws.com", {
  "Verify your identity", "Your AWS verification code", "Verify your AWS Builder ID email address", "AWS Email Verification",
  "AWS Organizations email verification request", "AWS email verification code", "Your one-time password", "Your AWS one-time password",
  "Verify your email address", "Verify your new AWS account email address", "Verify your AWS account email address",
  "Your AWS Builder ID verification code", "AWS IAM Identity Center one-time password", "One-time password for AWS IAM Identity Center",
  "AWS の確認コード", "AWS 確認コード", "E メールアドレスの検証", "本人確認", "Your AWS account verification code",
})

each("account.identity-center-invitation", "account", "no-reply-aws@amazon.com", {
  "Invitation to join AWS Single Sign-On", "Invitation to join IAM Identity Center", "Invitation to join AWS IAM Identity Center",
  "Invitation to join the AWS IAM Identity Center", "Invitation to join AWS IAM Identity Center (successor to AWS Single Sign-On)",
  "AWS IAM Identity Center への招待", "IAM Identity Center への招待",
})

each("account.organization-invitation", "account", "no-reply-aws@amazon.com", {
  "Your AWS account has been invited to join an AWS organization (prod)", "Your AWS account has been invited to join an organization",
  "You've been invited to join an AWS organization - please read", "You have been invited to join an AWS organization",
  "Invitation to join an AWS organization (prod)", "AWS Organizations invitation", "AWS Organizations: Invitation - please read",
  "Example Organization has invited your AWS account to join an organization", "AWS Organizations への招待",
  "Request to enable all features in your AWS organization (prod)", "AWS billing transfer invitation",
}, { priority = "high" })

each("account.organization-change", "account", "no-reply-aws@amazon.com", {
  "Your AWS account has joined an organization - please read", "Your AWS account has left an organization",
  "Your AWS account has left the organization (prod)", "Your AWS account has been removed from an organization",
  "Your AWS account has been removed from the organization - please read", "An AWS account has joined your organization",
  "An AWS account has left your organization (prod)", "Welcome to AWS Organizations",
  "Example Inc. accepted your invitation to join your AWS organization", "AWS account created in your organization",
})

each("account.ready", "account", "no-reply-aws@amazon.com", {
  "Welcome to Amazon Web Services", "Welcome to AWS", "Your AWS account is ready - please read", "AWS アカウントの準備ができました",
  "アマゾン ウェブ サービスへようこそについて", "Amazon Web Services へようこそ",
}, { priority = "low" })

each("account.verified", "account", "no-reply-aws@amazon.com", {
  "Your Request For Accessing AWS Resources Has Been Validated", "Your AWS account has been verified - please read",
  "Your AWS account is now active", "Your AWS Region is now enabled (prod)",
}, { priority = "low" })

each("account.verification-needed", "account", "no-reply-aws@amazon.com", {
  "Verify your AWS account", "AWS account verification - please read", "Your AWS account requires verification",
  "Additional information needed to verify your AWS account (prod)", "Additional information required for your AWS account",
  "AWS アカウントの確認のお知らせ", "AWS アカウントの本人確認",
}, { priority = "high" })

each("account.agreement", "account", "no-reply-aws@amazon.com", {
  "AWS Customer Agreement (prod)", "Updates to the AWS Customer Agreement", "Changes to the AWS Customer Agreement - please read",
  "Update to the AWS Customer Agreement", "Updates to the AWS Service Terms (prod)", "Changes to the AWS Service Terms",
  "AWS Privacy Notice - please read", "Updates to the AWS Privacy Notice", "Changes to your AWS contracting party (prod)",
  "AWS カスタマーアグリーメント", "AWS サービス条件のお知らせ", "AWS プライバシー通知",
}, { priority = "normal" })
