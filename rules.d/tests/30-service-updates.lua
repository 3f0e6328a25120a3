-- Service updates.
local function update(name, rule, subject, more)
  local expect = { category = "service_update", rule = rule, actions = { { action = "forward", args = { to = "technical" } } } }
  for key, value in pairs(more or {}) do expect[key] = value end
  test(name) { from = "no-reply-aws@amazon.com", subject = subject, body = "Hello,\n\nAWS Account ID: 123456789012\n", expect = expect }
end

test "Lambda: HTML" {
  mail   = "fixtures/lambda-end-of-support.eml",
  expect = {
    category = "service_update", rule = "lambda.runtime-end", service = "LAMBDA", account = "123456789012",
    notice   = { title = "AWS Lambda end of support for Node.js 20", action_required = true, regions = { "ap-northeast-1" } },
    actions  = { { action = "forward", args = { to = "technical" } } },
  },
}
update("Lambda: end of life", "lambda.runtime-end", "[Action Required] AWS Lambda Node.js 20.x end-of-life [AWS Account: 123456789012]")
update("Lambda: recursive loops", "lambda.recursive-loops",
  "[Immediate Action] Upcoming changes to recursive loop detection feature in AWS Lambda [AWS Account: 123456789012]",
  { notice = { action_required = true } })
update("EKS: standard support", "eks.version-end",
  "[Action Required] Amazon EKS Kubernetes 1.33 end of standard support [AWS Account: 123456789012] [US-EAST-1]",
  { found = { version = "1.33" }, account = "123456789012", notice = { regions = { "us-east-1" }, action_required = true } })
update("EKS: extended support, region alone", "eks.version-end",
  "[Action Required] Amazon EKS Kubernetes 1.31 end of extended support [AP-SOUTH-2]", { notice = { regions = { "ap-south-2" } } })
update("RDS: minor versions of 2025", "rds.minor-versions",
  "Amazon RDS for PostgreSQL is deprecating minor versions on October 31, 2025 [AWS Account: 123456789012] [EU-WEST-2]",
  { found = { date = "October 31, 2025" } })
update("RDS: minor versions of 2026", "rds.minor-versions",
  "[Action Required] Amazon RDS PostgreSQL minor versions deprecating on October 31, 2026 [AWS Account: 123456789012] [US-EAST-1]")
update("RDS: major version", "rds.major-version-end",
  "Amazon RDS for PostgreSQL 12 reaching end of standard support on February 28, 2025. Upgrade before March 1, 2025 to avoid paying Extended Support fees",
  { found = { version = "12", date = "February 28, 2025" } })
update("RDS: automatic minor upgrades", "rds.minor-upgrade-behaviour",
  "Changes to Amazon RDS Automatic Minor Version Upgrade Behavior [AWS Account: 123456789012]")
update("RDS: certificates", "rds.certificates",
  "[Action Required] Update your Amazon RDS and Amazon Aurora SSL/TLS certificates by August 22, 2024 [AWS Account: 123456789012]")
update("RDS: certificates, Japanese alone", "rds.certificates",
  "[要対応] Amazon RDS の SSL/TLS 証明書を2027年1月15日までに更新してください [AWS Account: 123456789012]",
  { notice = { action_required = true }, found = { date = "2027年1月15日" } })

test "RDS: certificates, bilingual" {
  mail   = "fixtures/rds-certificates-bilingual.eml",
  expect = {
    category = "service_update", rule = "rds.certificates", account = "123456789012",
    notice   = { title = "Update your Amazon RDS SSL/TLS certificates by January 15, 2027", action_required = true },
    actions  = { { action = "forward", args = { to = "technical" } } },
  },
}
test "RDS: any lifecycle event" {
  from    = "health@aws.com",
  subject = "Your database engine [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_RDS_PLANNED_LIFECYCLE_EVENT" },
  body    = "Hello,",
  expect  = { category = "service_update", rule = "rds.lifecycle", certainty = "exact" },
}
test "ElastiCache" {
  mail   = "fixtures/elasticache-text.eml",
  expect = {
    category = "service_update", rule = "elasticache.service-update", account = "123456789012",
    found    = { update_name = "elasticache-20261109-002", apply_by = "2026-12-22" },
  },
}
update("TLS", "tls.minimum-version",
  "[ACTION REQUIRED] - Update your TLS connections to 1.2 to maintain AWS endpoint connectivity [AWS Account: 123456789012]",
  { notice = { action_required = true } })
update("S3 and CloudFront", "s3-cloudfront.certificates",
  "[Action Required] Amazon S3 and Amazon CloudFront migrating default certificates to Amazon Trust Services starting March 23, 2021.",
  { found = { date = "March 23, 2021" } })
update("CloudTrail: data events", "cloudtrail.changes",
  "[Action may be required] New S3 Data Events in AWS CloudTrail in 60 days [AWS Account: 123456789012]",
  { found = { n = "60" }, notice = { action_required = false } })
update("CloudTrail: event source", "cloudtrail.changes", "Action may be required CloudTrail event source change")
update("SDK", "sdk.end-of-support", "[Action Required] AWS SDK for Java 1.x end of support [AWS Account: 123456789012]")
update("Elastic Beanstalk", "beanstalk.platform-retirement",
  "Elastic Beanstalk Amazon Linux AMI (AL1) platform retirement June 30, 2022", { found = { date = "June 30, 2022" } })
