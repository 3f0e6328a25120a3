-- awsift.lua: an annotated example. Copy it to /etc/awsift/awsift.lua, keep what you need, and run `awsift check`.
-- It is Lua; relative paths are relative to this file; an unknown key is an error. Durations are written 500ms, 30s, 5m,
-- 24h, 400d; sizes 64K, 10M, 1G. What is commented out shows its default, or an example.

-- Where mail comes from. kind "maildir": a Maildir; "directory": a folder into which whole files are dropped.
-- `trust` names the mail server that verified the mail before it got here, as it writes itself in
-- Authentication-Results. Without it nothing is proven: mail is still sifted, but no phone rings.
spool "postfix" {
  kind  = "maildir",
  path  = "/var/spool/awsift",
  trust = { authserv_id = "mx.example.jp" },
}
-- Where AWS's mail comes by way of a mailing list that puts its own address into From (Google Groups does), or of a
-- forwarder that changes it and seals what it found (ARC), AWS's signature no longer holds. What they found counts when
-- they are named here, and when your own server found the list's mail, or the chain of seals, to be genuine:
--   trust = { authserv_id = "mx.google.com", lists = { "aws@example.jp" }, arc = { "google.com" } }
-- spool "drop" { kind = "directory", path = "/srv/drop", settle = "5s", recipient = "aws@example.jp" }

-- Where the ledger, the archive and the control socket live.
-- keep removes what is old and finished from archive and ledger, and keeps what waits for somebody. Without it all is kept.
store "/var/lib/awsift" -- { keep = "400d" }

-- As whom it works where root starts it (systemd's User= does without); by itself as the store's owner.
-- user "awsift"

-- Your own rules come first; the shipped ones follow by themselves. Contacts stand in the same folder, as contacts.lua,
-- contacts.csv, or both.
-- With require_tests every rule needs a test that reaches it.
rules "/etc/awsift/rules" {}
-- rules "/etc/awsift/rules" { require_tests = true }

-- Who hears of what no rule knows, of forged mail, and of what went wrong.
operators { name = "AWS operations", mail = { "ops@example.jp" }, language = "ja" }
-- Once a day they also read what no rule knew, with rules ready to paste, and which rules have gone silent; false: never.
-- Alerts that are high or urgent stand in a chat, too; urgent ones page, and ring their phones. quiet (off unless given): no mail in
-- any spool for so long is told; of one spool, spool "postfix" { quiet = "2d" }. down: a start after so long a pause says so.
-- gather: how long alerts that come together are gathered. alerts: how grave a kind is; "off" tells nobody.
-- operators {
--   chat = "aws-ops", page = "pagerduty", call = true, phone = { "+81312345670" }, timezone = "Asia/Tokyo",
--   digest = "09:00", quiet = "1d", down = "10m", gather = "1m", alerts = { ["rule-error"] = "high", stopped = "off" },
-- }

-- Who writes. Without a server forwards are complete mails in the Maildir <store>/outbox: look at them there first.
smtp { from = "awsift@example.jp", name = "AWS operations" }
-- The original is attached as it came, up to this size (at most 64M). Of a larger one the note tells the size, and where
-- it lies: `awsift show ID`, and the archive's folder.
-- smtp { attach = "10M" }
-- The mail server that sends them. STARTTLS is required unless the server is on this machine; smtps:// is encrypted from the
-- start. The password is a secret: $AWSIFT_SECRET_SMTP_PASSWORD, or the file smtp-password of the service's credentials.
-- smtp {
--   url  = "smtp://mail.example.jp:587",
--   user = "awsift", password = secret "smtp-password",
--   -- starttls = "required", ca = "/etc/awsift/ca.pem", helo = "awsift.example.jp", timeout = "60s",
--   -- sender = "bounces@example.jp",  -- of the envelope; "" for none
-- }
-- Or a program: smtp { sendmail = "/usr/sbin/sendmail" }, smtp { sendmail = { "/usr/bin/msmtp", "-a", "aws" } }

-- Names that rules may use in `chat { channel = "aws-ops" }`; where they lead is known here alone.
-- The shipped rules use two: "aws-security" for abuse reports and compromised accounts, and "call", the service that
-- rings a phone. Without it nobody is rung, and `check` says so.
-- channel "aws-security" {
--   kind = "slack", url = secret "slack-security", language = "ja", mention = { urgent = "<!channel>" },
-- }
-- channel "call" { kind = "twilio", account = "AC0123456789abcdef0123456789abcdef", token = secret "twilio-token", from = "+81312345678" }
-- A service of your own is posted { to = { number }, text, key } as JSON: channel "call" { url = "https://calls.example.com/api/call" }
-- channel "pagerduty" { kind = "pagerduty", routing_key = secret "pagerduty" }
-- What is posted is in the service's own form: "slack", "teams", "google-chat", "mattermost", "chatwork"; without kind, {"text": …}.
-- language and timezone are the operators' where they are not given; format is "card" or "text".
-- channel "aws-ops" { kind = "teams", url = secret "teams-url", mention = "On call <oncall@example.jp>" }
-- channel "space" { kind = "google-chat", url = secret "space-url", format = "card" }
-- channel "town-square" { kind = "mattermost", url = secret "mattermost-url", username = "awsift", icon = ":cloud:" }
-- channel "room" { kind = "chatwork", room = "1234567", token = secret "chatwork-token", mention = { urgent = "[toall]" }, unread = true }
-- channel "own" { url = "https://chat.example.com/hooks/aws" }

-- What rules name in webhook { webhook = "tickets" }: a JSON object is posted. The address, a key that signs what is posted and
-- a header that signs in may be secrets: $AWSIFT_SECRET_TICKETS_URL, or the file tickets-url of the service's credentials.
-- webhook "tickets" {
--   url = secret "tickets-url", signing = secret "tickets-key", headers = { Authorization = secret "tickets-auth" },
-- }

-- Requests go into the internet. Hosts of your own network are asked only where they are named: names, addresses, ranges.
-- ca: certificates to trust besides the system's.
-- http { private = { "jira.example.internal", "10.1.0.0/16" }, ca = "/etc/awsift/ca.pem", timeout = "30s" }

-- A program that rules may start with exec { command = "ticket", arguments = { "{account}", "{title}" } }, the mail on its standard
-- input. No shell is asked. What stands behind "--" is no option of it, whatever a mail says.
-- command "ticket" {
--   program = "/usr/local/bin/ticket", arguments = { "--queue", "aws", "--", "{arguments}" },
--   -- time = "30s", output = "64K", environment = { TOKEN = secret "ticket-token" }, user = "tickets",
-- }

-- Who is rung after how long, until somebody runs `awsift ack ID`. Without it the role's phones ring in turn, five minutes apart.
-- escalation "emergency" {
--   hours = "09:00-18:00", days = "mon-fri",
--   day   = { { chat = "aws-security" }, { after = "10m", call = "emergency" } },
--   night = {
--     { call = "emergency" }, { after = "5m", call = "emergency" }, { after = "15m", page = "pagerduty" },
--     { after = "30m", forward = "operators" },
--   },
--   again = 2, -- timezone = "Asia/Tokyo"
-- }
-- One for some accounts alone: escalation "vip" { to = "emergency", accounts = { "123456789012" }, steps = { { call = "emergency" } } }
-- An answer that is owed (answer = "24h" of a category or rule) is reminded at half time; this begins two hours before its end.
-- escalation "answer" { before = "2h", steps = { { chat = "aws-security" }, { after = "1h", call = "operators" } } }
-- Phone calls and pages within an hour, for one rule and in all.
-- paging { rule_per_hour = 60, per_hour = 300 }

-- The time zone in which notes to people are written.
timezone "Asia/Tokyo"

-- The processes that read mail: how many, and how long and how large one may get over a single mail.
-- deciders { count = 2, time = "5s", memory = "512M" }

-- How long after one mail about a notice another may belong to its thread.
-- threads { window = "90d" }

-- How often an action is tried, and for how long mail is while its server is out of order.
-- outbox { attempts = 12, first = "5s", most = "1h", patience = "2d", at_once = 4 }
-- How one action, and what goes to one host, is tried and paced; a channel takes the same keys.
-- policy "chat" { deadline = "6h", rate = "30 per 1m" }
-- host "hooks.example.com" { rate = "1 per 1s", at_once = 1 }
-- limits { bytes = "10M", header_block = "64K", header_field = "16K", colons = 64, headers = 200, parts = 200,
--          depth = 16, text = "256K" }
