-- Service updates of what watches and governs accounts: CloudTrail, Config, IAM, Organizations, Health, quotas.
local titles, advice = require "titles", require "advice"
local aws, ends, changes = titles.aws, titles.ends, titles.changes

rule "cloudtrail.changes" {
  any      = {
    { title = { "New S3 Data Events in AWS CloudTrail in {n} days", "CloudTrail event source change" } },
    aws { title = { changes { "AWS CloudTrail", "CloudTrail" }, ends { "AWS CloudTrail" }, nocase "{any}Data Events in AWS CloudTrail{any}" } },
    { event_type = "AWS_CLOUDTRAIL_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "CLOUDTRAIL",
  advice   = {
    ja = "CloudTrail に記録されるイベントまたはその形式が変わります。イベント名やイベントソースで絞り込んでいる EventBridge ルール・メトリクスフィルター・SIEM の検知を確認し、"
      .. "データイベントを記録している場合は料金の増加も見込んでください。",
    en = "Events that CloudTrail records, or their form, change. Check EventBridge rules, metric filters and detections that ask for an event name or "
      .. "source; where data events are recorded, expect the bill to change too.",
    url = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-document-history.html",
  },
}

rule "iam.policies" {
  any      = {
    aws { title = nocase { "{any}AWS managed polic{any}", "{any}IAM managed polic{any}", "{any}IAM actions{any}", "{any}AWS 管理ポリシー{any}" } },
  },
  category = "service_update",
  service  = "IAM",
  advice   = {
    ja = "AWS 管理ポリシーまたは IAM アクションが変更・廃止されます。対象のポリシーやアクションを使っているユーザー・ロール・SCP を洗い出し、"
      .. "適用日までに新しいポリシーやアクションに置き換えてください。置き換えないと権限エラーになるおそれがあります。",
    en = "A managed policy or IAM actions change or go away. Find the users, roles and SCPs that use them and put the new ones in their place before "
      .. "the date; otherwise calls may be denied.",
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-deprecated.html",
  },
}

rule "iam.changes" {
  any      = {
    aws { title = {
      changes { "AWS IAM", "AWS Identity and Access Management", "AWS STS", "AWS Security Token Service", "IAM Identity Center", "AWS KMS",
        "AWS Secrets Manager", "AWS Organizations", "AWS Control Tower" },
      ends { "AWS STS", "AWS KMS", "AWS Secrets Manager", "AWS Organizations", "AWS Control Tower" },
    } },
  },
  none     = { title = nocase(contains { "password", "MFA", "email address", "sign-in", "パスワード", "メールアドレス" }) },   -- an account's own
  category = "service_update",
  advice   = {
    ja = "認証・認可・アカウント管理に関わる仕様が変わります。STS のエンドポイント、サインインの URL、許可リストに登録しているドメイン、"
      .. "SCP や自動化のロールに影響がないか、適用日までに確認してください。",
    en = "Something about authentication, permissions or the management of accounts changes. Check before the date whether STS endpoints, sign-in "
      .. "URLs, domains on allow lists, SCPs or roles of automation are concerned.",
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/document-history.html",
  },
}

rule "config.changes" {
  any      = {
    aws { title = { changes { "AWS Config" }, ends { "AWS Config" } } },
    { event_type = "AWS_CONFIG_OPERATIONAL_NOTIFICATION" },
  },
  category = "service_update",
  service  = "CONFIG",
  advice   = {
    ja = "AWS Config の記録対象のリソースタイプやマネージドルールが変わります。すべてのリソースを記録している場合は、設定項目の数と料金が増えることがあります。"
      .. "不要なリソースタイプは記録から除外し、影響を受けるルールを確認してください。",
    en = "Resource types or managed rules of AWS Config change. Where all resources are recorded, the number of items and the bill may grow: exclude "
      .. "types that you do not need, and look at the rules concerned.",
    url = "https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html",
  },
}

-- What these services find is not meant here: that comes by other mail, and a title alone never makes it a security matter
rule "detection.changes" {
  any      = {
    aws { title = {
      changes { "Amazon GuardDuty", "AWS Security Hub", "Amazon Inspector", "Amazon Macie", "Amazon Detective", "AWS WAF", "AWS Shield" },
      ends { "Amazon GuardDuty", "AWS Security Hub", "Amazon Inspector", "Amazon Macie", "AWS WAF" },
    } },
  },
  category = "service_update",
  advice   = {
    ja = "検知・保護サービスの機能、検出結果の形式、または料金が変わります。検出結果を受け取っている EventBridge ルールやチケット連携、抑制ルールに影響がないか、"
      .. "適用日までに確認してください。",
    en = "A service that detects or protects changes: features, the form of findings, or prices. Check before the date whether EventBridge rules, "
      .. "ticketing or suppression rules that take its findings are concerned.",
    url = "https://docs.aws.amazon.com/guardduty/latest/ug/doc-history.html",
  },
}

rule "health.changes" {
  any      = {
    aws { title = {
      changes { "AWS Health", "AWS User Notifications", "AWS Trusted Advisor", "AWS Support plan", "Service Quotas" },
      ends { "AWS Health", "AWS Trusted Advisor", "AWS Support plan" },
    } },
  },
  category = "service_update",
  advice   = {
    ja = "AWS Health やサポートからの通知の形式・送信元・提供内容が変わります。メールの振り分けルールや許可リスト、API・EventBridge による連携を確認し、"
      .. "変更日までに新しい送信元と形式に対応させてください。",
    en = "The form, the sender or the scope of what AWS Health or Support send changes. Go over mail filters, allow lists and what takes events by API "
      .. "or EventBridge, and make them ready for the new sender and form before the date.",
    url = "https://docs.aws.amazon.com/health/latest/ug/doc-history.html",
  },
}

rule "license-and-cost.changes" {
  any      = {
    aws { title = {
      changes { "AWS License Manager", "AWS Service Catalog", "AWS Resource Access Manager", "AWS Resource Explorer", "AWS Compute Optimizer", "AWS Tag" },
      ends { "AWS License Manager", "AWS Service Catalog" },
    } },
  },
  category = "service_update",
  advice   = advice.change "https://docs.aws.amazon.com/health/latest/ug/getting-started-health-dashboard.html",
}
