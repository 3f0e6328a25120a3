"""The attacks of tests/hostile: what the head of each file says, a place to try one, and what came of it.

    -- guard: NAME,…      what contains it; "lua" where Lua does by itself
    -- attack: …          what it tries
    -- seen: KIND         of the error that names the rule; "quiet": it sees nothing and there is no error; "accepted": it is
                          bounded, and taken; "load": the file does not load; "acting": its action attacks
    -- without: OUTCOME   what comes of it when those guards are switched off (see outcome)
    -- decides: itself    its own actions are the attack, so that it decides its mail; or: fallback, as no function of any rule
                          is run any more
    -- ends: TEXT         of an action: what is in the reason that its attempt ends with
    -- creates: FILE, -- removes: FILE   what it would do to a file beside it
"""
import json
import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from conftest import BINARY, SOURCE, Site, make_mail

INNOCENT = """
rule "innocent" {
  subject  = starts "Attack ",
  category = "maintenance",
  when     = function(msg)
    local words = {}
    for word in msg.subject:gmatch "%a+" do words[#words + 1] = word:upper() end
    table.sort(words)
    return table.concat(words, " "):find("ATTACK", 1, true) ~= nil and tostring(1) == "1" and os.time() > 1000000
  end,
}
"""
# Where a clock is to end the attack, or would if it stood, it does so at once; where it must not, it waits.
TIMES = {True: "100ms", False: "30s"}


class Attack:
    def __init__(self, path):
        self.path, self.name, self.text = path, path.stem, path.read_text(encoding="utf-8")
        self.rule = f"hostile.{self.name}"
        head = dict(re.findall(r"^-- ([a-z]+): (.*)$", self.text, re.M))
        self.guards, self.seen, self.without = head["guard"].split(","), head["seen"], head.get("without")
        self.ends, self.decider, self.creates, self.removes = head.get("ends"), head.get("decides"), head.get("creates"), head.get("removes")

    def mail(self):
        return make_mail(f"Attack {self.name}", body="x" * 60 + "!\n")


ATTACKS = [Attack(path) for path in sorted((SOURCE / "tests" / "hostile").glob("*.lua"))]


def make_site(folder, time="3s", peer_url="http://127.0.0.1:9"):
    """The usual site with a rule behind all attacks that uses what they would spoil."""
    folder.mkdir(exist_ok=True)
    site = Site(folder, peer_url)
    site.config.write_text(site.config.read_text() + f'\ndeciders {{ count = 2, time = "{time}" }}\n')
    site.rule("90-innocent.lua", INNOCENT)
    (folder / "precious").write_text("precious")
    (folder / "precious.lua").write_text('return "precious"')
    return site


def classify(attack, folder, expected, off=(), patience=100, mails=2):
    """Mails for the attack, one after the other: (their decisions or None, what the command said)."""
    return classify_together([attack], folder, expected in ("time", "hung"), off, patience, mails)[attack.name]


def classify_together(attacks, folder, by_clock, off=(), patience=100, mails=2):
    """The same of several that stand in one set of rules, by name. by_clock: whether a clock is to end them."""
    site = make_site(folder, TIMES[by_clock])
    names = {attack.name: [f"{attack.name}-{number}.eml" for number in range(1, mails + 1)] for attack in attacks}
    for attack in attacks:
        site.rule(f"10-{attack.name}.lua", attack.text)
        for name in names[attack.name]:
            (folder / name).write_bytes(attack.mail())
            os.utime(folder / name, (time.time() - 3600,) * 2)  # it arrived an hour ago
    environment = {**os.environ, "AWSIFT_GUARD_OFF": ",".join(off)}
    process = subprocess.Popen([BINARY, "classify", "-c", site.config, "--json", *sum(names.values(), [])], cwd=folder, env=environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               start_new_session=True)
    try:
        out, err = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        return {attack.name: (None, "hung") for attack in attacks}
    decisions = {decision["file"]: decision for decision in map(json.loads, out.splitlines())}
    return {attack.name: ([decisions.get(name) for name in names[attack.name]], err) for attack in attacks}


def outcome(attack, decisions, said):
    """What came of it, of its mails the one that shows more: "hung"; "undecided"; "loads" or "loading" (it hangs while it
    loads); "holds": the attack's rule got what it wanted; "many": more actions than there may be; "hurt": neither it nor the
    innocent rule decided; "accepted": the action that it made up is taken; else the kind of its error, or "quiet"."""
    if decisions is None:
        return said
    if attack.seen == "load":
        return "loads" if any(decisions) else "loading" if "finish loading" in said else "load"
    outcomes = []
    for decision in decisions:
        if decision is None:
            return "undecided"
        kinds = [error["kind"] for error in decision["errors"] if (error["rule"] or "").startswith(attack.rule)]
        if len(decision["actions"]) > 50:
            outcomes.append("many")
        elif decision["rule"] == attack.rule and attack.decider != "itself":
            outcomes.append("holds")
        elif decision["rule"] not in ("innocent", attack.rule) and attack.decider != "fallback":
            outcomes.append("hurt")
        else:
            taken = any(action["action"].startswith("hostile") for action in decision["actions"])
            outcomes.append("accepted" if taken else kinds[0] if kinds else "quiet")
    return next((name for name in ("holds", "hurt", "many") if name in outcomes), outcomes[0])


def try_all(attacks, folder, one):
    """one(attack, folder of its own) for each, two at a time, by name."""
    with ThreadPoolExecutor(2) as pool:
        results = {attack.name: pool.submit(one, attack, folder / attack.name) for attack in attacks}
        return {name: result.result() for name, result in results.items()}
