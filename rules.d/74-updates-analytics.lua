-- Service updates of streams, analytics and machine learning.
local titles, advice = require "titles", require "advice"
local aws, ends, changes = titles.aws, titles.ends, titles.changes

rule "msk.version-end" {
  any      = {
    aws { title = { ends { "Amazon MSK", "Amazon Managed Streaming for Apache Kafka" } } },
    { event_type = { "AWS_KAFKA_PLANNED_LIFECYCLE_EVENT", "AWS_MSK_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  service  = "KAFKA",
  advice   = {
    ja = "MSK の Apache Kafka バージョンのサポートが終了し、期日後は自動でアップグレードされます。クライアントの互換性と、パーティション数・CPU の余裕を確認し、"
      .. "利用の少ない時間に自分でアップグレードしてください(ブローカーが順に再起動します)。",
    en = "Support for the Apache Kafka version ends; afterwards AWS upgrades the cluster. Check that clients are ready and that partitions and CPU "
      .. "leave room, and upgrade at a quiet time (brokers restart one by one).",
    url = "https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html",
  },
}

rule "kinesis.ends" {
  any      = {
    aws { title = {
      ends { "Amazon Kinesis", "Kinesis Client Library", "Amazon Managed Service for Apache Flink", "Amazon Data Firehose" },
    } },
    { event_type = { "AWS_KINESIS*_PLANNED_LIFECYCLE_EVENT", "AWS_FIREHOSE_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  advice   = {
    ja = "Kinesis のライブラリ (KCL・KPL)、ランタイム、または機能のサポートが終了します。使っているバージョンを確認し、新しいメジャーバージョンへ更新してください。"
      .. "KCL 1.x からの移行ではリーステーブルとワーカーの入れ替え手順に注意してください。",
    en = "A library (KCL, KPL), runtime or feature of Kinesis loses its support. See which versions you use and move to the next major one. Coming "
      .. "from KCL 1.x, mind the lease table and the order in which workers are replaced.",
    url = "https://docs.aws.amazon.com/streams/latest/dev/kcl-migration.html",
  },
}

rule "glue.version-end" {
  any      = {
    { title = "AWS Glue version {version} end of {line}" },
    aws { title = { ends { "AWS Glue" } } },
    { event_type = "AWS_GLUE_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  advice   = {
    ja = "古い Glue バージョン(または開発エンドポイント)のサポートが終了します。対象のジョブを洗い出し、Spark と Python のバージョン差を検証環境で確認して、"
      .. "GlueVersion を新しい値に変更してください。終了後はジョブを開始できなくなることがあります。",
    en = "An old version of Glue, or development endpoints, lose their support. List the jobs, try them with the newer Spark and Python, and raise "
      .. "GlueVersion; after the end jobs may no longer start.",
    url = "https://docs.aws.amazon.com/glue/latest/dg/glue-version-support-policy.html",
  },
}

rule "emr.version-end" {
  any      = {
    aws { title = { ends { "Amazon EMR" }, changes { "Amazon EMR" } } },
    { event_type = { "AWS_EMR_PLANNED_LIFECYCLE_EVENT", "AWS_ELASTICMAPREDUCE_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  service  = "EMR",
  advice   = advice.version "https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-standard-support.html",
}

rule "athena.engine" {
  any      = {
    aws { title = { ends { "Amazon Athena" } } },
    { event_type = "AWS_ATHENA_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  advice   = {
    ja = "Athena のエンジンバージョンの提供が終了し、ワークグループが新しいバージョンへ自動で切り替わります。予約語や関数の違いでクエリが失敗しないか、"
      .. "別のワークグループで主要なクエリを試してから切り替えてください。",
    en = "An engine version of Athena ends, and workgroups are moved to the newer one. Try your main queries in another workgroup first: reserved words "
      .. "and functions differ.",
    url = "https://docs.aws.amazon.com/athena/latest/ug/engine-versions.html",
  },
}

rule "mwaa.version-end" {
  any      = {
    aws { title = ends { "Amazon MWAA", "Amazon Managed Workflows for Apache Airflow" } },
    { event_type = { "AWS_AIRFLOW_PLANNED_LIFECYCLE_EVENT", "AWS_MWAA_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  service  = "MWAA",
  advice   = advice.version "https://docs.aws.amazon.com/mwaa/latest/userguide/airflow-versions.html",
}

rule "sagemaker.ends" {
  any      = {
    aws { title = { ends { "Amazon SageMaker" } } },
    { event_type = "AWS_SAGEMAKER_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "SAGEMAKER",
  advice   = {
    ja = "SageMaker のノートブックのプラットフォーム、Studio、コンテナイメージ、または機能のサポートが終了します。ノートブックのデータを退避し、"
      .. "新しいプラットフォームで環境を作り直してください。学習・推論のイメージはバージョンを指定している箇所を更新してください。",
    en = "A notebook platform, Studio, container image or feature of SageMaker loses its support. Save the data of notebooks and rebuild them on the "
      .. "newer platform; change the versions of training and inference images where they are named.",
    url = "https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-al2.html",
  },
}

rule "bedrock.model-end" {
  any      = {
    { title = nocase { "Amazon Bedrock: {any} model end of life{any}", "Amazon Bedrock {any} moving to Legacy{any}" } },
    aws { title = { ends { "Amazon Bedrock" }, nocase { "{any}Bedrock{any}Legacy{any}", "{any}Bedrock{any}EOL{any}" } } },
    { event_type = "AWS_BEDROCK_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "BEDROCK",
  advice   = {
    ja = "Bedrock の基盤モデルがレガシーとなり、提供終了日以降は呼び出しが失敗します。モデル ID と推論プロファイルを使っている箇所を洗い出し、後継モデルで"
      .. "出力品質・料金・クォータを評価したうえで、期日までに切り替えてください。プロビジョンドスループットも確認してください。",
    en = "A foundation model becomes legacy, and calls fail after its end of life. Find where its model id or inference profile is used, evaluate the "
      .. "successor (quality, price, quotas) and switch before the date. Look at provisioned throughput too.",
    url = "https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html",
  },
}

rule "ai-services.ends" {
  any      = {
    aws { title = {
      ends { "Amazon Lex", "Amazon Comprehend", "Amazon Rekognition", "Amazon Polly", "Amazon Transcribe", "Amazon Textract", "Amazon Translate",
        "Amazon Kendra", "Amazon Personalize", "Amazon Q in", "Amazon Q Business" },
      changes { "Amazon Lex", "Amazon Comprehend", "Amazon Rekognition", "Amazon Polly", "Amazon Transcribe", "Amazon Textract", "Amazon Translate",
        "Amazon Kendra", "Amazon Personalize", "Amazon Q in", "Amazon Q Business" },
    } },
  },
  category = "service_update",
  advice   = advice.change "https://docs.aws.amazon.com/health/latest/ug/getting-started-health-dashboard.html",
}

rule "connect.changes" {
  any      = { aws { title = { ends { "Amazon Connect" }, changes { "Amazon Connect" } } } },
  category = "service_update",
  service  = "CONNECT",
  advice   = advice.change "https://docs.aws.amazon.com/connect/latest/adminguide/amazon-connect-release-notes.html",
}
