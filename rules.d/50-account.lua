-- The account itself: signing in, closing, suspending, verifying, organizations, invitations. One-time codes and reset links are among
-- these mails: they go to the operators alone, who find the code in the original; no note quotes it.

-- From whom such mail comes. Titles that any company's mail may have are AWS's from here only
local sign_in = { "@signin.aws", "@verify.signin.aws", "@signup.aws", "no-reply@login.awsapps.com" }
local aws = {
  "@signin.aws", "@verify.signin.aws", "@signup.aws", "no-reply@login.awsapps.com", "no-reply@amazonaws.com", "no-reply-aws@amazon.com",
  "aws-account-notifications@amazon.com", "@aws.com", "aws-verification@amazon.com",
}
local unquoted = { forward { to = "operators", quote = false } }

-- Suspended, closed, gone ---------------------------------------------------------------------------------------------------

rule "account.suspension-ahead" {
  title    = nocase {
    "Your AWS account will be suspended{any}", "Your AWS account {account} will be suspended{any}",
    "Your AWS account is about to be suspended{any}", "Your AWS Account may be suspended{any}", "AWS account suspension notice{any}",
    "Notice of AWS account suspension{any}",
    matches [[^(?:お客様の ?)?AWS ?アカウント ?(?:の ?停止(?:予告|の予告|に関する(?:重要な)?お知らせ)|が ?停止される(?:可能性|予定))]],
  },
  category = "account",
  priority = "urgent",
  advice   = {
    ja = "このままではアカウントが停止され、サービスにアクセスできなくなります。メールに書かれた理由(未払い、本人確認、"
      .. "Abuse Report への未回答など)を確認し、期日までに支払いまたは返信をしてください。間に合わない場合は、"
      .. "サポートケースで期限の相談をしてください。",
    en = "The account is about to be suspended, and then nothing in it can be reached. See which reason the mail names (an unpaid "
      .. "invoice, a verification, an unanswered report) and pay or answer before the date. When that is too soon, ask in a support case "
      .. "for more time.",
    url = "https://repost.aws/knowledge-center/reactivate-suspended-account",
  },
}

rule "account.suspended" {
  title    = nocase {
    "Your AWS account has been suspended{any}", "Your AWS account {account} has been suspended{any}",
    "Your AWS account is suspended{any}", "AWS account suspended{any}", "AWS Account Suspension{any}",
    matches [[^(?:お客様の ?)?AWS ?アカウント ?(?:\d{12} ?)?が ?(?:一時)?(?:停止|利用停止)(?:されました|されています|になりました)]],
  },
  category = "account",
  priority = "urgent",
  advice   = {
    ja = "アカウントが停止されています。未払いの請求、または回答していない Abuse Report・不正アクセスの連絡がないか確認し、"
      .. "サポートに連絡してください。ルートユーザーではサインインでき、支払いとケースの起票ができます。30 日以内に解決しないと、"
      .. "リソースが削除されることがあります。",
    en = "The account is suspended. Look for unpaid invoices and for abuse reports or notices of a compromise that nobody answered, and "
      .. "contact AWS Support; the root user can still sign in to pay and to open a case. Resources may be deleted when it lasts longer "
      .. "than 30 days.",
    url = "https://repost.aws/knowledge-center/reactivate-suspended-account",
  },
}

rule "account.terminated" {
  title    = nocase {
    "Your AWS account has been terminated{any}", "Your AWS account will be terminated{any}", "AWS Account Termination{any}",
  },
  category = "account",
  priority = "urgent",
  advice   = {
    ja = "アカウントが終了した、または終了する予定です。必要なデータが残っていないか直ちに確認し、意図したものでなければ、"
      .. "すぐに AWS サポートへ連絡してください。終了後のデータは復元できません。",
    en = "The account has been terminated or will be. See at once whether data in it is still needed, and contact AWS Support now unless "
      .. "it is meant; what is gone then cannot be brought back.",
    url = "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-closing.html",
  },
}

rule "account.closed" {
  title    = nocase {
    "Your AWS account has been closed{any}", "Your AWS account {account} has been closed{any}", "Your AWS account is closed{any}",
    "AWS account closure{any}", "AWS account closed{any}", "Confirmation of AWS account closure{any}",
    "Your request to close your AWS account{any}", "Your AWS account closure request{any}",
    matches [[^(?:お客様の ?)?AWS ?アカウント ?(?:が ?(?:解約|閉鎖|クローズ)されました|の ?(?:解約|閉鎖|クローズ)(?:について|に関するお知らせ|のお知らせ|完了))]],
  },
  category = "account",
  priority = "high",
  advice   = {
    ja = "アカウントが解約されました。解約から 90 日間はルートユーザーでサインインして再開でき、"
      .. "その後リソースとデータは完全に削除されます。心当たりのない解約であれば、すぐに AWS サポートへ連絡してください。"
      .. "使っていた期間の最後の請求は、後から届きます。",
    en = "The account has been closed. For 90 days it can be reopened by signing in as root; after that its resources and data are gone "
      .. "for good. Contact AWS Support at once when nobody of you closed it. A last invoice for the time of use is still to come.",
    url = "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-closing.html",
  },
}

rule "account.reinstated" {
  title    = nocase {
    "Your AWS account has been reactivated{any}", "Your AWS account has been reinstated{any}", "Your AWS account has been reopened{any}",
    "Your AWS account has been restored{any}", "Your AWS Account access has been restored{any}", "AWS account reinstated{any}",
    matches [[^(?:お客様の ?)?AWS ?アカウント ?が ?(?:再開|再有効化|復元|再アクティブ化)されました]],
  },
  category = "account",
  advice   = {
    ja = "アカウントが再開されました。停止していたインスタンスやサービスは自動では起動しないことがあるため、"
      .. "稼働状況・自動起動・監視を確認してください。心当たりのない再開であれば、サポートへ連絡してください。",
    en = "The account works again. Instances and services that were stopped may not start by themselves: look at what runs, at schedules "
      .. "and at monitoring. Contact AWS Support when nobody of you asked for it.",
    url = "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-closing.html",
  },
}

-- Signing in ----------------------------------------------------------------------------------------------------------------

rule "account.mfa-deactivated" {
  title    = nocase {
    "Your Amazon Web Services Multi-Factor Authentication (MFA) Has Been Deactivated",
    "Your AWS multi-factor authentication (MFA) has been deactivated", "Your AWS MFA device has been deactivated",
    "Your AWS MFA device has been removed", "AWS MFA device removed", "MFA device removed from your AWS account{any}",
    matches [[^(?:お客様の ?)?(?:AWS|Amazon Web Services)[^\n]{0,20}(?:MFA|多要素認証)[^\n]{0,20}(?:無効|削除)]],
  },
  category = "account",
  priority = "high",
  advice   = {
    ja = "ルートユーザーの MFA が無効になりました。自分たちの操作でなければ、不正アクセスとして対応し、パスワードの変更、MFA の再登録、"
      .. "CloudTrail の確認をただちに行ってください。機種変更などの操作であれば、"
      .. "新しい MFA が登録されていることを今日中に確認してください。",
    en = "MFA was turned off. Unless it was one of you, treat it as a compromise: change the password, register MFA again and look "
      .. "through CloudTrail now. If it was you, for a new phone, make sure today that the new device is registered.",
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html",
  },
}

rule "account.mfa-activated" {
  title    = nocase {
    "Your Amazon Web Services Multi-Factor Authentication (MFA) Has Been Activated",
    "Your Amazon Web Services Multi-Factor Authentication (MFA) Has Been Enabled",
    "Your AWS multi-factor authentication (MFA) has been activated", "Your AWS MFA device has been registered",
    "Your AWS MFA device has been added", "AWS MFA device added", "MFA device added to your AWS account{any}",
    matches [[^(?:お客様の ?)?(?:AWS|Amazon Web Services)[^\n]{0,20}(?:MFA|多要素認証)[^\n]{0,20}(?:有効|登録|追加)]],
  },
  category = "account",
  advice   = {
    ja = "MFA デバイスが登録されました。自分たちの操作か確認してください。心当たりがなければ第三者がサインインしている可能性があるため、"
      .. "そのデバイスを削除し、パスワードを変更して CloudTrail を確認してください。",
    en = "An MFA device was registered. See that it was one of you. If not, somebody else may be signed in: remove the device, change the "
      .. "password and look through CloudTrail.",
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html",
  },
}

rule "account.credentials-changed" {
  title    = nocase {
    "Your AWS account email address has been changed{any}", "Your AWS account email has been changed{any}",
    "Your AWS account email address was updated{any}", "Your AWS account root user email address has been changed{any}",
    "Your AWS account phone number has been changed{any}", "Your AWS account contact information has been changed{any}",
    "Your AWS account contact information has been updated{any}", "Your AWS account name has been changed{any}",
    "Alternate contact updated for your AWS account{any}", "Your AWS account alternate contact has been updated{any}",
    "Your AWS password has been changed", "Your AWS account password has been changed",
    "Your Amazon Web Services password has been changed", "Your AWS root user password has been changed", "AWS password changed",
    "Your AWS account root user access key{any}",
    matches [[^(?:お客様の ?)?AWS ?アカウント ?の ?(?:ルートユーザーの ?)?(?:E ?メールアドレス|メールアドレス|パスワード|電話番号|連絡先情報|連絡先)が ?(?:変更|更新)されました]],
  },
  category = "account",
  priority = "high",
  advice   = {
    ja = "アカウントのメールアドレス・パスワード・電話番号などの情報が変更されました。自分たちの操作か、"
      .. "変更内容が正しいかを確認してください。心当たりがなければ、アカウントの乗っ取りとして、ただちに AWS サポートへ連絡してください。",
    en = "The account's mail address, password, phone number or contacts were changed. See that it was one of you, and that the new "
      .. "values are right. If nobody knows of it, the account is being taken over: contact AWS Support at once.",
    url = "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-root-user.html",
  },
}

rule "account.sign-in-notice" {
  from     = aws,
  title    = nocase {
    "AWS account root user sign-in{any}", "Root user sign-in{any}", "AWS sign-in from a new device{any}",
    "New sign-in to your AWS account{any}", "New device sign-in{any}", "Sign-in from a new device or location{any}",
    "AWS Console Sign In via CloudTrail{any}",
    matches [[^(?:AWS|Amazon Web Services)[^\n]{0,20}(?:新しいデバイス|ルートユーザー)[^\n]{0,10}サインイン]],
  },
  category = "account",
  priority = "high",
  advice   = {
    ja = "ルートユーザーまたは新しい端末でのサインインです。時刻・IP アドレス・端末に心当たりがあるか確認してください。なければ、"
      .. "パスワードを変更し、MFA とアクセスキーを確認したうえで CloudTrail を調べてください。",
    en = "Somebody signed in as root or with a new device. See whether the time, the IP address and the device are yours. If not, change "
      .. "the password, look at MFA and access keys, and go through CloudTrail.",
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
  },
}

rule "account.password-assistance" {
  from     = aws,
  title    = nocase {
    "Amazon Web Services Password Assistance", "AWS Password Assistance", "Password updated", "Reset your AWS password",
    "Reset your password", "Password reset requested", "Your password has been reset", "Reset your AWS IAM Identity Center password",
    "Amazon Web Services パスワードアシスタンス", "Amazon Web Services パスワード支援", "AWS パスワードのリセット",
  },
  category = "account",
  priority = "high",
  actions  = unquoted,
  advice   = {
    ja = "パスワードの再設定に関するメールです。依頼した人がいれば、元のメールのリンクを使ってください。リンクは短時間で無効になります。"
      .. "依頼していなければリンクを開かず、誰かがサインインを試みていないか CloudTrail で確認してください。",
    en = "A mail about resetting a password. Whoever asked for it uses the link in the original, which works for a short time only. If "
      .. "nobody did, do not open it, and look in CloudTrail for attempts to sign in.",
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reset-root-password.html",
  },
}

-- Also when somebody lost the second factor, or a new address is to be confirmed
rule "account.verification-code" {
  from     = aws,
  title    = nocase {
    "Verify your identity", "Your AWS verification code", "Verify your AWS Builder ID email address", "AWS Email Verification",
    "AWS Organizations email verification request", "AWS email verification code", "Your one-time password", "Your AWS one-time password",
    "Verify your email address", "Verify your new AWS account email address", "Verify your AWS account email address",
    "Your AWS Builder ID verification code", "AWS IAM Identity Center one-time password", "One-time password for AWS IAM Identity Center",
    "AWS の確認コード", "AWS 確認コード", "E メールアドレスの検証", "本人確認",
    matches [[(?i)^(?:your )?(?:AWS|Amazon Web Services)[^\n]{0,30} (?:verification|confirmation|one-time) (?:code|password|passcode)\b]],
  },
  category = "account",
  actions  = unquoted,
  advice   = {
    ja = "サインインやメールアドレス確認のワンタイムコードです。操作している人がいれば、元のメールのコードを使ってください。"
      .. "コードは誰にも転送しないでください。心当たりがなければ、誰かがパスワードを知っている可能性があるため、"
      .. "パスワードを変更してください。",
    en = "A one-time code for signing in or for confirming an address. Whoever is at it takes the code from the original mail; pass it on "
      .. "to nobody. If nobody is, somebody else may know the password: change it.",
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
  },
}

rule "account.mfa-recovery" {
  any      = {
    { from = "recover-mfa-no-reply@verify.signin.aws" },
    { from = aws, title = { "AWS MFA recovery{any}", "Recover your AWS MFA{any}", "Lost MFA device{any}", "Recover your MFA device{any}" } },
  },
  category = "account",
  priority = "high",
  actions  = unquoted,
  advice   = {
    ja = "ルートユーザーの MFA を使わずにサインインする手続きが始まりました。自分たちの操作であれば、"
      .. "元のメールのリンクと電話確認で続けてください。心当たりがなければ第三者による操作の可能性が高いため、リンクを開かず、"
      .. "パスワードを変更して AWS サポートへ連絡してください。",
    en = "Somebody has begun to sign in as root without the MFA device. If it is one of you, go on with the link in the original and the "
      .. "phone call. If not, it is likely an attack: leave the link alone, change the password and contact AWS Support.",
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_lost-or-broken.html",
  },
}

-- Organizations, Identity Center, new accounts --------------------------------------------------------------------------------

rule "account.identity-center-invitation" {
  title    = nocase {
    "Invitation to join AWS Single Sign-On", "Invitation to join IAM Identity Center", "Invitation to join AWS IAM Identity Center",
    "Invitation to join the AWS IAM Identity Center", "Invitation to join AWS IAM Identity Center (successor to AWS Single Sign-On)",
    "AWS IAM Identity Center への招待", "IAM Identity Center への招待",
  },
  category = "account",
  service  = "IDENTITYCENTER",
  actions  = unquoted,
  advice   = {
    ja = "IAM Identity Center のユーザー招待です。招待された本人が、7 日以内に元のメールのリンクからパスワードを設定してください。"
      .. "期限を過ぎた場合は、管理者が招待を再送できます。",
    en = "An invitation to IAM Identity Center. The person invited sets a password by the link in the original within seven days; after "
      .. "that an administrator can send it again.",
    url = "https://docs.aws.amazon.com/singlesignon/latest/userguide/howtoactivateaccount.html",
  },
}

rule "account.organization-invitation" {
  title    = nocase {
    "Your AWS account has been invited to join an AWS organization{any}",
    "Your AWS account has been invited to join an organization{any}", "You've been invited to join an AWS organization{any}",
    "You have been invited to join an AWS organization{any}", "Invitation to join an AWS organization{any}",
    "AWS Organizations invitation{any}", "AWS Organizations: Invitation{any}",
    "{line} has invited your AWS account to join an organization", "AWS Organizations への招待{any}",
    "Request to enable all features in your AWS organization{any}", "AWS billing transfer invitation{any}",
  },
  category = "account",
  priority = "high",
  service  = "ORGANIZATIONS",
  advice   = {
    ja = "AWS Organizations の組織への招待です。承諾すると、請求が管理アカウントに統合され、管理アカウントのポリシーに従うことになります。"
      .. "招待元の組織とアカウント ID に心当たりがあるか確認し、15 日以内に承諾または拒否してください。",
    en = "An invitation into an organization of AWS Organizations. Who accepts it has its bills paid by the management account and stands "
      .. "under its policies. See that you know the organization and its account, and accept or decline within 15 days.",
    url = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_accept-decline-invite.html",
  },
}

rule "account.organization-change" {
  title    = nocase {
    "Your AWS account has joined an organization{any}", "Your AWS account has left an organization{any}",
    "Your AWS account has left the organization{any}", "Your AWS account has been removed from an organization{any}",
    "Your AWS account has been removed from the organization{any}", "An AWS account has joined your organization{any}",
    "An AWS account has left your organization{any}", "Welcome to AWS Organizations",
    "{line} accepted your invitation to join your AWS organization", "AWS account created in your organization{any}",
  },
  category = "account",
  service  = "ORGANIZATIONS",
  advice   = {
    ja = "組織に加わった、または組織から外れたアカウントがあります。請求先・SCP・サポートプランが変わるため、"
      .. "意図した変更か確認してください。組織から外れたアカウントには、支払い方法と連絡先の登録が必要です。",
    en = "An account has joined or left an organization. That changes who pays, which policies hold and which support plan there is, so "
      .. "see that it is meant. An account that left needs a payment method and contacts of its own.",
    url = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts.html",
  },
}

rule "account.ready" {
  title    = nocase {
    "Welcome to Amazon Web Services", "Welcome to AWS", "Your AWS account is ready{any}", "AWS アカウントの準備ができました{any}",
    "アマゾン ウェブ サービスへようこそ{any}", "Amazon Web Services へようこそ{any}",
  },
  category = "account",
  priority = "low",
}

rule "account.verified" {
  title    = nocase {
    "Your Request For Accessing AWS Resources Has Been Validated", "Your AWS account has been verified{any}",
    "Your AWS account is now active{any}", "Your AWS Region is now enabled{any}",
  },
  category = "account",
  priority = "low",
}

rule "account.verification-needed" {
  title    = nocase {
    "Verify your AWS account{any}", "AWS account verification{any}", "Your AWS account requires verification{any}",
    "Additional information needed to verify your AWS account{any}", "Additional information required for your AWS account{any}",
    "AWS アカウントの確認{any}", "AWS アカウントの本人確認{any}",
  },
  category = "account",
  priority = "high",
  advice   = {
    ja = "AWS がアカウントの本人確認を求めています。期日までに、サポートセンターのケースから求められた書類や情報を提出してください。"
      .. "提出しないと、アカウントが停止されることがあります。メールのリンクではなく、コンソールにサインインして確認すると安全です。",
    en = "AWS wants the account verified. Send what it asks for, in a case of the Support Center, before the date; otherwise the account "
      .. "may be suspended. Sign in to the console by yourself rather than by a link in the mail.",
    url = "https://docs.aws.amazon.com/awssupport/latest/user/case-management.html",
  },
}

-- Contracts
rule "account.agreement" {
  title    = nocase {
    "AWS Customer Agreement{any}", "Updates to the AWS Customer Agreement{any}", "Changes to the AWS Customer Agreement{any}",
    "Update to the AWS Customer Agreement{any}", "Updates to the AWS Service Terms{any}", "Changes to the AWS Service Terms{any}",
    "AWS Service Terms update{any}",
    "AWS Privacy Notice{any}", "Updates to the AWS Privacy Notice{any}", "Changes to your AWS contracting party{any}",
    "AWS カスタマーアグリーメント{any}", "AWS サービス条件{any}", "AWS プライバシー通知{any}",
  },
  category = "account",
  priority = "normal",
  advice   = {
    ja = "AWS の契約条件・サービス条件・プライバシー通知が変わります。契約や法務の担当者に回し、"
      .. "発効日までに自社への影響を確認してください。",
    en = "The AWS Customer Agreement, the Service Terms or the Privacy Notice change. Hand it to whoever keeps your contracts, and see "
      .. "before the date what it means for you.",
    url = "https://aws.amazon.com/agreement/",
  },
}

-- Any other mail of these senders: it may hold a code
rule "account.sign-in-sender" {
  from     = sign_in,
  category = "account",
  actions  = unquoted,
  general  = true,
}
rule "account.notification-sender" {
  from     = { "aws-account-notifications@amazon.com", "aws-verification@amazon.com" },
  category = "account",
  actions  = unquoted,
  general  = true,
}
