"""What must be true when a soak is over: every mail once in ledger and archive, every effect under one key, nothing left behind."""
import sqlite3
from collections import Counter
from pathlib import Path

KEY_LENGTH = 64  # without the mark of what is sent once more, or to a part of its recipients


def archived(store):
    """(number of a mail, the beginning of its SHA-256) of each file."""
    return Counter(tuple(path.name.split(".")[:2]) for part in ("new", "cur") for path in Path(store).glob(f"archive/*/{part}/*"))


def name_in_mail(key):
    """What stands before ".awsift@" in the Message-ID of a mail that an action of that key sends."""
    return key[:40] + key[KEY_LENGTH:]


def check(site, mails, peers, kept_since):
    """What is wrong, and what there is to tell. kept_since: mail from before then may have been removed."""
    wrong, told = [], {}
    base = sqlite3.connect(f"file:{site.store}/ledger.db?mode=ro", uri=True)
    rows = base.execute("SELECT id, sha256, state FROM messages").fetchall()
    known = {sha256 for _, sha256, _ in rows}
    told["states"] = dict(Counter(state for _, _, state in rows))
    lost = [sha256 for sha256, made in mails.made.items() if sha256 not in known and made >= kept_since]
    if lost:
        wrong.append(f"{len(lost)} mails are not in the ledger")
    if len(known) != len(rows) or known - set(mails.made):
        wrong.append("the ledger has mails twice, or mails that nobody sent")
    places = {state: {(str(number), sha256[:16]) for number, sha256, now in rows if now == state} for state in ("filed", "expired")}
    files, filed = archived(site.store), places["filed"]
    for leaving in places["expired"]:  # its file goes before its rows do
        del files[leaving]
    if set(files) != filed or any(count > 1 for count in files.values()):
        wrong.append(f"archive and ledger differ: {len(set(files) - filed)} files too many, {len(filed - set(files))} missing")
    if set(told["states"]) - {"filed", "unreadable", "expired"}:
        wrong.append(f"mails are in other states: {told['states']}")
    if site.spooled():
        wrong.append(f"{site.spooled()} files are left in the spools")
    told["actions"] = dict(base.execute("SELECT state, count(*) FROM actions GROUP BY state").fetchall())
    told["dead"] = dict(base.execute("SELECT action || ': ' || substr(coalesce(reason, ''), 1, 60), count(*) FROM actions WHERE state = 'dead'"
                                     " GROUP BY 1 ORDER BY 2 DESC LIMIT 8").fetchall())
    left = {state: count for state, count in told["actions"].items() if state not in ("done", "dead", "dropped")}
    if left:
        wrong.append(f"actions have not ended: {left}")
    twice = [text for text, keys in peers.texts.items() if len(keys) != 1]
    if twice:
        wrong.append(f"{len(twice)} effects came under several keys, such as {twice[0]}")
    done = [subject for subject, in base.execute("SELECT subject FROM messages JOIN actions ON messages.id = actions.message"
                                                 " WHERE actions.action = 'record' AND actions.state = 'done'")]
    untold = [subject for subject in done if subject not in peers.texts]
    if untold:
        wrong.append(f"{len(untold)} effects are called done and did not happen, such as {untold[0]}")
    attempts = {}
    for key, count in base.execute("SELECT key, count(*) FROM actions JOIN attempts ON attempts.action = actions.id GROUP BY key"):
        attempts[key] = attempts[name_in_mail(key)] = count
    more = [key for key, count in peers.seen.items() if key in attempts and count > attempts[key]]
    if more:
        wrong.append(f"{len(more)} effects happened more often than the ledger has attempts, such as {more[0]}")
    told["keys"] = {"seen": len(peers.seen), "of an action in the ledger": sum(key in attempts for key in peers.seen), "repeated": peers.repeats()}
    base.close()
    return wrong, told
