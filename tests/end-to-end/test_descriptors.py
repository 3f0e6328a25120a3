"""Too few open files: said at the start with the number that is needed, and what runs out of them goes on by itself."""
import os
import re
import resource
import socket
from pathlib import Path

from conftest import PATIENCE, RULES, make_mail, retirement, wait_for

CONFIG = """
command "note" {{ program = "/bin/cat" }}
channel "ops" {{ url = "{peer}/ops" }}
outbox {{ first = "50ms", most = "60ms", attempts = 1000 }}
"""
ACTING = RULES + """
rule "own.all" { subject = starts "All ", speaker = "any", category = "billing", actions = {
  chat { channel = "ops" }, exec { command = "note" }, forward { to = "operators" } } }
"""


def configure(site):
    site.config.write_text(site.config.read_text() + CONFIG.format(peer=site.peer_url))
    site.rule("50-test.lua", ACTING)


def limited(*ulimit):
    """What starts the daemon, so that its limits are lower."""
    return ["/bin/sh", "-c", f'{" && ".join(ulimit)} && exec "$0" "$@"']


def limit_of(pid):
    return resource.prlimit(pid, resource.RLIMIT_NOFILE)


def send(site, first, last):
    for number in range(first, last):
        site.deliver(make_mail(f"All {number}"))


def all_done(site, count):
    rows = site.wait_mails(count)
    assert all(row["actions"]["done"] == 3 for row in rows), [row["actions"] for row in rows]


def idle_clients(site, count):
    """Connections to the daemon that ask nothing; those that it refuses or cannot take are kept, too."""
    clients = []
    for _ in range(count):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(1)
        try:
            client.connect(os.path.relpath(site.store / "control.sock"))  # a path of such an address is short
        except OSError:
            pass
        clients.append(client)
    return clients


def test_a_low_limit_is_raised_where_it_may_be(site):
    configure(site)
    daemon = site.daemon(prefix=limited("ulimit -Sn 20"))
    assert limit_of(daemon.process.pid)[0] >= 200 and "may be open" not in daemon.log
    send(site, 0, 5)
    all_done(site, 5)


def test_too_few_descriptors_are_told_and_do(site, monkeypatch):
    configure(site)
    daemon = site.daemon(prefix=limited("ulimit -n 64"))
    assert re.search(r"only 64 files may be open at once, and \d{3} may be needed: raise LimitNOFILE", daemon.log)
    monkeypatch.chdir(site.store)
    clients = idle_clients(site, 100)
    send(site, 0, 60)
    wait_for("the mail to be filed", lambda: len(site.archived()) == 60)  # a command would wait for its turn
    for client in clients:
        client.close()
    all_done(site, 60)
    assert "it is not in the archive" not in daemon.log, "no attempt is spent on what cannot be opened now"
    site.rule("70-more.lua", 'rule "own.more" { subject = "More", category = "billing" }\n')
    assert site.objects("reload")[0]["ok"]


def test_actors_without_descriptors_try_again(site, peer):
    """Nothing is dead because an actor could open nothing for a while."""
    configure(site)
    site.daemon()
    (status,) = site.objects("status")
    pids = [actor["pid"] for actor in status["actors"]]
    before = {pid: limit_of(pid) for pid in pids}
    for pid in pids:
        held = {int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir()}
        free = [number for number in range(max(held) + 3) if number not in held]
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (free[1], before[pid][1]))  # room for an original, and nothing else
    send(site, 0, 3)
    wait_for("attempts that fail", lambda: any(
        attempt["outcome"] in ("retry", "unknown") for row in site.mails() for decision in site.objects("show", row["id"])[0]["decisions"]
        for action in decision["actions"] for attempt in action["attempts"]))
    for pid in pids:
        try:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before[pid])
        except ProcessLookupError:
            pass  # it could not even take what it was given, and the next one is well
    all_done(site, 3)
    keys = {request["key"] for request in peer.requests}
    assert len(keys) == 3


def test_who_asks_while_there_is_no_descriptor_waits_and_keeps_nobody(site, monkeypatch):
    os.utime(site.spool / "cur", (0, 0))  # it does not change any more
    daemon = site.daemon(environment={**os.environ, "AWSIFT_RESCAN": "100"})
    pid, reloads = daemon.process.pid, site.objects("status")[0]["reload"]["count"]
    before = limit_of(pid)
    monkeypatch.chdir(site.store)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect("control.sock")
        client.sendall(b'{"command":"status"}\n')
        site.deliver(retirement())
        wait_for("the loop to have a turn", lambda: "no mail can be opened: Too many open files" in daemon.log
                 and "spool/cur: Too many open files" in daemon.log)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        assert client.recv(1) == b"{"
    site.wait_mails(1)
    wait_for("the trouble to end", lambda: not site.objects("status")[0]["standing"])
    assert site.objects("status")[0]["reload"]["count"] == reloads, "what cannot be opened is no change of the rules"
