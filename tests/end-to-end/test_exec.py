"""exec: programs of the configuration, started by actors. The test is the keeper, as in test_actor.py: what a program is given,
what its end means, and that nothing of it outlives its time or its actor."""
import json
import os
import signal
import sys
import textwrap

import pytest

from conftest import make_mail, wait_for
from test_actor import CONTEXT, Actor

LOOK = """#!{python}
import json, os, sys
status = open("/proc/self/status").read()
with os.fdopen(3) as given:
    known = json.load(given)
seen = {{"arguments": sys.argv[1:], "input": sys.stdin.buffer.read().decode("latin-1"), "known": known,
    "environment": dict(os.environ), "cwd": os.getcwd(), "umask": os.umask(0), "leads": os.getpgid(0) == os.getpid(),
    "session": os.getsid(0), "open": sorted(map(int, os.listdir("/proc/self/fd"))), "gains": "NoNewPrivs:\\t1" not in status}}
with open("{folder}/seen", "w") as file:
    json.dump(seen, file)
print("looked")
"""

CUSTOM = r"""
action "ends" {
  args = { command = "command", arguments = "list?", input = "text?" },
  run = function(ctx, args)
    local arguments = args.arguments
    if arguments and arguments[1] == "NUL" then arguments = { "nul\0nul" } end
    local ended, why, may_work = exec { command = args.command, arguments = arguments, input = args.input }
    if not ended then fail((may_work and "again: " or "never: ") .. why) end
    return json.encode(ended)
  end,
}
action "asks" {
  args = {},
  run = function() return table.concat(contact("security").addresses, ",") .. " " .. contact("nobody").missing end,
}
contacts { ["123456789012"] = { security = { "security@example.jp" }, language = "en" } }
category "other" {}
rule "asked.for" { subject = "x", category = "other", actions = { exec { command = "look" } } }
"""


def shell(folder, name, text):
    path = folder / name
    path.write_text("#!/bin/sh\n" + textwrap.dedent(text))
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def start(tmp_path, monkeypatch):
    monkeypatch.setenv("AWSIFT_SECRET_TICKET_TOKEN", "geheim")
    monkeypatch.setenv("AWSIFT_SECRET_OTHER", "not for you")
    started = []

    def start(role, **commands):
        programs = {name: {"time": 30000, "output": 65536, **command} for name, command in commands.items()}
        actor = Actor(role, CUSTOM, tmp_path, config={"commands": programs})
        started.append(actor)
        return actor
    yield start
    for actor in started:
        actor.close()


def original(content):
    descriptor = os.memfd_create("original")
    os.write(descriptor, content)
    return descriptor


def test_what_a_program_gets_and_nothing_more(start, tmp_path):
    look = tmp_path / "look"
    look.write_text(LOOK.format(python=sys.executable, folder=tmp_path))
    look.chmod(0o755)
    command = {"program": str(look), "arguments": ["-v", "--", "{arguments}"],
               "environment": {"TICKET": {"secret": "ticket-token"}, "HOME": "/nowhere"}}
    content = make_mail("件名", body="日本語") + b"\xff"
    actor = start("courier", look=command)
    actor.act(7, "exec", {"command": "look", "arguments": ["-rf", "$(id); `id`", "二", 5]}, CONTEXT, original(content), mail=3)
    result = actor.result()
    assert (result["outcome"], result["detail"]) == ("done", "looked")
    seen = json.loads((tmp_path / "seen").read_text())
    assert seen["arguments"] == ["-v", "--", "-rf", "$(id); `id`", "二", "5"]
    assert seen["input"].encode("latin-1") == content
    assert seen["known"] == {"key": f"{7:064x}", "mail": 3, "action": 7, "attempt": 1, "message": CONTEXT}
    ours = {"AWSIFT_KEY": f"{7:064x}", "AWSIFT_MAIL": "3", "AWSIFT_ACTION": "7", "AWSIFT_ATTEMPT": "1", "TICKET": "geheim",
            "HOME": "/nowhere", "LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    assert {name: value for name, value in seen["environment"].items() if name != "LC_CTYPE"} == ours
    assert seen["cwd"] == str(tmp_path) and seen["umask"] == 0o077 and seen["leads"] and not seen["gains"]
    assert seen["session"] != os.getsid(actor.process.pid), "no terminal of anybody"
    assert seen["open"] == [0, 1, 2, 3], "3 is closed by then, and is the listing's own"


PLACES = [  # arguments of the command, of the action, what the program gets or the reason
    (["-a", "{arguments}", "-z"], ["x", "y"], ["-a", "x", "y", "-z"]),
    (["-a"], ["x"], ["-a", "x"]),
    (None, ["-x"], "'-x' would be taken for an option"),
    (["{arguments}", "--"], ["-x"], "'-x' would be taken for an option"),
    (["{1}"], ["--output=/etc/passwd"], "would be taken for an option"),
    (["--title={1}", "--", "{2}"], ["-x", "-y"], ["--title=-x", "--", "-y"]),
    (["{2}", "{1}{1}"], ["{2}", "%1 {arguments}"], ["%1 {arguments}", "{2}{2}"]),
    (["{2}"], ["x"], "needs 2 arguments, and 1 are given"),
    (["{2}"], ["x", "y"], "has no place for argument 1"),
    (["-a"], ["NUL"], "has a NUL"),
    ([], ["x" * 100000], "more than 100000 bytes"),
    ([], ["", "a\nb", " "], ["", "a\nb", " "]),
]


def test_where_arguments_stand(start, tmp_path):
    listing = shell(tmp_path, "listing", 'for one; do printf "%s|" "$one"; done')
    commands = {f"c{number}": {"program": listing, "arguments": arguments} for number, (arguments, *_) in enumerate(PLACES)}
    actor = start("custom", **commands)
    for number, (_, arguments, _) in enumerate(PLACES):
        actor.act(number + 1, "ends", {"command": f"c{number}", "arguments": arguments, "input": ""})
    results = {result["id"]: result for result in (actor.result() for _ in PLACES)}
    for number, (_, arguments, wanted) in enumerate(PLACES):
        result = results[number + 1]
        if isinstance(wanted, str):
            assert result["outcome"] != "done" and wanted in result["reason"], (arguments, result)
        else:
            assert json.loads(result["detail"])["output"] == "".join(one + "|" for one in wanted), (arguments, result)
    assert all(result["detail"] == "" or result["outcome"] == "done" for result in results.values())


ENDS = [  # what the program does, outcome, what the reason or detail says
    ("echo one; echo; echo two", "done", "one | two"),
    ("exit 75", "retry", "exit status 75: it said nothing"), ("exit 69", "retry", "exit status 69"),
    ("exit 71", "retry", "exit status 71"), ("exit 74", "retry", "exit status 74"),
    ("exit 1", "dead", "exit status 1"), ("echo what; echo why >&2; exit 65", "dead", "exit status 65: why"),
    ("echo key AKIAIOSFODNN7EXAMPLE; exit 64", "dead", "exit status 64: key AKIA**"),
    ("kill -9 $$", "unknown", "ended by signal 9"), ("kill -TERM $$", "unknown", "ended by signal 15"),
    ("exec cat /dev/zero", "dead", "wrote more than it may and was stopped"),
    ("cat /dev/zero >&2", "dead", "wrote more than it may"),
    ("trap '' TERM INT HUP; sleep 1000 & wait; sleep 1000", "unknown", "did not end within 0.5 s and was stopped"),
    ("exec 0<&-; exit 0", "done", ""), ("exec >&- 2>&-; cat > /dev/null", "done", ""),
    ("(exec sleep 1000) & exit 0", "done", ""),  # it holds the output open, and is not waited for
    ("printf '\\377\\033[1m\\000x'; exit 70", "dead", "exit status 70"),
]


def test_how_a_program_ends(start, tmp_path):
    commands = {f"c{number}": {"program": shell(tmp_path, f"c{number}", does), "time": 500 if "1000 &" in does else 30000}
                for number, (does, *_) in enumerate(ENDS)}
    commands["c15"]["time"] = 30000
    commands.update(gone={"program": "/nonexistent/x"}, script={"program": str(tmp_path / "no-shell")},
                    secret={"program": "/bin/true", "environment": {"X": {"secret": "unset-one"}}})
    (tmp_path / "no-shell").write_text("#!/nonexistent/sh\n")
    (tmp_path / "no-shell").chmod(0o755)
    more = {"gone": ("retry", "/nonexistent/x cannot be started: no such file"), "script": ("retry", "cannot be started: it is no program"),
            "secret": ("retry", "$AWSIFT_SECRET_UNSET_ONE"), "unheard": ("dead", "no command 'unheard' is configured")}
    actor = start("courier", **commands)
    large = original(make_mail("x", body="y" * 70 * 20000))
    wanted = {}
    for number, name in enumerate([*commands, "unheard"], 1):
        actor.act(number, "exec", {"command": name}, CONTEXT, large, mail=1)
        wanted[number] = more[name] if name in more else ENDS[int(name[1:])][1:]
    for _ in range(len(wanted)):
        result = actor.result()
        outcome, says = wanted.pop(result["id"])
        assert result["outcome"] == outcome and says in (result["reason"] or result["detail"]), (result, outcome, says)
        assert len(result["reason"]) <= 1000 and "\n" not in result["reason"] and "\x1b" not in result["reason"]
    assert not wanted


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


FAMILY = """
    sleep 1000 &
    (sleep 1000 & echo $! >> {folder}/family; wait) &
    echo $$ >> {folder}/family
    echo $! >> {folder}/family
    echo all > {folder}/begun
    wait
"""


HALF = """#!{python}
import os, select, time
open("{folder}/launch", "w").write(str(os.getppid()))
os.read(0, 1000)
open("{folder}/begun", "w")
while not os.path.exists("{folder}/dead"):
    time.sleep(0.01)
got = None
while select.select([0], [], [], 0)[0] and (got := os.read(0, 65536)):
    pass
open("{folder}/taken" if got == b"" else "{folder}/read", "w")
open("{folder}/read", "w")
while os.read(0, 65536):
    pass
open("{folder}/taken", "w")
"""


@pytest.mark.parametrize("how", ["time", "actor"])
def test_a_program_dies_with_all_that_it_started(start, tmp_path, how):
    family = shell(tmp_path, "family.sh", FAMILY.format(folder=tmp_path))
    actor = start("courier", family={"program": family, "time": 1500 if how == "time" else 60000})
    actor.act(1, "exec", {"command": "family"}, CONTEXT)
    wait_for("the program to have begun", lambda: (tmp_path / "begun").exists()
             and len((tmp_path / "family").read_text().split()) == 3)
    if how == "actor":
        actor.process.send_signal(signal.SIGKILL)
        actor.process.wait(30)
        actor.close = lambda: os.close(actor.page)
    else:
        assert actor.result()["outcome"] == "unknown"
    wait_for("all of them to be gone", lambda: all(is_gone(pid) for pid in (tmp_path / "family").read_text().split()))


def test_half_an_input_is_never_taken_for_all_of_it(start, tmp_path):
    """Where the actor dies the program hears of it by its own death; what starts it is made slow about that."""
    takes = tmp_path / "takes.py"
    takes.write_text(HALF.format(python=sys.executable, folder=tmp_path))
    takes.chmod(0o755)
    actor = start("courier", takes={"program": str(takes), "time": 60000})
    actor.act(1, "exec", {"command": "takes"}, CONTEXT, original(make_mail("x", body="x" * 9_000_000)), mail=3)
    wait_for("the program to have begun", lambda: (tmp_path / "begun").exists())
    launch = int((tmp_path / "launch").read_text())
    os.kill(launch, signal.SIGSTOP)
    actor.process.send_signal(signal.SIGKILL)
    actor.process.wait(30)
    actor.close = lambda: os.close(actor.page)
    (tmp_path / "dead").touch()
    wait_for("what there is to be read", lambda: (tmp_path / "read").exists())
    os.kill(launch, signal.SIGCONT)
    wait_for("the end of both", lambda: is_gone(launch))
    assert not (tmp_path / "taken").exists()


def test_exec_in_an_action_of_ones_own(start, tmp_path):
    """It waits without holding others up; rules that ask for the shipped action load beside it."""
    gate = shell(tmp_path, "gate", f"cat; echo no >&2; while [ ! -e {tmp_path}/open ]; do sleep 0.05; done; exit 3")
    actor = start("custom", gate={"program": gate})
    actor.act(1, "ends", {"command": "gate", "input": "stdin"})
    actor.act(2, "asks", {}, CONTEXT)
    assert actor.result() == {"id": 2, "outcome": "done", "after": None, "reason": "", "detail": "security@example.jp nobody"}
    (tmp_path / "open").touch()
    assert json.loads(actor.result()["detail"]) == {"status": 3, "output": "stdin", "error": "no\n"}
