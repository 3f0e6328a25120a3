-- Maintenance that is no longer what the title says: AWS cancels, completes and hastens work under the title of the first notice,
-- and the body tells. These rules come before those of the services, whose advice would be wrong. Each asks for the event type or
-- the title first: the body is read only of what is maintenance at all.

local titles = require "titles"
local maintenance = {
  { event_type = { "AWS_*_MAINTENANCE_*", "AWS_*RETIREMENT*", "AWS_*_UPGRADE_SCHEDULED" } },
  titles.aws { title = nocase {
    contains { "maintenance", "instance retirement", "host retirement", "メンテナンス", "リタイア" },
    matches [[scheduled (?:for|to be) (?:re|stop|terminat|up)]],
  } },
}

rule "maintenance.cancelled" {
  all      = { { any = maintenance }, { notice = { status = "cancelled" } } },
  category = "maintenance",
  priority = "low",
  tags     = { "cancelled" },
  advice   = {
    ja  = "予定されていたメンテナンスは中止されました。対応は不要です。切り替えや作業を準備していた場合は取り消してください。"
      .. "新しい日程が決まると、AWS から改めて通知されます。",
    en  = "The maintenance that was announced has been cancelled: there is nothing to do. Call off what was prepared for it. If AWS sets "
      .. "another date, a new notice will come.",
    url = "https://docs.aws.amazon.com/health/latest/ug/getting-started-health-dashboard.html",
  },
}

rule "maintenance.completed" {
  all      = { { any = maintenance }, { notice = { status = "completed" } } },
  category = "maintenance",
  priority = "low",
  tags     = { "completed" },
  advice   = {
    ja  = "メンテナンスは完了しました。対象のリソースが正常に動作しているか確認し、迂回させていた通信や停止していた処理があれば元に戻してください。"
      .. "問題が続く場合は AWS サポートにお問い合わせください。",
    en  = "The maintenance is over. Check that the resources work, and put back what was rerouted or stopped for it. If something is still "
      .. "wrong, ask AWS Support.",
    url = "https://docs.aws.amazon.com/health/latest/ug/getting-started-health-dashboard.html",
  },
}

rule "maintenance.emergency" {
  all      = { { any = maintenance }, { none = { event_type = "AWS_EC2_*" } }, { notice = { status = "emergency" } } },   -- EC2: its own advice
  category = "maintenance",
  priority = "high",
  tags     = { "emergency" },
  advice   = {
    ja  = "緊急メンテナンスのため、開始までの時間がわずかです。対象のリソースと時間帯を今すぐ確認し、冗長構成に切り替わることを確かめて、関係者に連絡してください。"
      .. "日程の変更は通常できません。",
    en  = "This is emergency work: little time is left before it begins. See at once which resources and when, make sure that the redundant "
      .. "ones take over, and tell those who depend on them. As a rule it cannot be put off.",
    url = "https://docs.aws.amazon.com/health/latest/ug/getting-started-health-dashboard.html",
  },
}
