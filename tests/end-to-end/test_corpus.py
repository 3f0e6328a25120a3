"""A generated corpus of AWS-like mail in Japanese and English, in all encodings, against 340 patterns: every mail gets
the label that the generator knows. 300 mails; AWSIFT_CORPUS=2000 for all."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SOURCE

GENERATOR = Path(os.environ.get("AWSIFT_SHARED", SOURCE.parent / "shared")) / "bench" / "gen_corpus.py"
COUNT = int(os.environ.get("AWSIFT_CORPUS", "300"))

PLACEHOLDERS = {
    "acct": "{account}", "case": "{corpus_case}", "abuse": "{corpus_abuse}", "date": "{corpus_date}", "region": "{corpus_region}",
    "id": "{corpus_id}", "any": "{any}",
}
RULES = r"""
category "corpus" { title = "Corpus" }
placeholder "corpus_case" [=[[0-9]{10,11}]=]
placeholder "corpus_abuse" [=[[0-9A-Z]{11}]=]
placeholder "corpus_date" [=[[0-9]{4}-[0-9]{2}-[0-9]{2}]=]
placeholder "corpus_region" [=[[a-z]{2}-[a-z]+-[0-9]]=]
placeholder "corpus_id" [=[[a-z]{1,3}-[0-9a-f]{17}]=]
"""
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


def test_corpus(site):
    if not GENERATOR.exists():
        pytest.skip(f"the generator is not there: {GENERATOR}; AWSIFT_SHARED names the folder that holds bench/gen_corpus.py")
    corpus = site.folder / "corpus"
    subprocess.run([sys.executable, GENERATOR, corpus, "-n", str(COUNT)], check=True, capture_output=True,
                   env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    # The generator's domain is nobody's; here the mail comes from a sender that AWS uses.
    for path in (corpus / "mails").iterdir():
        path.write_bytes(path.read_bytes().replace(b"no-reply-aws@amazon.example", b"no-reply-aws@amazon.com"))
    for path in site.rules.iterdir():
        path.unlink()
    site.rule("corpus.lua", rules_from(corpus / "patterns.tsv"))
    site.config.write_text('operators { mail = { "ops@example.jp" } }\nstore "store"\n')
    wanted = {}
    for line in (corpus / "labels.tsv").read_text().splitlines():
        name, label, account = line.split("\t")
        wanted[name] = (None if label == "none" else label, account)
    got = {Path(value["file"]).name: (value["rule"], value["account"]) for value in site.objects("classify", "--rules", "rules.d", corpus / "mails")}
    assert len(got) == COUNT
    wrong = {name: (wanted[name], got[name]) for name in wanted if wanted[name] != got[name]}
    assert not wrong, f"{len(wrong)} of {COUNT}: {dict(list(wrong.items())[:5])}"
