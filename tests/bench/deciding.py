#!/usr/bin/env python3
"""What a mail costs to decide, parsing aside, as the number of patterns grows: 340, 3,400 and 34,000 of the generator's
patterns, in one run, with equal shares of subjects that match, that nearly match and that have nothing to do with any.
Prints nanoseconds a mail and the ratios to the smallest set, each taken within a pass; what reading the notice alone takes
of that, and what mail that no rule decides takes, for which near misses are looked for, beside mail that one does; besides, the
same without the pattern index. Asserts nothing, since machines differ.

    tests/bench/deciding.py [--mails N] [--passes N] [--body BYTES]

$AWSIFT_SHARED names the folder that has bench/gen_corpus.py. It knows some 3,900 forms of subjects: for more, its list of
services is taken again under further names."""
import argparse
import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.append(str(SOURCE / "tests" / "end-to-end"))
from corpus_words import PLACEHOLDERS, RULES  # noqa: E402  (beside the tests that use it, too)

GENERATOR = Path(os.environ.get("AWSIFT_SHARED", SOURCE.parent / "shared")) / "bench" / "gen_corpus.py"
BUILD = Path(os.environ.get("AWSIFT", SOURCE / "build" / "awsift")).resolve().parent
SIZES = (340, 3400, 34000)
MAIL = """Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com; dmarc=pass header.from=amazon.com
From: no-reply-aws@amazon.com
To: root@example.com
Date: Fri, 15 Jan 2027 08:00:00 +0000
Message-ID: <{number}@example.com>
Subject: {subject}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{body}
"""


def generator():
    if not GENERATOR.exists():
        raise SystemExit(f"{GENERATOR}: no such file; AWSIFT_SHARED names the folder that has bench/gen_corpus.py")
    spec = importlib.util.spec_from_file_location("gen_corpus", GENERATOR)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def patterns_of(module, count):
    services = list(module.SERVICES)
    while (len(module.FORMS_EN) + len(module.FORMS_JA)) * len(module.SERVICES) < count:
        module.SERVICES += [f"{service} Generation {len(module.SERVICES) // len(services) + 1}" for service in services]
    made = module.make_patterns(count, 1)
    module.SERVICES[:] = services
    return made


def rule_of(pattern):
    text = "".join(text if kind == "lit" else PLACEHOLDERS[text] for kind, text in pattern.tokens)
    text = ("" if pattern.start else "{any}") + text + ("" if pattern.end else "{any}")
    return 'rule "%s" { subject = %s, category = "corpus" }' % (pattern.id, json.dumps(text, ensure_ascii=False))


def nearly(chance, subject):
    """The subject with one letter of its words changed."""
    places = [place for place, letter in enumerate(subject) if letter.isalpha() and letter != "q"]
    place = chance.choice(places)
    return subject[:place] + "q" + subject[place + 1:]


def write_set(folder, module, count, options):
    chance = random.Random(f"mails of {count}")
    made = patterns_of(module, count)
    (folder / "rules").mkdir(parents=True)
    (folder / "mails").mkdir()
    (folder / "rules" / "10-corpus.lua").write_text(RULES, encoding="utf-8")
    for start in range(0, len(made), 1000):  # as people would: not all in one file
        text = "\n".join(rule_of(pattern) for pattern in made[start:start + 1000])
        (folder / "rules" / f"20-{start:06}.lua").write_text(text, encoding="utf-8")
    body = (" ".join(module.EN).format(r="ap-northeast-1", a="123456789012", d="2027-01-20", i="i-0123456789abcdef0") + "\n") * 20
    for number in range(options.mails):
        if number % 3 == 2:
            subject = f"{chance.choice(module.UNRELATED)} {number}"
        else:
            subject = chance.choice(made).render(chance, "123456789012")
        if number % 3 == 1:
            subject = nearly(chance, subject)
        content = MAIL.format(number=number, subject=subject, body=body[:options.body])
        (folder / "mails" / f"{number:06}.eml").write_text(content, encoding="utf-8")


def share(part, whole):
    return statistics.median(mine / all_of_it for mine, all_of_it in zip(part, whole))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--passes", type=int, default=9)
    parser.add_argument("--body", type=int, default=2000, help="bytes of each body")
    options = parser.parse_args()
    module = generator()
    with tempfile.TemporaryDirectory() as folder:
        sets = [Path(folder) / str(count) for count in SIZES]
        for path, count in zip(sets, SIZES):
            write_set(path, module, count, options)
        done = subprocess.run([BUILD / "tests" / "bench" / "deciding", str(options.passes), *sets], check=True, capture_output=True,
                              text=True, env={**os.environ, "AWSIFT_SOURCE": str(SOURCE)})
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    smallest = lines[0]["with"]
    print(f"{options.mails} mails a set, a third each matching, nearly matching and unrelated; {options.passes} passes, medians")
    for line in lines:
        ratio = share(line["with"], smallest)
        print(f"{line['rules']:6d} patterns: {statistics.median(line['with']):8.0f} ns a mail, {ratio:5.2f} times the smallest set; "
              f"{line['matched']} matched; loaded in {line['loading']:.0f} ms, {line['lua_bytes'] >> 20} MB of Lua"
              + f"; the notice {share(line['notices'], line['with']):.2f} of it; undecided mail "
              f"{share(line['undecided'], line['decided']):.2f} times decided mail"
              + (f"; without the index {statistics.median(line['without']):.0f} ns" if line["without"] else ""))


if __name__ == "__main__":
    main()
