-- Each text that the rules of ../50-account.lua know, as a mail of its sender.
local function each(rule, category, from, subjects, more)
  for _, subject in ipairs(subjects) do
    local expect = { category = category, rule = rule, certainty = "exact" }
    for key, value in pairs(more or {}) do expect[key] = value end
    test(rule .. ": " .. subject) { from = from, subject = subject, body = "Hello,\n\nAWS Account ID: 123456789012\n", expect = expect }
  end
end

each("account.suspension-ahead", "account", "no-reply-aws@amazon.com", {
  "Your AWS account will be suspended", "Your AWS account 123456789012 will be suspended (prod)",
  "Your AWS account is about to be suspended", "Your AWS Account may be suspended - please read", "AWS account suspension notice",
  "Notice of AWS account suspension (prod)", "AWS アカウントの停止に関する重要なお知らせ",
}, { priority = "urgent" })

each("account.suspended", "account", "no-reply-aws@amazon.com", {
  "Your AWS account has been suspended", "Your AWS account 123456789012 has been suspended - please read",
  "Your AWS account is suspended", "AWS account suspended (prod)", "AWS Account Suspension", "【重要】お客様の AWS アカウント 123456789012 が停止されました",
}, { priority = "urgent" })

each("account.terminated", "account", "no-reply-aws@amazon.com", {
  "Your AWS account has been terminated - please read", "Your AWS account will be terminated", "AWS Account Termination (prod)",
}, { priority = "urgent" })

each("account.closed", "account", "no-reply-aws@amazon.com", {
  "Your AWS account has been closed", "Your AWS account 123456789012 has been closed - please read", "Your AWS account is closed",
  "AWS account closure (prod)", "AWS account closed", "Confirmation of AWS account closure - please read",
  "Your request to close your AWS account", "Your AWS account closure request (prod)", "AWS アカウントの解約に関するお知らせ",
}, { priority = "high" })

each("account.reinstated", "account", "no-reply-aws@amazon.com", {
  "Your AWS account has been reactivated", "Your AWS account has been reinstated - please read", "Your AWS account has been reopened",
  "Your AWS account has been restored (prod)", "Your AWS Account access has been restored", "AWS account reinstated - please read",
  "AWS アカウントが再開されました",
})

each("account.mfa-deactivated", "account", "no-reply-aws@amazon.com", {
  "Your Amazon Web Services Multi-Factor Authentication (MFA) Has Been Deactivated",
  "Your AWS multi-factor authentication (MFA) has been deactivated", "Your AWS MFA device has been deactivated",
  "Your AWS MFA device has been removed", "AWS MFA device removed", "MFA device removed from your AWS account",
  "お客様の AWS 多要素認証 (MFA) が無効になりました",
}, { priority = "high" })

each("account.mfa-activated", "account", "no-reply-aws@amazon.com", {
  "Your Amazon Web Services Multi-Factor Authentication (MFA) Has Been Activated",
  "Your Amazon Web Services Multi-Factor Authentication (MFA) Has Been Enabled",
  "Your AWS multi-factor authentication (MFA) has been activated", "Your AWS MFA device has been registered",
  "Your AWS MFA device has been added", "AWS MFA device added", "MFA device added to your AWS account (prod)",
  "お客様の AWS 多要素認証 (MFA) が有効になりました",
})

each("account.credentials-changed", "account", "no-reply-aws@amazon.com", {
  "Your AWS account email address has been changed", "Your AWS account email has been changed - please read",
  "Your AWS account email address was updated", "Your AWS account root user email address has been changed (prod)",
  "Your AWS account phone number has been changed", "Your AWS account contact information has been changed - please read",
  "Your AWS account contact information has been updated", "Your AWS account name has been changed (prod)",
  "Alternate contact updated for your AWS account", "Your AWS account alternate contact has been updated - please read",
  "Your AWS password has been changed", "Your AWS account password has been changed",
  "Your Amazon Web Services password has been changed", "Your AWS root user password has been changed", "AWS password changed",
  "Your AWS account root user access key", "AWS アカウントの E メールアドレスが変更されました",
}, { priority = "high" })

each("account.sign-in-notice", "account", "no-reply@amazonaws.com", {
  "AWS account root user sign-in (prod)", "Root user sign-in", "AWS sign-in from a new device - please read",
  "New sign-in to your AWS account", "New device sign-in (prod)", "Sign-in from a new device or location",
  "AWS Console Sign In via CloudTrail - please read", "AWS への新しいデバイスからのサインイン",
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
  "Your AWS account has been invited to join an AWS organization", "Your AWS account has been invited to join an organization (prod)",
  "You've been invited to join an AWS organization", "You have been invited to join an AWS organization - please read",
  "Invitation to join an AWS organization", "AWS Organizations invitation (prod)", "AWS Organizations: Invitation",
  "Example Organization has invited your AWS account to join an organization", "AWS Organizations への招待のお知らせ",
  "Request to enable all features in your AWS organization", "AWS billing transfer invitation (prod)",
}, { priority = "high" })

each("account.organization-change", "account", "no-reply-aws@amazon.com", {
  "Your AWS account has joined an organization", "Your AWS account has left an organization - please read",
  "Your AWS account has left the organization", "Your AWS account has been removed from an organization (prod)",
  "Your AWS account has been removed from the organization", "An AWS account has joined your organization - please read",
  "An AWS account has left your organization", "Welcome to AWS Organizations",
  "Example Inc. accepted your invitation to join your AWS organization", "AWS account created in your organization (prod)",
})

each("account.ready", "account", "no-reply-aws@amazon.com", {
  "Welcome to Amazon Web Services", "Welcome to AWS", "Your AWS account is ready", "AWS アカウントの準備ができましたのお知らせ", "アマゾン ウェブ サービスへようこそ",
  "Amazon Web Services へようこそについて",
}, { priority = "low" })

each("account.verified", "account", "no-reply-aws@amazon.com", {
  "Your Request For Accessing AWS Resources Has Been Validated", "Your AWS account has been verified",
  "Your AWS account is now active - please read", "Your AWS Region is now enabled",
}, { priority = "low" })

each("account.verification-needed", "account", "no-reply-aws@amazon.com", {
  "Verify your AWS account (prod)", "AWS account verification", "Your AWS account requires verification - please read",
  "Additional information needed to verify your AWS account", "Additional information required for your AWS account (prod)",
  "AWS アカウントの確認", "AWS アカウントの本人確認のお知らせ",
}, { priority = "high" })

each("account.agreement", "account", "no-reply-aws@amazon.com", {
  "AWS Customer Agreement", "Updates to the AWS Customer Agreement (prod)", "Changes to the AWS Customer Agreement",
  "Update to the AWS Customer Agreement - please read", "Updates to the AWS Service Terms", "Changes to the AWS Service Terms (prod)",
  "AWS Privacy Notice", "Updates to the AWS Privacy Notice - please read", "Changes to your AWS contracting party",
  "AWS カスタマーアグリーメントについて", "AWS サービス条件", "AWS プライバシー通知のお知らせ",
}, { priority = "normal" })
