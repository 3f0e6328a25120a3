-- Certificates.

local technical = { { action = "forward", args = { to = "technical" } } }
local arn = "arn:aws:acm:us-east-1:123456789012:certificate/0d1f4a52-3c7b-4a8e-9f10-2b6c7d8e9f00"

test "certificate: request" {
  mail   = "fixtures/other/certificate-request.eml",
  expect = { category = "certificate", rule = "certificate.request", account = "123456789012", priority = "high",
    found = { domain = "shop.example.com", certificate = arn }, actions = technical },
}
for _, form in ipairs { "text", "html" } do
  test("certificate: renewal needed, " .. form) {
    mail   = "fixtures/other/certificate-renewal-" .. form .. ".eml",
    expect = {
      category = "certificate", rule = "certificate.renewal-needed", account = "123456789012", found = { certificate = arn },
      actions  = technical,
    },
  }
end
test "certificate: renewed" {
  mail   = "fixtures/other/certificate-renewed.eml",
  expect = { category = "certificate", rule = "certificate.renewed", priority = "low" },
}
test "certificate: renewal, HTML" {
  mail   = "fixtures/acm-renewal-html.eml",
  expect = { category = "certificate", rule = "certificate.renewal", account = "123456789012", found = { certificate = arn }, actions = technical },
}
for _, title in ipairs {
  "Your certificate is renewed", "Your certificate has been renewed", "Your ACM certificate has been renewed", "証明書が更新されました",
} do
  test("certificate: " .. title) {
    from = "no-reply@amazonaws.com", subject = title, expect = { category = "certificate", rule = "certificate.renewed" },
  }
end
for event_type, expected in pairs {
  AWS_ACM_RENEWAL_FAILURE = "certificate.renewal", CAA_CHECK_FAILURE = "certificate.renewal", AWS_ACM_SOMETHING = "certificate.renewal",
  AWS_ACMPCA_CERTIFICATE_EXPIRY = "certificate.private-authority",
} do
  test("certificate: " .. event_type) {
    from    = "health@aws.com",
    subject = "About a certificate [AWS Account: 123456789012]",
    headers = { ["X-SM-COMMUNICATION-TYPE"] = event_type },
    body    = "Hello,",
    expect  = { category = "certificate", rule = expected },
  }
end
test "certificate: not renewed, however it is said" {
  from    = "health@aws.com",
  subject = "About a certificate [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_ACM_RENEWAL_STATE_CHANGE" },
  body    = "ACM was unable to renew it. When the certificate has been renewed by you, import it.",
  expect  = { category = "certificate", rule = "certificate.renewal", priority = "normal" },
}
for _, sentence in ipairs {
  "It was successfully renewed.", "The certificate has been renewed.", "証明書は更新されました。", "証明書が更新されました。",
} do
  test("certificate: its state changed: " .. sentence) {
    from    = "health@aws.com",
    subject = "About a certificate [AWS Account: 123456789012]",
    headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_ACM_RENEWAL_STATE_CHANGE" },
    body    = sentence,
    expect  = { category = "certificate", rule = "certificate.renewed" },
  }
end
test "certificate: another authority's is not AWS's" {
  from = "renewals@ca.example.com", subject = "Your certificate is about to expire", auth = "none", expect = { category = "not_aws" },
}
for _, from in ipairs { "no-reply@certificates.amazon.com", "health@aws.com", "no-reply@amazonaws.com", "no-reply-aws@amazon.com" } do
  for rule, subject in pairs {
    ["certificate.request"] = "Certificate request for shop.example.com", ["certificate.renewed"] = "Your certificate is renewed",
    ["certificate.renewal-needed"] = "Action Required - Your certificate renewal",
  } do
    test(rule .. ": " .. from) { from = from, subject = subject, expect = { category = "certificate", rule = rule } }
  end
end
for _, sentence in ipairs { "could not be renewed", "has not been renewed" } do
  test("certificate: not renewed: " .. sentence) {
    from    = "health@aws.com",
    subject = "About a certificate [AWS Account: 123456789012]",
    headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_ACM_RENEWAL_STATE_CHANGE" },
    body    = "One was successfully renewed. The other " .. sentence .. ".",
    expect  = { category = "certificate", rule = "certificate.renewal" },
  }
end
