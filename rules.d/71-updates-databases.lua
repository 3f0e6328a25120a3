-- Service updates of databases and caches.
local titles, advice = require "titles", require "advice"
local aws, ends, changes = titles.aws, titles.ends, titles.changes

local rds_advice = {
  ja = "対象の DB エンジンバージョンのサポートが終了します。検証環境(スナップショットからの復元など)でアップグレードを試し、期日までに適用してください。"
    .. "マイナーバージョンは期日後に自動でアップグレードされ、メジャーバージョンは延長サポートの料金がかかります。",
  en = "Support for the engine version ends. Try the upgrade on a copy, such as a restored snapshot, and apply it before the date. Minor versions "
    .. "left behind are upgraded by AWS, major ones cost Extended Support fees.",
  url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
}

rule "rds.minor-versions" {
  any      = {
    { title = {
      "Amazon RDS for {word} is deprecating minor versions on {date}",
      "Amazon RDS {word} minor versions deprecating on {date}",
      "Amazon RDS for {word} minor versions deprecating on {date}",
      "Amazon Aurora {word} minor versions deprecating on {date}",
    } },
    aws { title = nocase { "{any}Amazon RDS{any}minor version{any}deprecat{any}", "{any}Amazon RDS{any}deprecat{any}minor version{any}",
      "{any}Amazon RDS{any}minor version{any}end of{any}", "{any}Amazon RDS{any}マイナーバージョン{any}" } },
  },
  category = "service_update",
  service  = "RDS",
  advice   = rds_advice,
}

rule "rds.major-version-end" {
  any      = {
    { title = {
      "Amazon RDS for {word} {version} reaching end of standard support on {date}{any}",
      "Amazon RDS for {word} {version} end of standard support {any}",
    } },
    aws { title = { ends { "Amazon RDS" }, nocase "{any}RDS Extended Support{any}" } },
  },
  category = "service_update",
  service  = "RDS",
  advice   = {
    ja = "DB エンジンのメジャーバージョンの標準サポートが終了します。期日を過ぎると RDS 延長サポートの料金が vCPU 時間ごとに加算されます。"
      .. "パラメータグループ・拡張機能・ドライバーの互換性を検証環境で確認し、Blue/Green デプロイなどで期日までにアップグレードしてください。",
    en = "Standard support for the major version ends. After the date RDS Extended Support is charged for each vCPU hour. Check parameter groups, "
      .. "extensions and drivers on a copy, and upgrade before the date, for example with a blue/green deployment.",
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html",
  },
}

rule "aurora.version-end" {
  any      = {
    { title = "Amazon Aurora {word} {version} reaching end of standard support on {date}{any}" },
    aws { title = ends { "Amazon Aurora" } },
  },
  category = "service_update",
  service  = "RDS",
  advice   = {
    ja = "Aurora のバージョンのサポートが終了します。クローンでアップグレードを試し、ローカル書き込みフォワーディングやグローバルデータベースなど、利用している機能の"
      .. "互換性を確認してから、期日までにクラスターをアップグレードしてください。Serverless v1 は Serverless v2 への移行が必要です。",
    en = "Support for the Aurora version ends. Try the upgrade on a clone, check the features that you use, and upgrade the cluster before the "
      .. "date. Serverless v1 must be moved to Serverless v2.",
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.VersionPolicy.html",
  },
}

rule "rds.minor-upgrade-behaviour" {
  any      = {
    { title = "Changes to Amazon RDS Automatic Minor Version Upgrade Behavior" },
    aws { title = nocase "{any}Amazon RDS{any}automatic minor version upgrade{any}" },
  },
  category = "service_update",
  service  = "RDS",
  advice   = {
    ja = "マイナーバージョン自動アップグレードの動作が変わります。自動アップグレードを有効にしている DB インスタンスを確認し、"
      .. "意図しない時期に更新されると困るものは設定とメンテナンスウィンドウを見直してください。",
    en = "Automatic minor version upgrades will behave differently. See which instances have them turned on, and look at the setting and the "
      .. "maintenance window of those that must not change at any time.",
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
  },
}

rule "rds.certificates" {
  any      = {
    { title = {
      "Update your Amazon RDS and Amazon Aurora SSL/TLS certificates by {date}",
      "Update your Amazon RDS and Aurora SSL/TLS certificates by {date}",
      "Update your Amazon RDS SSL/TLS certificates by {date}",
      "Amazon RDS の SSL/TLS 証明書を{date}までに更新してください",
      "Amazon RDS の SSL/TLS 証明書を {date} までに更新してください",
      "{date}までに Amazon RDS の SSL/TLS 証明書を更新してください",
    } },
    aws { title = nocase { "{any}Amazon RDS{any}certificate{any}", "{any}Amazon Aurora{any}certificate{any}", "{any}Amazon DocumentDB{any}certificate{any}",
      "{any}RDS{any}証明書{any}" } },
  },
  category = "service_update",
  service  = "RDS",
  advice   = {
    ja = "DB の CA 証明書の有効期限が近づいています。先にクライアントの信頼ストアへ新しい CA を追加し、その後 DB インスタンスの CA を切り替えてください。"
      .. "順序を誤ると SSL/TLS 接続が切れます。エンジンによっては切り替え時に再起動が必要です。",
    en = "The CA certificate of the database expires. First add the new CA to the clients' trust stores, then switch the instance's CA; the "
      .. "other way round SSL/TLS connections break. Some engines restart for the switch.",
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL-certificate-rotation.html",
  },
}

rule "rds.changes" {
  any      = { aws { title = changes { "Amazon RDS", "Amazon Aurora" } } },
  category = "service_update",
  service  = "RDS",
  advice   = advice.change "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/WhatsNew.html",
}

-- Any other lifecycle event of RDS
rule "rds.lifecycle" {
  event_type = { "AWS_RDS_PLANNED_LIFECYCLE_EVENT", "AWS_AURORA_PLANNED_LIFECYCLE_EVENT" },
  category   = "service_update",
  service    = "RDS",
  advice     = rds_advice,
}

rule "elasticache.service-update" {
  any      = {
    { title = { "A new Amazon ElastiCache service update is available", "A new Amazon ElastiCache {word} service update is available" } },
    aws { title = all { contains "ElastiCache", nocase(matches [[service update|\bupdate\b.{0,40}\bavailable\b|サービスの?更新]]) } },
  },
  category = "service_update",
  service  = "ELASTICACHE",
  capture  = { update_name = "Service Update Name: {word}", apply_by = "AWS Recommended Apply By Date: {date}" },
  advice   = {
    ja = "ElastiCache のサービス更新があります。推奨適用日までに適用してください。適用中はノードの入れ替えやフェイルオーバーが発生し、接続が一時的に切れます。"
      .. "Severity が critical や important のものはセキュリティ修正のため、早めの適用をお勧めします。",
    en = "An ElastiCache service update is there. Apply it by the recommended date; nodes are replaced or fail over while it runs, and "
      .. "connections break for a moment. Severity critical or important means security fixes: do not wait.",
    url = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Self-Service-Updates.html",
  },
}

rule "elasticache.version-end" {
  any      = {
    aws { title = { ends { "Amazon ElastiCache" } } },
    { event_type = "AWS_ELASTICACHE_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "ELASTICACHE",
  advice   = {
    ja = "ElastiCache のエンジンバージョンのサポートが終了します。期日後は自動的にアップグレードされるか、延長サポートの料金がかかります。"
      .. "クライアントライブラリの対応を確認し、新しいバージョンの Valkey または Redis OSS へ期日までにアップグレードしてください。",
    en = "Support for the engine version ends; after that AWS upgrades it or charges for extended support. Check that client libraries are ready, "
      .. "and upgrade to a newer Valkey or Redis OSS before the date.",
    url = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.html",
  },
}

rule "memorydb.service-update" {
  any      = {
    { title = "A new Amazon MemoryDB service update is available" },
    aws { title = { nocase "{any}MemoryDB{any} service update{any}", ends { "Amazon MemoryDB" } } },
    { event_type = "AWS_MEMORYDB_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "MEMORYDB",
  advice   = advice.update "https://docs.aws.amazon.com/memorydb/latest/devguide/service-updates.html",
}

rule "redshift.ends" {
  any      = {
    aws { title = { ends { "Amazon Redshift" }, changes { "Amazon Redshift" } } },
    { event_type = "AWS_REDSHIFT_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "REDSHIFT",
  advice   = {
    ja = "Redshift のノードタイプ、機能、または既定の設定が変わります。対象のクラスターを確認し、DC2 などの旧世代ノードは RA3 またはサーバーレスへの移行を、"
      .. "機能の廃止は代替への書き換えを、期日までに計画してください。",
    en = "A node type, feature or default of Redshift changes. See which clusters are concerned; plan to move older nodes such as DC2 to RA3 or "
      .. "serverless, and to rewrite what uses a retired feature, before the date.",
    url = "https://docs.aws.amazon.com/redshift/latest/mgmt/behavior-changes.html",
  },
}

rule "opensearch.software-update" {
  any      = {
    { title = nocase {
      "A software update is required for your Amazon OpenSearch Service domain{any}", "Amazon OpenSearch Service software update{any}",
      "A service software update is available for your Amazon OpenSearch Service domain{any}",
    } },
    aws { title = nocase { "{any}OpenSearch{any} software update{any}", "{any}Elasticsearch{any} software update{any}",
      "{any}software update{any}OpenSearch{any}", "{any}OpenSearch{any}ソフトウェア{any}更新{any}" } },
    { event_type = { "AWS_ES_*SOFTWARE_UPDATE*", "AWS_OPENSEARCH_*SOFTWARE_UPDATE*" } },
  },
  category = "service_update",
  service  = "OPENSEARCH",
  advice   = advice.update "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/service-software.html",
}

rule "opensearch.version-end" {
  any      = {
    aws { title = { ends { "Amazon OpenSearch", "Amazon Elasticsearch" } } },
    { event_type = { "AWS_ES_PLANNED_LIFECYCLE_EVENT", "AWS_OPENSEARCH_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  service  = "OPENSEARCH",
  advice   = {
    ja = "Elasticsearch または OpenSearch の古いバージョンの標準サポートが終了し、以後は延長サポートの料金がかかります。スナップショットを取得し、"
      .. "インデックスとクライアントの互換性を確認したうえで、段階的に新しいバージョンへアップグレードしてください。",
    en = "Standard support for an old version of Elasticsearch or OpenSearch ends, and extended support is charged from then on. Take a snapshot, "
      .. "check indices and clients for compatibility, and upgrade step by step.",
    url = "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/version-migration.html",
  },
}

rule "documentdb.version-end" {
  any      = {
    aws { title = { ends { "Amazon DocumentDB" }, changes { "Amazon DocumentDB" } } },
    { event_type = "AWS_DOCDB_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "DOCDB",
  advice   = advice.version "https://docs.aws.amazon.com/documentdb/latest/developerguide/docdb-mvu.html",
}

rule "neptune.version-end" {
  any      = {
    aws { title = { ends { "Amazon Neptune" }, changes { "Amazon Neptune" } } },
    { event_type = "AWS_NEPTUNE_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "NEPTUNE",
  advice   = advice.version "https://docs.aws.amazon.com/neptune/latest/userguide/engine-releases.html",
}

rule "dynamodb.changes" {
  any      = {
    aws { title = { ends { "Amazon DynamoDB" }, changes { "Amazon DynamoDB", "Amazon Keyspaces" } } },
    { event_type = "AWS_DYNAMODB_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  advice   = advice.change "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DocumentHistory.html",
}

rule "dms.version-end" {
  any      = {
    aws { title = { ends { "AWS DMS", "AWS Database Migration Service" } } },
    { event_type = "AWS_DMS_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "DMS",
  advice   = {
    ja = "DMS のエンジンバージョンのサポートが終了します。期日後は自動でアップグレードされ、実行中のタスクが中断することがあります。"
      .. "検証用のレプリケーションインスタンスで新しいバージョンを試し、タスクを停止してからアップグレードしてください。",
    en = "Support for the DMS engine version ends; AWS upgrades it afterwards, which may interrupt running tasks. Try the newer version on another "
      .. "replication instance, then stop the tasks and upgrade.",
    url = "https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReleaseNotes.html",
  },
}
