"""What may not grow, read from /proc, the daemon's status and its ledger."""
import os
import sqlite3
from pathlib import Path


def memory(pid):
    """KiB of a process: (resident, its own alone). What it shares with its generation's others is counted once, elsewhere."""
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        found[name] = int(rest.split()[0])
    return found["Rss"], found["Private_Clean"] + found["Private_Dirty"]


def ledger_pages(pid):
    """KiB of the ledger's pages that a process keeps in memory: they have a place of their own, of a fixed size (LIMITS.md)."""
    found, inside = 0, False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if "-" in line.partition(" ")[0]:
            inside = "awsift-ledger-pages" in line
        elif inside and line.startswith("Rss:"):
            found += int(line.split()[1])
    return found


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def members(session):
    """The processes of a session."""
    found = []
    for name in os.listdir("/proc"):
        try:
            fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split() if name.isdigit() else []
        except OSError:
            continue
        if fields and int(fields[3]) == session and fields[0] != "Z":
            found.append(int(name))
    return found


def of_processes(pids):
    """(KiB of them all, the most descriptors of one); of those that still live."""
    own, most = 0, 0
    for pid in pids:
        try:
            own, most = own + memory(pid)[1], max(most, descriptors(pid))
        except (OSError, KeyError):
            pass
    return own, most


def of_ledger(store):
    """Its pages in use, whether they are in the file or in the log beside it, and how many mails they tell of."""
    base = sqlite3.connect(f"file:{store}/ledger.db?mode=ro", uri=True, timeout=60)
    try:
        base.execute("BEGIN")
        (size,), (pages,), (free,) = (base.execute(f"PRAGMA {name}").fetchone() for name in ("page_size", "page_count", "freelist_count"))
        (mails, newest), = base.execute("SELECT count(*), coalesce(max(id), 0) FROM messages")
    finally:
        base.close()
    log = Path(f"{store}/ledger.db-wal")
    return {"ledger_used": (pages - free) * size, "ledger_size": pages * size, "ledger_log": log.stat().st_size if log.exists() else 0,
            "ledger_mails": mails, "mails": newest}


def archived(store):
    return sum(len(os.listdir(folder)) for part in ("new", "cur") for folder in Path(store).glob(f"archive/*/{part}"))


def sample(daemon, status, store):
    (rss, own), pages = memory(daemon), ledger_pages(daemon)
    number = (status["generation"] or {}).get("number")
    of_now = {role: [worker["pid"] for worker in status[role] if worker["pid"] and worker["generation"] == number
                      and worker["state"] in ("idle", "busy")] for role in ("deciders", "actors")}
    if not all(of_now.values()):
        raise ValueError("children are just being started")
    found = {"keeper_rss": rss, "keeper_own": own - pages, "keeper_pages": pages, "keeper_fds": descriptors(daemon), "keeper_cpu": processor_seconds(daemon),
             "children": len(members(daemon)) - 1, "archived": archived(store)}
    for role, pids in of_now.items():
        own, found[f"{role}_fds"] = of_processes(pids)
        found[f"{role}_own"] = own / len(pids)
    found.update(of_ledger(store))
    found["ledger_a_mail"] = found["ledger_used"] / max(found["ledger_mails"], 1)
    return found
