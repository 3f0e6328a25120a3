"""Every chat that awsift knows: messages that its documentation takes, words of a mail that do nothing there, calls that only the
operator makes, and what is meant by each answer."""
import json
import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chat_schemas import CHECKS
from conftest import ACCOUNT, BINARY, RULES, retirement
from test_actor import CONTEXT, Actor

# What each service answers to a message that it takes.
TAKEN = {
    "slack": (200, "ok", {}), "mattermost": (200, "ok", {}), "generic": (200, "ok", {}), "teams": (202, "", {}),
    "google-chat": (200, json.dumps({"name": "spaces/AAA/messages/BBB.CCC", "thread": {"name": "spaces/AAA/threads/BBB"}}), {}),
    "chatwork": (200, json.dumps({"message_id": "1234567890"}), {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "299"}),
}
PATHS = {"slack": "/slack/services/T0/B0/x", "teams": "/teams/workflows/1/triggers/manual/paths/invoke?sig=abc",
         "google-chat": "/google-chat/v1/spaces/AAA/messages?key=k&token=t", "chatwork": "", "mattermost": "/mattermost/hooks/x",
         "generic": "/generic"}
MENTIONS = {"slack": "<!channel>", "teams": "<at>当番</at>", "google-chat": "<users/all>", "chatwork": "[toall]", "mattermost": "@channel"}
WRITTEN = dict(MENTIONS, teams="当番 <oncall@example.jp>")


class ChatPeer:
    """Takes messages as the services do: one that the documentation does not allow is a 400."""

    def __init__(self):
        self.requests, self.answers, self.faults = [], [], []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                request = {"path": self.path, "body": self.rfile.read(int(self.headers["Content-Length"])), "headers": dict(self.headers.items())}
                kind = "chatwork" if "/rooms/" in self.path else self.path.split("/")[1]
                status, body, headers = peer.answers.pop(0) if peer.answers else TAKEN[kind]
                try:
                    seen = CHECKS[kind](request)
                except Exception as fault:  # a handler must answer
                    peer.faults.append(f"{kind}: {fault!r}")
                    status, body, seen = 400, "invalid_payload", None
                peer.requests.append((kind, request, seen))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def channels(self):
        """One of each kind as the configuration has them, one calling somebody for what is urgent, and the other formats."""
        plain = {kind: {"kind": kind, "url": self.url + path, "language": "ja"} for kind, path in PATHS.items()}
        plain["chatwork"].update(room="12345", token={"secret": "chatwork-token"})
        calling = {f"{kind}-calling": dict(plain[kind], mention={"urgent": mention}) for kind, mention in WRITTEN.items()}
        others = {f"{kind}-{form}": dict(plain[kind], format=form)
                  for kind, form in (("slack", "text"), ("mattermost", "text"), ("google-chat", "card"))}
        named = {f"{kind}-named": dict(plain[kind], username="AWS", icon=":cloud:", language="en") for kind in ("slack", "mattermost")}
        return {**plain, **calling, **others, **named}


CONTACTS = 'contacts { ["123456789012"] = { name = "例示株式会社", language = "ja", technical = { "tech@example.jp" } } }'
FULL = dict(CONTEXT, subject="【重要】Amazon EC2 インスタンスの終了予定 [AWS Account: 123456789012]", priority="urgent", answer="24h",
            category_title="AWS リソースに対するメンテナンス情報",
            advice={"ja": "停止と起動でホストが替わります。", "en": "Stop and start the instance.", "url": "https://docs.aws.amazon.com/x?a=1&b=2"},
            notice={"accounts": [ACCOUNT], "resources": ["i-0123456789abcdef0", "arn:aws:rds:ap-northeast-1:123456789012:db:my_db_1"],
                    "regions": ["ap-northeast-1"], "starts": "2026-12-05T01:00:00Z", "deadline": "2026-12-04T15:30:00Z",
                    "status": "scheduled", "action_required": True,
                    "links": ["https://evil.example/x", "https://health.aws.amazon.com/health/home#/event/1"]},
            thread={"first": {"id": 3, "subject": "x", "arrived": "2026-11-20T00:00:00Z"}, "relation": "update",
                    "changes": [{"what": "starts", "from": "2026-12-01T01:00:00Z", "to": "2026-12-05T01:00:00Z"}]})


@pytest.fixture(scope="module")
def chats(tmp_path_factory):
    peer = ChatPeer()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWSIFT_SECRET_CHATWORK_TOKEN", "the-token")
        actor = Actor("courier", CONTACTS, tmp_path_factory.mktemp("chats"), config={"channels": peer.channels()})
    actor.peer, actor.count = peer, 0

    def say(channel, context=FULL, text=None, outcome="done"):
        actor.count += 1
        actor.act(actor.count, "chat", {"channel": channel, **({"text": text} if text else {})}, context, mail=42)
        result = actor.result()
        faults, peer.faults = peer.faults, []
        assert not faults, faults
        assert result["outcome"] == outcome, result
        return (*peer.requests[-1], result)
    actor.say = say
    yield actor
    actor.close()
    peer.server.shutdown()


ALL = sorted(ChatPeer.channels(type("Nowhere", (), {"url": ""})))
KNOWN = [channel for channel in ALL if channel != "generic"]


@pytest.mark.parametrize("channel", KNOWN)
def test_a_message_has_what_a_person_needs(chats, channel):
    kind, request, seen, result = chats.say(channel)
    english = channel.endswith("-named")
    wanted = ["AWS リソースに対するメンテナンス情報", FULL["subject"].replace("[", "［").replace("]", "］") if kind == "chatwork" else FULL["subject"],
              "123456789012 (例示株式会社)", "EC2", "ap-northeast-1", "i-0123456789abcdef0", "arn:aws:rds:ap-northeast-1:123456789012:db:my_db_1",
              *(("[URGENT]", "Starts", "2026-12-05 10:00 JST (Sat)", "2026-12-05 00:30 JST (Sat)", "Stop and start", "UPDATE", "#3", "Action is required.")
                if english else ("【緊急】", "開始", "2026-12-05 10:00 JST (土)", "2026-12-05 00:30 JST (土)", "停止と起動でホストが替わります。", "【更新】",
                                 "#3", "2026-12-01 10:00 JST → 2026-12-05 10:00 JST", "対応が必要なお知らせです。", "2026-11-24 09:00 JST (火) までに AWS への回答")),
              "awsift show 42"]
    for word in wanted:
        assert word in seen.words, word
    body = request["body"].decode()
    addresses = {address for _, address in seen.hidden} | set(re.findall(r"https://[^\s\"<>|)]+", body.replace("\\/", "/")))
    assert any("docs.aws.amazon.com" in one for one in addresses) or kind == "chatwork"
    assert "evil.example" not in body and "health.aws.amazon.com" in body, "AWS's own pages alone"
    assert seen.mentions == ([MENTIONS[kind]] if channel.endswith("-calling") else [])
    message = json.loads(request["body"]) if kind != "chatwork" else {}
    if english:
        assert message["username"] == "AWS" and message["icon_emoji"] == ":cloud:"
    if kind == "google-chat":
        assert message["thread"]["threadKey"] == "awsift-3" and f"requestId={chats.count:064x}" in request["path"] and "key=k&token=t&" in request["path"]
        assert result["detail"] == "answered 200, message spaces/AAA/messages/BBB.CCC"
    if kind == "chatwork":
        assert request["headers"]["X-ChatWorkToken"] == "the-token" and result["detail"] == "answered 200, message 1234567890"
    if kind == "teams":
        assert result["detail"] == "answered 202"


@pytest.mark.parametrize("channel", [channel for channel in KNOWN if channel.endswith("-calling")])
def test_the_operators_call_is_of_the_priority(chats, channel):
    assert chats.say(channel, dict(FULL, priority="normal"))[2].mentions == []


@pytest.mark.parametrize("verdict, word", [("unproven", "確認できていません"), ("forged", "認められません")])
def test_doubt_comes_first(chats, verdict, word):
    for channel in KNOWN:
        if channel.endswith("-named"):
            continue
        _, _, seen, _ = chats.say(channel, dict(FULL, verdict=verdict))
        first = seen.words.index(word)
        assert first < seen.words.index("終了予定"), channel
        assert "health.aws.amazon.com" not in seen.words


HOSTILE = [
    "<!channel> <!everyone|x> <@U123ABC> <!subteam^S123> <https://evil.example/|AWS console> &lt;!here&gt; <#C123>",
    "@everyone @here @channel @all @alice (@bob) @\u200beveryone \uff20here ops@example.jp",
    "[AWS](https://evil.example/x) ![p](https://evil.example/p.png) `c` **b** __u__ ~~s~~ # h | t | > q \\[x](https://evil.example/y) ```c",
    "[To:123] [toall] [info][title]x[/title]y[/info] [code]x[/code] [rp aid=1 to=2-3] [hr] [qt][qtmeta aid=1] [/info] [picon:1] [TOALL]",
    "<at>当番</at> <AT>当番</AT> <users/all> <users/123|x> <a href=\"https://evil.example\">x</a> <b>b</b>",
    "\u202egnp.exe\u202c \u2066x\u2069 a\u200bb \U000e0041x \u00ad\u061c",
    "確認コード 123456 AKIAIOSFODNN7EXAMPLE https://signin.aws.amazon.com/reset?token=abcdef",
    "か\u3099\u0301" * 12_000,
    "&" * 100_000,
    "*" * 50_000 + "`_~" * 20_000,
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_the_words_of_a_mail_do_nothing(chats, number):
    """As the subject, as a resource, and filled into the text of a rule."""
    words = HOSTILE[number]
    hostile = dict(FULL, subject=words, notice=dict(FULL["notice"], resources=[words[:1000]] * 30), thread=None,
                   found={"x": words}, category_title="情報", advice=dict(FULL["advice"], url=None))
    for channel in ALL:
        for text in (None, "手順: https://kb.example.jp/a_b_c です。 " + words):
            kind, request, seen, _ = chats.say(channel, hostile, text)
            body = request["body"].decode()
            assert seen.mentions == ([MENTIONS[kind]] if channel.endswith("-calling") else []), channel
            assert not any("evil" in address for _, address in seen.hidden), channel
            for secret in ("123456 ", "AKIAIOSFODNN7EXAMPLE", "token=abcdef"):
                assert secret not in body or secret not in words, channel
            assert not re.search("[\u202a-\u202e\u2066-\u2069\u061c\u00ad\U000e0000-\U000e007f]", seen.words), channel
            assert "�" not in seen.words and not re.search("か(?!\u3099\u0301)", seen.words), channel
            if len(words) > 20_000 and kind != "generic":
                assert "…" in seen.words and "awsift show 42" in seen.words, channel
            if text:
                assert "https://kb.example.jp/a_b_c" in seen.words or kind == "slack" and "<https://kb.example.jp/a_b_c>" in body, channel


def test_links_of_a_mail_nobody_vouches_for_are_dead(chats):
    context = dict(FULL, verdict="unproven", subject="See HTTPS://evil.example/x?y and www.evil.example", thread=None)
    for channel in ALL:
        body = chats.say(channel, context)[1]["body"].decode()
        assert not re.search("https://evil|HTTPS://evil|www\\.evil", body), channel
    alert = {"category": "alert", "subject": "[awsift] rule-error", "priority": "urgent"}  # it may quote any mail, and no author wrote it
    for channel in ALL:
        words = chats.say(channel, alert, "raised: bad https://evil.example.net/x and www.evil.example.net")[2].words
        assert "evil.example.net" in words and not re.search("https://evil|www\\.evil", words), channel


def test_an_authors_marks_stay(chats):
    for channel in ("slack", "slack-text", "google-chat", "mattermost"):
        words = chats.say(channel, FULL, "*kb* of {x}: *fake* `i`", "done")[2].words
        assert "*kb*" in words and "`i`" in words


def test_everything_is_as_long_as_may_be(chats):
    """The largest message there can be is one that the service takes."""
    for sign in ("😀", "&"):
        much = sign * 9000
        notice = {"accounts": [], "regions": [much], "case": much, "abuse_id": much, "resources": [much] * 30, "starts": "2026-12-05T01:00:00Z",
                  "links": [f"https://docs.aws.amazon.com/{number}/" + "x" * 200 for number in range(9)], "status": "emergency"}
        large = dict(FULL, subject=much, category_title=much, account=much, service=much, notice=notice,
                     advice={"ja": much, "en": much, "url": "https://example.com/" + "y" * 200})
        for channel in [*PATHS, "slack-text", "mattermost-text", "google-chat-card"]:
            for text in (None, much):
                chats.say(channel, large, text)


def test_what_nobody_sees_is_left_out(chats):
    unseen = "\u200b\u2060\u00ad"
    context = dict(FULL, subject=unseen, advice={"ja": unseen, "url": "https://example.com/" + "y" * 5000}, notice={"case": unseen}, thread=None)
    for channel in ALL:
        for text in (None, unseen):
            assert FULL["account"] in chats.say(channel, context, text)[2].words, channel


def test_three_hundred_mails_at_once(chats):
    """What was gathered is told as far as a chat holds it."""
    mails = [{"id": 1000 + number, "title": "Instance Retirement <!channel> [toall]", "account": f"{number:012d}", "contact": f"{number:012d}", "rule": "a.b",
              "starts": "2026-12-05T01:00:00Z", "regions": ["ap-northeast-1"], "resources": [f"i-{number:017x}"]} for number in range(300)]
    for channel in ALL:
        _, _, seen, _ = chats.say(channel, dict(FULL, thread=None, gathered={"count": 300, "alike": False, "mails": mails}))
        assert "300" in seen.words and "000000000000  ap-northeast-1" in seen.words and "#1000" in seen.words and "…" in seen.words
        assert len(seen.mentions) == channel.endswith("-calling")


ANSWERS = [
    ("slack", (404, "no_service", {}), "dead", "answered 404: the webhook is turned off or gone"),
    ("slack", (410, "channel_is_archived", {}), "dead", "answered 410: the channel is archived"),
    ("slack", (403, "action_prohibited", {}), "dead", "an administrator of the workspace forbids it"),
    ("slack", (400, "something_new", {}), "dead", "answered 400: something_new"),
    ("slack", (429, "rate_limited", {"Retry-After": "7"}), "retry", 7000),
    ("slack", (500, "rollup_error", {}), "retry", None),
    ("teams", (200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x", {}), "retry", None),
    ("teams", (200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId x", {}), "dead", "answered 413"),
    ("teams", (404, json.dumps({"error": {"code": "WorkflowNotFound", "message": "The workflow could not be found."}}), {}), "dead", "the workflow is gone"),
    ("teams", (401, json.dumps({"error": {"code": "DirectApiAuthorizationRequired", "message": "x"}}), {}), "dead", "not whole"),
    ("google-chat", (429, json.dumps({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}), {}), "retry", None),
    ("google-chat", (404, json.dumps({"error": {"code": 404, "status": "NOT_FOUND"}}), {}), "dead", "the space or its webhook is gone"),
    ("chatwork", (429, json.dumps({"errors": ["Rate limit exceeded"]}), {"x-ratelimit-reset": str(1795420800 + 90)}), "retry", 90_000),
    ("chatwork", (401, json.dumps({"errors": ["Invalid API token"]}), {}), "dead", "the token is not taken"),
    ("chatwork", (403, json.dumps({"errors": ["You don't have permission to send message in this room"]}), {}), "dead", "not in the room"),
    ("chatwork", (200, "no JSON", {}), "done", None),
    ("mattermost", (400, json.dumps({"id": "web.incoming_webhook.invalid.app_error", "message": "Invalid webhook", "status_code": 400}), {}), "dead", "the webhook is gone"),
    ("mattermost", (503, "", {"Retry-After": "3"}), "retry", 3000),
]


@pytest.mark.parametrize("number", range(len(ANSWERS)))
def test_what_an_answer_means(chats, number):
    channel, answer, outcome, want = ANSWERS[number]
    chats.peer.answers.append(answer)
    result = chats.say(channel, outcome=outcome)[3]
    if outcome == "retry":
        assert result["after"] == want
    elif want:
        assert want in result["reason"]


def test_a_daemon_posts_to_secret_addresses(site):
    """From a mail in the spool to the message id in show; no address and no token in ledger, log and show."""
    peer = ChatPeer()
    secrets = {"AWSIFT_SECRET_SLACK_OPS": peer.url + PATHS["slack"], "AWSIFT_SECRET_SPACE": peer.url + PATHS["google-chat"],
               "AWSIFT_SECRET_CHATWORK": "the-token"}
    site.config.write_text(site.config.read_text() + f'''
channel "slack-ops" {{ kind = "slack", url = secret "slack-ops", mention = {{ high = "<!here>" }} }}
channel "space" {{ kind = "google-chat", url = secret "space", language = "en", timezone = "Europe/Berlin" }}
channel "room" {{ kind = "chatwork", url = "{peer.url}/v2", room = 12345, token = secret "chatwork", unread = false }}
''')
    site.rule("50-test.lua", RULES + '''
override "test.retirement" { priority = "high", also = { chat { channel = "slack-ops" }, chat { channel = "space" },
  chat { channel = "room", text = "{account}: {title}" } } }''')
    site.deliver(retirement())
    done = subprocess.run([BINARY, "run", "--once", "-c", site.config], capture_output=True, cwd=site.folder, env={**os.environ, **secrets})
    assert done.returncode == 0, done.stderr
    assert not peer.faults and sorted(kind for kind, _, _ in peer.requests) == ["chatwork", "google-chat", "slack"]
    seen = {kind: (request, one) for kind, request, one in peer.requests}
    assert seen["slack"][1].mentions == ["<!here>"] and "Example" in seen["slack"][1].words
    assert "123456789012: Amazon EC2 Instance Retirement" in seen["chatwork"][1].words and b"self_unread=0" in seen["chatwork"][0]["body"]
    shown = site.run("show", "1").stdout
    assert "message spaces/AAA/messages/BBB.CCC" in shown and "message 1234567890" in shown
    everything = shown.encode() + done.stdout + done.stderr + b"".join(path.read_bytes() for path in site.store.glob("ledger.db*"))
    for value in (PATHS["slack"], "token=t", "the-token"):
        assert value.encode() not in everything
    peer.server.shutdown()


MISTAKES = {
    'kind = "slak", url = "https://x.example/"': "channel 'c': there is no kind 'slak' (did you mean 'slack'?)",
    'kind = "slack"': "channel 'c' needs url, where it posts to",
    'kind = "slack", url = "https://x.example/", mention = "@channel"': "'mention' '@channel' is none of Slack's: write <!channel>",
    'kind = "slack", url = "https://x.example/", mention = { urgnt = "<!here>" }': "has no priority 'urgnt' (did you mean 'urgent'?)",
    'kind = "teams", url = "https://x.example/", username = "x"': "channel 'c' (teams) has no key 'username'",
    'kind = "teams", url = "https://x.example/", mention = "somebody"': "is nobody's: write a member's address",
    'kind = "chatwork", token = secret "t"': "channel 'c' needs room",
    'kind = "chatwork", room = "https://www.chatwork.com/#!rid1", token = secret "t"': "must be the number",
    'kind = "chatwork", room = 1, token = "abc"': "does not stand in the configuration: write token = secret",
    'kind = "google-chat", url = "https://x.example/", format = "cards"': "'format' must be \"card\" or \"text\", not 'cards'",
    'kind = "mattermost", url = "https://x.example/", icon = "cloud"': "'icon' must be an emoji's name",
    'url = "https://x.example/", language = "fr"': "'language' must be ja or en, not 'fr'",
    'url = "https://x.example/", timezone = "Asia/Tokio"': "'timezone' 'Asia/Tokio' is no time zone that this system knows",
}


def test_mistakes_in_a_channel_are_named(site):
    """All of them in one run; each with its line."""
    lines = [f'channel "c{number}" {{ {body} }}' for number, body in enumerate(MISTAKES)]
    start = len(site.config.read_text().splitlines())
    site.config.write_text(site.config.read_text() + "\n".join(lines) + "\n")
    done = site.run("check", check=None)
    told = done.stdout + done.stderr
    for number, want in enumerate(MISTAKES.values()):
        want = want.replace("'c'", f"'c{number}'")
        assert any(f":{start + number + 1}:" in line and want in line for line in told.splitlines()), (want, told)
    assert "the-token" not in told and "abc" not in told.replace("(did", "")
