"""A generated corpus of AWS-like mail in Japanese and English, in all encodings. Against its 340 patterns every mail gets
the label that the generator knows; through the daemon every mail ends once in archive and ledger and is told, also when
the keeper is killed twenty times on the way. 300 mails; AWSIFT_CORPUS=2000 for all."""
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import pytest

from conftest import RECORD, SOURCE
from corpus_words import PLACEHOLDERS, RULES

GENERATOR = Path(os.environ.get("AWSIFT_SHARED", SOURCE.parent / "shared")) / "bench" / "gen_corpus.py"
COUNT = int(os.environ.get("AWSIFT_CORPUS", "300"))
KILLS = 20
PROOF = b"Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com; dmarc=pass header.from=amazon.com\n"

CASES = """
rule "case-compromise" { subject = SUBJECT, category = "corpus",
  body = all { "Severity: Urgent", any { "compromised", "Compromised" } } }
rule "case-ses" { subject = SUBJECT, category = "corpus", body = all { "Severity:", "Amazon SES", "Review Period" } }
rule "case-other" { subject = SUBJECT, category = "corpus" }
"""


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def rules_from(patterns):
    rules = [RULES]
    for line in patterns.read_text(encoding="utf-8").splitlines():
        name, expression, form = line.split("\t")
        form = json.loads(form)
        if form["start"] and form["end"]:
            subject = quoted("".join(text if kind == "lit" else PLACEHOLDERS[text] for kind, text in form["tokens"]))
        else:
            subject = f"matches [=[{expression}]=]"
        if form["kind"] == "case":
            rules.append(CASES.replace("SUBJECT", subject))
        else:
            rules.append(f'rule "{name}" {{ subject = {subject}, category = "corpus" }}')
    return "\n".join(rules)


@pytest.fixture
def corpus(site):
    if not GENERATOR.exists():
        pytest.skip(f"the generator is not there: {GENERATOR}; AWSIFT_SHARED names the folder that holds bench/gen_corpus.py")
    folder = site.folder / "corpus"
    subprocess.run([sys.executable, GENERATOR, folder, "-n", str(COUNT)], check=True, capture_output=True,
                   env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    # The generator's domain is nobody's; here the mail comes from a sender that AWS uses, through our own server.
    for path in (folder / "mails").iterdir():
        path.write_bytes(PROOF + path.read_bytes().replace(b"no-reply-aws@amazon.example", b"no-reply-aws@amazon.com"))
    return folder


def test_labels(site, corpus):
    for path in site.rules.iterdir():
        path.unlink()
    site.rule("corpus.lua", rules_from(corpus / "patterns.tsv"))
    site.config.write_text('operators { mail = { "ops@example.jp" } }\nstore "store"\n')
    wanted = {}
    for line in (corpus / "labels.tsv").read_text().splitlines():
        name, label, account = line.split("\t")
        wanted[name] = (None if label == "none" else label, account)
    decided = site.objects("classify", "--rules", "rules.d", corpus / "mails")
    got = {Path(value["file"]).name: (value["rule"], value["account"]) for value in decided}
    assert len(got) == COUNT
    wrong = {name: (wanted[name], got[name]) for name in wanted if wanted[name] != got[name]}
    assert not wrong, f"{len(wrong)} of {COUNT}: {dict(list(wrong.items())[:5])}"


EVERY = """
rule "every.mail" { final = false, speaker = "any", when = function() return true end, also = record { text = "{subject}" } }
"""


def deliver_all(site, mails, over):
    """Hands the mails over one by one, spread over so many seconds, while other things happen."""
    def deliver():
        for content in mails:
            site.deliver(content)
            time.sleep(over / len(mails))
    thread = threading.Thread(target=deliver)
    thread.start()
    return thread


@pytest.mark.parametrize("kills", [0, KILLS])
def test_each_mail_once(site, peer, corpus, kills):
    seed = int(os.environ.get("AWSIFT_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}: repeat with AWSIFT_SEED={seed}")
    moments = random.Random(seed)
    site.rule("00-every.lua", RECORD % peer.url + EVERY)
    mails = [path.read_bytes() for path in sorted((corpus / "mails").iterdir())]
    assert len(set(mails)) == COUNT

    site.daemon()
    delivering = deliver_all(site, mails, 0.3 * kills + 0.5)
    for _ in range(kills):
        time.sleep(moments.uniform(0, 0.6))
        daemon = site.daemons[-1]
        daemon.process.send_signal(signal.SIGKILL)
        daemon.stop()  # asserts that no child outlived it
        site.daemon()
    delivering.join()

    rows = site.wait_mails(COUNT)
    assert len(rows) == COUNT and len({row["sha256"] for row in rows}) == COUNT
    assert site.spooled() == []
    assert sorted(path.read_bytes() for path in site.archived()) == sorted(mails)
    assert all(row["actions"]["done"] >= 1 and not row["actions"]["dead"] for row in rows)

    told = defaultdict(int)
    for request in [request for request in peer.requests if request["path"] == "/record"]:
        assert json.loads(request["body"])["key"] == request["key"]
        told[request["key"]] += 1
    assert len(told) == COUNT, "an effect was lost, or repeated under another key"
    repeats = sum(told.values()) - COUNT
    assert kills or repeats == 0
    print(f"{COUNT} mails, {kills} kills: {COUNT} in archive and ledger, {COUNT} effects, {repeats} repeated under their key")
