"""The same mail, the same decision, byte for byte: in 1, 2 and 4 deciders, in whatever order the mail comes, before and after
reloads of equal rules, and beside rules that try to remember, raise, overrun and fill the memory. 300 mails;
AWSIFT_PURITY=5000 for the full run."""
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time

import pytest

from conftest import SOURCE, retirement, wait_for
from test_corpus import GENERATOR, PROOF, rules_from

COUNT = int(os.environ.get("AWSIFT_PURITY", "300"))
ARRIVAL = 1_700_000_000  # seconds; the time of arrival is part of what is decided, and is the file's own

HOSTILE = """
seen = { count = 0 }
local kept, last = {}, "nothing"

rule "hostile.remember" { final = false, speaker = "any", when = function(msg, found)
  seen.count = seen.count + 1
  kept[#kept + 1] = msg.subject
  local before = last
  last = msg.subject
  return before ~= "nothing" or #kept > 1 or seen.count > 1
end, tags = { "remembered" } }

rule "hostile.raise" { final = false, speaker = "any", subject = contains "a", when = function(msg)
  error("raised over " .. msg.subject:sub(1, 8) .. " at " .. tostring(os.time()))
end, tags = { "raised" } }

rule "hostile.address" { final = false, speaker = "any", subject = contains "e", when = function(msg)
  error(tostring({}) .. tostring(print) .. tostring(msg))
end, tags = { "address" } }

rule "hostile.overrun" { final = false, speaker = "any", subject = contains "7", when = function()
  local n = 0
  while true do n = n + 1 end
end, tags = { "overrun" } }

rule "hostile.garbage" { final = false, speaker = "any", subject = contains "3", when = function(msg)
  local heap = {}
  for i = 1, 2000 do heap[i] = { ("x"):rep(i % 100), i } end
  return #heap == 2000
end, tags = { "garbage" } }

rule "hostile.memory" { final = false, speaker = "any", subject = contains "998", when = function()
  local heap, long = {}, ("x"):rep(100000)
  while true do heap[#heap + 1] = long .. #heap end
end, tags = { "memory" } }

rule "hostile.order" { final = false, speaker = "any", subject = contains "i", when = function(msg, found)
  local keys = {}
  for key in pairs({ z = 1, a = 2, [3] = 3, m = 4, [1] = 5 }) do keys[#keys + 1] = tostring(key) end
  error(table.concat(keys, ","))
end, tags = { "order" } }
"""


@pytest.fixture(scope="module")
def mails(tmp_path_factory):
    """The fixtures and the generator's mails (where it is there, else retirements), and the rules that know them."""
    contents = [path.read_bytes() for path in sorted((SOURCE / "tests" / "mail").glob("*.eml"))]
    if not GENERATOR.exists():
        return contents + [retirement(message_id=f"pure-{number}") for number in range(COUNT - len(contents))], ""
    folder = tmp_path_factory.mktemp("generated")
    subprocess.run([sys.executable, GENERATOR, folder, "-n", str(COUNT - len(contents))], check=True, capture_output=True,
                   env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    contents += [PROOF + path.read_bytes().replace(b"no-reply-aws@amazon.example", b"no-reply-aws@amazon.com")
                 for path in sorted((folder / "mails").iterdir())]
    return contents, rules_from(folder / "patterns.tsv")


def lay(site, mails, order):
    """All mails into the spool, each with the name and the time of arrival that are its own in every run."""
    for index in order:
        name = f"{ARRIVAL + index}.M{index}.example"
        path = site.spool / "tmp" / name
        path.write_bytes(mails[index])
        os.utime(path, (ARRIVAL + index, ARRIVAL + index))
        path.rename(site.spool / "new" / name)


def decisions_of(site):
    """{SHA-256 of the mail: its decision and its context, as the ledger's bytes}, and how many there are."""
    base = sqlite3.connect(f"file:{site.store}/ledger.db?mode=ro", uri=True)
    try:
        rows = base.execute("SELECT sha256, decisions.decision, context FROM decisions JOIN messages ON messages.id = message").fetchall()
    finally:
        base.close()
    return {sha256: (decision, context) for sha256, decision, context in rows}, len(rows)


def run(site, mails, deciders, order, reloads):
    shutil.rmtree(site.store, ignore_errors=True)
    text = site.config.read_text().split("\ndeciders")[0]
    site.config.write_text(text + f"\ndeciders {{ count = {deciders}, time = \"60s\" }}\n")  # budgets are counted; wall time is the backstop
    daemon = site.daemon()
    middle = len(order) // 2
    lay(site, mails, order[:middle])
    for number in range(reloads):
        site.rule("99-comment.lua", f"-- {number}\n")
        (outcome,) = site.objects("reload")  # unless the save is live already
        assert outcome["ok"] and outcome["generation"] == number + 2
    lay(site, mails, order[middle:])
    wait_for("all mail to be decided", lambda: decisions_of(site)[1] >= len(mails), patience=60 + len(mails))
    daemon.stop()
    return decisions_of(site)


def test_same_mail_same_decision(site, mails):
    mails, rules = mails
    seed = int(os.environ.get("AWSIFT_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}: repeat with AWSIFT_SEED={seed}")
    chance = random.Random(seed)
    site.rule("10-hostile.lua", HOSTILE)
    site.rule("20-corpus.lua", rules)
    site.rule("99-comment.lua", "-- before\n")
    first = None
    for deciders, reloads in ((1, 0), (2, 3), (4, 3)):
        order = list(range(len(mails)))
        if deciders > 1:
            chance.shuffle(order)
        began = time.monotonic()
        decisions, count = run(site, mails, deciders, order, reloads)
        print(f"{deciders} deciders, {reloads} reloads: {count} decisions in {time.monotonic() - began:.1f} s")
        assert count == len(decisions) == len(mails)
        first = first or decisions
        differing = [sha256 for sha256 in first if decisions[sha256] != first[sha256]]
        assert not differing, f"{len(differing)} of {len(mails)} differ:\n{first[differing[0]]}\n{decisions[differing[0]]}"
    kinds = [error["kind"] for decision, _ in first.values() for error in json.loads(decision)["errors"]]
    assert set(kinds) >= {"raised"} and "time" not in kinds, f"kinds of errors: {sorted(set(kinds))}"
    assert not any("remembered" in json.loads(decision)["tags"] for decision, _ in first.values())
