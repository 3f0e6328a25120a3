"""Mail that no decider could read: listed, shown, decided again, released by a person."""
import email
import email.policy
import json
import sqlite3

from conftest import make_mail, retirement, wait_for

HANG = """
rule "hang.%d" {
  subject  = starts "Hangs",
  speaker  = "any",
  when     = function() return (("a"):rep(20000)):find(("a-"):rep(12) .. "b") ~= nil end,
  category = "billing",
}
"""


def set_aside(site, *contents):
    """As if deciders had failed over them, in order; the numbers of the mails."""
    for content in contents:
        site.deliver(content)
    site.run("run", "--once")
    with sqlite3.connect(site.store / "ledger.db") as database:
        for table in ("attempts", "actions", "threads", "thread_marks", "decisions"):
            database.execute(f"DELETE FROM {table}")
        database.execute("UPDATE messages SET state = 'unreadable', decision = NULL, folder = NULL, subject = NULL, reason ="
                         " 'a decider died over it, 2 times'")
    database.close()
    numbers = {path.read_bytes(): int(path.name.split(".")[0]) for path in site.archived()}
    for path in site.archived():
        path.rename(site.store / "unreadable" / path.name.removesuffix(":2,"))
    for path in site.outbox():
        path.unlink()
    return [numbers[content] for content in contents]


def aside(site):
    return sorted(path.name for path in (site.store / "unreadable").iterdir())


def test_it_is_listed_shown_and_decided_again_without_a_daemon(site):
    mail = retirement(headers=("X-Odd: \x1b[2J\u202e",))
    (number,) = set_aside(site, mail)
    (entry,) = site.objects("unreadable")
    assert entry["id"] == number and entry["there"] and entry["reason"] == "a decider died over it, 2 times"
    assert entry["size"] == len(mail) and entry["file"].startswith("new/") and entry["spool"] == "in"
    assert "a decider died over it" in site.run("unreadable").stdout
    shown = site.run("unreadable", "show", number).stdout
    assert f"awsift unreadable release {number} --as CATEGORY" in shown
    assert "Subject: Amazon EC2 Instance Retirement" in shown and "\x1b" not in shown and "\\u001b[2J\\u202e" in shown
    (shown,) = site.objects("unreadable", "show", number)
    assert any(line.startswith("Authentication-Results:") for line in shown["headers"])
    assert site.objects("unreadable", "retry", number, "--dry-run")[0]["after"] == "maintenance"
    site.run("backup", site.folder / "backup")
    site.run("decide", number)
    site.run("restore", site.folder / "backup")  # for this ledger nobody read it yet: its file is where that says
    assert [row["state"] for row in site.mails()] == ["unreadable"] and site.archived() == []
    assert len(aside(site)) == 1
    for path in site.outbox():
        path.unlink()
    site.run("decide", number)  # the same as retry
    (row,) = site.mails()
    assert row["state"] == "filed" and row["category"] == "maintenance" and row["subject"].startswith("Amazon EC2")
    assert [path.read_bytes() for path in site.archived("maintenance")] == [mail] and aside(site) == []
    assert len(site.outbox()) == 2, "told again, as the operators are of the restore"
    site.deliver(mail)
    site.run("run", "--once")
    assert len(site.mails()) == 1 and len(site.outbox()) == 2, "a copy was taken for another mail"
    for words in ("retry",), ("release", number), ("show",), ("retry", "--as", "other", number), ("open", number), \
            ("release", number, "--as", "Not/One"), ("--all",):
        assert site.run("unreadable", *words, check=2).stderr
    assert "is no mail that is unreadable" in site.run("unreadable", "retry", number, check=1).stderr


def test_a_running_daemon_decides_releases_and_keeps_what_fails_again(site):
    site.config.write_text(site.config.read_text() + '\ndeciders { count = 2, time = "100ms" }\n')
    released = make_mail("Released", message_id="one")
    numbers = set_aside(site, released, make_mail("Hangs", message_id="two"), retirement(), make_mail("Gone", message_id="four"))
    unreadable = site.store / "unreadable"
    (gone,) = unreadable.glob(f"{numbers[3]}.*.awsift")
    gone.unlink()
    (unreadable / "notes\x1b.txt").write_text("by hand")
    for number in range(4):
        site.rule(f"10-hang-{number}.lua", HANG % number)
    daemon = site.daemon()
    assert "3 reason files were written again" in daemon.log and "1 files in unreadable/ are of no mail" in daemon.log
    (reason,) = unreadable.glob(f"{numbers[1]}.*.reason")
    assert f"awsift unreadable retry {numbers[1]}" in reason.read_text() and "2 times" in reason.read_text()
    (status,) = site.objects("status")
    assert status["recovery"]["found"] == {"explained": 3, "stray": 1}
    assert "at the start of" in site.run("status").stdout

    there = {entry["id"]: entry["there"] for entry in site.objects("unreadable")}
    assert there == {numbers[0]: True, numbers[1]: True, numbers[2]: True, numbers[3]: False, None: True}
    assert "(its file was removed)" in site.run("unreadable").stdout
    assert "put it back" in site.run("unreadable", "retry", numbers[3], check=1).stderr

    assert "there is no category" in site.run("unreadable", "release", numbers[0], "--as", "nothing", check=2).stderr
    (result,) = site.objects("unreadable", "release", numbers[0], "--as", "billing")
    assert result["before"] == "unreadable" and result["after"] == "billing" and result["queued"] == 1
    (told,) = wait_for("the operators to be told", lambda: [path for path in site.outbox() if b"could not be read: billing" in path.read_bytes()])
    note = email.message_from_bytes(told.read_bytes(), policy=email.policy.default)
    assert b"Subject: Released" in told.read_bytes(), "the original is not attached"
    assert note["To"] == "ops@example.jp" and "billing" in note["Subject"]
    assert "a decider died over it" in note.get_body(("plain",)).get_content()
    assert [path.read_bytes() for path in site.archived("billing")] == [released]

    done = site.run("unreadable", "retry", "--all", "--json", check=1)
    failed, decided = sorted((json.loads(line) for line in done.stdout.splitlines()), key=lambda result: "after" in result)
    assert failed["id"] == numbers[1] and "still unreadable" in failed["error"] and decided["after"] == "maintenance"
    assert "5 times, at last in rule hang.3" in reason.read_text(), "the new reason is not told"
    states = {row["id"]: row["state"] for row in site.mails()}
    assert states[numbers[1]] == states[numbers[3]] == "unreadable" and states[numbers[0]] == "filed"
    wait_for("it to be filed", lambda: len(site.archived("maintenance")) == 1)
    assert [name.split(".")[0] for name in aside(site)] == [str(numbers[1])] * 2 + ["notes\x1b"]
    assert site.run("decide", numbers[2], "--as", "other") and site.run(
        "unreadable", "release", numbers[2], "--as", "other", check=1)
