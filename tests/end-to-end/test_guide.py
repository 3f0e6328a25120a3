"""The guide is true: a page is a story. Its blocks are put in place in their order, as the files that they say they are;
`awsift check` passes before each console block, before a file is replaced, and at the end; and what console blocks show is what
happens. English and Japanese pages have the same blocks, and every test that INVARIANTS names exists."""
import json
import re
import shlex
from email.utils import formatdate

import pytest

from conftest import SOURCE, make_mail

GUIDE = SOURCE / "docs" / "guide"
PAGES = [SOURCE / "README.md", *sorted(GUIDE.glob("*/*.md"))]
FENCE = re.compile(r"(?:<!-- file: (\S+) -->\n)?```(lua|csv|eml|console)\n(.*?)```", re.S)


def blocks(page):
    return FENCE.findall(page.read_text(encoding="utf-8"))


def show_happens(site, text):
    """`$ command` and what it prints: the lines shown are among those printed, in this order, blanks aside; … stands for
    anything. `< file` is its standard input."""
    for example in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, *shown = example.rstrip("\n").split("\n")
        name, *arguments = shlex.split(command, comments=True)
        assert name == "awsift", command
        given = None
        if "<" in arguments:
            *arguments, _, file = arguments
            given = (site.folder / file).read_bytes()
        done = site.run(*arguments, check=None, input=given)
        printed = re.sub(" +", " ", (done.stderr + done.stdout).replace(f"{site.folder}/", "")).split("\n")
        at = 0
        for line in shown:
            wanted = re.compile(".*?".join(re.escape(part) for part in re.sub(" +", " ", line.strip()).split("…")))
            while at < len(printed) and not wanted.fullmatch(printed[at].strip()):
                at += 1
            assert at < len(printed), f"$ {command}\nnot printed: {line}\n" + "\n".join(printed)
            at += 1


@pytest.mark.parametrize("page", [str(page.relative_to(SOURCE)) for page in PAGES])
def test_page_is_true(site, page):
    for path in site.rules.iterdir():
        path.unlink()
    unchecked = set()  # files that were put in place since the last check: each costs a second

    def check():
        for config in {path if path.name == "awsift.lua" else site.config for path in unchecked}:
            site.run("check", "-c", config, check=0)
        unchecked.clear()
    for file, language, text in blocks(SOURCE / page):
        if language == "console":
            check()
            show_happens(site, text)
            continue
        assert file, f"say before the block what file it is: <!-- file: rules.d/50-own.lua -->\n{text}"
        path = site.config if file == "awsift.lua" else site.folder / file
        if path in unchecked:
            check()
        path.parent.mkdir(parents=True, exist_ok=True)
        if file == "mail-now.eml":  # what is old rings nobody
            text = re.sub("^Date: .*", "Date: " + formatdate(), text, count=1, flags=re.M)
        path.write_text(text, encoding="utf-8")
        if language in ("lua", "csv"):
            unchecked.add(path)
    check()


@pytest.mark.parametrize("page", [page.name for page in (GUIDE / "en").glob("*.md")])
def test_languages_have_the_same_blocks(page):
    def bare(block):
        file, language, text = block
        return file, language, re.sub(r'"[^"\n]*"', '""', re.sub(r"(--|#)[^\n]*", "", text)).split()
    english, japanese = ([bare(block) for block in blocks(GUIDE / language / page)] for language in ("en", "ja"))
    assert english == japanese


def anchors(page):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [str(page.relative_to(SOURCE)) for page in PAGES])
def test_links_lead_somewhere(page):
    page = SOURCE / page
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text(encoding="utf-8"))):
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert "://" in link or target.exists() and (not anchor or anchor in anchors(target)), link


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_defect_is_explained(language):
    """A defect is a word that the engine adds, or one in a table of words (which have a dash)."""
    sources = "".join(path.read_text(encoding="utf-8") for path in [*(SOURCE / "engine" / "mail").glob("*.c"),
                                                                    SOURCE / "engine" / "rules" / "decide.c"])
    words = set(re.findall(r'defect_add\([^"\n]*"([a-z-]+)"|json_string\("(account-conflict)"\)|"(duplicate-[a-z-]+)"'
                           r'|"((?:deceptive|reply-to|executable)-[a-z]+)"', sources))
    words = {word for match in words for word in match if word}
    assert len(words) > 25
    page = (GUIDE / language / "message.md").read_text(encoding="utf-8")
    assert sorted(word for word in words if f"`{word}`" not in page) == []


def uncommented(text):
    """With the statements that are commented out; a comment within one stays."""
    lines, depth = [], 0
    for line in text.split("\n"):
        if depth or re.match(r'-- [a-z]+ (?:"[^"]*" )?[{"]', line):
            line = line.removeprefix("-- ")
            statement = re.sub(r'"[^"]*"|--.*', "", line)
            depth += statement.count("{") - statement.count("}")
        lines.append(line)
    assert depth == 0
    return "\n".join(lines)


@pytest.mark.parametrize("commented", [True, False], ids=["as it is", "with what is commented out"])
def test_annotated_configuration_passes_check(site, commented):
    text = (SOURCE / "docs" / "awsift.lua").read_text(encoding="utf-8")
    if not commented:
        text = uncommented(text.replace('\nrules "/etc/awsift/rules" {}\n', "\n"))
    for place, own in {"/etc/awsift/rules": site.rules, "/var/spool/awsift": site.spool, "/var/lib/awsift": site.store,
                       "/srv/drop": site.folder / "drop"}.items():
        text = text.replace(place, str(own))
    site.config.write_text(text, encoding="utf-8")
    if not commented:
        for number, rule in enumerate(re.findall(r'^rule "([\w.-]+)"', (site.rules / "50-test.lua").read_text(), re.M)):
            site.rule(f"6{number}.lua", f'test "t" {{ subject = "Amazon EC2 Instance Retirement [AWS Account: 123456789012]", '
                      f'expect = {{ rule = "{rule}" }} }}')
    site.run("check", check=0)


def test_every_word_of_the_configuration_is_in_its_manual():
    script = (SOURCE / "scripts" / "awsift" / "config.lua").read_text(encoding="utf-8")
    words = {word for match in re.findall(r'^(?:function words\.(\w+)|(?:named_section|section|policy_word)\("(\w+)")', script, re.M) for word in match if word}
    assert len(words) > 10
    manual = (SOURCE / "docs" / "man" / "awsift.lua.5").read_text(encoding="utf-8")
    listed = " ".join(re.findall(r"^\.It Ic (.*)", manual, re.M))
    assert words - set(re.findall(r"\w+", listed)) == set()
    example = (SOURCE / "docs" / "awsift.lua").read_text(encoding="utf-8")
    assert [word for word in sorted(words) if not re.search(rf"\b{word}\b (?:= )?[\"{{]", example)] == []


def test_every_alert_is_in_the_guide_with_its_severity():
    script = (SOURCE / "scripts" / "awsift" / "alert_kinds.lua").read_text(encoding="utf-8")
    kinds = re.findall(r'^    \["([\w-]+)"\] = { severity = "(\w+)"', script, re.M)
    assert len(kinds) > 20
    manual = (SOURCE / "docs" / "man" / "awsift.lua.5").read_text(encoding="utf-8")
    assert [kind for kind, _ in kinds if not re.search(rf"(?:Ql |, |^){kind}\b", manual, re.M)] == []
    for language in ("en", "ja"):
        page = (GUIDE / language / "watching-awsift.md").read_text(encoding="utf-8")
        listed = {kind: severity for severity, row in re.findall(r"^\| (urgent|high|normal) \| (.*) \|$", page, re.M)
                  for kind in re.findall(r"`([\w-]+)`", row)}
        assert listed == dict(kinds)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_category_is_in_the_guide(language):
    shipped = (SOURCE / "rules.d" / "00-categories.lua").read_text(encoding="utf-8")
    wanted = re.findall(r'^category "(\w+)" \{.*?title = "([^"]*)", title_en = "([^"]*)",\s*priority = "(\w+)"(?:, tell = "(\w+)")?',
                        shipped, re.S | re.M)
    page = (GUIDE / language / "rules.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| (.*?) \| (urgent|high|normal|low) \| (.*?) \|$", page, re.M)
    assert len(wanted) > 10 and [row[:3] for row in listed] == [(name, en if language == "en" else ja, priority)
                                                               for name, ja, en, priority, _ in wanted]
    assert [row[3] for row in listed if row[3].isascii() and row[3] != "nobody"] == [tell for *_, tell in wanted if tell]


def test_every_placeholder_is_in_the_guide():
    shipped = (SOURCE / "scripts" / "awsift" / "aws" / "placeholders.lua").read_text(encoding="utf-8")
    for language in ("en", "ja"):
        listed = re.findall(r"^\| `\{(\w+)\}` \|", (GUIDE / language / "rules.md").read_text(encoding="utf-8"), re.M)
        assert listed == re.findall(r'^placeholder "(\w+)"', shipped, re.M)


def test_every_test_that_the_invariants_name_exists():
    text = (SOURCE / "docs" / "INVARIANTS.md").read_text(encoding="utf-8")
    units = {path.stem.removeprefix("test_") for path in (SOURCE / "tests" / "unit").glob("test_*.c")}
    named = 0
    for row in re.findall(r"^\| \d+ \|.*\|.*\| *$", text, re.M):
        guards = row.split("|")[3]
        end_to_end, _, unit = guards.partition("unit ")
        for file, test in re.findall(r"`(test_\w+\.py)(?:::(\w+))?`", end_to_end):
            source = (SOURCE / "tests" / "end-to-end" / file).read_text(encoding="utf-8")
            assert not test or f"def {test}(" in source, f"{file}::{test}"
            named += 1
        for name, case in re.findall(r"`(\w+)`(?: \(`(\w+)`\))?", unit):
            assert name in units, f"unit {name}"
            source = (SOURCE / "tests" / "unit" / f"test_{name}.c").read_text(encoding="utf-8")
            assert not case or f"void {case}(" in source, f"unit {name} ({case})"
            named += 1
    assert named > 10


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_actions_of_the_guide_do_what_it_says(site, peer, monkeypatch, language):
    page = GUIDE / language / "tickets-and-programs.md"
    texts = {file: text for file, _, text in blocks(page)}
    for name, value in {"TICKET_TOKEN": "swordfish", "DESK_KEY": "0123", "DESK_AUTH": "Bearer abc"}.items():
        monkeypatch.setenv(f"AWSIFT_SECRET_{name}", value)
    config = texts["awsift.lua"].replace("https://tickets.example.com/api", peer.url).replace("https://desk.example.com", peer.url)
    site.config.write_text(config.replace("/usr/bin/logger", "/bin/echo") + 'http { private = { "127.0.0.1" } }\n', encoding="utf-8")
    for name in ("contacts.lua", "55-ticket.lua"):
        site.rule(name, texts[f"rules.d/{name}"])
    site.deliver(make_mail("Own ticket [AWS Account: 123456789012]"))
    site.run("run", "--once")
    tickets, desk = ([request for request in peer.requests if request["path"] == path] for path in ("/new", "/aws"))
    assert [request["headers"]["Authorization"] for request in tickets + desk] == ["Bearer swordfish", "Bearer abc"]
    assert tickets[0]["key"] and json.loads(tickets[0]["body"]) == {
        "queue": "aws", "text": "Own ticket 123456789012", "subject": "Own ticket [AWS Account: 123456789012]", "account": "123456789012"}
    shown = site.run("show", "1").stdout
    assert "ticket opened" in shown and "-t awsift -- 123456789012 Own ticket" in shown
    assert any(b"Subject: A ticket is open" in mail.read_bytes() for mail in site.outbox())
    assert len(list(site.store.glob("filed/tickets/*/*"))) == 1
    # what the page gives to whoever takes the webhook
    given = {}
    exec(re.search(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)[1], given)
    assert given["genuine"](b"0123", desk[0]["headers"], desk[0]["body"])
    assert not given["genuine"](b"0123", desk[0]["headers"], desk[0]["body"] + b" ")
    assert not given["genuine"](b"4567", desk[0]["headers"], desk[0]["body"])
