"""Contacts from contacts.lua and contacts.csv: what is read, what is told to whom, what is wrong with which line, and that
the account of a mail that does not name it is found through them."""
import email
import email.policy
import json

import pytest

from conftest import SOURCE, make_mail, retirement, wait_for

OTHER = "210987654321"
HEADER = "account,name,language,timezone,technical,security,emergency,root\n"


SHOW = '''
local note = require "awsift.note"
action "show" { run = function(ctx)
  local seen = {}
  for _, account in ipairs { "123456789012", "210987654321", "*" } do
    seen[account] = {}
    for _, role in ipairs { "technical", "security", "emergency", "root", "finance" } do
      seen[account][role] = note.recipient({ contact = account }, role)
    end
  end
  http.post { url = "%s/record", json = seen }
end }
rule "show" { subject = "Show", category = "billing", speaker = "any", actions = show {} }'''


def csv(site, content, name="contacts.csv"):
    """Saves contacts.csv, and takes contacts.lua away."""
    (site.rules / "contacts.lua").unlink(missing_ok=True)
    content = content if isinstance(content, bytes) else content.encode()
    beside = site.rules / ".contacts.new"
    beside.write_bytes(content)
    beside.rename(site.rules / name)


def classify(site, *mails):
    folder = site.folder / "mail"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for number, mail in enumerate(mails):
        (folder / f"{number:02}.eml").write_bytes(mail)
    return [json.loads(line) for line in site.run("classify", "--json", folder).stdout.splitlines()]


def told(site):
    """{recipients: text} of what lies in the outbox."""
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]
    return {mail["To"]: mail.get_body().get_content() for mail in mails}


# As Excel writes it: a mark of the byte order, CRLF, quotes where there is need, an empty column and an empty row at the end
EXCEL = ("\ufeffAccount,Name,language,timezone,technical,security,emergency,root,finance,\r\n"
         '123456789012,"Example, ""prod""",en,Europe/Berlin,tech@example.com; oncall@example.com,"sec@example.com\nsec2@example.com",'
         '+81 3 0000 0000 +81-90-0000-0000,aws+prod@example.jp,pay@example.com,\r\n'
         "012345678901,名前,ja,Asia/Tokyo,tech@example.jp,sec@example.jp,+81300000000,aws+zero@example.jp,,\r\n"
         "*,,ja,,ops@example.jp,ops@example.jp\r\n"
         ",,,,,,,,,\r\n")


def test_a_table_of_excel_is_read(site):
    csv(site, EXCEL)
    site.rule("10-pay.lua", 'category "pay" { tell = "finance" } rule "pay" { subject = "Pay {account}", category = "pay" }')
    said = site.run("check", check=0).stderr
    assert "contacts.csv" not in said, said
    site.deliver(retirement())
    site.deliver(retirement("012345678901"))
    site.deliver(retirement("999999999999"))
    site.deliver(make_mail("Pay 123456789012"))
    site.run("run", "--once")
    texts = told(site)
    assert set(texts) == {"tech@example.com, oncall@example.com", "tech@example.jp", "ops@example.jp", "pay@example.com"}
    assert 'Dear Example, "prod",' in texts["tech@example.com, oncall@example.com"]
    assert "名前 様" in texts["tech@example.jp"]


def test_a_table_says_what_the_lua_says(site, peer):
    """Several values, each role, each fact: what an action gets to know of a contact is the same."""
    site.rule("60-show.lua", SHOW % peer.url)
    lua = '''contacts { ["123456789012"] = { name = "A, B", language = "en", timezone = "Asia/Tokyo",
      technical = { "a@example.com", "b@example.com" }, security = "s@example.com", emergency = { "+81 3 1", "+81-90" },
      root = { "aws+prod@example.jp" }, finance = { "f@example.com" } } }'''
    table = HEADER.strip() + ',finance\n123456789012,"A, B",en,Asia/Tokyo,a@example.com b@example.com,s@example.com,' \
        '"+81 3 1;+81-90",aws+prod@example.jp,f@example.com\n'
    for name, content in (("contacts.lua", lua), ("contacts.csv", table)):
        csv(site, content, name)
        (site.rules / ("contacts.csv" if name == "contacts.lua" else "contacts.lua")).unlink(missing_ok=True)
        site.deliver(make_mail("Show", message_id=name))
        site.run("run", "--once")
    seen = peer.records()
    assert len(seen) == 2 and seen[0] == seen[1]
    one = seen[0]["123456789012"]
    assert one["emergency"]["addresses"] == ["+81 3 1", "+81-90"] and one["finance"]["timezone"] == "Asia/Tokyo"


# name: (the file, the line, words of the message)
MISTAKES = {
    "CP932": (HEADER.encode() + "123456789012,例示株式会社,ja\n".encode("cp932"), 2, ["UTF-8", "CP932", "CSV UTF-8"]),
    "UTF-16": ((HEADER + "123456789012\n").encode("utf-16"), 1, ["UTF-16", "CSV UTF-8"]),
    "nothing at all": (b"", 1, ["empty", "account,name"]),
    "blank lines alone": ("\n\n", 1, ["empty"]),
    "no header": ("123456789012,Example,ja\n", 1, ["no column 'account'"]),
    "no column account": ("name,technical\nx,a@example.com\n", 1, ["no column 'account'"]),
    "semicolons": ("account;name;technical\n", 1, ["';'", "commas"]),
    "tabs": ("account\tname\n", 1, ["tabs", "commas"]),
    "a column mistyped": ("account,tecnical\n", 1, ["'tecnical'", "'technical'"]),
    "a column twice": ("account,technical,technical\n", 1, ["'technical'", "twice"]),
    "a column mistyped, with rows": ("account,tecnical,name\n*,x,y\n", 1, ["'tecnical'", "'technical'"]),
    "a column of another writing": ("account,技術通知先\n", 1, ["技術通知先", "no name of a column"]),
    "a column without a name": ("account,\n123456789012,x\n", 2, ["'x'", "without a name"]),
    "an account twice": (HEADER + "123456789012\n*\n123456789012\n", 4, ["123456789012", "contacts.csv:2"]),
    "no leading zeros": (HEADER + "23456789012\n", 2, ["11 digits", "Excel", "write 023456789012"]),
    "no leading zeros at all": (HEADER + "123456789\n", 2, ["9 digits", "write 000123456789"]),
    "a rounded account": (HEADER + "1.23457E+11\n", 2, ["1.23457E+11", "Excel", "12 digits again"]),
    "an account with dashes": (HEADER + "1234-5678-9012\n", 2, ["without dashes", "123456789012"]),
    "too many digits": (HEADER + "1234567890123\n", 2, ["12 digits"]),
    "letters": (HEADER + "prod\n", 2, ["'prod'", "12 digits"]),
    "no account": (HEADER + ",Example\n", 2, ["account is missing"]),
    "no mail address": (HEADER + "123456789012,,,,nobody\n", 2, ["'nobody' in 'technical'", "mail address"]),
    "one of several": (HEADER + "123456789012,,,,a@example.com; b\n", 2, ["'b' in 'technical'"]),
    "no phone number": (HEADER + "123456789012,,,,,,ask me\n", 2, ["'ask me' in 'emergency'", "phone number"]),
    "a rounded phone number": (HEADER + "123456789012,,,,,,8.13E+11\n", 2, ["8.13E+11", "Excel"]),
    "no language": (HEADER + "123456789012,,de\n", 2, ["ja or en", "'de'"]),
    "no time zone": (HEADER + "123456789012,,,JST+9:00\n", 2, ["timezone", "'JST+9:00'"]),
    "a time zone that does not exist": (HEADER + "*\n123456789012,,,Asia/Tokio\n", 3, ["Asia/Tokio"]),
    "a comma without quotes": (HEADER + "123456789012,A,ja,,a@example.com,,,,b,c\n", 2, ["'b'", "comma"]),
    "quotes that do not end": (HEADER + '123456789012,"A\n*,x\n', 2, ['"', "ends it"]),
    "a quote inside": (HEADER + '123456789012,A "B"\n', 2, ['""']),
    "text behind quotes": (HEADER + '123456789012,"A" B\n', 2, ['""']),
    "in the second line of a row": (HEADER + '123456789012,"A\r\nB 株",de,,a@example.com\n', "3:6", ["'de'"]),
    "quotes in the second line of a row": (HEADER + '123456789012,"A\n株",ja,,a@example.com,"b"c\n', "3:22", ["stands more text"]),
    "behind the mark of the byte order": ("\ufeffaccount,tecnical\n", "1:9", ["'technical'"]),
    "the line behind one of two lines": (HEADER + '123456789012,"A\nB"\n23456789012\n', 4, ["11 digits"]),
    "old Mac's lines": (HEADER.replace("\n", "\r") + "*\r23456789012\r", 3, ["11 digits"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_wrong_with_a_table_is_named(site, name):
    content, line, words = MISTAKES[name]
    csv(site, content)
    said = [one for one in site.run("check", check=1).stderr.splitlines() if "/contacts.csv:" in one and "warning:" not in one]
    assert len(said) == 1 and f"/contacts.csv:{line}:" in said[0] and all(word in said[0] for word in words), said


def test_every_mistake_of_a_table_is_named_in_one_run(site):
    csv(site, HEADER + "1234,,de,,nobody\n123456789012,,,,a@example.com\n" + "x,名前,,,,c\n")
    said = [one for one in site.run("check", check=1).stderr.splitlines() if "/contacts.csv:" in one and "warning:" not in one]
    assert [one.split("/contacts.csv:")[1].split(":")[0] for one in said] == ["2", "2", "2", "4", "4"], said
    assert [error["column"] for error in site.objects("check", check=1)[0]["errors"]] == [1, 7, 11, 1, 9]


def test_an_account_has_one_entry_in_both_files(site):
    (site.rules / "contacts.csv").write_text(HEADER + "*\n123456789012,,,,a@example.com\n", encoding="utf-8")
    said = site.run("check", check=1).stderr
    (line,) = [one for one in said.splitlines() if "already" in one]
    assert f"{site.rules}/contacts.csv:3" in line and f"{site.rules}/contacts.lua:3" in line, line


def test_both_files_together_are_one_directory(site):
    (site.rules / "contacts.csv").write_text(HEADER + f"{OTHER},,,,other@example.com,o@example.com\n", encoding="utf-8")
    site.deliver(retirement())
    site.deliver(retirement(OTHER))
    site.run("run", "--once")
    assert set(told(site)) == {"tech@example.com", "other@example.com"}


def test_a_table_elsewhere_than_in_the_folder_is_none(site):
    for folder in ("lib", "tests"):
        (site.rules / folder).mkdir()
        (site.rules / folder / "contacts.csv").write_text("nonsense\n", encoding="utf-8")
    (site.rules / "others.csv").write_text("nonsense\n", encoding="utf-8")
    assert ".csv" not in site.run("check", check=0).stderr


def test_a_saved_table_is_live(site):
    csv(site, HEADER + "123456789012,,,,first@example.com,s@example.com\n")
    site.daemon()
    site.deliver(retirement(message_id="1"))
    site.wait_mails(1)
    csv(site, HEADER + "123456789012,,,,second@example.com,s@example.com\n")
    site.run("reload")
    site.deliver(retirement(message_id="2"))
    site.wait_mails(2)
    assert set(told(site)) == {"first@example.com", "second@example.com"}
    csv(site, HEADER + "23456789012,,,,third@example.com\n")
    wait_for("the mistake to be told", lambda: "11 digits" in site.run("status", check=None).stdout)
    site.deliver(retirement(message_id="3"))
    site.wait_mails(3)
    assert "third@example.com" not in told(site)


def test_the_last_of_ten_thousand_is_in_the_directory(site):
    rows = "".join(f"{100000000000 + n},Customer {n},ja,Asia/Tokyo,tech{n}@example.com;ops{n}@example.com,sec{n}@example.com,"
                   f"+81-3-0000-{n:04},aws+{n}@example.jp\n" for n in range(10000))
    csv(site, HEADER + rows)
    first, last, none = classify(site, make_mail("Something", to="aws+0@example.jp"),
                                 make_mail("Something", to="AWS+9999@example.jp"), make_mail("Something", to="aws@example.jp"))
    assert (first["account"], last["account"], none["account"]) == ("100000000000", "100000009999", None)
    site.deliver(retirement("100000009999"))
    site.run("run", "--once")
    assert set(told(site)) == {"tech9999@example.com, ops9999@example.com"}


GROUPED = """contacts {
  ["@corp"] = { name = "Corp", language = "en+ja", accounts = { "123456789012", "333333333333" },
    technical = { "corp@example.com", language = "en" }, security = "sec@example.com", root = "corp+{account}@example.jp" },
  ["333333333333"] = { name = "Corp, billing", security = "own@example.com" },
  ["210987654321"] = { group = "@corp", timezone = "Europe/Berlin" },
  ["*"] = { technical = "all@example.com" },
}
"""
GROUPED_TABLE = """account,name,group,language,timezone,technical,security,root
@corp,Corp,,en+ja,,corp@example.com,sec@example.com,corp+{account}@example.jp
123456789012,,corp,,,,,
333333333333,"Corp, billing",corp,,,,own@example.com,
210987654321,,@corp,,Europe/Berlin,,,
*,,,,,all@example.com,,
"""


@pytest.mark.parametrize("name, content", (("contacts.lua", GROUPED), ("contacts.csv", GROUPED_TABLE)))
def test_what_an_account_lacks_is_its_groups(site, peer, name, content):
    csv(site, content, name)
    site.rule("60-show.lua", (SHOW % peer.url).replace('"*" }', '"*", "333333333333", "@corp" }'))
    site.deliver(make_mail("Show"))
    site.run("run", "--once")
    seen = peer.records()[0]

    def told_of(account, role):
        return [seen[account][role].get(key) for key in ("addresses", "name", "language", "timezone", "missing")]
    by_role = "en" if name == "contacts.lua" else "en+ja"  # a table has no column for it
    assert told_of("123456789012", "technical") == [["corp@example.com"], "Corp", by_role, "Asia/Tokyo", None]
    assert told_of("123456789012", "security") == [["sec@example.com"], "Corp", "en+ja", "Asia/Tokyo", None]
    assert told_of("333333333333", "security") == [["own@example.com"], "Corp, billing", "en+ja", "Asia/Tokyo", None]
    assert told_of("333333333333", "technical")[:2] == [["corp@example.com"], "Corp, billing"]
    assert told_of("210987654321", "technical") == [["corp@example.com"], "Corp", by_role, "Europe/Berlin", None]
    assert told_of("@corp", "technical")[:2] == [["corp@example.com"], "Corp"]
    assert seen["123456789012"]["finance"]["operators"] and seen["123456789012"]["finance"]["missing"] == "finance"
    warnings = site.run("check", check=0).stderr
    assert "no security contact" not in warnings, warnings


def test_a_notice_about_several_accounts_of_a_group_goes_to_the_group(site):
    csv(site, GROUPED, "contacts.lua")
    body = "AWS Account ID: 123456789012, 333333333333 and 210987654321\n"
    site.deliver(make_mail("Amazon EC2 Instance Retirement", body=body))
    site.deliver(make_mail("Amazon EC2 Instance Retirement", body=body + "AWS Account ID: 444444444444\n"))
    site.run("run", "--once")
    texts = told(site)
    assert set(texts) == {"corp@example.com", "ops@example.jp"}
    assert texts["corp@example.com"].startswith("Dear Corp,") and "様" not in texts["corp@example.com"]


def test_both_languages_stand_in_the_order_wanted(site):
    for wanted, first in (("ja+en", "Example 様"), ("en+ja", "Dear Example,")):
        csv(site, f'contacts {{ ["123456789012"] = {{ name = "Example", language = "{wanted}", technical = "{wanted}@example.com" }} }}',
            "contacts.lua")
        site.deliver(retirement(message_id=wanted))
        site.run("run", "--once")
        text = told(site)[f"{wanted}@example.com"]
        assert text.startswith(first) and "様" in text and "Dear" in text


# name: (what stands in contacts { … }, words of what check says, whether it is an error)
DOUBTFUL = {
    "an unknown group": ('["123456789012"] = { group = "crop" }, ["@corp"] = { accounts = { "333333333333" } }',
                         ["'123456789012'", "no group 'crop'", "did you mean 'corp'"], True),
    "two groups": ('["@a"] = { accounts = { "123456789012" } }, ["@b"] = { accounts = { "123456789012" } }',
                   ["'123456789012'", "group 'a'", "group 'b'"], True),
    "two groups in two ways": ('["@a"] = { accounts = { "123456789012" } }, ["123456789012"] = { group = "b" }, '
                               '["@b"] = { accounts = { "333333333333" } }', ["group 'b'", "group 'a'"], True),
    "a group in a group": ('["@a"] = { group = "b", accounts = { "123456789012" } }, ["@b"] = { group = "a", accounts = { "333333333333" } }',
                           ["'@a'", "no other group"], True),
    "the default in a group": ('["*"] = { group = "a" }, ["@a"] = { accounts = { "123456789012" } }', ["the default is in no group"], True),
    "accounts of an account": ('["123456789012"] = { accounts = { "333333333333" } }', ["only a group", "accounts"], True),
    "what is no account": ('["@a"] = { accounts = { "12345" } }', ["'12345' in 'accounts'", "12 digits"], True),
    "an empty group": ('["@a"] = { technical = "a@example.com", security = "a@example.com" }', ["no account is in the group 'a'"], False),
    "no name of a group": ('["123456789012"] = { group = "a b" }', ["group must be the name of a group"], True),
    "no security contact in the group": ('["@a"] = { accounts = { "123456789012" }, technical = "a@example.com" }',
                                         ["no security contact for 123456789012"], False),
    "a root address of the default": ('["*"] = { root = "aws@example.jp" }', ["aws@example.jp", "{account}"], True),
    "{account} of an account": ('["123456789012"] = { root = "aws+{account}@example.jp" }', ["belongs to", "group"], True),
    "a star anywhere": ('["123456789012"] = { root = "aws*@example.jp" }', ["stands for all that follows the +"], True),
    "{account} of two groups": ('["@a"] = { accounts = { "123456789012" }, root = "a+{account}@example.jp" }, '
                                '["@b"] = { accounts = { "333333333333" }, root = "a+{account}@example.jp" }', ["@a", "@b", "tells neither"], False),
    "a language of a role": ('["123456789012"] = { technical = { "a@example.com", language = "fr" } }', ["technical", "'fr'"], True),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_check_says_what_is_wrong_with_groups(site, name):
    entries, words, error = DOUBTFUL[name]
    csv(site, f"contacts {{\n  {entries},\n}}\n", "contacts.lua")
    said = [line for line in site.run("check", check=1 if error else 0).stderr.splitlines() if "contacts.lua:" in line]
    assert any(all(word in line for word in words) and ("warning:" not in line) == error for line in said), said


def test_a_group_that_is_not_there_is_named_with_its_row(site):
    csv(site, "account,technical,group\n@corp,corp@example.com,\n123456789012,,corp\n333333333333,,crop\n")
    assert "contacts.csv:4:1: contact '333333333333': there is no group 'crop'" in site.run("check", check=1).stderr


def test_check_and_status_say_when_nobody_is_the_operators(site):
    plain = site.config.read_text()
    assert "no address of the operators" not in site.run("check", check=0).stderr
    site.config.write_text(plain.replace('operators { mail = { "ops@example.jp" } }', 'operators { language = "en" }'))
    assert "no address of the operators" in site.run("check", check=0).stderr
    site.daemon()
    assert "no address of the operators" in site.run("status").stdout


def test_ten_thousand_accounts_in_a_hundred_groups(site):
    rows = "".join(f"{100000000000 + n},g{n % 100}\n" for n in range(10000))
    groups = "".join(f"@g{n},,g{n}@example.com\n" for n in range(100))
    csv(site, "account,group,technical,root\n" + rows + groups + "*,,,aws+{account}@example.jp\n")
    last, none = classify(site, make_mail("Something", to="aws+100000009999@example.jp"),
                          make_mail("Something", to="aws+100000010000@example.jp"))
    assert (last["account"], none["account"]) == ("100000009999", None)
    site.deliver(retirement("100000009999"))
    site.run("run", "--once")
    assert set(told(site)) == {"g99@example.com"}


def test_a_mail_that_is_another_contacts_by_now_is_told_to_that_one(site):
    """It came before its account stood in the directory, so that the operators had it."""
    site.deliver(retirement(OTHER))
    site.run("run", "--once")
    assert set(told(site)) == {"ops@example.jp"}
    csv(site, HEADER + f"{OTHER},,,,new@example.com,,,\n")
    assert "1 actions queued" in site.run("decide", 1).stdout and set(told(site)) == {"ops@example.jp", "new@example.com"}
    assert "0 actions queued" in site.run("decide", 1).stdout and len(site.outbox()) == 2
    csv(site, HEADER + "*,,en,,new@example.com,,,\n")  # another entry, and the same people
    assert "0 actions queued" in site.run("decide", 1).stdout and len(site.outbox()) == 2


# name: (headers besides To, To, the subject, the account, whether it is a conflict)
FOUND = {
    "To": ((), "aws+prod@example.jp", "Note", "123456789012", False),
    "To, in another case": ((), "AWS+Prod@Example.JP", "Note", "123456789012", False),
    "Cc": (("Cc: aws@example.jp",), "list@example.com", "Note", OTHER, False),
    "Delivered-To before To": (("Delivered-To: aws@example.jp",), "aws+prod@example.jp", "Note", OTHER, False),
    "X-Original-To": (("X-Original-To: aws+prod@example.jp",), "list@example.com", "Note", "123456789012", False),
    "a plus-address that nobody has": ((), "aws+dev@example.jp", "Note", None, False),
    "two of them": ((), "aws+prod@example.jp, aws@example.jp", "Note", None, False),
    "the subject agrees": ((), "aws@example.jp", f"Note [AWS Account: {OTHER}]", OTHER, False),
    "the subject disagrees": ((), "aws@example.jp", "Note [AWS Account: 123456789012]", None, True),
    "an address that two accounts have": ((), "shared@example.jp", "Note", None, False),
}


def test_the_account_is_found_through_the_directory(site):
    csv(site, HEADER + "123456789012,,,,a@example.com,s@example.com,,AWS+Prod@example.jp;Shared@example.jp\n"
        f"{OTHER},,,,b@example.com,s@example.com,,aws@example.jp shared@example.jp\n")
    mails = [make_mail(subject, headers=headers, to=to) for headers, to, subject, _, _ in FOUND.values()]
    for name, decision in zip(FOUND, classify(site, *mails), strict=True):
        assert (decision["account"], "account-conflict" in decision["defects"]) == FOUND[name][3:], name
    warnings = [one for one in site.run("check", check=0).stderr.splitlines() if "shared@example.jp" in one]
    assert len(warnings) == 1 and "123456789012" in warnings[0] and OTHER in warnings[0], warnings


def test_the_examples_say_the_same(site, peer):
    """docs/examples: the table and the Lua file."""
    site.rule("60-show.lua", SHOW % peer.url)
    for name, other in (("contacts.lua", "contacts.csv"), ("contacts.csv", "contacts.lua")):
        csv(site, (SOURCE / "docs" / "examples" / name).read_bytes(), name)
        (site.rules / other).unlink(missing_ok=True)
        site.deliver(make_mail("Show", message_id=name))
        site.run("run", "--once")
    first, second = peer.records()
    assert first == second and first["210987654321"]["finance"]["addresses"] == ["finance@example.com"]
