-- Maintenance of storage, and of queues and streams.
local titles, advice = require "titles", require "advice"
local aws, maintenance = titles.aws, titles.maintenance

rule "storagegateway.maintenance" {
  any      = {
    { title = nocase "AWS Storage Gateway software update{any}" },
    aws { title = { maintenance { "AWS Storage Gateway", "AWS Backup gateway" }, nocase "{any}Storage Gateway{any}software update{any}" } },
    { event_type = "AWS_STORAGEGATEWAY_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "STORAGEGATEWAY",
  advice   = {
    ja = "Storage Gateway のソフトウェア更新が予定されています。適用中はゲートウェイが再起動し、数分間ファイル共有やボリュームに接続できません。"
      .. "バックアップの時間と重ならないようメンテナンス時刻を調整するか、都合のよい時間に自分で適用してください。",
    en = "A software update of the gateway is due. The gateway restarts, and its shares or volumes cannot be reached for some minutes. Set the "
      .. "maintenance time so that no backup falls into it, or apply the update yourself at a good time.",
    url = "https://docs.aws.amazon.com/storagegateway/latest/vgw/MaintenanceManagingUpdate-common.html",
  },
}

rule "fsx.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon FSx" } },
    { event_type = "AWS_FSX_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "FSX",
  advice   = {
    ja = "FSx のファイルシステムが週次のメンテナンスウィンドウで更新されます。シングル AZ では数十分停止することがあり、マルチ AZ では自動でフェイルオーバーします。"
      .. "利用の少ない時間帯にウィンドウが設定されているか確認してください。",
    en = "The file system is patched in its weekly maintenance window. A Single-AZ one may be away for some tens of minutes, a Multi-AZ one fails "
      .. "over. See that the window lies at a quiet time.",
    url = "https://docs.aws.amazon.com/fsx/latest/WindowsGuide/maintenance-windows.html",
  },
}

rule "efs.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon EFS", "Amazon Elastic File System" } },
    { event_type = { "AWS_EFS_*MAINTENANCE*", "AWS_ELASTICFILESYSTEM_*MAINTENANCE*" } },
  },
  category = "maintenance",
  service  = "EFS",
  advice   = advice.window "https://docs.aws.amazon.com/efs/latest/ug/whatisefs.html",
}

rule "s3.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon S3", "AWS DataSync", "AWS Snowball", "AWS Snow Family", "AWS Transfer Family", "AWS Backup" } },
    { event_type = { "AWS_S3_*MAINTENANCE*", "AWS_DATASYNC_*MAINTENANCE*", "AWS_TRANSFER_*MAINTENANCE*", "AWS_BACKUP_*MAINTENANCE*" } },
  },
  category = "maintenance",
  advice   = advice.window "https://docs.aws.amazon.com/health/latest/ug/getting-started-health-dashboard.html",
}

rule "mq.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon MQ" } },
    { event_type = "AWS_MQ_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "MQ",
  advice   = {
    ja = "Amazon MQ のブローカーがメンテナンスウィンドウで再起動されます。シングルインスタンスでは停止し、アクティブ/スタンバイやクラスターでは順に切り替わります。"
      .. "クライアントがフェイルオーバー URL で自動的に再接続するか確認してください。",
    en = "The broker is restarted in its maintenance window. A single-instance broker is down meanwhile; active/standby pairs and clusters switch "
      .. "over. See that clients use the failover URL and connect again.",
    url = "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/maintaining-brokers.html",
  },
}

rule "msk.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon MSK", "Amazon Managed Streaming for Apache Kafka" } },
    { event_type = { "AWS_KAFKA_*MAINTENANCE*", "AWS_MSK_*MAINTENANCE*", "AWS_KAFKA_*RETIREMENT*" } },
  },
  category = "maintenance",
  service  = "KAFKA",
  advice   = {
    ja = "MSK のブローカーに 1 台ずつパッチが適用され、順に再起動します。レプリケーション係数が 3、min.insync.replicas がそれより小さいこと、"
      .. "クライアントが複数のブローカーに接続していること、CPU に余裕があることを確認してください。",
    en = "The brokers are patched and restarted one at a time. See that the replication factor is 3 and min.insync.replicas is lower, that clients "
      .. "know several brokers, and that there is CPU to spare.",
    url = "https://docs.aws.amazon.com/msk/latest/developerguide/patching-impact.html",
  },
}

rule "mwaa.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon MWAA", "Amazon Managed Workflows for Apache Airflow" } },
    { event_type = { "AWS_AIRFLOW_*MAINTENANCE*", "AWS_MWAA_*MAINTENANCE*" } },
  },
  category = "maintenance",
  service  = "MWAA",
  advice   = advice.window "https://docs.aws.amazon.com/mwaa/latest/userguide/what-is-mwaa.html",
}

rule "kinesis.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon Kinesis", "Amazon Managed Service for Apache Flink", "Amazon Data Firehose", "AWS Glue" } },
    { event_type = { "AWS_KINESIS*MAINTENANCE*", "AWS_FIREHOSE_*MAINTENANCE*", "AWS_GLUE_*MAINTENANCE*" } },
  },
  category = "maintenance",
  advice   = {
    ja = "ストリーム処理のアプリケーションやジョブに更新が適用され、その間は短時間の再起動があります。スナップショットやチェックポイントから再開できるか、"
      .. "メンテナンスウィンドウが利用の少ない時間帯か確認してください。",
    en = "An update is applied to streaming applications or jobs, with a short restart. See that they go on from a snapshot or checkpoint, and that "
      .. "the maintenance window lies at a quiet time.",
    url = "https://docs.aws.amazon.com/managed-flink/latest/java/maintenance.html",
  },
}

rule "elemental.maintenance" {
  any      = {
    aws { title = maintenance { "AWS Elemental MediaConnect", "AWS Elemental MediaLive", "AWS Elemental" } },
    { event_type = { "AWS_MEDIACONNECT_*MAINTENANCE*", "AWS_MEDIALIVE_*MAINTENANCE*" } },
  },
  category = "maintenance",
  advice   = {
    ja = "フローまたはチャネルのメンテナンスが予定されています。その間は配信が短時間途切れます。放送・配信の予定と重ならない曜日・時刻にメンテナンスウィンドウを変更してください。",
    en = "Maintenance of a flow or channel is due; the stream breaks for a short time. Move the maintenance window to a day and hour when nothing is "
      .. "on air.",
    url = "https://docs.aws.amazon.com/mediaconnect/latest/ug/maintenance.html",
  },
}
