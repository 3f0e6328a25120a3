-- What AWS sends besides.

test "other: port 25" {
  mail   = "fixtures/other/port-25.eml",
  expect = { category = "other", rule = "other.port-25", service = "EC2", actions = { { action = "forward", args = { to = "operators" } } } },
}
for _, from in ipairs { "aws-marketing-email-replies@amazon.com", "apn-info@amazon.com" } do
  test("other: " .. from) { from = from, subject = "Come to our event", expect = { category = "other", rule = "other.marketing", priority = "low" } }
end
for _, from in ipairs { "notifications@aws.com", "no-reply-aws@amazon.com", "no-reply@amazonaws.com" } do
  test("other: port 25, from " .. from) { from = from, subject = "EC2 port 25 throttle", expect = { category = "other", rule = "other.port-25" } }
end
