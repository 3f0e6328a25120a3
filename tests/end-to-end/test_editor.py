"""What editors know of the language (scripts/library) is what awsift reads: every word, key, argument and field, and no more."""
import json
import re

import pytest

from conftest import BINARY, SOURCE

LIBRARY = sorted((SOURCE / "scripts" / "library").glob("*.lua"))
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in LIBRARY)


def source(path):
    return (SOURCE / path).read_text(encoding="utf-8")


def classes():
    """Class -> {field: what is said of it}."""
    found, fields = {}, None
    for line in TEXT.splitlines():
        name = re.match(r"---@class (?:\(exact\) )?([\w.]+)", line)
        if name:
            fields = found.setdefault(name[1], {})
            assert fields == {}, f"{name[1]} is there twice"
        field = re.match(r"---@field (\w+)\??\s+(.*)", line)
        if field:
            assert field[1] not in fields, line
            fields[field[1]] = field[2]
    return found


CLASSES = classes()
FUNCTIONS = set(re.findall(r"^function ([\w.:]+)\(", TEXT, re.M))


def alias(name):
    """The texts that an alias lists, each with its explanation."""
    block = re.search(rf"^---@alias awsift\.{name}\n((?:---\|.*\n)+)", TEXT, re.M)[1]
    return dict(re.findall(r'^---\| "([^"]+)"(?: # (.*))?$', block, re.M))


def table(path, pattern):
    """The keys of a Lua table constructor that begins behind the pattern, on its outermost level."""
    text = source(path)
    at = re.search(pattern, text)
    assert at, f"{path} has no {pattern}"
    depth, keys, rest = 1, [], text[at.end():]
    for token in re.finditer(r'"[^"\n]*"|--[^\n]*|[{}()]|(\w+)\s*=(?!=)|\bfunction\b|\bend\b', rest):
        if token[0] in "{(" or token[0] == "function":
            depth += 1
        elif token[0] in "})" or token[0] == "end":
            depth -= 1
        elif token[1] and depth == 1:
            keys.append(token[1])
        if depth == 0:
            return set(keys)
    raise AssertionError(f"{path}: {pattern} does not end")


LANGUAGE, CONDITIONS, CONFIG, POLICY = (f"scripts/awsift/{name}.lua" for name in ("language", "conditions", "config", "policy"))


def test_the_words_of_rule_files():
    words = set(re.findall(r"^words\.(\w+)", source(LANGUAGE), re.M))
    for list_ in re.findall(r"^for _, \w+ in ipairs \{ (.*?) \} do\n    conditions\.words\[", source(CONDITIONS), re.M):
        words |= set(re.findall(r'"(\w+)"', list_))
    assert {"rule", "contains", "nocase", "any"} <= words
    declared = set(re.findall(r"^function (\w+)\(", (SOURCE / "scripts/library/rules.lua").read_text(), re.M))
    assert declared - {"require"} | {"action"} == words


def test_the_keys_of_rules():
    conditions = table(CONDITIONS, r"local default_match = \{") | table(CONDITIONS, r"local keys = \{") | \
        set(re.findall(r"^keys\.(\w+) = ", source(CONDITIONS), re.M))
    assert set(CLASSES["awsift.conditions"]) == conditions
    assert set(CLASSES["awsift.results"]) == table(LANGUAGE, r"local result_keys = \{")
    assert set(CLASSES["awsift.notice_conditions"]) == table(CONDITIONS, r"local notice_fields = \{")
    assert set(alias("cue")) == table(LANGUAGE, r"local cue_names = \{") and all(alias("cue").values())


@pytest.mark.parametrize("name, path, pattern", [
    ("category", LANGUAGE, r"local category_keys = \{"),
    ("test", "scripts/awsift/tests.lua", r"local test_keys = \{"),
    ("test_auth", "scripts/awsift/tests.lua", r"local auth_results = \{"),
    ("expect", "scripts/awsift/tests.lua", r"local expect_keys = \{"),
    ("action", LANGUAGE, r"\{ args = \"table\""),
    ("contact", "scripts/awsift/contacts.lua", r"local known = \{"),
    ("group", "scripts/awsift/grouping.lua", r"local group_keys = \{"),
    ("trust", CONFIG, r"local trust_keys = \{"),
    ("spool", CONFIG, r"local spool_keys = \{"),
    ("rules_folder", CONFIG, r"what, body, \{(?= require_tests)"),
    ("deciders", CONFIG, r'section\("deciders", \{'),
    ("limits", CONFIG, r'section\("limits", \{'),
    ("smtp", CONFIG, r'section\("smtp", \{'),
    ("http", CONFIG, r'section\("http", \{'),
    ("operators", CONFIG, r'section\("operators", \{'),
    ("threads", CONFIG, r'section\("threads", \{'),
    ("outbox", CONFIG, r'section\("outbox", \{'),
    ("retry", POLICY, r"local retry_keys = \{"),
    ("host", POLICY, r"local pace_keys = \{"),
    ("paging", CONFIG, r'section\("paging", \{'),
    ("escalation", "scripts/awsift/escalation.lua", r"local keys = \{"),
    ("escalation_step", "scripts/awsift/escalation.lua", r"local step_keys = \{"),
    ("scripted", "scripts/awsift/test_sends.lua", r"local reply_keys = \{"),
    ("action_result", "scripts/awsift/test_sends.lua", r"local result_readers = \{"),
    ("template", "scripts/awsift/templates.lua", r"local keys = \{"),
    ("command", "scripts/awsift/command_settings.lua", r"local keys = \{"),
    ("webhook", CONFIG, r'named_section\("webhook", "webhooks", \{'),
])
def test_the_keys_of_each_word(name, path, pattern):
    if name == "action":
        keys = set(re.findall(r"(\w+) = ", re.search(r'body, (\{ args = "table".*?\})\)', source(path))[1]))
    else:
        keys = table(path, pattern)
    assert keys and set(CLASSES[f"awsift.{name}"]) == keys


def test_the_words_of_the_configuration():
    words = {word for match in re.findall(r'^(?:(?:function )?words\.(\w+)|(?:named_section|section|policy_word)\("(\w+)")', source(CONFIG), re.M) for word in match if word}
    declared = set(re.findall(r"^function (\w+)\(", (SOURCE / "scripts/library/configuration.lua").read_text(), re.M))
    elsewhere = {"webhook", "http", "smtp", "outbox", "store", "secret"}  # words of rule files or actions too: declared there
    assert declared | elsewhere == words and not declared & elsewhere
    for word, call in {"webhook": "---@overload fun(name: string)", "http": "---@operator call(awsift.http)", "outbox": "---@operator call(awsift.outbox)",
                       "smtp": "---@operator call(awsift.smtp)", "store": "---@operator call(string)"}.items():
        assert call in TEXT, word


def test_the_keys_of_a_channel():
    calling = "scripts/awsift/calling_settings.lua"
    keys = table("scripts/awsift/channel_settings.lua", r"local of_keys = \{")
    for kind in ("twilio", "pagerduty"):
        keys |= table(calling, rf"channel_settings\.kinds\.{kind} = \{{\n    keys = \{{")
        assert f'"{kind}"' in CLASSES["awsift.channel"]["kind"]
    assert set(CLASSES["awsift.channel"]) == keys
    for chat in re.search(r"names = \{ (.*?) \}", source("scripts/awsift/chat/services.lua"))[1].split(", "):
        assert chat in CLASSES["awsift.channel"]["kind"]


def test_the_keys_of_a_policy():
    lists = ("local retry_keys", "local pace_keys", "local keys")
    assert set(CLASSES["awsift.policy"]) == set().union(*(table(POLICY, list_ + r" = \{") for list_ in lists))


def test_placeholders_and_values():
    shipped = re.findall(r'^placeholder "(\w+)"', source("scripts/awsift/aws/placeholders.lua"), re.M)
    assert [name.strip("{}") for name in alias("placeholder")] == shipped
    assert {name.strip("{}") for name in alias("value")} == table("scripts/awsift/finish.lua", r"finish\.values = \{")
    assert all(alias("placeholder").values()) and all(alias("value").values())


def test_shipped_actions_and_their_arguments():
    actions = {}
    for path in (SOURCE / "scripts" / "awsift" / "actions").glob("*.lua"):
        text = path.read_text(encoding="utf-8")
        for name, arguments in re.findall(r'^action "(\w+)" \{\n(?:\s*retry = .*\n)?\s*args = \{ (.*?) \},$', text, re.M):
            actions[name] = dict(re.findall(r'(\w+) = "([\w?]+)"', arguments))
    own = table("scripts/awsift/action_calls.lua", r"local engines_own = \{")
    assert set(actions) | own == {path.stem for path in (SOURCE / "scripts" / "awsift" / "actions").glob("*.lua")} and own == {"digest", "remind", "self_check"}
    assert {name.removesuffix("_args").removeprefix("awsift.") for name in CLASSES if name.endswith("_args")} == set(actions)
    for name, arguments in actions.items():
        assert name in FUNCTIONS and set(CLASSES[f"awsift.{name}_args"]) == set(arguments)
        for argument, kind in arguments.items():
            assert re.search(rf"^---@field {argument}{re.escape('?') if kind.endswith('?') else ''} ", TEXT, re.M)
    kinds = table(LANGUAGE, r"local argument_types = \{")
    assert {name.rstrip("?") for name in alias("argument_type")} == kinds and len(alias("argument_type")) == 2 * len(kinds)


def test_the_message():
    fields = re.search(r"\} fields\[\] = \{(.*?)\n\};", source("engine/rules/lua_message.c"), re.S)[1]
    names = set(re.findall(r'\{"(\w+)", push_', fields))
    methods = {name.partition(":")[2] for name in FUNCTIONS if name.startswith("message:")}
    assert set(CLASSES["awsift.message"]) | methods == names and methods == {"header", "raw_header", "half"}
    parts = set(re.findall(r'strcmp\(key, "(\w+)"\)', source("engine/rules/lua_message_parts.c")))
    assert set(CLASSES["awsift.part"]) == parts
    headers = source("engine/rules/lua_message_headers.c")
    assert set(CLASSES["awsift.header"]) | set(CLASSES["awsift.address"]) == set(re.findall(r'set_text\(lua, "(\w+)"', headers))
    envelope = re.search(r"static void push_envelope.*?\n\}", source("engine/rules/lua_message.c"), re.S)[0]
    assert set(CLASSES["awsift.envelope"]) == set(re.findall(r'lua_setfield\(lua, -2, "(\w+)"\)', envelope))


def test_the_notice_and_who_speaks(site):
    site.deliver(b"From: no-reply-aws@amazon.com\nSubject: x\n\nbody\n", "mail")
    (decision,) = site.objects("classify", site.spool / "new" / "mail")
    assert set(CLASSES["awsift.notice"]) == set(decision["notice"]) == table("scripts/awsift/tests.lua", r"local notice_keys = \{")
    assert set(CLASSES["awsift.auth"]) == set(decision["auth"])


def test_what_actions_may_call():
    declared = {}
    for file in ("actor/lua_act", "actor/lua_http", "rules/lua_crypto", "rules/lua_acting", "actor/lua_outbox", "actor/lua_store"):
        text = source(f"engine/{file}.c")
        for name, list_ in re.findall(r"luaL_Reg (\w+)\[\] = \{(.*?\{NULL, NULL\}\s*)\}", text, re.S):
            declared[name] = set(re.findall(r'\{"(\w+)", ', list_))
    tables = {"http": "lua_http_functions", "crypto": "lua_crypto_functions", "outbox": "lua_outbox_functions", "smtp": "lua_smtp_functions", "store": "lua_store_functions", "json": "lua_json_functions", "log": "log"}
    for name, list_ in tables.items():
        assert {function.partition(".")[2] for function in FUNCTIONS if function.startswith(f"{name}.")} == declared[list_], name
    assert declared["words"] and declared["words"] <= FUNCTIONS
    assert re.search(r"^config = \{\}", TEXT, re.M)
    order = re.search(r'names\[\] = \{("command".*?)\};', source("engine/actor/lua_exec.c"))[1]
    assert set(CLASSES["awsift.order"]) == set(re.findall(r'"(\w+)"', order))
    ended = re.search(r"static int after_end.*?\n\}", source("engine/actor/lua_exec.c"), re.S)[0]
    assert set(CLASSES["awsift.ended"]) == set(re.findall(r'lua_setfield\(lua, -2, "(\w+)"\)', ended))
    asked = re.search(r'keys\[\] = \{("url".*?)\};', source("engine/actor/lua_request.c"))[1]
    assert {*CLASSES["awsift.request"], *CLASSES["awsift.any_request"]} == set(re.findall(r'"(\w+)"', asked))
    context = source("engine/actor/performance.c")
    assert set(CLASSES["awsift.context"]) == set(re.search(r"ctx: \{(.*?)\}", context)[1].split(", "))
    known = re.search(r"bool decision_check_context.*?fields\[\] = \{(.*?)\};", source("engine/wire/decision.c"), re.S)[1]
    of_the_ledger = {"thread", "gathered"}  # what the decider says of a mail, and what the keeper knows of others
    kept = {"people"}  # by the ledger
    assert set(CLASSES["awsift.action_message"]) == set(re.findall(r'\{"(\w+)", ', known)) - kept | of_the_ledger


def test_every_key_is_explained():
    """Of rules and configuration; what a test expects speaks for itself."""
    keys = re.compile(r"awsift\.(conditions|results|category|contact|trust|spool|rules_folder|deciders|limits|smtp|http|threads|outbox|policy|host|retry|\w+_args)")
    explained = re.compile(r"(?:fun\(.*?\): \S+|table<[^>]*>|\S+) \S+")
    bare = [f"{name}.{field}" for name, fields in CLASSES.items() if keys.fullmatch(name)
            for field, said in fields.items() if not explained.match(said)]
    assert bare == []


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.name)
def test_annotations_are_lua(site, path):
    """As the body of a function that nobody calls."""
    site.rule("60-annotations.lua", f"local function never()\n{path.read_text(encoding='utf-8')}\nend\n")
    assert "60-annotations" not in site.run("check", check=None).stderr + site.run("check", check=None).stdout
    site.rule("60-annotations.lua", f"local function never()\n{path.read_text(encoding='utf-8')}\nend end\n")
    done = site.run("check", check=None)
    assert "60-annotations" in done.stderr + done.stdout


def test_annotations_are_not_loaded(site):
    """They are beside the scripts that every generation takes, not among them."""
    assert LIBRARY and not any((SOURCE / "scripts" / "awsift").glob("**/library"))
    site.rule("60-require.lua", 'require "library.rules"\n')
    done = site.run("check", check=None)
    assert "60-require.lua:1" in done.stderr + done.stdout


def test_the_editors_file(site):
    own, installed = json.loads(source(".luarc.json")), json.loads(source("packaging/luarc.json.in"))
    assert own["runtime"]["version"] == "Lua 5.4" and own["workspace"]["library"] == ["scripts/library"]
    assert {name for name, state in own["runtime"]["builtin"].items() if state == "disable"} == {"io", "os", "debug", "package", "coroutine"}
    assert installed["workspace"].pop("library") == ["@data@/scripts/library"] and own["workspace"].pop("library")
    assert own == installed
    (site.rules / ".luarc.json").write_text("{}")
    site.run("check", check=None)
    assert ".luarc" not in site.run("rules").stderr


def test_both_are_installed():
    plan = BINARY.parent / "meson-info" / "intro-installed.json"
    if not plan.exists():
        pytest.skip("this binary is not in its build folder")
    installed = json.loads(plan.read_text())
    share = installed[str(SOURCE / "scripts")].removesuffix("/scripts")
    assert installed[str(BINARY.parent / ".luarc.json")] == share + "/.luarc.json"
    assert json.loads((BINARY.parent / ".luarc.json").read_text())["workspace"]["library"] == [share + "/scripts/library"]
