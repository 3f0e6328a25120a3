-- Service updates of what computes: runtimes, platforms, images, agents. New patterns are added here nearly every day;
-- `awsift suggest` writes them from mail that no rule knew. A bilingual subject is matched by its English half.
local titles, advice = require "titles", require "advice"
local aws, ends, changes = titles.aws, titles.ends, titles.changes

-- Images that a service builds on an operating system: their end is the service's
local images_of_services = contains { "EKS", "ECS", "Lambda", "Beanstalk", "SageMaker", "Batch", "EMR", "WorkSpaces", "AppStream" }

rule "lambda.runtime-end" {
  any      = {
    { title = {
      "AWS Lambda end of support for {line}", "AWS Lambda {line} end-of-life", "AWS Lambda {line} end of support",
      "AWS Lambda の {line} のサポート終了{any}",
    } },
    aws { title = ends { "AWS Lambda", "Lambda runtime" } },
    { event_type = "AWS_LAMBDA_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "LAMBDA",
  advice   = {
    ja = "サポート終了後のランタイムは更新されず、関数の作成・更新も段階的にできなくなります。既存の関数の実行は止まりませんが、セキュリティ修正は提供されません。"
      .. "対象の関数(公開済みバージョンを含む)を新しいランタイムで検証し、期日までに移行してください。",
    en = "After the end of support the runtime gets no fixes, and functions can later be neither created nor updated; what exists goes on running. "
      .. "Test the listed functions, published versions too, on a newer runtime and move them before the date.",
    url = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
  },
}

rule "lambda.recursive-loops" {
  any      = {
    { title = "Upcoming changes to recursive loop detection feature in AWS Lambda" },
    aws { title = nocase "{any}recursive loop{any}Lambda{any}" },
  },
  category = "service_update",
  service  = "LAMBDA",
  advice   = {
    ja = "Lambda の再帰ループ検出の対象または動作が変わります。意図して自分自身を呼び出す構成の関数がある場合は、変更日までに設計を見直すか、"
      .. "関数の再帰ループ設定を許可に変更してください。該当する関数がなければ対応は不要です。",
    en = "What Lambda takes for a recursive loop, or does about it, changes. If a function calls itself on purpose, redesign it before the date, or "
      .. "allow recursion in its configuration. Without such functions there is nothing to do.",
    url = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
  },
}

rule "lambda.changes" {
  any      = { aws { title = changes { "AWS Lambda", "Lambda@Edge" } } },
  category = "service_update",
  service  = "LAMBDA",
  advice   = advice.change "https://docs.aws.amazon.com/lambda/latest/dg/lambda-releases.html",
}

rule "beanstalk.platform-retirement" {
  any      = {
    { title = { "Elastic Beanstalk {line} platform retirement {date}", "AWS Elastic Beanstalk {line} platform retirement {date}" } },
    aws { title = { ends { "Elastic Beanstalk" }, nocase "{any}Elastic Beanstalk{any}retire{any}" } },
    { event_type = "AWS_ELASTICBEANSTALK_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "ELASTICBEANSTALK",
  advice   = {
    ja = "対象のプラットフォームブランチは廃止されます。廃止後も環境は動き続けますが、更新やサポートは提供されません。"
      .. "サポート中のブランチで新しい環境を作成し、動作を確認したうえで Blue/Green (環境 URL のスワップ) で切り替えてください。",
    en = "The platform branch will be retired. Environments on it go on running, without updates or support. Create one on a supported branch, "
      .. "test it, and swap the environments' URLs.",
    url = "https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/platforms-support-policy.html",
  },
}

rule "ec2.amazon-linux-end" {
  any      = {
    { title = { "Amazon Linux AMI end of {line}", "Amazon Linux 2 end of {line}", "Amazon Linux {version} end of {line}" } },
    aws { title = ends { "Amazon Linux" } },
  },
  none     = { title = images_of_services },
  category = "service_update",
  service  = "EC2",
  advice   = {
    ja = "Amazon Linux のこのバージョンのサポートが終了し、セキュリティ更新が提供されなくなります。インプレースアップグレードはできないため、"
      .. "Amazon Linux 2023 などの AMI から新しいインスタンスを構築して移行してください。EKS・ECS・Beanstalk などの AMI も忘れずに確認してください。",
    en = "This version of Amazon Linux loses its support and gets no more security updates. There is no upgrade in place: build new instances, for "
      .. "example on Amazon Linux 2023, and move over. Think of the images of EKS, ECS and Beanstalk too.",
    url = "https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html",
  },
}

rule "ec2.image-end" {
  any      = {
    aws { title = { ends { "Amazon EC2", "EC2 Windows", "Windows Server", "AWS Marketplace AMI" }, nocase "{any}AMI{any}deprecat{any}" } },
    { event_type = "AWS_EC2_PLANNED_LIFECYCLE_EVENT" },
  },
  none     = { title = images_of_services },
  category = "service_update",
  service  = "EC2",
  advice   = {
    ja = "利用中の AMI、OS、またはインスタンスタイプの提供が終了します。起動テンプレート・Auto Scaling グループ・IaC で参照していると、起動に失敗するおそれがあります。"
      .. "参照箇所を洗い出し、期日までに後継へ切り替えてください。",
    en = "An image, operating system or instance type in use comes to its end. Launches may fail where launch templates, Auto Scaling groups or "
      .. "templates of yours name it. Find those places and switch to the successor before the date.",
    url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deprecate.html",
  },
}

rule "ec2.classic-end" {
  any      = { aws { title = titles.closes { "EC2-Classic", "EC2 Classic" } } },
  category = "service_update",
  service  = "EC2",
  advice   = {
    ja = "EC2-Classic は廃止されます。残っているインスタンス、Elastic IP、Classic Load Balancer、RDS などを VPC に移行してください。",
    en = "EC2-Classic is retired. Move what is left of instances, addresses, load balancers and databases into a VPC.",
    url = "https://aws.amazon.com/blogs/aws/ec2-classic-is-retiring-heres-how-to-prepare/",
  },
}

rule "ec2.metadata-service" {
  any      = { aws { title = nocase { "{any}Instance Metadata Service{any}", "{any}IMDSv1{any}", "{any}IMDSv2{any}" } } },
  category = "service_update",
  service  = "EC2",
  advice   = {
    ja = "インスタンスメタデータサービス (IMDS) の既定値または IMDSv1 の扱いが変わります。CloudWatch のメトリクス MetadataNoToken で IMDSv1 を使っているインスタンスを特定し、"
      .. "SDK やエージェントを更新してから IMDSv2 を必須にしてください。",
    en = "Defaults of the instance metadata service, or the standing of IMDSv1, change. Find instances that still use IMDSv1 by the metric "
      .. "MetadataNoToken, update their SDKs and agents, then require IMDSv2.",
    url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
  },
}

rule "autoscaling.launch-configurations" {
  any      = { aws { title = { nocase "{any}launch configuration{any}", ends { "Amazon EC2 Auto Scaling", "Auto Scaling" } } } },
  category = "service_update",
  service  = "AUTOSCALING",
  advice   = {
    ja = "起動設定は新しい機能やインスタンスタイプに対応せず、順次使えなくなります。起動テンプレートを作成し、Auto Scaling グループの参照先を切り替えてください。"
      .. "IaC やスクリプトで起動設定を作成している箇所も更新してください。",
    en = "Launch configurations get no new features or instance types and go out of use step by step. Create launch templates and point the Auto "
      .. "Scaling groups to them; change templates and scripts that still create launch configurations.",
    url = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html",
  },
}

rule "ec2.changes" {
  any      = { aws { title = changes { "Amazon EC2", "Amazon EBS", "AWS Outposts" } } },
  category = "service_update",
  advice   = advice.change "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/DocumentHistory.html",
}

rule "ssm.agent" {
  any      = {
    aws { title = { ends { "AWS Systems Manager", "SSM Agent" }, changes { "AWS Systems Manager", "SSM Agent" } } },
    { event_type = "AWS_SSM_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "SSM",
  advice   = {
    ja = "古い SSM Agent または Systems Manager の機能のサポートが変わります。ステートマネージャーの AWS-UpdateSSMAgent で SSM Agent を更新し、"
      .. "廃止される機能を使っている自動化がないか確認してください。",
    en = "Old versions of SSM Agent, or a feature of Systems Manager, change. Update the agent with AWS-UpdateSSMAgent in State Manager, and look for "
      .. "automation that uses what goes away.",
    url = "https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-automatic-updates.html",
  },
}

rule "codebuild.images-end" {
  any      = {
    aws { title = { ends { "AWS CodeBuild", "AWS CodePipeline", "AWS CodeDeploy" }, changes { "AWS CodeBuild", "AWS CodePipeline", "AWS CodeDeploy" } } },
    { event_type = { "AWS_CODEBUILD_PLANNED_LIFECYCLE_EVENT", "AWS_CODEPIPELINE_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  advice   = {
    ja = "ビルドイメージや CI/CD の機能が更新または廃止されます。プロジェクトが使っているイメージとランタイムのバージョンを確認し、新しいイメージで"
      .. "ビルドが通ることを確かめてから切り替えてください。",
    en = "A build image or a feature of the pipeline is updated or retired. See which images and runtime versions the projects use, try the build on "
      .. "the new image, then switch.",
    url = "https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html",
  },
}

rule "amplify.ends" {
  any      = { aws { title = { ends { "AWS Amplify", "AWS App Runner" }, changes { "AWS Amplify", "AWS App Runner" } } } },
  category = "service_update",
  advice   = advice.version "https://docs.aws.amazon.com/amplify/latest/userguide/custom-build-image.html",
}

rule "lightsail.ends" {
  any      = { aws { title = { ends { "Amazon Lightsail" }, changes { "Amazon Lightsail" } } } },
  category = "service_update",
  service  = "LIGHTSAIL",
  advice   = advice.version "https://docs.aws.amazon.com/lightsail/latest/userguide/compare-options-choose-lightsail-instance-image.html",
}

rule "workspaces.ends" {
  any      = {
    aws { title = { ends { "Amazon WorkSpaces", "Amazon AppStream" }, changes { "Amazon WorkSpaces", "Amazon AppStream" } } },
    { event_type = { "AWS_WORKSPACES_PLANNED_LIFECYCLE_EVENT", "AWS_APPSTREAM_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  advice   = {
    ja = "WorkSpaces または AppStream のクライアント、OS、バンドルのサポートが変わります。利用者のクライアントのバージョンと対象のバンドルを確認し、"
      .. "期日までに更新や移行を案内してください。古いクライアントは期日後に接続できなくなることがあります。",
    en = "Clients, operating systems or bundles of WorkSpaces or AppStream change their support. See which client versions and bundles your users "
      .. "have and have them updated before the date; old clients may not connect after it.",
    url = "https://docs.aws.amazon.com/workspaces/latest/userguide/amazon-workspaces-clients.html",
  },
}

rule "batch.ends" {
  any      = {
    aws { title = { ends { "AWS Batch", "AWS ParallelCluster", "EC2 Image Builder" }, changes { "AWS Batch", "AWS ParallelCluster" } } },
    { event_type = "AWS_BATCH_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "BATCH",
  advice   = advice.version "https://docs.aws.amazon.com/batch/latest/userguide/updating-compute-environments.html",
}
