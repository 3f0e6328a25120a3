-- Service updates of the services whose own rules above are about the end of a version: what else changes in them is anything from a
-- default to a price, and the advice to upgrade would be wrong.
local titles, advice = require "titles", require "advice"

rule "service.changes" {
  any      = { titles.aws { title = titles.changes {
    "Auto Scaling", "Amazon ElastiCache", "Amazon OpenSearch", "Amazon Elasticsearch", "AWS DMS", "AWS Database Migration Service", "AWS Fargate",
    "AWS Storage Gateway", "AWS DataSync", "Amazon MSK", "Amazon Kinesis", "Amazon Managed Service for Apache Flink", "Amazon Data Firehose",
    "AWS Glue", "AWS Lake Formation", "Amazon Athena", "Amazon QuickSight", "Amazon Quick Suite", "Amazon SageMaker", "Amazon Bedrock",
    "Amazon MQ", "AWS CLI", "AWS CDK", "AWS CloudFormation",
  } } },
  category = "service_update",
  advice   = advice.change "https://docs.aws.amazon.com/health/latest/ug/getting-started-health-dashboard.html",
}
