-- Service updates: ends of support, changed defaults, certificates. New patterns are added here nearly every day; `awsift suggest`
-- writes them from mail that no rule knew. A bilingual subject is matched by its English half.

rule "lambda.runtime-end" {
  any      = {
    title      = { "AWS Lambda end of support for {line}", "AWS Lambda {line} end-of-life", "AWS Lambda {line} end of support" },
    event_type = "AWS_LAMBDA_PLANNED_LIFECYCLE_EVENT",
  },
  category = "service_update",
  service  = "LAMBDA",
  advice   = {
    ja = "サポート終了後のランタイムは更新されず、関数の作成・更新も段階的にできなくなります。対象の関数を新しいランタイムで検証し、移行してください。",
    en = "After the end of support the runtime gets no fixes, and functions can later be neither created nor updated. Test the listed functions "
      .. "on a newer runtime and move them.",
    url = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
  },
}

rule "lambda.recursive-loops" {
  title    = "Upcoming changes to recursive loop detection feature in AWS Lambda",
  category = "service_update",
  service  = "LAMBDA",
}

rule "eks.version-end" {
  any      = {
    title      = {
      "Amazon EKS Kubernetes {version} end of standard support",
      "Amazon EKS Kubernetes {version} end of extended support",
      "Amazon EKS Kubernetes {version} end of support",
    },
    event_type = "AWS_EKS_PLANNED_LIFECYCLE_EVENT",
  },
  category = "service_update",
  service  = "EKS",
  advice   = {
    ja = "標準サポート終了後は延長サポートの料金がかかり、延長サポート終了時にコントロールプレーンが自動で更新されます。アドオンと API の互換性を確認してから更新してください。",
    en = "After standard support the cluster costs more, and at the end of extended support its control plane is upgraded by AWS. Check "
      .. "add-ons and removed APIs, then upgrade.",
    url = "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
  },
}

local rds_advice = {
  ja = "対象の DB エンジンバージョンのサポートが終了します。検証環境でアップグレードを試し、期日までに適用してください。メジャーバージョンは期日後に延長サポート料金がかかります。",
  en = "Support for the engine version ends. Try the upgrade on a copy and apply it before the date; a major version left behind costs "
    .. "Extended Support fees.",
  url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
}

rule "rds.minor-versions" {
  title    = {
    "Amazon RDS for {word} is deprecating minor versions on {date}",
    "Amazon RDS {word} minor versions deprecating on {date}",
    "Amazon RDS for {word} minor versions deprecating on {date}",
    "Amazon Aurora {word} minor versions deprecating on {date}",
  },
  category = "service_update",
  service  = "RDS",
  advice   = rds_advice,
}

rule "rds.major-version-end" {
  title    = {
    "Amazon RDS for {word} {version} reaching end of standard support on {date}{any}",
    "Amazon RDS for {word} {version} end of standard support {any}",
    "Amazon Aurora {word} {version} reaching end of standard support on {date}{any}",
  },
  category = "service_update",
  service  = "RDS",
  advice   = rds_advice,
}

rule "rds.minor-upgrade-behaviour" {
  title    = "Changes to Amazon RDS Automatic Minor Version Upgrade Behavior",
  category = "service_update",
  service  = "RDS",
}

rule "rds.certificates" {
  title    = {
    "Update your Amazon RDS and Amazon Aurora SSL/TLS certificates by {date}",
    "Update your Amazon RDS and Aurora SSL/TLS certificates by {date}",
    "Update your Amazon RDS SSL/TLS certificates by {date}",
    "Amazon RDS の SSL/TLS 証明書を{date}までに更新してください",
    "Amazon RDS の SSL/TLS 証明書を {date} までに更新してください",
    "{date}までに Amazon RDS の SSL/TLS 証明書を更新してください",
  },
  category = "service_update",
  service  = "RDS",
  advice   = {
    ja = "DB の CA 証明書の有効期限が近づいています。先にクライアントの信頼ストアへ新しい CA を追加し、その後 DB インスタンスの CA を切り替えてください。",
    en = "The CA certificate of the database expires. First add the new CA to the clients' trust stores, then switch the instance's CA.",
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL-certificate-rotation.html",
  },
}

-- Any other lifecycle event of RDS
rule "rds.lifecycle" {
  event_type = "AWS_RDS_PLANNED_LIFECYCLE_EVENT",
  category   = "service_update",
  service    = "RDS",
  advice     = rds_advice,
}

rule "elasticache.service-update" {
  title    = { "A new Amazon ElastiCache service update is available", "A new Amazon ElastiCache {word} service update is available" },
  category = "service_update",
  service  = "ELASTICACHE",
  capture  = { update_name = "Service Update Name: {word}", apply_by = "AWS Recommended Apply By Date: {date}" },
  advice   = {
    ja = "ElastiCache のサービス更新があります。推奨適用日までに適用してください。適用中はノードの入れ替えが発生します。",
    en = "An ElastiCache service update is there. Apply it by the recommended date; nodes are replaced while it runs.",
    url = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Self-Service-Updates.html",
  },
}

rule "tls.minimum-version" {
  title    = {
    "Update your TLS connections to {version} to maintain AWS endpoint connectivity",
    "Update your TLS connections to TLS {version} to maintain AWS endpoint connectivity",
    "Update your clients to TLS {version} or higher{any}",
  },
  category = "service_update",
  advice   = {
    ja = "古い TLS バージョンでの接続が検出されています。CloudTrail の tlsDetails で接続元を特定し、SDK・OS・ランタイムを更新してください。",
    en = "Connections with an old TLS version were seen. Find the clients by tlsDetails in CloudTrail and update their SDK, OS or runtime.",
    url = "https://aws.amazon.com/blogs/security/tls-1-2-required-for-aws-endpoints/",
  },
}

rule "s3-cloudfront.certificates" {
  title    = {
    "Amazon S3 and Amazon CloudFront migrating default certificates to Amazon Trust Services starting {date}.",
    "Amazon S3 and Amazon CloudFront migrating default certificates to Amazon Trust Services starting {date}",
  },
  category = "service_update",
  service  = "S3",
  advice   = {
    ja = "クライアントの信頼ストアに Amazon Trust Services のルート証明書が含まれているか確認してください。",
    en = "Make sure that the clients' trust stores have the root certificates of Amazon Trust Services.",
    url = "https://www.amazontrust.com/repository/",
  },
}

rule "cloudtrail.changes" {
  title    = { "New S3 Data Events in AWS CloudTrail in {n} days", "CloudTrail event source change" },
  category = "service_update",
  service  = "CLOUDTRAIL",
}

rule "sdk.end-of-support" {
  title    = "AWS SDK for {line} end of support",
  category = "service_update",
  service  = "SDK",
  advice   = {
    ja = "この SDK は更新されなくなります。利用箇所を洗い出し、後継のメジャーバージョンへ移行してください。",
    en = "This SDK will get no more releases. Find where it is used and move to the next major version.",
    url = "https://docs.aws.amazon.com/sdkref/latest/guide/maint-policy.html",
  },
}

rule "beanstalk.platform-retirement" {
  title    = { "Elastic Beanstalk {line} platform retirement {date}", "AWS Elastic Beanstalk {line} platform retirement {date}" },
  category = "service_update",
  service  = "ELASTICBEANSTALK",
  advice   = {
    ja = "対象のプラットフォームブランチは廃止されます。新しい環境を作成し、Blue/Green で切り替えてください。",
    en = "The platform branch will be retired. Create an environment on a supported one and swap over.",
    url = "https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features.migration-al.html",
  },
}
