-- Service updates of what joins applications: APIs, queues, messages, mail, identity of users, things.
local titles, advice = require "titles", require "advice"
local aws, ends, changes = titles.aws, titles.ends, titles.changes

rule "mq.version-end" {
  any      = {
    { title = "Amazon MQ {word} {version} end of {line}" },
    aws { title = { ends { "Amazon MQ" } } },
    { event_type = "AWS_MQ_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "MQ",
  advice   = {
    ja = "Amazon MQ のエンジンバージョンのサポートが終了し、期日後はメンテナンスウィンドウで自動アップグレードされます。クライアントライブラリの互換性を検証用ブローカーで確認し、"
      .. "期日までに都合のよい時間にアップグレードしてください(再起動を伴います)。",
    en = "Support for the broker's engine version ends, and AWS upgrades it in a maintenance window after the date. Check client libraries against a "
      .. "test broker, and upgrade at a good time before; the broker restarts.",
    url = "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/upgrading-brokers.html",
  },
}

rule "apigateway.changes" {
  any      = {
    aws { title = { ends { "Amazon API Gateway", "AWS AppSync" }, changes { "Amazon API Gateway", "AWS AppSync" } } },
    { event_type = "AWS_APIGATEWAY_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "APIGATEWAY",
  advice   = advice.change "https://docs.aws.amazon.com/apigateway/latest/developerguide/history.html",
}

rule "messaging.changes" {
  any      = {
    aws { title = {
      ends { "Amazon SNS", "Amazon SQS", "Amazon EventBridge", "AWS Step Functions", "AWS End User Messaging" },
      changes { "Amazon SNS", "Amazon SQS", "Amazon EventBridge", "AWS Step Functions", "AWS End User Messaging" },
    } },
    { event_type = { "AWS_SNS_PLANNED_LIFECYCLE_EVENT", "AWS_SQS_PLANNED_LIFECYCLE_EVENT", "AWS_EVENTS_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  advice   = {
    ja = "メッセージングサービスの仕様または SMS などの配信条件が変わります。キュー・トピック・ルールのポリシーや、SMS の送信元 ID の登録、"
      .. "モバイルプッシュの資格情報に影響がないか、適用日までに確認してください。",
    en = "A messaging service, or the conditions for texts, change. Check before the date whether policies of queues, topics and rules, the "
      .. "registration of sender ids, or credentials of mobile push are concerned.",
    url = "https://docs.aws.amazon.com/sns/latest/dg/welcome.html",
  },
}

rule "ses.changes" {
  any      = { aws { title = { ends { "Amazon SES" }, changes { "Amazon SES", "Amazon Simple Email Service" } } } },
  none     = { title = nocase(contains { "sending", "review", "paus", "probation", "bounce", "complaint" }) },   -- a review of the account
  category = "service_update",
  service  = "SES",
  advice   = {
    ja = "Amazon SES の仕様が変わります。SMTP エンドポイントの TLS、API v1 の呼び出し、DKIM・DMARC などの送信ドメインの設定に影響がないか、適用日までに確認してください。"
      .. "送信のレビューや停止の通知ではありません。",
    en = "Amazon SES changes. Check before the date whether TLS of the SMTP endpoint, calls of the v1 API, or DKIM and DMARC of your domains are "
      .. "concerned. This is no review of your sending.",
    url = "https://docs.aws.amazon.com/ses/latest/dg/Welcome.html",
  },
}

rule "cognito.changes" {
  any      = {
    aws { title = { ends { "Amazon Cognito" }, changes { "Amazon Cognito" } } },
    { event_type = "AWS_COGNITO_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "COGNITO",
  advice   = advice.change "https://docs.aws.amazon.com/cognito/latest/developerguide/what-is-amazon-cognito.html",
}

rule "iot.changes" {
  any      = {
    aws { title = {
      ends { "AWS IoT", "FreeRTOS" }, changes { "AWS IoT" },
      nocase "{any}AWS IoT{any}certificate{any}",
    } },
    { event_type = { "AWS_IOT*_PLANNED_LIFECYCLE_EVENT", "AWS_GREENGRASS_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  service  = "IOT",
  advice   = {
    ja = "AWS IoT のエンドポイント・証明書・クライアントのバージョンに変更があります。デバイスの信頼ストアに Amazon Trust Services のルートが含まれ、"
      .. "ATS エンドポイントに接続しているか確認してください。遠隔更新に時間がかかるため、早めに計画してください。",
    en = "Endpoints, certificates or client versions of AWS IoT change. See that devices trust the Amazon Trust Services roots and connect to the ATS "
      .. "endpoints. Updating devices takes time: plan early.",
    url = "https://docs.aws.amazon.com/iot/latest/developerguide/server-authentication.html",
  },
}

rule "media.changes" {
  any      = { aws { title = { ends { "AWS Elemental" }, changes { "AWS Elemental", "Amazon GameLift", "Amazon IVS" } } } },
  category = "service_update",
  advice   = advice.change "https://docs.aws.amazon.com/health/latest/ug/getting-started-health-dashboard.html",
}
