"""The soak's site: a configuration with everything in it that waits, gathers, rings and repeats, its times scaled down to seconds."""
from . import mails

CONFIG = """
spool "maildir" {{ kind = "maildir", path = "spool", trust = {{ authserv_id = "mx.example.jp" }} }}
spool "drop" {{ kind = "directory", path = "drop", settle = "200ms", trust = {{ authserv_id = "mx.example.jp" }} }}
store "store" {keep}
rules "rules.d" {{}}
operators {{ mail = {{ "ops@example.jp" }}, chat = "aws-security", gather = "2s", digest = "{digest}", timezone = "UTC" }}
smtp {{ url = "{smtp}", from = "awsift@example.jp", timeout = "2s" }}
http {{ private = {{ "127.0.0.1", "localhost" }}, timeout = "2s" }}
channel "aws-security" {{ url = "{peer}/chat" }}
channel "rude" {{ url = "{rude}/sometimes/", deadline = "20s" }}
channel "call" {{ kind = "twilio", account = "{sid}", token = secret "twilio-token", from = "+81312340000", url = "{phones}" }}
channel "pagerduty" {{ kind = "pagerduty", routing_key = secret "pagerduty", url = "{phones}/v2/enqueue" }}
outbox {{ first = "100ms", most = "2s", attempts = 8, at_once = 8 }}
policy "chat" {{ rate = "50 per 1s" }}
escalation "emergency" {{ steps = {{ {{ call = "emergency" }}, {{ after = "1s", page = "pagerduty" }}, {{ after = "2s", chat = "aws-security" }} }}, again = 1 }}
paging {{ rule_per_hour = 1000, per_hour = 10000 }}
limits {{ bytes = "512K" }}
deciders {{ count = 2, time = "500ms", memory = "256M" }}
"""

RULES = """
category "soak" { title = "Soak", priority = "normal", tell = "technical" }
category "soak_urgent" { title = "Soak, urgent", priority = "urgent", tell = "security", answer = "4s" }
rule "soak.gathered" { subject = "Gathered [AWS Account: {account}]", category = "soak", group = { by = { "rule", "contact" }, wait = "2s", most = "6s" } }
rule "soak.ringing" { subject = "Ringing {n} [AWS Account: {account}]", category = "soak_urgent", also = { call { to = "emergency" } } }
rule "soak.rude" { subject = "Rude {n}", category = "soak", actions = chat { channel = "rude" } }
rule "soak.overrun" { subject = starts "Overrun ", category = "soak", when = function() while true do end end }
action "record" {
  args = { text = "text" }, retry = { attempts = 20 },
  run = function(ctx, args)
    local reply, why = http.post { url = "%s/record", json = { text = args.text, key = ctx.key } }
    if not reply then retry(why, 1) end
    if reply.status ~= 200 then retry("status " .. reply.status, 1) end
  end,
}
rule "soak.recorded" { subject = starts "Recorded ", speaker = "any", category = "soak", actions = record { text = "{subject}" } }
"""


def contacts():
    rows = [f'["{account}"] = {{ name = "Corp {number % 12}", language = "{"en" if number % 2 else "ja"}", '
            f'technical = {{ "team{number % 12}@example.com" }}, security = {{ "security{number % 12}@example.com" }}, '
            f'emergency = {{ "+81311110{number % 12:03}", "+81311111{number % 12:03}" }} }},\n'
            for number, account in enumerate(mails.ACCOUNTS[:100])]
    return "contacts {\n" + "".join(rows) + "}\n"


class Site:
    def __init__(self, folder, keep, **urls):
        self.folder, self.config, self.store = folder, folder / "awsift.lua", folder / "store"
        for name in ("rules.d", "drop", "spool/tmp", "spool/new", "spool/cur"):
            (folder / name).mkdir(parents=True)
        self.config.write_text(CONFIG.format(keep=f'{{ keep = "{keep}" }}' if keep else "", **urls), encoding="utf-8")
        self.rule("contacts.lua", contacts())
        self.rule("50-soak.lua", RULES % urls["peer"])
        self.version(0)

    def rule(self, name, text):
        """Saved as an editor does."""
        beside = self.folder / "rules.d" / f".{name}.new"
        beside.write_text(text, encoding="utf-8")
        beside.rename(self.folder / "rules.d" / name)

    def version(self, number, broken=False):
        """What differs with each reload: a tag, and a placeholder and patterns that no version before had."""
        patterns = ", ".join(f'"Version {number} of {{any}} {other}"' for other in range(20))
        self.rule("60-version.lua", f'rule "soak.version" {{ subject = {{ {patterns} }}, category = "soak", tags = {{ "v{number}" }} }}\n' +
                  ("rule {{{\n" if broken else ""))

    def deliver(self, number, content, maildir):
        if maildir:
            (self.folder / "spool" / "tmp" / f"{number}.soak").write_bytes(content)
            (self.folder / "spool" / "tmp" / f"{number}.soak").rename(self.folder / "spool" / "new" / f"{number}.soak")
        else:
            (self.folder / "drop" / f".{number}.part").write_bytes(content)
            (self.folder / "drop" / f".{number}.part").rename(self.folder / "drop" / f"{number}.eml")

    def spooled(self):
        return sum(1 for part in ("spool/new", "spool/cur", "drop") for path in (self.folder / part).iterdir() if not path.name.startswith("."))
