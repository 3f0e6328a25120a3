-- Contacts: one entry an account. Copy this into your own rule folder as contacts.lua; a change is live within a second.
--
-- Every field but `name`, `group`, `accounts`, `language`, `timezone` and `root` is a role: a list of mail addresses (of phone
-- numbers in `emergency`). Rules name roles, never addresses: forward { to = "technical" }. You may add roles of your own, such
-- as `finance` below, and tell a category to use them: category "billing" { tell = "finance" }. A role may have a language of
-- its own: technical = { "a@example.com", language = "en" }. A spreadsheet may keep the same as contacts.csv.
contacts {
  ["123456789012"] = {
    name      = "例示株式会社 本番",                -- shown in forwards and lists
    language  = "ja",                              -- "ja", "en", or both, "ja+en": of the forward's note and of advice
    timezone  = "Asia/Tokyo",                      -- times in forwards are shown in this zone
    technical = { "tech@example.jp" },             -- 技術通知先: maintenance, service updates, abuse reports, support cases
    security  = { "security@example.jp" },         -- セキュリティ通知先: compromise, SES review
    emergency = { "+81-3-0000-0000" },             -- 緊急連絡先電話番号: rung day and night, in this order
    root      = { "aws+prod@example.jp" },         -- the root user's address: tells the account of a mail that does not name it
  },
  ["210987654321"] = {
    name      = "Example, Inc. staging",
    language  = "en",
    timezone  = "Europe/Berlin",
    technical = { "platform@example.com", "oncall@example.com" },
    security  = { "security@example.com" },
    emergency = { "+49-30-000000" },
    root      = { "aws+staging@example.com" },
    finance   = { "finance@example.com" },         -- a role of one's own
  },
  -- A group: one customer with several accounts, say. What an account's own entry lacks is the group's; a mail about several
  -- accounts of one group goes to the group. Accounts are named here, or say group = "example-group" themselves.
  ["@example-group"] = {
    name      = "Example Group",
    language  = "ja+en",
    timezone  = "Asia/Tokyo",
    accounts  = { "333333333333" },
    technical = { "group@example.com" },
    security  = { "group-security@example.com" },
    root      = { "group+{account}@example.com" }, -- group+333333333333@example.com is account 333333333333, if that is of this group
  },
  ["444444444444"] = { group = "example-group", name = "Example Group billing", security = { "billing@example.com" } },
  -- Accounts that nobody knows. Without this entry they go to the operators.
  ["*"] = {
    name      = "Accounts without an entry",
    language  = "ja",
    timezone  = "Asia/Tokyo",
    technical = { "aws-ops@example.jp" },
    security  = { "aws-ops@example.jp" },
    root      = { "aws+{account}@example.jp" },    -- of every account that has an entry
  },
}
