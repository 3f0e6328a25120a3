-- Services and features that AWS ends or closes to new customers. Before the rules of the services that live on, since a name
-- here may be the beginning of theirs. A service whose end asks for something of its own has a rule; the others share one.
local titles = require "titles"
local aws, closes = titles.aws, titles.closes

rule "service.codecommit-ends" {
  any      = { aws { title = closes { "AWS CodeCommit" } } },
  category = "service_update",
  service  = "CODECOMMIT",
  advice   = {
    ja = "CodeCommit の提供形態が変わります。リポジトリを使い続けられるかを AWS の案内で確認し、移行する場合は別の Git ホスティングへミラーリングして、"
      .. "CodePipeline や CodeBuild の接続先を CodeConnections に切り替えてください。",
    en = "AWS changes what it offers of CodeCommit. See in the notice whether your repositories can stay; to move, mirror them to another Git host "
      .. "and point CodePipeline and CodeBuild there by CodeConnections.",
    url = "https://aws.amazon.com/blogs/devops/how-to-migrate-your-aws-codecommit-repository-to-another-git-provider/",
  },
}

rule "service.cloud9-ends" {
  any      = { aws { title = closes { "AWS Cloud9" } } },
  category = "service_update",
  service  = "CLOUD9",
  advice   = {
    ja = "Cloud9 は新規の受付を終了しています。環境のファイルを Git などに退避し、CloudShell や IDE 用の AWS Toolkit などへの移行を計画してください。",
    en = "Cloud9 takes no new customers. Save the files of your environments, for example to Git, and plan for CloudShell or the AWS toolkits of your "
      .. "IDE instead.",
    url = "https://docs.aws.amazon.com/cloud9/latest/user-guide/welcome.html",
  },
}

rule "service.qldb-ends" {
  any      = { aws { title = closes { "Amazon QLDB", "Amazon Quantum Ledger Database" } } },
  category = "service_update",
  service  = "QLDB",
  priority = "high",
  advice   = {
    ja = "QLDB のサポートが終了し、終了後は台帳のデータにアクセスできなくなります。台帳を S3 にエクスポートし、履歴テーブルを持つ Aurora PostgreSQL などへ"
      .. "期日までに移行してください。",
    en = "QLDB comes to its end, and ledgers cannot be reached after it. Export them to S3 and move before the date, for example to Aurora PostgreSQL "
      .. "with tables of history.",
    url = "https://aws.amazon.com/blogs/database/migrate-an-amazon-qldb-ledger-to-amazon-aurora-postgresql/",
  },
}

rule "service.opsworks-ends" {
  any      = { aws { title = closes { "AWS OpsWorks" } } },
  category = "service_update",
  service  = "OPSWORKS",
  advice   = {
    ja = "OpsWorks は提供を終了します。終了後はコンソールと API が使えなくなります。スタックのインスタンスは残りますが管理できなくなるため、"
      .. "Systems Manager などへの移行とインスタンスの切り離しを期日までに行ってください。",
    en = "OpsWorks comes to its end; then neither its console nor its API answers. The instances stay but are no longer managed: move to Systems "
      .. "Manager or the like, and detach them before the date.",
    url = "https://docs.aws.amazon.com/opsworks/latest/userguide/stacks-eol-faqs.html",
  },
}

rule "service.elastic-transcoder-ends" {
  any      = { aws { title = closes { "Amazon Elastic Transcoder" } } },
  category = "service_update",
  service  = "ELASTICTRANSCODER",
  advice   = {
    ja = "Elastic Transcoder は提供を終了します。パイプラインとプリセットを洗い出し、AWS Elemental MediaConvert のジョブテンプレートに移し替えて、"
      .. "期日までにアプリケーションの呼び出し先を変更してください。",
    en = "Elastic Transcoder comes to its end. List pipelines and presets, rebuild them as job templates of AWS Elemental MediaConvert, and change "
      .. "what your applications call before the date.",
    url = "https://docs.aws.amazon.com/mediaconvert/latest/ug/what-is.html",
  },
}

rule "service.evidently-ends" {
  any      = { aws { title = closes { "Amazon CloudWatch Evidently", "CloudWatch Evidently" } } },
  category = "service_update",
  service  = "EVIDENTLY",
  advice   = {
    ja = "CloudWatch Evidently は提供を終了します。アプリケーションの機能フラグを AWS AppConfig などに移し、終了日までに Evidently の呼び出しを取り除いてください。"
      .. "呼び出しが失敗したときに既定値で動くことも確認してください。",
    en = "CloudWatch Evidently comes to its end. Move feature flags to AWS AppConfig or the like, and take its calls out before the date; see that the "
      .. "application falls back to defaults when they fail.",
    url = "https://docs.aws.amazon.com/appconfig/latest/userguide/what-is-appconfig.html",
  },
}

rule "service.pinpoint-ends" {
  any      = { aws { title = closes { "Amazon Pinpoint" } } },
  category = "service_update",
  service  = "PINPOINT",
  advice   = {
    ja = "Pinpoint のキャンペーンやエンドポイントなどの機能が提供を終了します。SMS・プッシュ・音声は AWS End User Messaging、メールは SES、"
      .. "キャンペーンは Connect などへの移行を計画し、終了日までにエンドポイントとセグメントのデータをエクスポートしてください。",
    en = "Campaigns, endpoints and other parts of Pinpoint come to their end. Plan to move texts, push and voice to AWS End User Messaging, mail to "
      .. "SES, campaigns to Connect, and export endpoints and segments before the date.",
    url = "https://docs.aws.amazon.com/pinpoint/latest/userguide/migrate.html",
  },
}

rule "service.ends" {
  any      = {
    aws { title = closes {
      "Amazon Timestream for LiveAnalytics", "Amazon SimpleDB", "Amazon WorkDocs", "Amazon WorkMail", "Amazon Chime", "Amazon Honeycode",
      "AWS RoboMaker", "AWS App Mesh", "AWS App Runner", "AWS DeepLens", "AWS DeepRacer", "AWS DeepComposer", "AWS IoT Analytics",
      "AWS IoT Events", "AWS IoT 1-Click", "AWS IoT FleetWise", "AWS Data Pipeline", "AWS Snowmobile", "AWS Snowcone", "AWS Snowball",
      "Amazon Kinesis Data Analytics for SQL", "Amazon Kinesis Video Streams", "Amazon Lookout", "Amazon Monitron", "Amazon Forecast",
      "Amazon Fraud Detector", "Amazon Machine Learning", "Amazon Lex V1", "Amazon Macie Classic", "Amazon Inspector Classic",
      "AWS WAF Classic", "Amazon CloudSearch", "Amazon S3 Select", "Amazon S3 Object Lambda", "AWS Proton", "AWS CodeStar",
      "Amazon CodeCatalyst", "Amazon CodeGuru", "AWS Copilot", "AWS App2Container", "AWS Application Discovery Service", "AWS Migration Hub",
      "AWS Server Migration Service", "CloudEndure", "AWS Mainframe Modernization", "Amazon Managed Blockchain", "Amazon Nimble Studio",
      "Amazon GameSparks", "Amazon Sumerian", "Amazon Elastic Inference", "AWS Panorama", "AWS Ground Station", "AWS Private 5G",
      "AWS Supply Chain", "AWS HealthOmics", "AWS Telco Network Builder", "AWS Systems Manager Incident Manager",
      "AWS Systems Manager Change Manager", "AWS Elemental MediaStore", "Amazon Interactive Video Service", "Amazon Location",
      "Amazon Mobile Analytics", "AWS Mobile Hub", "Amazon Cloud Directory", "Amazon Connect Voice ID", "Amazon Q Developer",
      "AWS Service Management Connector", "AWS Thinkbox", "Amazon FSx File Gateway", "Amazon Glacier", "AWS Personal Health Dashboard",
      "AWS Marketplace Vendor Insights", "Amazon FinSpace", "Amazon Comprehend Medical", "AWS Deep Learning AMI",
    } },
  },
  category = "service_update",
  advice   = {
    ja = "このサービスまたは機能は、提供を終了するか新規の受付を止めます。利用しているアカウントとリージョンを洗い出し、終了日までにデータをエクスポートして、"
      .. "AWS の案内にある代替サービスへ移行してください。既存の利用者が使い続けられる場合もあるため、条件を通知で確認してください。",
    en = "This service or feature comes to its end, or takes no new customers. Find the accounts and regions that use it, export the data and move to "
      .. "what the notice names as successor before the date. Sometimes present customers may stay: the notice says so.",
    url = "https://aws.amazon.com/products/lifecycle/",
  },
}
