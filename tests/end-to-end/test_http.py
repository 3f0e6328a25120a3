"""HTTP as actions have it: where it may go, whose certificate counts, how rude a server may be, and that no secret comes back.
Rude servers that a custom action asks are in test_actor.py."""
import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import socket
import subprocess
import time
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from conftest import SANITIZED, retirement, wait_for
from https_server import Rude, make_certificates, tls
from test_actor import Actor, ask_all

ASK = """
action "ask" {
  args = { request = "list" },
  run = function(_, args)
    local reply, why, refused = http.request(args.request)
    if not reply then (refused and fail or retry)(why) end
    return reply.status .. " " .. #reply.body
  end,
}
action "settle" { args = { request = "list" }, run = function(_, args) return require "awsift.answers".settle(http.request(args.request)) end }
"""


@pytest.fixture
def start(tmp_path):
    """Starts an actor of custom actions with what http { … } says."""
    started = []

    def start(**settings):
        actor = Actor("custom", ASK, tmp_path, config={"http": {"private": ["nothing.example.com"], "timeout": 20000, **settings}})
        started.append(actor)
        return actor
    yield start
    for actor in started:
        actor.close()


@pytest.fixture
def rude():
    server = Rude()
    yield server
    server.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def ask(actor, action, urls, **more):
    """{url: result}; no result may have more of a URL than its host."""
    results = ask_all(actor, action, [{"request": {"url": url, **more}} for url in urls])
    assert "hidden" not in json.dumps(results)
    return {url: results[number] for number, url in enumerate(urls, 1)}


# Where it may go.

KINDS = {
    "localhost": "loopback", "LOCALHOST": "loopback", "127.0.0.1": "loopback", "127.1": "loopback", "2130706433": "loopback",
    "0x7f.1": "loopback", "0177.0.0.1": "loopback", "127.255.255.254": "loopback", "[::1]": "loopback", "[::ffff:127.0.0.1]": "loopback",
    "[::ffff:7f00:1]": "loopback", "[64:ff9b::7f00:1]": "loopback", "0.0.0.0": "no address", "[::]": "no address", "10.1.2.3": "private",
    "172.31.0.1": "private", "192.168.0.1": "private", "169.254.169.254": "link-local", "100.64.0.1": "carrier", "[fd00:ec2::254]": "private",
    "[fe80::1]": "link-local", "224.0.0.1": "multicast", "[ff02::1]": "multicast", "[2002:7f00:1::]": "reserved", "[::127.0.0.1]": "reserved",
    "255.255.255.255": "reserved", "192.0.2.1": "reserved"}


def test_ones_own_network_is_not_asked(start, rude):
    port = rude.url.rpartition(":")[2]
    urls = {f"http://{host}:{port}/fine/hidden": kind for host, kind in KINDS.items()}
    for url, result in ask(start(), "settle", urls).items():
        host = url.split("//")[1].rpartition(":")[0]
        assert result["outcome"] == "dead" and urls[url] in result["reason"], (url, result)
        assert "http { private = { \"" in result["reason"] and "awsift.lua" in result["reason"], result
        if host[0] not in "0123456789":
            assert host.strip("[]").lower() in result["reason"]
    assert not rude.seen and not rude.connections


@pytest.mark.parametrize("private, asked, refused", [
    (["127.0.0.1"], ["127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]"], ["127.0.0.2"]),
    (["127.0.0.0/8"], ["127.0.0.1"], ["[::1]"]),
    (["localhost"], ["localhost", "LocalHost"], ["127.0.0.1"])])
def test_what_is_named_is_asked(start, rude, private, asked, refused):
    port = rude.url.rpartition(":")[2]
    results = ask(start(private=private), "ask", [f"http://{host}:{port}/fine/hidden" for host in asked + refused])
    assert [result["outcome"] for result in results.values()] == ["done"] * len(asked) + ["dead"] * len(refused), results


NAMES = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>
/* inside.example.com is at 127.0.0.1, both.example.com at ::1 and then there; for what begins with slow no answer comes. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
    struct addrinfo any = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    if (name != NULL && strncmp(name, "slow", 4) == 0)
        for (;;)
            pause();
    if (name != NULL && strcmp(name, "inside.example.com") == 0)
        return next("127.0.0.1", service, &any, out);
    if (name == NULL || strcmp(name, "both.example.com") != 0)
        return next(name, service, hints, out);
    struct addrinfo *four;
    int failed = next("::1", service, &any, out) || next("127.0.0.1", service, &any, &four);
    if (!failed)
        (*out)->ai_next = four;
    return failed;
}
"""


@pytest.fixture
def names(tmp_path, monkeypatch):
    """Names that resolve as a stranger's name server would have it."""
    if SANITIZED or not shutil.which("cc"):
        pytest.skip("nothing can be put in front of the C library here")
    (tmp_path / "names.c").write_text(NAMES)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "names.so", tmp_path / "names.c", "-ldl"], check=True)
    monkeypatch.setenv("LD_PRELOAD", str(tmp_path / "names.so"))


def test_a_name_is_judged_by_what_it_resolves_to(names, start, rude):
    port = rude.url.rpartition(":")[2]
    urls = [f"http://{name}.example.com:{port}/fine/hidden" for name in ("inside", "both")]
    refused = ask(start(), "settle", urls)
    assert all(result["outcome"] == "dead" for result in refused.values())
    assert "'inside.example.com' is at 127.0.0.1, a loopback address" in refused[urls[0]]["reason"] and not rude.connections
    assert ask(start(private=["INSIDE.example.com."]), "ask", urls[:1])[urls[0]]["outcome"] == "done"
    assert ask(start(private=["127.0.0.1"]), "ask", urls)[urls[1]]["outcome"] == "done", "the first address is passed over"


def test_a_name_server_that_does_not_answer_stops_nothing(names, start, rude):
    actor = start(private=["localhost"], timeout=500)
    for number in range(1, 30):
        actor.act(number, "ask", {"request": {"url": "http://slow.example.com/hidden"}})
    actor.act(30, "ask", {"request": {"url": rude.url + "/fine"}})
    assert actor.result()["id"] == 30
    results = [actor.result() for _ in range(29)]
    assert {(result["outcome"], result["reason"]) for result in results} == {
        ("retry", "http://slow.example.com: timed out looking up the name"),
        ("retry", "http://slow.example.com: timed out while others to the same host were under way")}


def test_lookups_that_are_left_behind_leave_room_for_others(names, start):
    """Each has a thread that lives on; what an actor may have (1 GiB) is not used up by these."""
    actor = start(timeout=500)
    for turn in range(3):
        for number in range(60):
            actor.act(number + 1, "ask", {"request": {"url": f"http://slow-{turn}-{number}.example.com/hidden"}})
        assert {actor.result()["outcome"] for _ in range(60)} == {"retry"}
    status = Path(f"/proc/{actor.process.pid}/status").read_text()
    assert int(re.search(r"Threads:\s+(\d+)", status)[1]) > 120 and int(re.search(r"VmData:\s+(\d+) kB", status)[1]) < 400 << 10, status


def test_proxies_of_the_environment_are_ignored(start, rude, monkeypatch):
    proxy = Rude()
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    (result,) = ask(start(private=["localhost"]), "ask", [rude.url + "/fine"]).values()
    proxy.close()
    assert result["outcome"] == "done" and not proxy.connections and len(rude.seen) == 1


# Whose certificate counts.

def test_certificates(start, certificates):
    ca, kinds = certificates
    servers = {kind: Rude(tls(*pair)) for kind, pair in kinds.items()}
    urls = {kind: server.url + "/fine/hidden" for kind, server in servers.items()}
    results = ask(start(private=["localhost"], ca=str(ca)), "ask", urls.values())
    # an authority that cannot be read is none, and takes nothing from the others
    strange = [ask(start(private=["localhost"], **more), "ask", [urls["good"]])[urls["good"]]
               for more in ({}, {"ca": "/nonexistent.pem"}, {"ca": "/dev/null"})]
    for server in servers.values():
        server.close()
    assert results[urls["good"]]["outcome"] == "done"
    for kind, words in {"other": "match", "expired": "expired", "itself": "self"}.items():
        result = results[urls[kind]]
        assert result["outcome"] == "retry" and "certificate is not trusted" in result["reason"], (kind, result)
        assert words in result["reason"] and result["reason"].startswith("https://localhost: "), (kind, result)
        assert not servers[kind].seen
    assert all("certificate is not trusted" in one["reason"] for one in strange) and len(servers["good"].seen) == 1


# What rude servers get.

def test_no_redirect_is_followed(start, rude):
    other = Rude()
    places = {other.url + "/fine/hidden": "moved to localhost:", "//elsewhere.example.com/hidden": "moved to elsewhere.example.com,",
              "/fine/hidden": "same host", "https://me:hidden@elsewhere.example.com": "moved to elsewhere.example.com,", "": "same host",
              "https://evil\x1b[2J": "moved to evil,"}
    results = ask(start(private=["localhost"]), "settle", [rude.url + "/moved/" + quote(place, "") for place in places], json={})
    other.close()
    for (place, words), result in zip(places.items(), results.values()):
        assert result["outcome"] == "dead" and words in result["reason"] and "answered 302" in result["reason"], (place, result)
    assert len(rude.seen) == len(places) and not other.connections


def test_reasons(start, rude):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    table = [  # url, outcome, words
        (f"http://localhost:{port}/hidden", "retry", "http://localhost: cannot connect: Connection refused"),
        (rude.url + "/reset/hidden", "retry", "http://localhost: "), (rude.url + "/cut/hidden", "retry", "http://localhost: "),
        (rude.url + "/failing/503", "retry", "answered 503: <html> <h1>broken</h1> 壊れています。"),
        (rude.url + "/failing/404", "dead", "answered 404: <html>"), (rude.url + "/bomb/hidden", "done", "answered 200"),
        (rude.url.replace("http", "HTTP") + "/failing/403", "dead", "answered 403"),
        ("http://me:hidden@localhost/", "retry", "must not hold a user"), ("hidden", "retry", "must begin with https://"),
        ("ftp://localhost/hidden", "retry", "must begin with https://"), ("http://", "retry", "must begin with https://")]
    late = [(rude.url + f"/{way}/hidden", "retry", "http://localhost: timed out waiting for the whole answer") for way in ("silent", "drip")]
    actor = start(private=["localhost"])
    results = ask(actor, "settle", [url for url, *_ in table]) | ask(actor, "settle", [url for url, *_ in late], timeout=1.5)
    for url, outcome, words in table + late:
        result = results[url]
        assert result["outcome"] == outcome and words in result["reason"] + result["detail"], (url, result)
        assert len(result["reason"]) < 300 and "\n" not in result["reason"] and "\ufffd" not in result["reason"], result


def nested(depth):
    return {"a": nested(depth - 1)} if depth else 0.1


def test_what_is_sent(start, rude):
    form = {"b": "日本 &=+%", "a": 5, "c": ["x", "y"], "d": True}
    table = [  # request, method, its header lines, body
        ({}, "GET", {"accept-encoding": None, "content-type": None, "expect": None}, b""),
        ({"method": "GET"}, "GET", {}, b""),
        ({"json": nested(64)}, "POST", {}, b'{"a":' * 64 + b"0.1" + b"}" * 64), ({"form": {"a": 0.1}}, "POST", {}, b"a=0.1"),
        ({"json": {"b": 1, "a": "x"}}, "POST", {"content-type": "application/json"}, b'{"a":"x","b":1}'),
        ({"form": form}, "POST", {"content-type": "application/x-www-form-urlencoded"},
         b"a=5&b=%E6%97%A5%E6%9C%AC%20%26%3D%2B%25&c=x&c=y&d=true"),
        ({"method": "PUT", "body": "as it is"}, "PUT", {"content-type": None}, b"as it is"),
        ({"method": "PATCH", "json": [1]}, "PATCH", {"content-type": "application/json"}, b"[1]"),
        ({"method": "POST"}, "POST", {"content-length": "0"}, b""), ({"method": "DELETE"}, "DELETE", {}, b""),
        ({"method": "DELETE", "body": "x"}, "DELETE", {"content-length": "1"}, b"x"),
        ({"body": "x" * 2000000, "headers": {"content-type": "text/x"}}, "POST", {"content-type": "text/x", "expect": None}, b"x" * 2000000)]
    results = ask_all(start(private=["localhost"]), "ask", [{"request": {"url": f"{rude.url}/fine/{number}", **request}}
                                                            for number, (request, *_) in enumerate(table)])
    assert {result["detail"] for result in results.values()} == {"200 2"}, results
    assert all(head.split(" ")[2].startswith("HTTP/1.1") for head in rude.seen)
    for head, body in zip(rude.seen, rude.bodies):
        line, *lines = head.split("\r\n")
        headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
        _, method, wanted, sent = table[int(line.split(" ")[1].rpartition("/")[2])]
        assert line.split(" ")[0] == method and body == sent and "idempotency-key" in headers, head
        assert {name: headers.get(name) for name in wanted} == wanted, head


def test_what_is_no_request(start, rude, monkeypatch):
    monkeypatch.setenv("AWSIFT_SECRET_EMPTY", "")
    table = [({"jsn": {}}, "no key 'jsn'"), ({"json": {}, "body": "x"}, "one of json, form and body"), ({"method": "HEAD"}, "HEAD"),
             ({"method": "GET", "body": "x"}, "a GET has no body"), ({"form": {"a": {"b": 1}}}, "form must be a table"),
             ({"json": nested(65)}, "json is nested more than 64 deep"), ({"form": ["a"]}, "form must be a table"), ({"form": "a=b"}, "form must be a table"), ({"url": {}}, "url must be a text"),
             ({"url": {"secret": "../x"}}, "url must be a text"), ({"timeout": 101}, "100 seconds"),
             ({"url": {"secret": "empty"}}, "the secret 'empty' is not set"),
             ({"url": {"secret": "never-set"}}, "the secret 'never-set' is not set: put it into $AWSIFT_SECRET_NEVER_SET")]
    results = ask_all(start(private=["localhost"]), "ask", [{"request": {"url": rude.url + "/fine", **request}} for request, _ in table])
    for number, (request, words) in enumerate(table, 1):
        assert results[number]["outcome"] == "retry" and words in results[number]["reason"], (request, results[number])
    assert not rude.seen


# Through the daemon, webhooks first of all.

KEY, TOKEN, PATH = "k3y-of-the-signature", "Bearer t0ken/with+odd\"signs", "/echo/400/p4th-that-is-cut-in-the-middle-" + "x" * 250

WEBHOOKS = """
http {{ private = {{ "localhost" }}, ca = "{ca}" }}
policy "webhook" {{ first = "50ms", most = "100ms", attempts = 3 }}
webhook "signed" {{ url = "{tls}/fine", signing = secret "signing", headers = {{ Authorization = secret "token", ["X-Team"] = "ops" }} }}
webhook "echo" {{ url = secret "echo-url", signing = secret "signing", headers = {{ Authorization = secret "token" }} }}
webhook "busy" {{ url = "{plain}/later/1" }}
webhook "broken" {{ url = "{plain}/failing/500" }}
webhook "moved" {{ url = "{plain}/moved/{elsewhere}" }}
webhook "strange" {{ url = "{other}/fine" }}
webhook "inside" {{ url = "http://127.0.0.1:1/p4th-that-is-a-secret" }}
webhook "unset" {{ url = secret "never-set" }}
webhook "unsigned" {{ url = "{plain}/fine", signing = secret "never-set" }}
"""

HOOKS = ["signed", "echo", "busy", "broken", "moved", "strange", "inside", "unset", "unsigned"]
HOOK_RULES = """
category "maintenance" {{ title = "Maintenance", priority = "normal", tell = "technical" }}
action "repeats" {{ args = {{}}, run = function()
  local token = secret "token"
  log.info("the token is " .. token .. " and " .. crypto.base64("me:" .. token))
  fail("not accepted: " .. json.encode {{ token = token }} .. crypto.base64("me:" .. token) .. (" "):rep(5) .. token:sub(1, 12))
end }}
rule "test.retirement" {{
  subject = "Amazon EC2 Instance Retirement [AWS Account: {{account}}]", category = "maintenance",
  actions = {{ {actions}, repeats {{}} }},
}}
"""


def verified(head, body, key=KEY):
    """Whether a receiver who knows the key takes the request for ours, as awsift.lua(5) says it is to be checked."""
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    made = hmac.new(key.encode(), headers["X-Awsift-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return headers["X-Awsift-Signature"] == "v1=" + made and abs(time.time() - int(headers["X-Awsift-Timestamp"])) < 3600


def actions_of(site):
    (story,) = site.objects("show", 1)
    return {action["args"].get("webhook", action["action"]): action for decision in story["decisions"] for action in decision["actions"]}


def test_webhooks(site, certificates):
    ca, kinds = certificates
    secure, plain, strange = Rude(tls(*kinds["good"])), Rude(), Rude(tls(*kinds["other"]))
    text = WEBHOOKS.format(ca=ca, tls=secure.url, plain=plain.url, other=strange.url, elsewhere=quote("http://127.0.0.1:1/p4th", ""))
    site.config.write_text("\n".join(line for line in site.config.read_text().splitlines() if not line.startswith("http ")) + text)
    site.rule("50-test.lua", HOOK_RULES.format(actions=", ".join(f'webhook {{ webhook = "{name}", text = "code 739154" }}' for name in HOOKS)))
    credentials = site.folder / "credentials"
    credentials.mkdir()
    (credentials / "token").write_text(TOKEN + "\n")
    environment = {**os.environ, "AWSIFT_SECRET_SIGNING": KEY + "\n", "AWSIFT_SECRET_ECHO_URL": secure.url + PATH, "CREDENTIALS_DIRECTORY": str(credentials)}
    daemon = site.daemon(environment=environment)
    site.deliver(retirement())
    wait_for("the actions to end", lambda: site.mails() and all(one["state"] in ("done", "dead") for one in actions_of(site).values()))
    found = actions_of(site)
    told = {name: one["reason"] for name, one in found.items()}
    assert {name for name, one in found.items() if one["state"] == "done"} == {"signed"}, told

    # what is signed is what was sent, to whoever has the key
    at = next(number for number, head in enumerate(secure.seen) if head.startswith("POST /fine "))
    head, body = secure.seen[at], secure.bodies[at]
    said = json.loads(body)
    assert verified(head, body) and not verified(head, body, "another key") and not verified(head, body + b" ")
    assert f"\r\nAuthorization: {TOKEN}\r\n" in head and "\r\nX-Team: ops\r\n" in head and "\r\nContent-Type: application/json" in head
    assert f"\r\nIdempotency-Key: {said['key']}" in head and said["key"] == found["signed"]["key"]
    assert said["version"] == 1 and said["mail"] == 1 and said["text"] == "code ****" and said["message"]["rule"] == "test.retirement"
    assert not {"group", "people", "shadow", "deduping_id", "held"} & set(said["message"])
    assert b":{}" not in body and b":[]" not in body  # what is empty is left out: a list would look like an object

    # each ends as the policy says
    attempts = {name: [one["outcome"] for one in action["attempts"]] for name, action in found.items()}
    assert attempts["moved"] == attempts["inside"] == attempts["echo"] == ["dead"]
    assert all(attempts[name][:2] == ["retry", "retry"] for name in ("busy", "broken", "strange", "unset", "unsigned")), attempts
    assert "it has moved to 127.0.0.1:1," in told["moved"] and "a loopback address" in told["inside"]
    assert "certificate is not trusted" in told["strange"] and not strange.seen and not any(head.startswith("POST /fine") for head in plain.seen)
    assert all("attempts: the secret 'never-set' is not set" in told[name] for name in ("unset", "unsigned"))
    first, second = (datetime.fromisoformat(one["started"]) for one in found["busy"]["attempts"][:2])
    assert "answered 429" in told["busy"] and (second - first).total_seconds() >= 1, "Retry-After is waited for"

    # nobody is told a secret, whoever repeats it
    assert "answered 400: POST **** HTTP/1.1" in told["echo"] and "****" in told["repeats"]
    shown = site.run("show", 1).stdout + site.run("show", 1, "--json").stdout + site.run("status").stdout
    kept = b"".join(path.read_bytes() for path in site.store.rglob("*") if path.is_file())
    everywhere = (shown + daemon.log).encode() + kept
    for secret in (KEY, TOKEN, TOKEN[:12], json.dumps(TOKEN)[1:-1], base64.b64encode(b"me:" + TOKEN.encode()).decode(), "p4th"):
        assert secret.encode() not in everywhere, secret
    assert "webhook 'unset': the secret 'never-set' is not set here" in daemon.log
    for server in (secure, plain, strange):
        server.close()


def test_check_warns_of_what_cannot_be_reached(site):
    site.config.write_text(site.config.read_text() + """
http { private = { "inside.example.com", "10.1.0.0/16" }, ca = "none.pem" }
channel "metadata" { url = "http://169.254.169.254/latest/hidden" }
channel "range" { url = "http://10.1.2.3/hidden" }
channel "named" { url = "http://inside.example.com/hidden" }
channel "readable" { url = "http://hooks.example.com/hidden" }
channel "fine" { url = "https://hooks.example.com/hidden" }
channel "set" { url = secret "no-url" }
webhook "here" { url = "https://localhost:8080/hidden", signing = secret "not-set" }
command "gone" { program = "/nonexistent/program" }
""")
    os.environ["AWSIFT_SECRET_NO_URL"] = "hidden"
    try:
        said = site.run("check", check=None).stderr
    finally:
        del os.environ["AWSIFT_SECRET_NO_URL"]
    assert "channel 'metadata': '169.254.169.254' is a link-local address" in said
    assert "channel 'readable': http:// lets everybody on the way to 'hooks.example.com' read it" in said
    assert "webhook 'here': 'localhost' is a loopback address" in said and "$AWSIFT_SECRET_NOT_SET" in said
    assert "channel 'set': the url must begin with https://" in said and "http: ca: " in said and "none.pem" in said
    assert "command 'gone': the program '/nonexistent/program' cannot be found" in said
    assert "hidden" not in said and not any(f"channel '{name}'" in said for name in ("range", "named", "fine"))
