-- Service updates: mails of the gallery in both forms, and subjects of every rule, in AWS's words and in like ones.
local technical = { { action = "forward", args = { to = "technical" } } }

local function gallery(rule, mails, more)
  for _, mail in ipairs(mails) do
    local expect = { category = "service_update", rule = rule, certainty = "exact", account = "123456789012", actions = technical }
    for key, value in pairs(more or {}) do expect[key] = value end
    test("gallery: " .. mail) { mail = "fixtures/service-updates/" .. mail .. ".eml", expect = expect }
  end
end

local function update(rule, subject, more)
  local expect = { category = "service_update", rule = rule, actions = technical }
  for key, value in pairs(more or {}) do expect[key] = value end
  test(rule .. ": " .. subject) { from = "no-reply-aws@amazon.com", subject = subject, body = "Hello,\n\nAWS Account ID: 123456789012\n", expect = expect }
end

local function titled(rule, subjects)
  for _, subject in ipairs(subjects) do update(rule, subject .. " [AWS Account: 123456789012]") end
end

local function typed(rule, event_types)
  for _, event_type in ipairs(event_types) do
    test(rule .. ": " .. event_type) {
      from = "health@aws.com", subject = "About what you run with us [AWS Account: 123456789012]",
      headers = { ["X-SM-COMMUNICATION-TYPE"] = event_type }, body = "Hello,",
      expect = { category = "service_update", rule = rule, certainty = "exact" },
    }
  end
end

-- Services that end ---------------------------------------------------------------------------------------------------------

gallery("service.codecommit-ends", { "codecommit-ends" })
gallery("service.qldb-ends", { "qldb-ends" }, { priority = "high", notice = { action_required = true } })
gallery("service.evidently-ends", { "evidently-ends" })
gallery("service.ends", { "timestream-ends" })
titled("service.cloud9-ends", { "AWS Cloud9 is no longer available to new customers", "AWS Cloud9 の新規お客様の受付終了について" })
titled("service.opsworks-ends", { "AWS OpsWorks Stacks end of life on May 26, 2024" })
titled("service.elastic-transcoder-ends", { "Discontinuation of Amazon Elastic Transcoder" })
titled("service.pinpoint-ends", { "Amazon Pinpoint end of support on October 30, 2026" })
titled("service.ends", {
  "Amazon WorkDocs will be retired on April 25, 2025", "AWS IoT Analytics のサービス終了について", "End of support for Amazon Lookout for Vision",
  "Amazon Kinesis Data Analytics for SQL discontinuation", "AWS WAF Classic end of life", "Amazon Chime shutting down", "AWS App Mesh sunset",
})

-- What computes -------------------------------------------------------------------------------------------------------------

test "Lambda: HTML" {
  mail   = "fixtures/lambda-end-of-support.eml",
  expect = {
    category = "service_update", rule = "lambda.runtime-end", service = "LAMBDA", account = "123456789012",
    notice   = { title = "AWS Lambda end of support for Node.js 20", action_required = true, regions = { "ap-northeast-1" } },
    actions  = technical,
  },
}
gallery("lambda.runtime-end", { "lambda-runtime-end-text", "lambda-runtime-end-html" }, {
  service = "LAMBDA", notice = { action_required = true, title = "AWS Lambda end of support for Python 3.10", regions = { "ap-northeast-1" } },
})
gallery("lambda.runtime-end", { "lambda-end-of-life" })
titled("lambda.runtime-end", {
  "[Action Required] AWS Lambda end of support for Python 3.9", "[Action Required] AWS Lambda end of support for Node.js 16",
  "[要対応] AWS Lambda の Python 3.9 のサポート終了について", "AWS Lambda Python 3.9 end of support", "AWS Lambda is deprecating the Ruby 3.2 runtime",
})
gallery("lambda.recursive-loops", { "lambda-recursive-loops" }, { notice = { action_required = true } })
titled("lambda.recursive-loops", { "New default of recursive loop detection in Lambda" })
titled("lambda.changes", { "Upcoming changes to AWS Lambda billing of the init phase", "AWS Lambda のログ形式の変更について" })
gallery("beanstalk.platform-retirement", { "beanstalk-retirement" }, { found = { date = "June 30, 2022" } })
titled("beanstalk.platform-retirement", { "AWS Elastic Beanstalk PHP 8.1 platform retirement June 30, 2026", "Elastic Beanstalk platform branches will be retired" })
typed("beanstalk.platform-retirement", { "AWS_ELASTICBEANSTALK_PLANNED_LIFECYCLE_EVENT" })
gallery("ec2.amazon-linux-end", { "amazon-linux-end" })
titled("ec2.amazon-linux-end", { "Amazon Linux AMI end of life on December 31, 2023", "Amazon Linux 2023 end of standard support" })
titled("ec2.image-end", { "Windows Server 2012 R2 end of support", "AMI deprecation notice" })
typed("ec2.image-end", { "AWS_EC2_PLANNED_LIFECYCLE_EVENT" })
titled("ec2.classic-end", { "EC2-Classic is retiring: migrate from EC2-Classic" })
gallery("ec2.metadata-service", { "ec2-imdsv1" })
titled("ec2.metadata-service", { "Instances that still use IMDSv1" })
gallery("autoscaling.launch-configurations", { "launch-configurations" })
titled("autoscaling.launch-configurations", { "Auto Scaling launch configurations end of support" })
titled("ec2.changes", { "Upcoming changes to Amazon EC2 default credit specification", "Amazon EBS のスナップショットの変更について" })
titled("ssm.agent", { "SSM Agent versions before 3.1 end of support" })
typed("ssm.agent", { "AWS_SSM_PLANNED_LIFECYCLE_EVENT" })
titled("codebuild.images-end", { "AWS CodeBuild standard image 4.0 deprecation" })
titled("amplify.ends", { "AWS Amplify end of support for Node.js 16 build images" })
titled("lightsail.ends", { "Amazon Lightsail blueprint Node.js 18 end of life" })
titled("workspaces.ends", { "Amazon WorkSpaces client for Windows 4.0 end of support" })
titled("batch.ends", { "AWS Batch compute environments on Amazon ECS AL2 end of support" })

-- Databases -----------------------------------------------------------------------------------------------------------------

gallery("rds.minor-versions", { "rds-minor-versions-text", "rds-minor-versions-html" }, {
  found = { date = "October 31, 2026", word = "PostgreSQL" }, notice = { deadline = "2026-10-31T00:00:00Z" },
})
update("rds.minor-versions", "Amazon RDS for PostgreSQL is deprecating minor versions on October 31, 2025 [AWS Account: 123456789012] [EU-WEST-2]",
  { found = { date = "October 31, 2025" } })
titled("rds.minor-versions", {
  "[Action Required] Amazon RDS PostgreSQL minor versions deprecating on October 31, 2026", "Amazon RDS for MySQL minor versions deprecating on October 31, 2026",
  "Amazon Aurora PostgreSQL minor versions deprecating on October 31, 2026", "Amazon RDS for MariaDB minor versions end of standard support",
})
gallery("rds.major-version-end", { "rds-major-version" }, { found = { version = "8.0", date = "July 31, 2026" } })
update("rds.major-version-end",
  "Amazon RDS for PostgreSQL 12 reaching end of standard support on February 28, 2025. Upgrade before March 1, 2025 to avoid paying Extended Support fees",
  { found = { version = "12", date = "February 28, 2025" } })
titled("rds.major-version-end", {
  "Amazon RDS for MySQL 5.7 end of standard support February 2024", "Amazon RDS for SQL Server 2014 end of support", "Your RDS Extended Support charges begin",
  "Upgrade your Amazon RDS for Oracle 12.2 databases", "Amazon RDS for MySQL 5.7 の標準サポート終了について",
})
gallery("aurora.version-end", { "aurora-version-end" })
titled("aurora.version-end", {
  "Amazon Aurora PostgreSQL 12 reaching end of standard support on February 28, 2025", "Amazon Aurora Serverless v1 end of life on March 31, 2025",
})
titled("rds.minor-upgrade-behaviour", { "Changes to Amazon RDS Automatic Minor Version Upgrade Behavior", "Amazon RDS automatic minor version upgrade settings" })
test "RDS: certificates, bilingual" {
  mail   = "fixtures/rds-certificates-bilingual.eml",
  expect = {
    category = "service_update", rule = "rds.certificates", account = "123456789012",
    notice   = { title = "Update your Amazon RDS SSL/TLS certificates by January 15, 2027", action_required = true },
    actions  = technical,
  },
}
gallery("rds.certificates", { "rds-certificates-ja" }, { notice = { action_required = true }, found = { date = "2027年1月15日" } })
titled("rds.certificates", {
  "[Action Required] Update your Amazon RDS and Amazon Aurora SSL/TLS certificates by August 22, 2024",
  "Update your Amazon RDS and Aurora SSL/TLS certificates by August 22, 2024", "Amazon DocumentDB certificates expire on August 22, 2024",
  "Amazon RDS の SSL/TLS 証明書を 2027年1月15日 までに更新してください", "2027年1月15日までに Amazon RDS の SSL/TLS 証明書を更新してください",
})
titled("rds.changes", { "Upcoming changes to Amazon RDS default storage type" })
typed("rds.lifecycle", { "AWS_RDS_PLANNED_LIFECYCLE_EVENT" })
test "ElastiCache: the fixture" {
  mail   = "fixtures/elasticache-text.eml",
  expect = {
    category = "service_update", rule = "elasticache.service-update", account = "123456789012",
    found    = { update_name = "elasticache-20261109-002", apply_by = "2026-12-22" },
  },
}
gallery("elasticache.service-update", { "elasticache-service-update-text", "elasticache-service-update-html" }, {
  found = { update_name = "elasticache-20261109-002", apply_by = "2026-12-22" }, notice = { deadline = "2026-12-22T23:59:59Z" },
})
titled("elasticache.service-update", { "A new Amazon ElastiCache Valkey service update is available", "Amazon ElastiCache のサービスの更新が利用可能です" })
gallery("elasticache.version-end", { "elasticache-version-end" })
typed("elasticache.version-end", { "AWS_ELASTICACHE_PLANNED_LIFECYCLE_EVENT" })
gallery("memorydb.service-update", { "memorydb-service-update" })
gallery("redshift.ends", { "redshift-dc2-end" })
titled("redshift.ends", { "Amazon Redshift Python UDFs end of support", "Upcoming changes to Amazon Redshift default encryption" })
gallery("opensearch.software-update", { "opensearch-software-update-text", "opensearch-software-update-html" })
titled("opensearch.software-update", { "Amazon OpenSearch Service software update R20261015 is available" })
gallery("opensearch.version-end", { "opensearch-version-end" })
titled("documentdb.version-end", { "Amazon DocumentDB 3.6 end of standard support" })
titled("neptune.version-end", { "Amazon Neptune engine 1.1 end of life" })
titled("dynamodb.changes", { "Upcoming changes to Amazon DynamoDB endpoints" })
titled("dms.version-end", { "AWS DMS 3.4.7 end of support" })

-- Containers ----------------------------------------------------------------------------------------------------------------

gallery("eks.version-end", { "eks-version-end-text", "eks-version-end-html" }, {
  found = { version = "1.33" }, notice = { action_required = true, regions = { "ap-northeast-1" }, starts = "2026-07-29T00:00:00Z",
    resources = { "arn:aws:eks:ap-northeast-1:123456789012:cluster/shop" } },
})
gallery("eks.version-end", { "eks-bilingual-text", "eks-bilingual-html" }, { found = { version = "1.33" }, notice = { action_required = true } })
gallery("eks.version-end", { "eks-extended-end" }, { found = { version = "1.31" }, notice = { regions = { "ap-south-2" } } })
titled("eks.version-end", {
  "[Action Required] Amazon EKS Kubernetes 1.34 end of standard support", "Amazon EKS Kubernetes 1.30 end of support",
  "Upgrade your Amazon EKS clusters before the end of extended support", "Amazon EKS Kubernetes 1.30 の延長サポート終了について",
  "Reminder: Kubernetes version 1.29 end of standard support on Amazon EKS",
})
gallery("eks.node-images", { "eks-al2-images" })
titled("eks.node-images", { "Amazon EKS will no longer publish AL2 images" })
titled("eks.changes", { "Upcoming changes to Amazon EKS default add-ons" })
gallery("fargate.platform-version", { "fargate-platform-version" })
titled("ecs.ends", { "Amazon ECS-optimized Amazon Linux 2 AMI end of support", "Amazon ECS agent versions before 1.60 deprecation" })
titled("ecr.changes", { "Upcoming changes to Amazon ECR public quotas" })
titled("rosa.version-end", { "ROSA 4.12 end of life" })

-- Network, storage ----------------------------------------------------------------------------------------------------------

gallery("tls.minimum-version", { "tls-versions" }, { notice = { action_required = true }, found = { version = "1.2" } })
titled("tls.minimum-version", {
  "Update your TLS connections to TLS 1.2 to maintain AWS endpoint connectivity", "Update your clients to TLS 1.2 or higher by June 2027",
  "TLS 1.0 and TLS 1.1 calls from your account",
})
gallery("s3-cloudfront.certificates", { "trust-services" }, { found = { date = "March 23, 2021" } })
titled("s3-cloudfront.certificates", { "Certificates of AWS endpoints move to Amazon Trust Services" })
titled("s3.signature-version-2", { "Amazon S3 Signature Version 2 requests from your account" })
gallery("s3.changes", { "s3-default-changes" })
titled("s3.changes", { "Amazon S3 のデフォルト設定の変更について" })
titled("cloudfront.changes", { "Changes to Amazon CloudFront security policies" })
titled("route53.changes", { "Upcoming changes to Amazon Route 53 Resolver endpoints" })
gallery("vpc.public-ipv4", { "public-ipv4" })
titled("vpc.changes", { "Upcoming changes to Amazon VPC flow logs" })
gallery("vpn.changes", { "vpn-ike-changes" })
titled("elb.changes", { "Changes to Application Load Balancer default security policy" })
titled("storagegateway.version-end", { "AWS Storage Gateway version 1.x end of support", "AWS DataSync agent deprecation" })
titled("filesystems.changes", { "Upcoming changes to AWS Backup default settings" })
gallery("acm.changes", { "acm-validity" })

-- Analytics, learning -------------------------------------------------------------------------------------------------------

gallery("msk.version-end", { "msk-version-end" })
titled("kinesis.ends", { "Kinesis Client Library 1.x end of support" })
gallery("glue.version-end", { "glue-version-end" }, { found = { version = "2.0" } })
titled("emr.version-end", { "Amazon EMR 5.36 end of standard support" })
titled("athena.engine", { "Amazon Athena engine version 2 deprecation" })
titled("mwaa.version-end", { "Amazon MWAA Apache Airflow 2.4 end of support" })
gallery("sagemaker.ends", { "sagemaker-notebook-end" })
gallery("bedrock.model-end", { "bedrock-model-end" })
titled("bedrock.model-end", { "Amazon Bedrock: Example Text Large v1 model end of life", "Amazon Bedrock model moving to Legacy" })
titled("ai-services.ends", { "Upcoming changes to Amazon Transcribe default quotas" })
titled("connect.changes", { "Upcoming changes to Amazon Connect telephony" })

-- Integration ---------------------------------------------------------------------------------------------------------------

gallery("mq.version-end", { "mq-version-end-text", "mq-version-end-html" })
titled("mq.version-end", { "Amazon MQ ActiveMQ 5.16 end of support on November 15, 2024" })
titled("apigateway.changes", { "Upcoming changes to Amazon API Gateway TLS policies" })
titled("messaging.changes", { "Changes to Amazon SNS mobile push", "Amazon EventBridge is changing its default retry policy" })
titled("ses.changes", { "Upcoming changes to Amazon SES SMTP endpoints" })
titled("cognito.changes", { "Upcoming changes to Amazon Cognito pricing" })
titled("iot.changes", { "AWS IoT Core server certificate rotation", "AWS IoT Greengrass V1 end of life" })
titled("media.changes", { "AWS Elemental MediaPackage v1 end of support" })

test "a changed password is no change of IAM" {
  from    = "no-reply-aws@amazon.com",
  subject = "Changes to your AWS IAM password [AWS Account: 123456789012]",
  body    = "Hello,",
  expect  = { rule = false, category = "unmatched" },
}
test "a review of SES sending is no change of SES" {
  from    = "no-reply-aws@amazon.com",
  subject = "Important change in your Amazon SES sending status [AWS Account: 123456789012]",
  body    = "Hello,",
  expect  = { rule = false, category = "unmatched" },
}

-- Tools ---------------------------------------------------------------------------------------------------------------------

gallery("sdk.end-of-support", { "sdk-java-end-text", "sdk-java-end-html" })
titled("sdk.end-of-support", { "AWS SDK for Go v1 end of support", "AWS Tools for PowerShell 4 end of life", "AWS SDK for Java 1.x のサポート終了について" })
gallery("sdk.language-end", { "boto3-python-end" })
titled("sdk.language-end", { "AWS CLI v1 will drop Python 3.8", "AWS SDK for JavaScript end of support for Node.js 18" })
titled("cli.version-end", { "AWS CLI v1 end of support on July 15, 2026" })
gallery("cdk.version-end", { "cdk-v1-end" })
titled("cloudwatch.agent-end", { "CloudWatch Logs agent end of support" })

-- Governance ----------------------------------------------------------------------------------------------------------------

gallery("cloudtrail.changes", { "cloudtrail-data-events-text", "cloudtrail-data-events-html" }, { found = { n = "60" }, notice = { action_required = false } })
update("cloudtrail.changes", "Action may be required CloudTrail event source change")
gallery("iam.policies", { "managed-policy-end" })
titled("iam.policies", { "New fine-grained IAM actions for AWS Cost Management" })
titled("iam.changes", { "Upcoming changes to AWS STS global endpoint", "AWS Organizations のポリシーの変更について" })
titled("config.changes", { "Changes to AWS Config recorded resource types" })
typed("config.changes", { "AWS_CONFIG_OPERATIONAL_NOTIFICATION" })
titled("detection.changes", { "Upcoming changes to Amazon GuardDuty finding types" })
gallery("health.changes", { "health-sender-change" })
titled("license-and-cost.changes", { "Upcoming changes to AWS Resource Explorer" })

-- Dates of what was is no date of the notice
for _, mail in ipairs { "tls-calls-seen", "tls-calls-seen-ja" } do
  gallery("tls.minimum-version", { mail }, { notice = { deadline = "2027-02-28T00:00:00Z", status = false, starts = false, ends = false } })
end
gallery("rds.certificates", { "rds-certificates-history" }, { notice = { deadline = "2026-12-20T00:00:00Z", starts = false } })
gallery("service.ends", { "appmesh-end" }, { notice = { deadline = "2027-09-30T00:00:00Z", status = false } })

-- No version ends
titled("service.changes", {
  "Changes to Auto Scaling health checks", "Amazon Data Firehose is changing its default format", "Upcoming changes to Amazon Bedrock pricing",
  "AWS Fargate の料金の変更について",
})

-- Words are no proof --------------------------------------------------------------------------------------------------------

local alarming = {
  "Changes in AWS IAM: suspicious activity in your account", "Amazon EC2 instance compromised, maintenance required",
  "Upcoming changes to Amazon S3: your access key is exposed", "AWS Lambda の不正利用に関する変更について",
}
for _, subject in ipairs(alarming) do
  test("never taken for something milder: " .. subject) {
    from = "no-reply-aws@amazon.com", subject = subject .. " [AWS Account: 123456789012]", body = "Hello,",
    expect = { category = "unmatched", certainty = "none" },
  }
end

test "an eager stranger's words are his own" {
  from    = "vendor@tools.example.com", auth = "none",
  subject = "Amazon EKS end of support: upgrade your Amazon EKS clusters with us",
  body    = "Buy now.",
  expect  = { category = "not_aws", actions = {} },
}

-- Of rules for several services the notice says which one it is ---------------------------------------------------------------

update("ec2.changes", "Upcoming changes to Amazon EBS snapshots", { service = "EBS" })
update("ec2.changes", "Upcoming changes to Amazon EC2 default credits", { service = "EC2" })
update("codebuild.images-end", "Upcoming changes to AWS CodePipeline", { service = "CODEPIPELINE" })
update("iam.changes", "Upcoming changes to AWS KMS", { service = "KMS" })
update("workspaces.ends", "Amazon AppStream 2.0 end of support for Windows Server 2016 images", { service = "APPSTREAM" })
