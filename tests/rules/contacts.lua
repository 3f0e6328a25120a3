-- The contacts that tests use; a second rule folder beside the shipped one.
contacts {
  ["123456789012"] = {
    name      = "例示株式会社 本番",
    language  = "ja",
    timezone  = "Asia/Tokyo",
    technical = { "tech@example.jp" },
    security  = { "security@example.jp" },
    emergency = { "+81-3-0000-0000" },
    root      = { "aws+prod@example.jp" },
  },
  ["210987654321"] = {
    name      = "Example Inc. staging",
    language  = "en",
    timezone  = "Europe/Berlin",
    technical = { "platform@example.com", "oncall@example.com" },
    security  = { "security@example.com" },
    emergency = { "+49-30-000000" },
    root      = { "aws+staging@example.com" },
    finance   = { "finance@example.com" },
  },
  ["*"] = {
    name      = "Accounts without an entry",
    language  = "ja",
    timezone  = "Asia/Tokyo",
    technical = { "aws-ops@example.jp" },
    security  = { "aws-ops@example.jp" },
  },
}
