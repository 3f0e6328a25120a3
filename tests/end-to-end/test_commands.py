"""The command line: what each command prints and how it exits."""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import BINARY, make_mail, retirement, wait_for

COMMANDS = ["run", "check", "test", "classify", "explain", "inspect", "ingest", "list", "show", "decide", "rules", "status", "reload"]
TEXT, MAYBE = str, (str, type(None))
CLASSIFY = {
    "file": TEXT, "message_id": MAYBE, "subject": TEXT, "from": MAYBE, "date": MAYBE, "category": TEXT, "rule": MAYBE,
    "certainty": TEXT, "priority": TEXT, "account": MAYBE, "service": MAYBE, "found": dict, "notice": dict, "tags": list,
    "actions": list, "near": (dict, type(None)), "auth": dict, "defects": list, "errors": list,
}
INSPECT = {
    "message_id": MAYBE, "subject": TEXT, "from": (dict, type(None)), "to": list, "cc": list, "date": MAYBE, "headers": list,
    "parts": list, "text": TEXT, "auth": dict, "defects": list,
}
NOTICE = {
    "title", "action_required", "reminder", "final_notice", "accounts", "regions", "service", "event_type", "case", "abuse_id",
    "resources", "starts", "ends", "deadline", "status", "links", "metadata", "language",
}


def check_shape(value, shape):
    assert set(value) == set(shape)
    for key, kind in shape.items():
        assert isinstance(value[key], kind), f"{key}: {value[key]!r}"


@pytest.fixture
def mail(site):
    path = site.folder / "mail.eml"
    path.write_bytes(retirement(body="i-0123456789abcdef0\n", message_id="one"))
    return path


def test_classify_json(site, mail):
    (value,) = site.objects("classify", mail)
    check_shape(value, CLASSIFY)
    assert set(value["notice"]) == NOTICE
    assert set(value["auth"]) == {"verdict", "server", "dkim", "spf", "dmarc", "aligned", "reasons"}
    assert value["file"] == str(mail) and value["from"] == "no-reply-aws@amazon.com"
    assert value["message_id"] == "one@email.amazonses.com"
    assert value["date"].endswith("Z") and value["auth"]["verdict"] == "proven"
    assert value["category"] == "maintenance" and value["rule"] == "test.retirement" and value["certainty"] == "exact"
    assert value["account"] == "123456789012" and value["found"]["account"] == "123456789012"
    (action,) = value["actions"]
    assert action["action"] == "forward" and action["args"]["to"] == "technical"
    assert not (site.store / "ledger.db").exists()


def test_classify_of_nothing_known(site):
    (value,) = site.objects("classify", "-", input=b"\n")
    check_shape(value, CLASSIFY)
    assert value["file"] == "-" and value["message_id"] is None and value["from"] is None and value["subject"] == ""


def test_classify_is_the_same_each_time(site, mail):
    first = site.run("classify", mail, "--json").stdout
    assert first == site.run("classify", mail, "--json").stdout
    keys = list(json.loads(first))
    assert keys == sorted(keys) or keys[0] == "file"


def test_classify_folder_maildir_mbox_and_standard_input(site, mail):
    folder = site.folder / "folder"
    folder.mkdir()
    shutil.copy(mail, folder / "a.eml")
    (folder / "b.eml").write_bytes(make_mail("Something else"))
    assert [value["category"] for value in site.objects("classify", folder)] == ["maintenance", "unmatched"]
    site.deliver(mail.read_bytes())
    assert [value["category"] for value in site.objects("classify", site.spool)] == ["maintenance"]
    mbox = site.folder / "box.mbox"
    one = mail.read_bytes().rstrip(b"\n") + b"\n\n"
    mbox.write_bytes(b"".join(b"From sender@example.com Mon Jan  1 00:00:00 2026\n" + one for _ in range(3)))
    values = site.objects("classify", mbox)
    assert [value["file"] for value in values] == [f"{mbox}#{number}" for number in (1, 2, 3)]
    (value,) = site.objects("classify", "-", input=mail.read_bytes())
    assert value["file"] == "-" and value["category"] == "maintenance"


@pytest.mark.parametrize("command", ["classify", "inspect"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("source", ["a file", "standard input"])
def test_mbox(site, command, end, source):
    mails = [make_mail("One", body="a\n\n>From quoted\nFrom within\n"), make_mail("Two"), make_mail("Three")]
    bytes_ = b"".join(b"From sender@example.com Mon Jan  1 00:00:00 2026\n" + one.rstrip(b"\n") + b"\n\n"
                      for one in mails).replace(b"\n", end)
    mbox = site.folder / "box.mbox"
    mbox.write_bytes(bytes_)
    values = site.objects(command, mbox) if source == "a file" else site.objects(command, "-", input=bytes_)
    assert [value["subject"] for value in values] == ["One", "Two", "Three"]
    if command == "classify":
        name = mbox if source == "a file" else "-"
        assert [value["file"] for value in values] == [f"{name}#{number}" for number in (1, 2, 3)]
    else:
        assert [value["defects"] for value in values] == [[]] * 3
        assert values[0]["text"].rstrip("\n").split("\n") == ["a", "", ">From quoted", "From within"]


def test_a_header_field_is_no_mbox(site):
    path = site.folder / "old.eml"
    path.write_bytes(b"From : a@example.com\nSubject: One\n\nx\n\nFrom y\n")
    (value,) = site.objects("inspect", path)
    assert value["from"]["address"] == "a@example.com" and value["text"] == "x\n\nFrom y\n"


def test_an_mbox_line_before_lines_that_end_in_cr(site):
    path = site.folder / "cr.eml"
    path.write_bytes(b"From a@example.com Mon\rFrom: a@example.com\rSubject: One\r\rx\r")
    (value,) = site.objects("inspect", path)
    assert value["from"]["address"] == "a@example.com" and value["text"] == "x\n"


def test_classify_what_cannot_be_read(site, mail):
    done = site.run("classify", site.folder / "missing.eml", mail, "--json", check=1)
    assert "missing.eml" in done.stderr
    assert [json.loads(line)["category"] for line in done.stdout.splitlines()] == ["maintenance"]


def test_explain(site, mail):
    said = site.run("explain", mail).stdout
    assert "test.retirement" in said and "maintenance" in said and "123456789012" in said and "forward" in said


def test_inspect_json(site, mail):
    (value,) = site.objects("inspect", mail)
    check_shape(value, INSPECT)
    assert value["from"] == {"name": "Amazon Web Services, Inc.", "address": "no-reply-aws@amazon.com"}
    assert value["to"] == [{"name": "", "address": "root@example.com"}]
    assert all(set(header) == {"name", "value", "raw"} for header in value["headers"])
    (part,) = value["parts"]
    assert set(part) == {"type", "charset", "disposition", "filename", "size", "text"}
    assert part["type"] == "text/plain" and part["charset"] == "utf-8" and "i-0123456789abcdef0" in part["text"]


def test_ingest(site):
    mail = retirement()
    site.run("ingest", input=mail)
    assert [path.read_bytes() for path in site.spooled()] == [mail]
    site.run("run", "--once")
    assert site.wait_mails(1)[0]["rule"] == "test.retirement"


def test_ingest_keeps_the_envelope_recipient(site):
    mail = make_mail("No account in here")
    site.run("ingest", "--recipient", "root+a@example.jp", input=mail)
    (path,) = site.spooled()
    kept = path.read_bytes()
    assert kept.endswith(mail) and b"root+a@example.jp" in kept[:len(kept) - len(mail)]


def test_ingest_says_try_again_when_it_cannot(site):
    shutil.rmtree(site.spool)
    site.spool.write_text("not a folder")
    done = site.run("ingest", input=retirement(), check=75)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("nothing", [b"", b"From sender@example.com Mon Jan  1 00:00:00 2026\n"])
def test_ingest_of_nothing_is_no_mail(site, nothing):
    said = site.run("ingest", "--recipient", "root@example.com", input=nothing, check=75).stderr
    assert "held no mail" in said and len(said.splitlines()) == 1
    assert site.spooled() == [] and list((site.spool / "tmp").iterdir()) == []


def test_list_and_show(site):
    site.deliver(retirement())
    site.deliver(make_mail("Something else"))
    site.run("run", "--once")
    rows = site.wait_mails(2)
    assert [row["category"] for row in site.objects("list", "--category", "maintenance")] == ["maintenance"]
    assert len(site.objects("list", "--limit", "1")) == 1
    assert [row["account"] for row in site.objects("list", "--account", "123456789012")] == ["123456789012"]
    assert "Amazon EC2 Instance Retirement" in site.run("list").stdout
    identifier = next(row["id"] for row in rows if row["category"] == "maintenance")
    (shown,) = site.objects("show", identifier)
    assert {"message", "decisions", "arrivals", "timeline"} <= set(shown)
    (decision,) = shown["decisions"]
    (action,) = decision["actions"]
    assert action["action"] == "forward" and len(action["attempts"]) == 1 and len(decision["revision"]) == 64
    said = site.run("show", identifier).stdout
    assert "test.retirement" in said and "forward" in said
    assert len(site.run("show", 999, check=1).stderr.splitlines()) == 1


def test_show_says_what_a_rule_raised_and_where(site):
    site.rule("20-raise.lua", 'rule "raises" { title = "Raise", speaker = "any", category = "billing",\n'
                              '  when = function() error "mine" end }\n')
    site.deliver(make_mail("Raise"))
    site.run("run", "--once")
    (row,) = site.wait_mails(1)
    assert f"! raises: {site.rules}/20-raise.lua:2: mine" in site.run("show", row["id"]).stdout
    (shown,) = site.objects("show", row["id"])
    (error,) = shown["decisions"][0]["decision"]["errors"]
    assert error["message"] == f"{site.rules}/20-raise.lua:2: mine"


def test_commands_on_a_site_that_never_ran(site):
    assert site.run("list", check=None).returncode in (0, 1)
    done = site.run("status", check=1)
    assert "awsift run" in done.stdout + done.stderr or "no daemon" in (done.stdout + done.stderr).lower()


@pytest.mark.parametrize("running", [True, False])
def test_decide_again_tells_the_customer_once(site, running):
    site.deliver(make_mail("A new kind of notice [AWS Account: 123456789012]", message_id="kind"))
    if running:
        site.daemon()
    else:
        site.run("run", "--once")
    (row,) = site.wait_mails(1)
    assert row["category"] == "unmatched"
    told = {path.name for path in site.outbox()}
    site.rule("70-new.lua", 'rule "test.kind" { subject = "A new kind of notice [AWS Account: {account}]", category = "maintenance" }\n')
    if running:
        wait_for("the rule to be live", lambda: site.run("reload", check=None).returncode == 0)
    for _ in range(2):
        site.run("decide", row["id"])
        wait_for("the new decision", lambda: site.mails()[0]["rule"] == "test.kind")
        site.wait_mails(1)
    fresh = [path for path in site.outbox() if path.name not in told]
    assert len(fresh) == 1 and b"tech@example.com" in fresh[0].read_bytes()
    assert len(site.archived("maintenance")) == 1 and len(site.archived()) == 1
    (shown,) = site.objects("show", row["id"])
    assert len(shown["decisions"]) >= 2


def test_decide_unmatched(site):
    for number in range(3):
        site.deliver(make_mail(f"Odd notice {number}"))
    site.deliver(retirement())
    site.run("run", "--once")
    site.wait_mails(4)
    site.rule("70-odd.lua", 'rule "test.odd" { subject = "Odd notice {n}", category = "maintenance" }\n')
    site.run("decide", "--unmatched")
    rows = site.wait_mails(4)
    assert sorted(row["rule"] for row in rows) == ["test.odd"] * 3 + ["test.retirement"]


def test_a_person_decides(site):
    site.deliver(make_mail("Odd notice"))
    site.run("run", "--once")
    (row,) = site.wait_mails(1)
    site.run("decide", row["id"], "--as", "billing")
    assert site.wait_mails(1)[0]["category"] == "billing"
    assert len(site.archived("billing")) == 1
    for unknown in ("biling", "No such"):
        assert "categor" in site.run("decide", row["id"], "--as", unknown, check=2).stderr.splitlines()[-1]
    site.daemon()
    for unknown in ("biling", "No such"):
        assert len(site.run("decide", row["id"], "--as", unknown, check=2).stderr.splitlines()) == 1
    assert site.run("decide", row["id"] + 1, check=1).stderr


def test_status(site, daemon):
    (status,) = site.objects("status")
    assert len(status["generation"]["revision"]) == 64
    assert site.run("status").stdout.strip()


def test_a_daemon_whose_control_socket_is_gone(site, daemon):
    (site.store / "control.sock").unlink()
    for command, status in (("status", 1), ("reload", 75)):
        said = site.run(command, check=status).stderr
        assert f"(pid {daemon.process.pid})" in said and "control.sock" in said and "start it again" in said
    assert str(daemon.process.pid) in site.run("decide", 1, check=75).stderr
    daemon.stop()
    assert "no awsift runs" in site.run("status", check=1).stderr


def test_a_ledger_that_is_locked_is_not_an_empty_one(site, daemon):
    site.deliver(retirement())
    site.wait_mails(1)
    other = sqlite3.connect(site.store / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    said = site.run("status").stdout
    other.execute("ROLLBACK")
    other.close()
    assert "\nledger    the ledger cannot be read now: " in said and "none" not in said
    wait_for("status to count again", lambda: "1 filed" in site.run("status").stdout)


def test_a_stopped_daemon_keeps_nobody_waiting(site, daemon):
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        asked = [subprocess.Popen([BINARY, *command, "-c", site.config], stderr=subprocess.PIPE)
                 for command in (["status"], ["reload"], ["decide", "1"])]
        said = [process.communicate()[1].decode() for process in asked]
        assert [process.returncode for process in asked] == [1, 75, 75]
        assert all("did not answer in time" in one for one in said) and time.monotonic() - began < 40
    finally:
        daemon.process.send_signal(signal.SIGCONT)


def test_decide_waits_for_the_rules_of_a_daemon_that_starts(site):
    site.deliver(retirement())
    site.run("run", "--once")
    (row,) = site.wait_mails(1)
    site.rule("10-slow.lua", "for _ = 1, 4000000 do end\n")
    process = subprocess.Popen([BINARY, "run", "-c", site.config], stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for("the daemon to listen", lambda: site.run("status", check=None).returncode == 0)
        site.run("decide", row["id"])
        assert site.objects("status")[0]["generation"]["number"] == 1
    finally:
        process.terminate()
        process.wait()


def test_decide_says_try_again_when_no_rules_come(site):
    site.rule("10-broken.lua", "rule {\n")
    process = subprocess.Popen([BINARY, "run", "-c", site.config], stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for("the daemon to listen", lambda: site.run("status", check=None).returncode == 0)
        assert "no rules are loaded yet" in site.run("decide", 1, check=75).stderr
    finally:
        process.terminate()
        process.wait()


def test_own_rule_tests(site):
    (site.rules / "tests").mkdir()
    test = 'test "retirement" {{ subject = "Amazon EC2 Instance Retirement [AWS Account: 123456789012]", ' \
           'from = "no-reply-aws@amazon.com", expect = {{ category = "{}", rule = "test.retirement" }} }}\n'
    (site.rules / "tests" / "own.lua").write_text(test.format("maintenance"))
    assert "1 passed, 0 failed" in site.run("test").stdout
    (site.rules / "tests" / "own.lua").write_text("\n" + test.format("billing"))
    done = site.run("test", check=1)
    said = done.stdout + done.stderr
    assert "own.lua:2:" in said and "maintenance" in said and "billing" in said


def test_classify_what_is_no_file(site):
    assert "/dev/null: is neither a file nor a folder" in site.run("classify", "/dev/null", check=1).stderr


def test_configuration_that_is_missing_or_unreadable(site):
    for file, words in {"none.lua": ["No such file", "--config"], site.folder: ["cannot be read", "directory", "--config"]}.items():
        said = site.run("list", "-c", file, check=2, config=False).stderr
        assert said.startswith(str(file)) and all(word in said for word in words) and len(said.splitlines()) == 1, said
    done = subprocess.run([BINARY, "list"], env={**os.environ, "AWSIFT_CONFIG": "/none.lua"}, capture_output=True, check=False)
    assert done.returncode == 2 and b"/none.lua: " in done.stderr and b"AWSIFT_CONFIG" in done.stderr


@pytest.fixture
def listed(site):
    """What `list` prints fills a pipe, and what a reader takes from it at once."""
    for number in range(60):
        site.deliver(make_mail(f"Notice {number} " + "of a long subject " * 60))
    site.run("run", "--once")
    return site


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_has_enough_ends_a_listing_quietly(listed, options):
    with subprocess.Popen([BINARY, "list", "-c", listed.config, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          pipesize=4096) as process:
        assert process.stdout.read1(1)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == -signal.SIGPIPE


@pytest.mark.parametrize("command", [["list"], ["list", "--json"], ["show", "1"], ["show", "1", "--json"],
                                     ["check"], ["check", "--json"], ["classify", "spool", "--json"], ["classify", "spool"], ["--help"],
                                     ["--version"]])
def test_a_full_disk_is_named_and_no_success(listed, command):
    for number in range(9):
        listed.deliver(make_mail(f"Notice {number}"))
    options = [] if command[0].startswith("-") else ["-c", listed.config]
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BINARY, *command, *options], stdout=full, stderr=subprocess.PIPE, cwd=listed.folder, check=False)
    assert done.returncode == 1 and b"No space left on device" in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_help(site, command):
    done = site.run(command, "--help", config=False)
    lines = done.stdout.splitlines()
    assert lines[0] == "Usage:" and lines[1].startswith(f"  awsift {command} [OPTION") and lines[2] == ""
    assert lines[3][0].isupper() and lines[3].endswith(".") and done.stderr == ""
    assert any(line.startswith("  -c, --config=FILE") for line in lines)
    assert max(map(len, lines)) <= 110


@pytest.mark.parametrize("command", ["list", "show", "decide", "ingest", "status", "reload"])
def test_options_are_freed(site, command):
    """Of commands that start no child, which in its jail could not be asked."""
    site.run("run", "--once")
    options = {"list": ["--category", "billing", "--account", "1", "--rule", "x", "--since", "1h", "--until", "1h"], "show": ["9"],
               "decide": ["--unmatched", "--since", "x", "--as", "billing"], "ingest": ["--spool", "none", "--recipient", "a@b"]}
    done = subprocess.run([BINARY, command, "--config", site.config, "--rules", site.rules, *options.get(command, [])],
                          input=b"", capture_output=True, check=False, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=1"})
    assert b"Sanitizer" not in done.stderr, done.stderr.decode()


@pytest.mark.parametrize("command", COMMANDS)
def test_unknown_option(site, command):
    # a mail server would send the mail back for anything but 75
    done = site.run(command, "--no-such-option", check=75 if command == "ingest" else 2, config=False)
    assert done.stdout == "" and "--no-such-option" in done.stderr


def test_no_command_and_unknown_command(site):
    for arguments in (["--help"], ["help"]):
        said = site.run(*arguments, config=False).stdout
        assert all(command in said for command in COMMANDS)
    assert "classify" in site.run("clasify", check=2, config=False).stderr
    assert site.run("--version", config=False).stdout.startswith("awsift ")
