"""awsift suggest: kinds of mail that no rule knows become rules, one a kind. The kinds here are made up; what varies in them
(ids, dates, versions, names, regions, decorations, the form of the body) varies as it does in AWS's mail. 2,000 mails of 40
kinds with one seed by default; AWSIFT_SUGGEST_SEEDS=1,2,3,4,5 for several."""
import base64
import json
import os
import quopri
import random
import re
from email.header import Header

import pytest

from conftest import SOURCE, make_mail, wait_for

SEEDS = [int(seed) for seed in os.environ.get("AWSIFT_SUGGEST_SEEDS", "1").split(",")]
MAILS, KINDS, RIGHT = 2000, 40, 38

REGIONS = [("ap-northeast-1", "Asia Pacific (Tokyo)"), ("us-east-1", "US East (N. Virginia)"), ("eu-west-1", "Europe (Ireland)"),
           ("eu-central-1", "Europe (Frankfurt)"), ("us-west-2", "US West (Oregon)"), ("sa-east-1", "South America (São Paulo)")]
PEOPLE = ["Alice Example", "Bob Muster", "Carol", "Daniela", "Erin Doe", "Farid", "Grace", "Heidi K", "Ivan", "Judy", "Kenji", "Laura"]
FREE = ["cannot reach the bastion", "slow queries since Monday", "please raise our limit", "question about peering",
        "backup did not start", "login loop after upgrade", "wrong tax number", "packet loss towards Osaka", "strange latency at night",
        "DNS answers are late"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]


class Values:
    """What varies. Each placeholder of a kind's subject is one of these."""

    def __init__(self, chance):
        self.chance = chance

    def account(self):
        return "".join(self.chance.choice("0123456789") for _ in range(12))

    def n(self):
        return str(self.chance.randint(2, 4000))

    def version(self):
        return self.chance.choice(["{}.{}", "{}.{}.1", "{}", "{}.x"]).format(self.chance.randint(1, 30), self.chance.randint(0, 40))

    def date(self):
        year, month, day = 2026, self.chance.randint(1, 12), self.chance.randint(1, 28)
        return self.chance.choice([f"{MONTHS[month - 1]} {day}, {year}", f"{year}-{month:02}-{day:02}", f"{day} {MONTHS[month - 1]} {year}"])

    def jdate(self):
        return f"2026年{self.chance.randint(1, 12)}月{self.chance.randint(1, 28)}日"

    def region(self):
        return self.chance.choice(self.chance.choice(REGIONS))

    def instance(self):
        return "i-0" + "".join(self.chance.choice("0123456789abcdef") for _ in range(16))

    def volume(self):
        return "vol-0" + "".join(self.chance.choice("0123456789abcdef") for _ in range(16))

    def name(self):
        words = ["prod", "stage", "billing", "orders", "search", "db", "web", "batch", "eu", "jp", "core", "edge"]
        return "-".join(self.chance.sample(words, self.chance.randint(2, 3))) + self.chance.choice(["", "-01", "-2", "-v3"])

    def person(self):
        return self.chance.choice(PEOPLE)

    def free(self):
        return self.chance.choice(FREE)

    def case(self):
        return "17" + "".join(self.chance.choice("0123456789") for _ in range(13))


# Made up, all of it; neighbours share most of their words on purpose.
SUBJECTS = [
    "Amazon Orchid maintenance window on {date} in {region}",
    "Amazon Lotus maintenance window on {date} in {region}",
    "Amazon Tulip maintenance window on {date} in {region}",
    "Amazon Orchid maintenance window cancelled",
    "Amazon Orchid maintenance window completed",
    "AWS Quill engine {version} leaves the preview",
    "AWS Quill engine {version} enters the preview",
    "Your AWS Harbor gateway {name} lost redundancy",
    "Your AWS Harbor gateway {name} regained redundancy",
    "Your AWS Lantern gateway {name} lost redundancy",
    "{n} of your Amazon Orchid nodes use a retiring image",
    "Capacity reservation for {person} ends soon",
    "Capacity reservation shared with {person} was extended",
    "Amazon Petal stream {name} in {region} is throttled",
    "Amazon Petal stream shards are rebalanced",
    "Weekly digest of AWS Compass findings: {free}",
    "Monthly digest of AWS Compass findings",
    "AWS Compass found an idle volume {volume}",
    "AWS Compass found an idle instance {instance}",
    "AWS Ledgerbook proof for block {n} is ready",
    "AWS Ledgerbook proof for block {n} has expired",
    "Your sandbox {name} will be emptied on {date}",
    "Your sandbox {name} was emptied",
    "Amazon Meadow will stop serving API version {version} after {date}",
    "Amazon Meadow will start serving API version {version} after {date}",
    "Thank you for joining the AWS Skylark pilot, {person}",
    "AWS Skylark pilot: your feedback is wanted by {date}",
    "Amazon Orchid のノード交換のお知らせ ({jdate})",
    "Amazon Orchid の料金改定のお知らせ ({jdate})",
    "Amazon Lotus のノード交換のお知らせ ({jdate})",
    "AWS Quill エンジン {version} の提供開始について",
    "Region opt-in for {region} was granted",
    "Region opt-out for {region} was granted",
    "Transfer of {n} elastic licences to {account} is pending",
    "Transfer of {n} elastic licences to {account} has failed",
    "Question {case} about your workload: {free}",
    "Data centre visit on {date}: bring your badge",
    "Amazon Fern: IPv6 address blocks are renumbered in {region}",
    "Amazon Fern: IPv4 address blocks are renumbered in {region}",
    "Reserved rack {n} in {region} needs new power cords",
]
BODIES = [
    "We are writing because of your use of {service} in account {account}.\nThe matter is number {n} on our list for {region}.",
    "This message concerns {service}.\nNothing changes before {date}. Look at {name} when you have time.",
    "{service}: see the console for {n} affected items.",
]
TYPED = 15  # so many of the kinds come with an event type of their own


def service_of(subject):
    found = re.search(r"(?:Amazon|AWS) (\w+)", subject)
    return found.group(1) if found else "General"


class Kind:
    def __init__(self, number, chance):
        self.number = number
        self.subject = SUBJECTS[number]
        self.service = service_of(self.subject)
        self.event_type = f"AWS_{self.service.upper()}_NEWS_{chr(65 + number)}" if number % 3 == 0 and number // 3 < TYPED else None
        self.body = chance.choice(BODIES)
        self.decorated = chance.random() < 0.7

    def fill(self, text, values):
        return re.sub(r"\{(\w+)\}", lambda name: self.service if name[1] == "service" else getattr(values, name[1])(), text)

    def mail(self, chance):
        values = Values(chance)
        subject = self.fill(self.subject, values)
        account = values.account()
        if self.decorated:
            subject = chance.choice(["", "", "[Action Required] ", "Reminder: ", "[EXT] ", "RE: "]) + subject
            subject += chance.choice(["", f" [AWS Account: {account}]", f" [AWS Account ID: {account}] [{chance.choice(REGIONS)[0].upper()}]"])
        if subject.isascii() and chance.random() < 0.1:
            subject = "お知らせ | " + subject
        body = self.fill(self.body, values)
        lines = [body.split("\n")[0], *body.split("\n")[1:], "", "Sincerely,", "Amazon Web Services"]
        if chance.random() < 0.5:
            content = html_of(lines, self, account)
            kind, body, headers = "text/html", content, []
        else:
            kind, body = "text/plain", "Hello,\n\n" + "\n".join(lines)
            headers = [f"X-SM-COMMUNICATION-TYPE: {self.event_type}"] if self.event_type else []
        head = ["Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com; dmarc=pass header.from=amazon.com",
                "From: \"Amazon Web Services, Inc.\" <no-reply-aws@amazon.com>", "To: \"Olivia Owner\" <olivia.owner@customer.example>",
                "Subject: " + (subject if subject.isascii() else Header(subject, "utf-8").encode()),
                "Date: Mon, 23 Nov 2026 09:00:00 +0000", f"Message-ID: <{chance.getrandbits(64):x}@email.amazonses.com>", *headers,
                "MIME-Version: 1.0", f"Content-Type: {kind}; charset=utf-8"]
        if chance.random() < 0.5:
            encoded = ["Content-Transfer-Encoding: base64", "", base64.encodebytes(body.encode()).decode()]
        else:
            encoded = ["Content-Transfer-Encoding: quoted-printable", "", quopri.encodestring(body.encode()).decode()]
        return "\n".join(head + encoded).encode()


def html_of(lines, kind, account):
    rows = [("Affected account", account), ("Service", kind.service.upper())]
    if kind.event_type:
        rows.append(("Event type code", kind.event_type))
    table = "".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in rows)
    return "<html><body>" + "".join(f"<p>{line}</p>" for line in lines) + f"<h3>Message metadata</h3><table>{table}</table></body></html>"


def generate(folder, seed, count=MAILS, kinds=KINDS):
    """The mails as files; {file: number of its kind}."""
    chance = random.Random(seed)
    all_kinds = [Kind(number, chance) for number in range(kinds)]
    owners = {}
    for number in range(count):
        kind = all_kinds[number % kinds]
        path = folder / f"{number:05}.eml"
        path.write_bytes(kind.mail(chance))
        owners[str(path)] = kind.number
    return owners


def right_kinds(suggestions, owners):
    """Kinds of which one suggestion takes all mails, and no mail of another."""
    mails = {}
    for file, kind in owners.items():
        mails.setdefault(kind, set()).add(file)
    return {kind for kind, files in mails.items() if any(set(made["mails"]) == files for made in suggestions)}


@pytest.mark.parametrize("seed", SEEDS)
def test_forty_kinds(site, tmp_path, seed):
    folder = tmp_path / "mails"
    folder.mkdir()
    owners = generate(folder, seed)
    suggestions = site.objects("suggest", folder)
    right = right_kinds(suggestions, owners)
    wrong = [SUBJECTS[kind] for kind in range(KINDS) if kind not in right]
    assert len(right) >= RIGHT, f"seed {seed}: {wrong}\n" + "\n".join(f"{made['count']} {made['template']}" for made in suggestions)
    assert [made["problems"] for made in suggestions if not made["verified"]] == []
    assert len(suggestions) <= KINDS + 4, [made["template"] for made in suggestions]
    assert "Olivia" not in json.dumps(suggestions) and "customer.example" not in json.dumps(suggestions)
