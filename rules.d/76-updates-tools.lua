-- Service updates of what customers call AWS with: SDKs, the command line, the CDK, agents.
local titles, advice = require "titles", require "advice"
local aws, ends, changes = titles.aws, titles.ends, titles.changes

-- Before the SDKs themselves: it is the language below them that ends
rule "sdk.language-end" {
  any      = {
    { title = { "AWS SDK for {word} (Boto3) end of support for Python {version}{any}", "AWS SDK for {any} end of support for {any} {version}{any}" } },
    aws { title = nocase {
      "{any}Boto3{any}Python {version}{any}", "{any}AWS CLI{any}Python {version}{any}", "{any}AWS SDK{any}support for Node.js{any}",
      "{any}AWS SDK{any}support for Ruby{any}", "{any}AWS SDK{any}support for PHP{any}", "{any}AWS SDK{any}support for .NET{any}",
      "{any}AWS SDK{any}support for Java {n}{any}",
    } },
  },
  category = "service_update",
  service  = "SDK",
  advice   = {
    ja = "SDK または AWS CLI が、この言語バージョンを対象外にします。以後の SDK の修正や新機能を受け取れません。実行環境(サーバー、コンテナ、Lambda、CI)の"
      .. "言語バージョンを更新してから、SDK を最新に上げてください。",
    en = "The SDK or the AWS CLI drops a version of the language: you would get no more fixes or features of it. Update the language on servers, in "
      .. "containers, functions and CI, then the SDK.",
    url = "https://docs.aws.amazon.com/sdkref/latest/guide/version-support-matrix.html",
  },
}

rule "sdk.end-of-support" {
  any      = {
    { title = { "AWS SDK for {line} end of support", "AWS SDK for {line} のサポート終了{any}" } },
    aws { title = ends { "AWS SDK", "AWS Mobile SDK", "AWS Tools for PowerShell", "AWS Toolkit", "AWS X-Ray SDK", "AWS X-Ray daemon", "Amazon Corretto",
      "Amazon S3 Encryption Client", "AWS Encryption SDK" } },
  },
  category = "service_update",
  service  = "SDK",
  advice   = {
    ja = "この SDK は更新されなくなります。新しいリージョンやサービス、セキュリティ修正に対応しません。依存関係(間接的なものを含む)から利用箇所を洗い出し、"
      .. "移行ガイドに沿って後継のメジャーバージョンへ移行してください。",
    en = "This SDK will get no more releases: no new regions or services, no security fixes. Find where it is used, also indirectly, and move to the "
      .. "next major version by its migration guide.",
    url = "https://docs.aws.amazon.com/sdkref/latest/guide/maint-policy.html",
  },
}

rule "cli.version-end" {
  any      = { aws { title = { ends { "AWS CLI", "AWS Command Line Interface", "AWS SAM CLI", "AWS Shell" } } } },
  category = "service_update",
  service  = "CLI",
  advice   = {
    ja = "AWS CLI の古いメジャーバージョンのサポートが終了します。スクリプトと CI のイメージに入っている CLI を確認し、v2 の互換性のない変更点"
      .. "(ページャー、バイナリ引数、ECR のログインなど)を確かめてから更新してください。",
    en = "An old major version of the AWS CLI loses its support. See which one scripts and CI images have, mind what v2 does differently (pager, binary "
      .. "arguments, ECR login), then update.",
    url = "https://docs.aws.amazon.com/cli/latest/userguide/cliv2-migration.html",
  },
}

rule "cdk.version-end" {
  any      = { aws { title = { ends { "AWS CDK", "AWS Cloud Development Kit", "AWS CloudFormation" } } } },
  category = "service_update",
  service  = "CLOUDFORMATION",
  advice   = {
    ja = "CDK または CloudFormation の古いバージョン・リソースタイプ・ランタイムのサポートが終了します。CDK v1 は v2 へ移行し、cdk diff で差分がないことを確認してから"
      .. "デプロイしてください。スタックがデプロイした Lambda のランタイムも確認してください。",
    en = "An old version, resource type or runtime of the CDK or of CloudFormation loses its support. Move from CDK v1 to v2 and deploy once cdk diff "
      .. "shows no difference. Look at the runtimes of functions that stacks deployed.",
    url = "https://docs.aws.amazon.com/cdk/v2/guide/migrating-v2.html",
  },
}

rule "cloudwatch.agent-end" {
  any      = {
    aws { title = {
      ends { "Amazon CloudWatch", "CloudWatch agent", "CloudWatch Logs agent", "CloudWatch Monitoring Scripts", "AWS X-Ray" },
      changes { "Amazon CloudWatch", "AWS X-Ray" },
    } },
    { event_type = "AWS_CLOUDWATCH_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  advice   = {
    ja = "古い CloudWatch Logs エージェントやモニタリングスクリプト、または CloudWatch の機能のサポートが変わります。統合 CloudWatch エージェントに置き換え、"
      .. "ログとメトリクスが途切れずに届いているか確認してください。",
    en = "The old CloudWatch Logs agent, monitoring scripts or a feature of CloudWatch change their support. Move to the unified CloudWatch agent, and "
      .. "see that logs and metrics go on arriving.",
    url = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Install-CloudWatch-Agent.html",
  },
}
