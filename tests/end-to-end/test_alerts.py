"""What awsift tells the operators of itself: that it is gathered, in their words, by mail and chat, once; that it says when a
trouble is over; that nothing goes round; and that a quiet spool and a life that was cut are noticed."""
import email
import email.policy
import json
import os
import shutil
import socket
import sqlite3
import time

from conftest import PATIENCE, make_mail, retirement, wait_for

OPERATORS = """
operators { mail = "ops@example.jp", chat = "ops", language = "%s", gather = "100ms", timezone = "America/New_York", %s }
channel "ops" { url = "%s/ops" }
"""


def configure(site, language="en", more="", channels=True):
    lines = [line for line in site.config.read_text(encoding="utf-8").splitlines() if not line.startswith("operators")]
    told = OPERATORS % (language, more, site.peer_url)
    if not channels:
        told = told.replace('chat = "ops", ', "").split("channel")[0]
    site.config.write_text("\n".join(lines) + told, encoding="utf-8")


def told(site, kind):
    """The mails about a kind of alert, oldest first, as (subject, text)."""
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in site.outbox()]
    return sorted(((mail["Date"], mail["Subject"], mail.get_body(("plain",)).get_content()) for mail in mails
                   if f"[awsift] {kind}" in mail["Subject"]))


def alerts(site, kind):
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        return ledger.execute("SELECT text, count, ended IS NOT NULL FROM alerts WHERE kind = ? ORDER BY id", (kind,)).fetchall()


def posted(peer):
    return [json.loads(request["body"]).get("text", "") for request in list(peer.requests) if request["path"] == "/ops"]


def change(site, *statements):
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        for statement in statements:
            ledger.execute(statement)


def test_a_spool_that_is_gone_is_told_by_mail_and_chat_and_that_it_is_back(site, peer):
    configure(site, "ja+en")
    daemon = site.daemon(environment={**os.environ, "AWSIFT_RESCAN": "200"})  # nobody tells it that the folder above was moved
    shutil.move(site.spool, site.folder / "away")
    wait_for("the alert", lambda: told(site, "spool") and posted(peer))
    ((_, subject, text),) = told(site, "spool")
    assert subject == "[awsift] spool: スプールからメールを取り込めません"
    assert "No mail can be taken from a spool" in text and "対応: " in text and "What to do: " in text
    assert " EST" in text or " EDT" in text
    assert any("スプールからメールを取り込めません" in said for said in posted(peer))
    assert "spool in" in json.dumps(site.objects("status")[0]["standing"])
    shutil.move(site.folder / "away", site.spool)
    wait_for("the end", lambda: len(told(site, "spool")) == 2 and len(posted(peer)) == 2)
    assert any("再開しました" in subject for _, subject, _ in told(site, "spool"))
    assert site.objects("status")[0]["standing"] == []
    # Ended by force, its next life finds the spool well, and nothing is said twice.
    daemon.stop()
    site.daemon()
    site.deliver(retirement())
    site.wait_mails(1)
    assert len(told(site, "spool")) == 2


def test_a_storm_is_a_handful_of_mails_with_counts(site):
    """Two hundred dead actions, a quarter of them of one reason and the others of one each: more than a handful of mails can name,
    since one names twenty."""
    configure(site)
    # Longer than a slow machine takes for a few of them.
    site.config.write_text(site.config.read_text().replace('gather = "100ms"', 'gather = "1s"'))
    site.rule("60-storm.lua", """
action "fall" { args = { why = "text" }, run = function(_, args) fail(args.why) end }
rule "test.storm" { subject = "Storm {n}", speaker = "any", category = "billing",
  actions = function(_, found)
    local list = {}
    for i = 1, 40 do list[i] = fall { why = "reason " .. (i % 4 == 0 and "common" or found.n .. "-" .. i) } end
    return list
  end }
""")
    site.daemon()
    for number in range(5):
        site.deliver(make_mail(f"Storm {number}"))
    site.wait_mails(5)
    wait_for("all to be dead", lambda: sum(count for _, count, _ in alerts(site, "dead-action")) == 200)
    wait_for("all to be told", lambda: not untold(site, fresh=True))
    wait_for("the last of it to be sent", lambda: not owed(site))
    mails = told(site, "dead-action")
    assert 1 <= len(mails) <= 6, [text for _, _, text in mails]
    assert any("more; awsift status shows them" in text for _, _, text in mails)


def owed(site):
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        return ledger.execute("SELECT count(*) FROM actions WHERE state IN ('waiting', 'gathered', 'running')").fetchone()[0]


def untold(site, fresh):
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        return ledger.execute("SELECT count(*) FROM alerts WHERE untold > 0 AND fresh = ?", (fresh,)).fetchone()[0]


def test_what_tells_the_operators_and_fails_goes_the_other_way_and_round_no_more(site, peer):
    """Chat refuses: the alert about it goes by mail alone; an alert's own chat dies and raises nothing."""
    configure(site)
    peer.status = 400
    site.rule("60-chat.lua", 'rule "test.chat" { subject = "Chat", speaker = "any", category = "billing", actions = { chat { channel = "ops" } } }')
    site.daemon()
    site.deliver(make_mail("Chat"))
    wait_for("the alert by mail", lambda: told(site, "dead-action"))
    site.rule("61-broken.lua", "rule (")
    wait_for("the other alert", lambda: told(site, "rules"))
    wait_for("its chat to be dead", lambda: len(posted(peer)) >= 2 and dead(site) == 2)
    assert not untold(site, fresh=True)
    assert len(told(site, "dead-action")) == 1
    # A mail of ours that comes back through the spool is told at most once, and what comes of that no more.
    site.rule("61-broken.lua", "")
    wait_for("the end", lambda: len(told(site, "rules")) == 2)
    before = len(site.outbox())
    for path in list(site.outbox())[:1]:
        site.deliver(path.read_bytes())
    rows = site.wait_mails(2)
    assert sum(rows[1]["actions"].values()) == 1
    (again,) = [path for path in site.outbox() if b"X-Awsift-Loop: 2" in path.read_bytes()]
    site.deliver(again.read_bytes())
    assert sum(site.wait_mails(3)[2]["actions"].values()) == 0 and len(site.outbox()) == before + 1


def dead(site):
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        return ledger.execute("SELECT count(*) FROM actions WHERE action = 'chat' AND state = 'dead'").fetchone()[0]


def test_an_alert_whose_mail_dies_goes_by_chat(site, peer):
    configure(site, more='alerts = { ["rules"] = "normal" },')
    with site.config.open("a") as config:
        config.write('outbox { attempts = 1 }\n')
    site.daemon()
    shutil.rmtree(site.store / "outbox")
    (site.store / "outbox").write_text("in the way", encoding="utf-8")
    site.rule("61-broken.lua", "rule (")
    broken = lambda: [text for text in posted(peer) if "61-broken.lua" in text]  # that the outbox is broken is told, too
    wait_for("the chat", broken)
    assert len(broken()) == 1


def test_quiet_is_reckoned_from_the_ledger_and_ends_when_mail_comes(site):
    configure(site, more='quiet = "2d", ', channels=False)
    daemon = site.daemon()
    site.deliver(retirement())
    site.wait_mails(1)
    daemon.stop()
    assert told(site, "quiet-all") == []
    long_ago = int(time.time() * 1000) - 5 * 86400000
    next_year = long_ago + 370 * 86400000  # what came while the clock was ahead says nothing
    change(site, f"UPDATE arrivals SET seen = {long_ago}", f"UPDATE spools SET began = {next_year}",
           f"INSERT INTO arrivals (message, spool, file, arrived, seen) SELECT message, spool, file, arrived, {next_year} FROM arrivals")
    for life in range(2):  # a restart neither forgets nor repeats
        daemon = site.daemon()
        wait_for("the alert", lambda: alerts(site, "quiet-all"))
        wait_for("the mail", lambda: told(site, "quiet-all"))
        wait_for("the look", lambda: "generation 1 live" in daemon.log)
        if life == 0:
            daemon.stop()
    ((_, subject, text),) = told(site, "quiet-all")
    assert "No mail has come into any spool" in subject and "since " in text and not untold(site, fresh=True)
    assert [count for _, count, _ in alerts(site, "quiet-all")] == [1]
    site.run("drill", "test.retirement", "--account", "123456789012")  # a drill is no mail that came
    assert [ended for _, _, ended in alerts(site, "quiet-all")] == [0]
    site.deliver(retirement())
    wait_for("the end", lambda: len(told(site, "quiet-all")) == 2)
    assert "Mail comes again" in " ".join(subject for _, subject, _ in told(site, "quiet-all"))


def test_a_life_that_was_cut_is_told_with_what_waited(site):
    configure(site, more='down = "10m", ', channels=False)
    daemon = site.daemon()
    daemon.stop()
    with sqlite3.connect(site.store / "ledger.db") as ledger:
        assert ledger.execute("SELECT ended IS NOT NULL FROM life").fetchall() == [(1,)], "an end in good order"
    long_ago = int(time.time() * 1000) - 3600000
    change(site, f"UPDATE life SET beat = {long_ago}, ended = NULL, crashes = '[{long_ago + 3000000}, {long_ago + 3000001}]'")
    for number in range(3):
        site.deliver(make_mail(f"Waiting {number}"))
    daemon = site.daemon()
    wait_for("the alerts", lambda: told(site, "down") and told(site, "crashed"))
    ((_, _, text),) = told(site, "down")
    assert "3 mails had been waiting" in text and "it had not ended by itself" in text
    assert "ended 3 times within an hour" in told(site, "crashed")[0][2]
    daemon.stop()
    change(site, f"UPDATE life SET beat = {long_ago}, ended = {long_ago}")
    site.daemon()
    wait_for("the other alert", lambda: told(site, "stopped"))
    assert len(told(site, "down")) == 1


def test_an_alert_that_the_ledger_could_not_take_is_raised_later(site):
    """While another program locks the ledger, the rules break: that is told once the ledger can be written."""
    configure(site, channels=False)
    daemon = site.daemon()
    ledger = sqlite3.connect(site.store / "ledger.db", isolation_level=None)
    ledger.execute("BEGIN IMMEDIATE")
    moment = time.time()
    site.rule("61-broken.lua", "rule (")
    wait_for("the trouble", lambda: "cannot be written" in daemon.log and "were not loaded" in daemon.log)
    ledger.execute("ROLLBACK")
    ledger.close()
    wait_for("both alerts", lambda: told(site, "rules") and told(site, "ledger"))
    with sqlite3.connect(site.store / "ledger.db") as book:
        ((raised,),) = book.execute("SELECT raised FROM alerts WHERE kind = 'rules'").fetchall()
        ((again,),) = book.execute("SELECT raised FROM alerts WHERE kind = 'ledger'").fetchall()
    assert moment * 1000 - 1000 <= raised < again, "as of the time when it happened"
    assert "could not be written from" in told(site, "ledger")[0][2]


def test_what_the_configuration_may_say_of_alerts(site):
    configure(site, more='page = "pager", call = true, quiet = "x", alerts = { spol = "high", spool = "loud" },')
    with site.config.open("a") as config:
        config.write('channel "other" {}\noperators { page = "ops" }\n')
    done = site.run("check", check=1).stderr
    for word in ("channel 'ops' is no pager", "call rings through channel", "'x' is no duration", "no alert 'spol' (did you mean 'spool'?)", "not 'loud'"):
        assert word in done, done


def test_the_service_manager_is_told_of_progress(site, tmp_path):
    configure(site, channels=False)
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(PATIENCE)
    daemon = site.daemon(environment={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"})
    while (said := manager.recv(1000)) == b"WATCHDOG=1":  # loading is progress as well
        pass
    assert said == b"READY=1\nSTATUS=mail is taken"
    assert manager.recv(1000) == b"WATCHDOG=1"
    ledger = sqlite3.connect(site.store / "ledger.db", isolation_level=None)
    ledger.execute("BEGIN IMMEDIATE")  # a ledger that says that it is locked is no standstill
    while manager.recv(1000) != b"WATCHDOG=1" or "cannot be written" not in daemon.log:
        pass
    ledger.execute("ROLLBACK")
    ledger.close()
    daemon.stop()
    said = b""
    while said != b"STOPPING=1":
        said = manager.recv(1000)
    manager.close()
