-- The topic is what AWS's own link says, whatever stands before it.

test "SNS: the topic of an alarm" {
  mail   = "fixtures/other/alarm.eml",
  expect = {
    category = "alarm", rule = "alarm.cloudwatch", auth = { verdict = "stranger" },
    found    = { topic = "arn:aws:sns:ap-northeast-1:123456789012:alarms", any = "shop-api-5xx", region = "Asia Pacific (Tokyo)" },
    actions  = { { action = "forward", args = { to = "operators" } } },
  },
}
test "SNS: an imitation with another topic's link" {
  mail   = "fixtures/other/sns-imitation.eml",
  expect = {
    category = "suspicious", rule = false, found = { topic = "arn:aws:sns:us-east-1:210987654321:hello" },
    actions  = { { action = "forward", args = { to = "operators" } } },
  },
}
