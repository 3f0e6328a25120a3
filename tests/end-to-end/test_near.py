"""Mail that no rule knows: titles altered as AWS alters them are matched, or carry the nearest rule's category as a
suggestion, and never a grave one wrongly. The titles are facts beside the repository: $AWSIFT_AWS_MAIL or ../shared/aws-mail."""
import csv
import email.policy
import json
import os
import random
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from conftest import BINARY, SOURCE, make_mail

FACTS = Path(os.environ.get("AWSIFT_AWS_MAIL", SOURCE.parent / "shared" / "aws-mail"))
SEEDS, CASES = (1, 2, 3, 4, 5), 300
GRAVE = {"account_compromise", "abuse_report", "ses_review", "security_notice"}

OTHER_WORDS = {
    "scheduled": "planned", "retirement": "decommissioning", "maintenance": "servicing", "reaching": "approaching",
    "deprecating": "retiring", "end": "discontinuation", "available": "ready", "exceeded": "passed", "upcoming": "coming",
    "verify": "confirm", "verification": "confirmation", "invitation": "invite", "suspicious": "unusual", "review": "check",
    "compromised": "exposed", "exposed": "leaked", "notice": "message", "important": "urgent", "suspended": "restricted",
    "changes": "updates", "starting": "beginning", "request": "inquiry", "unpaid": "outstanding", "charges": "fees",
}
NEW_WORDS = ("soon", "new", "your", "important", "now", "upcoming", "selected", "some", "this", "updated", "customer")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def known_titles(grades="ADB"):
    """(id, subject, category, sender, markers) of the complete subjects seen."""
    with open(FACTS / "subjects.tsv", encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        subject, sender = row["subject"], row["sender"]
        if row["grade"] not in grades or not subject or "..." in subject or "…" in subject or row["id"] == "S083":
            continue
        listed = re.fullmatch(r"[\w.+-]+@[\w.-]+\.\w+", sender) and sender != "support@aws.amazon.com"
        sender = sender if listed else "no-reply-aws@amazon.com"
        yield row["id"], subject, row["category"], sender, row["body_markers"] if row["id"] == "S030" else ""


def change_word(words, chance):
    place = chance.randrange(len(words))
    core = re.sub(r"\W", "", words[place])
    other = OTHER_WORDS.get(core.lower()) or chance.choice(("new", "certain", "related", "specific", "affected"))
    words[place] = words[place].replace(core, other.capitalize() if core[:1].isupper() else other) if core else other


def insert_word(words, chance):
    words.insert(chance.randrange(len(words) + 1), chance.choice(NEW_WORDS))


def drop_word(words, chance):
    if len(words) > 2:
        del words[chance.randrange(len(words))]


def change_numbers(words, chance):
    for place, word in enumerate(words):
        core = word.strip(",.[]")
        if core in MONTHS:
            words[place] = word.replace(core, chance.choice(MONTHS))
        elif re.fullmatch(r"\d{1,4}(\.[\dx]+)*", core):
            words[place] = word.replace(core, re.sub(r"\d+", lambda old: str(int(old[0]) + chance.randrange(1, 4)), core))
    if chance.random() < 0.5:
        change_word(words, chance)


def swap_order(words, chance):
    if len(words) < 4 or chance.random() < 0.5:
        place = chance.randrange(max(len(words) - 1, 1))
        words[place:place + 2] = reversed(words[place:place + 2])
    else:
        cut = chance.randrange(1, len(words))
        words[:] = words[cut:] + words[:cut]


ALTERATIONS = (change_word, insert_word, drop_word, change_numbers, swap_order)


def altered(seed):
    """(id, subject, category, sender, markers, what was done)"""
    chance = random.Random(seed)
    titles = list(known_titles())
    cases = []
    while len(cases) < CASES:
        number, subject, category, sender, markers = chance.choice(titles)
        alter = chance.choice(ALTERATIONS)
        words = subject.split()
        alter(words, chance)
        cases.append((number, " ".join(words), category, sender, markers, alter.__name__))
    return cases


def classify(folder, mails, rules=None):
    """The decisions on all of them, in their order."""
    box = folder / "mails"
    box.mkdir()
    for number, mail in enumerate(mails):
        (box / f"{number:05}.eml").write_bytes(mail)
    config = folder / "awsift.lua"
    config.write_text("spool \"in\" { kind = \"maildir\", path = \"spool\", trust = { authserv_id = \"mx.example.jp\" } }\n"
                      f"rules \"{rules or SOURCE / 'rules.d'}\" {{}}\n")
    done = subprocess.run([BINARY, "classify", "--json", "-c", config, box], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    decisions = sorted((json.loads(line) for line in done.stdout.splitlines()), key=lambda decision: decision["file"])
    assert len(decisions) == len(mails)
    return decisions


def mail_of(subject, sender, markers):
    return make_mail(subject, sender=sender, body="Hello,\n\n" + "\n".join(markers.split(";")) + "\n\nSincerely,\nAmazon Web Services\n")


def judged(cases, decisions):
    for case, decision in zip(cases, decisions):
        near = decision["near"] or {}
        suggested = near.get("category")
        right = case[2] in (decision["category"], suggested)
        wrong = [one for one in (decision["category"], suggested) if one in GRAVE and one != case[2]]
        yield case, decision, right, wrong


@pytest.fixture(name="decided", scope="module")
def fixture_decided(tmp_path_factory):
    """All altered titles of all seeds with their decisions, made in one run."""
    if not (FACTS / "subjects.tsv").exists():
        pytest.skip("the subjects are not part of the repository")
    cases = [case for seed in SEEDS for case in altered(seed)]
    return cases, classify(tmp_path_factory.mktemp("altered"), [mail_of(case[1], case[3], case[4]) for case in cases])


def test_altered_titles_are_recognised(decided):
    total, good, lost, grave = Counter(), Counter(), [], []
    of_seed = Counter()
    for number, (case, decision, right, wrong) in enumerate(judged(*decided)):
        total[case[2]] += 1
        good[case[2]] += right
        of_seed[SEEDS[number // CASES]] += right
        if wrong:
            grave.append((case, wrong, decision["near"]))
        if not right:
            lost.append(f"{case[0]} {case[5]}: {case[1]}: {decision['category']}, near {decision['near']}")
    print(*(f"{category:20} {good[category]:4} of {total[category]:4}" for category in sorted(total)), *lost, sep="\n")
    assert not grave, grave
    assert all(of_seed[seed] >= CASES * 0.95 for seed in SEEDS), of_seed


def test_templates_offered_match_the_mail(decided, tmp_path):
    """Pasted into a rule as they are, the templates know the very mails that they were offered for."""
    cases, decisions = decided
    offered = [(case, decision["near"]["template"]) for case, decision in zip(cases, decisions) if decision["near"]]
    assert len(offered) > 500 and all(template for _, template in offered)
    rules = tmp_path / "rules"
    rules.mkdir()
    texts = sorted({template for _, template in offered})
    (rules / "10-offered.lua").write_text('category "pasted" { title = "P" }\n' + "".join(
        f'rule "pasted.{number}" {{ title = {json.dumps(text, ensure_ascii=False)}, speaker = "any", category = "pasted" }}\n'
        for number, text in enumerate(texts)), encoding="utf-8")
    again = classify(tmp_path, [mail_of(case[1], case[3], "") for case, _ in offered], rules)
    assert [case[1] for (case, _), decision in zip(offered, again) if decision["category"] != "pasted"] == []


NEARLY = """
rule "gadget.rotation" { title = "Quarterly gadget rotation planned", category = "maintenance" }
rule "gadget.other" { title = contains "widget", category = "maintenance", general = true }
rule "widget.rotation" { title = "Quarterly widget rotation planned", category = "billing" }
"""
WANT = ("gadget.rotation", "maintenance", '"planned" is "scheduled"', 'title = "Quarterly gadget rotation {word}"')


def notes_to(site, address):
    parsed = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]
    return ["".join(part.get_content() for part in mail.walk() if part.get_content_type() == "text/plain")
            for mail in parsed if address in mail["To"]]


def test_people_see_the_nearest_rule(site):
    """In the note to the operators, in show, classify and explain."""
    site.rule("60-near.lua", NEARLY)
    mail = make_mail("Quarterly gadget rotation scheduled [AWS Account: 123456789012]")
    (site.folder / "one.eml").write_bytes(mail)
    site.deliver(mail)
    site.run("run", "--once")
    seen = [*notes_to(site, "ops@example.jp"), site.run("show", "1").stdout, site.run("classify", "one.eml").stdout,
            " ".join(site.run("explain", "one.eml").stdout.split())]
    assert len(seen) == 4
    for text in seen:
        assert all(want in text for want in WANT), text
    assert site.objects("show", "1")[0]["decisions"][0]["decision"]["near"]["rule"] == "gadget.rotation"


def test_no_customer_sees_the_nearest_rule(site):
    site.rule("60-near.lua", NEARLY)
    site.deliver(make_mail("Quarterly widget rotation scheduled [AWS Account: 123456789012]"))
    site.run("run", "--once")
    assert site.mails()[0]["category"] == "maintenance"
    assert site.objects("show", "1")[0]["decisions"][0]["decision"]["near"]["category"] == "billing"
    notes = notes_to(site, "tech@example.com")
    assert len(notes) == 1 and "widget.rotation" not in notes[0]
