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


@pytest.mark.parametrize("makers", [True, False])
def test_the_same_words_for_many_services(site, makers):
    """Eight services, of which each says the same five things, with values in them that vary as much as the services do."""
    chance, owners = random.Random(7), {}
    services = ["Amazon Zephyr", "AWS Basalt", "Amazon Quasar DB", "AWS Nimbus Gateway", "Zircon", "Amazon Heron for Postgres",
                "AWS Fjord", "Amazon Zephyr Lite"]
    services = services if makers else [re.sub("^(Amazon|AWS) ", "", service) for service in services]
    phrases = ["{service} quota change for {region} on {date}", "{service} quota change for tenant {name} approved",
               "{service}: {n} agents run version {version}", "Upcoming change to {service} pricing tiers - {person}",
               "{service} - new console look for {free}"]
    bodies = ["We are contacting you about {service}.", "There is something about your account {account}.", "{person}, look at {name}."]
    folder = site.folder / "mails"
    folder.mkdir()
    for number in range(1200):
        values, which = Values(chance), number % 40

        def fill(text):
            return re.sub(r"\{(\w+)\}", lambda name: services[which % 8] if name[1] == "service" else getattr(values, name[1])(), text)

        subject = fill(phrases[which // 8])
        path = folder / f"{number:04}.eml"
        path.write_bytes(make_mail(subject if subject.isascii() else Header(subject, "utf-8").encode(), body=fill(chance.choice(bodies))))
        owners[str(path)] = which
    suggestions = site.objects("suggest", folder)
    wrong = [made["template"] for made in suggestions if len({owners[file] for file in made["mails"]}) > 1]
    assert len(right_kinds(suggestions, owners)) >= RIGHT and not wrong, [made["template"] for made in suggestions]


def suggestion_of(site, *mails, **more):
    (made,) = suggestions_of(site, *mails, **more)
    return made


def suggestions_of(site, *mails, options=()):
    folder = site.folder / "mails"
    folder.mkdir(exist_ok=True)
    for number, mail in enumerate(mails):
        (folder / f"{number:03}.eml").write_bytes(mail)
    return site.objects("suggest", *options, folder)


def typed(subject, event_type, **more):
    return make_mail(subject, headers=[f"X-SM-COMMUNICATION-TYPE: {event_type}"], **more)


def test_what_it_says(site):
    made = suggestion_of(site, *[make_mail(f"[Action Required] Amazon Orchid payment of rack {n} on December {n}, 2026"
                                           f" [AWS Account: 11112222333{n}]", body=f"Rack {n} is due.") for n in range(1, 4)])
    assert made["template"] == "Amazon Orchid payment of rack {n} on {date}"
    assert (made["category"], made["category_reason"], made["caution"]) == ("billing", "by the word 'payment'", None)
    assert (made["count"], len(made["mails"]), made["verified"], made["problems"]) == (3, 3, True, [])
    assert made["fixture"]["subject"].endswith("[AWS Account: 123456789012]") and "1111222" not in json.dumps(made["fixture"])
    assert made["id"] == "suggested.orchid-payment-rack" and made["rule"].startswith('rule "suggested.orchid-payment-rack" {')


def test_what_it_prints_is_a_rule_file(site):
    """All else stands in comments, so that it can be pasted as it is."""
    folder = site.folder / "mails"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.eml").write_bytes(make_mail(f"Amazon Orchid moved to rack {number}", body="Odd text: ]] ]=] -- \\"))
    done = site.run("suggest", folder)
    assert "mails that no rule knows: 3; rules suggested: 1" in done.stderr
    site.rule("70-pasted.lua", done.stdout)
    site.run("check")
    (decided, *_) = site.objects("classify", folder)
    assert decided["rule"] == "suggested.orchid-moved-rack"
    assert site.objects("suggest", folder) == [], "what a rule knows is left alone"


def test_into_a_folder(site):
    folder = site.folder / "mails"
    folder.mkdir()
    (folder / "1.eml").write_bytes(make_mail("Amazon Orchid moved to rack 1"))
    (folder / "2.eml").write_bytes(make_mail("花壇の引っ越し 2026年12月5日"))
    site.run("suggest", "--write", site.rules, folder)
    names = {str(path.relative_to(site.rules)) for path in site.rules.rglob("*") if path.is_file()}
    assert {"80-suggested.lua", "tests/80-suggested.lua", "tests/fixtures/suggested.orchid-moved-rack.eml"} <= names
    assert "category \"" not in (site.rules / "80-suggested.lua").read_text(), "the configuration's rules name theirs"
    site.run("check")
    assert "2 passed" in site.run("test").stdout
    assert {decided["certainty"] for decided in site.objects("classify", folder)} == {"exact"}
    (folder / "3.eml").write_bytes(make_mail("AWS Quill is new"))
    site.run("suggest", "--write", site.rules, folder)
    assert (site.rules / "81-suggested.lua").exists() and "orchid" in (site.rules / "80-suggested.lua").read_text()


def test_a_folder_of_suggestions_alone(site):
    (site.folder / "one.eml").write_bytes(make_mail("Amazon Orchid moved to rack 1"))
    site.run("suggest", "--write", site.folder / "alone", "one.eml")
    assert " 0 errors" in site.run("check", "--rules", site.folder / "alone", config=False).stdout


def test_nothing_is_overwritten(site):
    (site.folder / "one.eml").write_bytes(make_mail("Amazon Orchid moved to rack 1"))
    fixture = site.folder / "own" / "tests" / "fixtures" / "suggested.orchid-moved-rack.eml"
    fixture.parent.mkdir(parents=True)
    fixture.write_text("mine")
    done = site.run("suggest", "--write", site.folder / "own", "one.eml", check=1)
    assert "is there already and is not overwritten" in done.stderr and fixture.read_text() == "mine"
    assert not list((site.folder / "own").glob("*.lua"))


def test_of_the_archive(site):
    for number in range(4):
        site.deliver(make_mail(f"Amazon Orchid moved to rack {number}"))
    site.deliver(make_mail("Amazon EC2 Instance Retirement [AWS Account: 123456789012]"))
    site.run("run", "--once")
    ids = [str(row["id"]) for row in site.mails() if row["category"] == "unmatched"]
    (made,) = site.objects("suggest")
    assert sorted(made["mails"]) == sorted(ids) and made["verified"] and set(made["examples"]) <= set(ids)
    assert site.objects("suggest", "--since", "2099-01-01") == []
    assert site.objects("suggest", "--least", "5") == []


@pytest.mark.parametrize("name, kinds", [("event types", [typed] * 2), ("bodies", [None] * 2)])
def test_one_title_of_two_kinds(site, name, kinds):
    """What tells the mails apart stands in the rule."""
    bodies = ["The rack that your node stands in is old and will be taken down.\nNothing is to be done by you in this matter.",
              "Somebody asked us for a copy of your planting records.\nAnswer within ten days, or they will be handed over."]
    mails = [make_mail("A notice about Amazon Orchid", body=f"{body}\nCase {n}") if name == "bodies"
             else typed("A notice about Amazon Orchid", f"AWS_ORCHID_{'AB'[which]}", body=f"Case {n}")
             for n in range(5) for which, body in enumerate(bodies)]
    made = suggestions_of(site, *mails)
    assert [one["count"] for one in made] == [5, 5] and all(one["verified"] for one in made)
    assert all(one["template"] == "A notice about Amazon Orchid" for one in made)
    assert all(("body " if name == "bodies" else "event_type ") in one["rule"] for one in made)


def test_some_mails_of_a_kind_without_their_event_type(site):
    made = suggestion_of(site, *[typed(f"Amazon Orchid moved to rack {n}", "AWS_ORCHID_MOVED") if n % 2
                                 else make_mail(f"Amazon Orchid moved to rack {n}") for n in range(6)])
    assert made["count"] == 6 and made["verified"]


def test_generally_decided_mail_keeps_its_category(site):
    site.rule("70-general.lua", 'rule "general.orchid" { event_type = "AWS_ORCHID_*", category = "billing", general = true }')
    made = suggestion_of(site, typed("News of Amazon Orchid", "AWS_ORCHID_NEWS"))
    assert made["category"] == "billing" and "general.orchid" in made["category_reason"]


def test_dear_categories_are_left_to_a_person(site):
    site.rule("70-general.lua", 'category "abuse_report" { tell = "operators" }\n'
              'rule "general.orchid" { event_type = "AWS_ORCHID_*", category = "abuse_report", general = true }')
    made = suggestion_of(site, typed("News of Amazon Orchid", "AWS_ORCHID_NEWS"))
    assert made["category"] == "other" and "abuse_report" in made["caution"] and "abuse_report" in made["rule"]


def test_what_takes_other_mail_is_said(site):
    """A title that is one of a variable's values elsewhere, and known to another rule."""
    site.rule("70-own.lua", 'rule "own" { body = "This one is ours", category = "billing" }')
    mails = [make_mail(f"Access of {who} to Amazon Orchid was renewed", body="Hello\nthere") for who in PEOPLE]
    mails.append(make_mail("Access of Zoe to Amazon Orchid was renewed", body="This one is ours"))
    made = suggestion_of(site, *mails)
    assert made["count"] == len(PEOPLE) and not made["verified"]
    assert "which is decided by own" in made["problems"][0]


def test_whose_mail_it_was_is_masked(site):
    secret = {"482913": "Your verification code is 482913.", "AKIAABCDEFGHIJKLMNOP": "Key AKIAABCDEFGHIJKLMNOP leaked.",
              "999988887777": "AWS Account ID: 999988887777", "jane@customer.example": "Ask jane@customer.example.",
              "i-0feedfacecafebeef": "Instance i-0feedfacecafebeef stops.", "Jane Customer": "Dear Jane Customer,",
              "deepsecret": "https://signin.aws.amazon.com/resetpassword?token=deepsecret1234567",
              "hush.customer.example": "See https://hush.customer.example/a/b", "orders-prod": "arn:aws:rds:eu-west-1:999988887777:db:orders-prod",
              "203.0.113.77": "From 203.0.113.77", "jane-bucket": "https://jane-bucket.s3.amazonaws.com/x", "0f13f22ca78e2ee9": "Reference 0f13f22ca78e2ee9.",
              "shop.customer.co.jp": "The name shop.customer.co.jp, and Node.js or docs.aws.amazon.com."}
    mail = make_mail("Amazon Orchid moved i-0feedfacecafebeef [AWS Account: 999988887777]", body="\n".join(secret.values()),
                     to='"Jane Customer" <jane@customer.example>', headers=["Received: from hush.customer.example by mx.example.jp"])
    site.run("suggest", "--write", site.folder / "out", "-", input=mail)
    written = "".join(path.read_text() for path in (site.folder / "out").rglob("*") if path.is_file())
    said = site.run("suggest", "--json", "-", input=mail).stdout
    for word in secret:
        assert word not in written and word not in json.dumps(json.loads(said)["test"]), word
    assert "Node.js or docs.aws.amazon.com" in written
    assert "Received:" not in written and "{instance}" in written and json.loads(said)["verified"]


def test_standard_input_and_mbox(site):
    box = b"".join(b"From x Mon Nov 23 09:00:00 2026\n" + make_mail(f"Amazon Orchid moved to rack {n}") + b"\n" for n in range(3))
    done = site.run("suggest", "--json", "-", input=box)
    made = json.loads(done.stdout)
    assert made["mails"] == ["-#1", "-#2", "-#3"] and made["verified"]


def test_hostile_titles_stay_text(site):
    titles = ['") os.exit() --', "]] error() [[", "{nothing} {word} {any}", "%s %d %1 $1", "\\", "a" * 900, "\u202edetcerid", "x" + "\n y"]
    mails = [make_mail("Amazon Orchid " + (title if title.isascii() else Header(title, "utf-8").encode())) for title in titles]
    made = suggestions_of(site, *mails)
    assert made and all(one["verified"] for one in made), [one["problems"] for one in made]
    assert "\u202e" not in "".join(one["rule"] + one["test"] for one in made)


@pytest.mark.parametrize("options, said", [(("--least", "0"), "--least needs"), (("--since", "soon"), "--since"),
                                           (("--since", "7d", "x.eml"), "name no files with it")])
def test_usage(site, options, said):
    assert said in site.run("suggest", *options, check=2).stderr


def test_without_an_archive(site):
    assert "ledger" in site.run("suggest", check=1).stderr


def test_a_mail_that_cannot_be_read(site):
    done = site.run("suggest", site.folder / "missing.eml", check=1)
    assert "missing.eml: cannot be read" in done.stderr
