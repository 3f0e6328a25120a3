-- Maintenance of databases and caches.
local titles, advice = require "titles", require "advice"
local aws, maintenance = titles.aws, titles.maintenance

rule "rds.auto-minor-upgrade" {
  any      = {
    { title = { contains "Auto Minor Version Upgrade Campaign - RDS", "Amazon RDS automatic minor version upgrade campaign{any}" } },
    aws { title = nocase { "{any}Amazon RDS {any}auto{any} minor version upgrade{any}scheduled{any}", "{any}Auto Minor Version Upgrade Campaign{any}" } },
  },
  category = "maintenance",
  service  = "RDS",
  advice   = {
    ja = "マイナーバージョンの自動アップグレードが、次のメンテナンスウィンドウで適用されます。再起動を伴うため数分の停止が発生します。"
      .. "事前に検証環境で試し、都合が悪い場合は先に手動で適用するか、メンテナンスウィンドウを変更してください。",
    en = "A minor version upgrade will be applied by itself in a coming maintenance window; the restart means minutes of downtime. Try it on a "
      .. "copy, and if the time does not suit, upgrade by hand earlier or move the window.",
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
  },
}

rule "rds.os-update" {
  any      = {
    aws { title = nocase { "{any}Amazon RDS {any}operating system{any}", "{any}Amazon Aurora {any}operating system{any}", "{any}RDS {any}OS update{any}" } },
    { event_type = "AWS_RDS_OPERATING_SYSTEM_*" },
  },
  category = "maintenance",
  service  = "RDS",
  advice   = {
    ja = "DB インスタンスの OS 更新があります。適用時に再起動(マルチ AZ ではフェイルオーバー)が発生します。期日までに都合のよい時間に自分で適用するか、"
      .. "メンテナンスウィンドウでの適用に備えてください。リードレプリカから先に適用すると影響を確かめられます。",
    en = "An update of the database's operating system is there. It means a restart, on Multi-AZ a failover. Apply it yourself at a good time "
      .. "before the date, or be ready for the maintenance window. Beginning with a read replica shows what to expect.",
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html",
  },
}

rule "rds.maintenance" {
  any      = {
    { title = "Amazon RDS maintenance scheduled{any}" },
    aws { title = maintenance { "Amazon RDS", "Amazon Aurora", "Amazon Relational Database Service" } },
    { event_type = { "AWS_RDS_*MAINTENANCE*", "AWS_RDS_*UPGRADE_SCHEDULED", "AWS_RDS_*RETIREMENT*", "AWS_AURORA_*MAINTENANCE*" } },
  },
  category = "maintenance",
  service  = "RDS",
  advice   = {
    ja = "次のメンテナンスウィンドウで DB インスタンスに変更が適用されます。停止時間の有無を確認し、必要なら事前に手動で適用するか、日程を調整してください。"
      .. "マルチ AZ であればフェイルオーバーで停止は短くなります。アプリケーションが再接続できることも確認してください。",
    en = "The change will be applied in the next maintenance window. Check whether it means downtime; apply it by hand earlier or defer it if "
      .. "need be. On Multi-AZ a failover keeps the downtime short. See that applications connect again.",
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html",
  },
}

rule "redshift.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon Redshift" } },
    { event_type = { "AWS_REDSHIFT_*MAINTENANCE*", "AWS_REDSHIFT_*RETIREMENT*" } },
  },
  category = "maintenance",
  service  = "REDSHIFT",
  advice   = {
    ja = "メンテナンスウィンドウ中は Redshift クラスターが利用できず、実行中のクエリは中断されます。ETL やバッチの時間と重ならないか確認し、"
      .. "必要ならメンテナンスウィンドウの変更または延期を行ってください。",
    en = "During the maintenance window the cluster is not available, and running queries are cut off. See that no load or batch falls into it; "
      .. "move or defer the window if one does.",
    url = "https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html",
  },
}

rule "elasticache.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon ElastiCache" } },
    { event_type = { "AWS_ELASTICACHE_*MAINTENANCE*", "AWS_ELASTICACHE_*REPLACEMENT*", "AWS_ELASTICACHE_*RETIREMENT*" } },
  },
  category = "maintenance",
  service  = "ELASTICACHE",
  advice   = {
    ja = "ElastiCache のノードが予定時間帯に置き換えられます。レプリカとマルチ AZ があれば自動でフェイルオーバーします。ない場合はキャッシュの内容が失われるため、"
      .. "データベースへの負荷増に備えてください。都合のよい時間に自分でノードを置き換えることもできます。",
    en = "Cache nodes will be replaced in the given window. With replicas and Multi-AZ they fail over; without them the content of the cache is "
      .. "lost, so be ready for more load on the database. You may replace the nodes yourself at a better time.",
    url = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/maintenance-window.html",
  },
}

rule "memorydb.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon MemoryDB" } },
    { event_type = "AWS_MEMORYDB_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "MEMORYDB",
  advice   = advice.window "https://docs.aws.amazon.com/memorydb/latest/devguide/maintenance-window.html",
}

rule "documentdb.patch" {
  any      = {
    { title = nocase "Amazon DocumentDB Service patch notification" },
    aws { title = { maintenance { "Amazon DocumentDB" }, nocase "Amazon DocumentDB service {any}notification" } },
    { event_type = "AWS_DOCDB_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "DOCDB",
  advice   = {
    ja = "DocumentDB クラスターにエンジンのパッチが適用されます。適用時に再起動を伴い、短時間接続できなくなります。"
      .. "期日までに都合のよい時間に自分で適用するか、メンテナンスウィンドウを確認してください。",
    en = "A patch of the engine will be applied to the DocumentDB cluster. It restarts, and cannot be reached for a short time. Apply it "
      .. "yourself before the date at a good time, or look at the maintenance window.",
    url = "https://docs.aws.amazon.com/documentdb/latest/developerguide/db-instance-maintain.html",
  },
}

rule "neptune.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon Neptune" } },
    { event_type = "AWS_NEPTUNE_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "NEPTUNE",
  advice   = advice.window "https://docs.aws.amazon.com/neptune/latest/userguide/cluster-maintenance.html",
}

rule "opensearch.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon OpenSearch", "Amazon Elasticsearch" } },
    { event_type = { "AWS_ES_*MAINTENANCE*", "AWS_OPENSEARCH_*MAINTENANCE*", "AWS_*_SERVICE_SOFTWARE_UPDATE_SCHEDULED" } },
  },
  category = "maintenance",
  service  = "OPENSEARCH",
  advice   = {
    ja = "OpenSearch ドメインに更新が予定されています。Blue/Green デプロイで行われ、その間は負荷が高まります。クラスターの状態が green で空き容量が十分か確認し、"
      .. "オフピークの時間帯に適用されるよう予約してください。",
    en = "Work on the OpenSearch domain is planned. It is done as a blue/green deployment, with more load while it runs. See that the cluster is "
      .. "green and has room, and schedule it for an off-peak time.",
    url = "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/service-software.html",
  },
}

rule "dms.maintenance" {
  any      = {
    aws { title = maintenance { "AWS DMS", "AWS Database Migration Service" } },
    { event_type = "AWS_DMS_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "DMS",
  advice   = {
    ja = "DMS のレプリケーションインスタンスがメンテナンスされ、実行中のタスクは一時停止して再開します。移行中の場合は、切り替え作業と時間帯が重ならないようにし、"
      .. "終了後に CDC の遅延を確認してください。",
    en = "The replication instance is maintained; running tasks pause and go on afterwards. Keep a cutover out of the window, and look at the CDC "
      .. "latency when it is over.",
    url = "https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.MaintenanceWindow.html",
  },
}

rule "dax.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon DynamoDB Accelerator", "Amazon DAX" } },
    { event_type = "AWS_DAX_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "DAX",
  advice   = advice.window "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.html",
}

rule "timestream.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon Timestream" } },
    { event_type = "AWS_TIMESTREAM_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "TIMESTREAM",
  advice   = advice.window "https://docs.aws.amazon.com/timestream/latest/developerguide/timestream-for-influxdb.html",
}
