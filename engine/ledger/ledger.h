/* The ledger: what came, what it was taken for, what was done. SQLite in WAL with synchronous=FULL.
 * A handle is used by one thread at a time. Functions block. All times are ms. Between ledger_begin and
 * ledger_commit nothing is durable; after ledger_commit returned true, everything is.
 * Errors: AWSIFT_ERROR_FULL, _BUSY (another process writes for too long), _CORRUPT, _IO, _REFUSED (a change
 * of state that must not be, ledger/states.h). */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <jansson.h>

struct ledger;
typedef struct ledger ledger;
enum ledger_access {
    LEDGER_READ,
    LEDGER_WRITE, /* makes and migrates it */
    LEDGER_COPY,  /* as LEDGER_READ, of an older version too, to copy all of it (ledger/backup.h) */
};

/* Nothing is written to one that is refused. For writing: its files become the owner's alone (0600), and it
 * is read through where its last writer was cut off or it is small (ledger/proof.h); a damaged one is
 * _CORRUPT. For reading: nothing is written, a writer may be at work
 * or not; one that is not there yet, or of an older version, is _GONE. One of a newer version, or of no
 * ledger, is _CORRUPT for both. */
struct ledger *ledger_open(const char *path, enum ledger_access access, GError **error);
void ledger_close(struct ledger *ledger); /* NULL-safe */
/* How long after one mail another may belong to its thread; ms. */
#define LEDGER_THREAD_WINDOW (INT64_C(90) * 86400000)
void ledger_set_thread_window(struct ledger *ledger, int64_t window);
bool ledger_begin(struct ledger *ledger, GError **error);
bool ledger_commit(struct ledger *ledger, GError **error);
void ledger_rollback(struct ledger *ledger);
/* How many rows this handle has written so far: tells whether a transaction changed anything. */
int64_t ledger_changes(const struct ledger *ledger);
/* The last transaction failed by its disk (full, read-only, an error of it): any other would have as well. */
bool ledger_disk_failed(const struct ledger *ledger);

struct ledger_arrival {
    const char *spool, *file, *sha256;
    const char *recipient; /* "" when unknown */
    int64_t size, arrived, seen;
};

struct ledger_decision {
    const json_t *decision, *context; /* wire/decision.h, checked */
    /* [{action, args, actor: "courier"|"custom", key, telling, due (ms), group {key, wait, most (ms)}|null,
     * owed?: true where it is queued by what is owed}] */
    const json_t *actions;
    const json_t *owed;   /* what it opens (owed.h), or NULL */
    const char *revision; /* of the generation that decided */
    int64_t generation, decided;
    const char *by;    /* "rules", a person's name for `decide --as`, or "drill of " and one */
    const char *drill; /* the name of its file, of a mail that a drill made; else NULL. It is in no thread,
                          and what it tells is compared with nothing */
};

struct ledger_recorded {
    int64_t message, decision;
    bool duplicate;   /* the content was known: only the arrival was recorded, nothing else */
    bool more_proven; /* a duplicate all the same, but this one got a new decision that names the old */
    bool filed;       /* (of a duplicate) the first one's file was filed in the folder of its category */
    bool missing;     /* (of a duplicate) it was lost: this copy shall be filed in its place, as "decided" */
    bool was_unreadable; /* known, but never decided: now it is, and this copy shall be filed */
    char category[104];  /* the folder of the archive that holds or shall hold it; "": never decided */
    char folder[104];    /* (of a duplicate) where it was filed last, "" when never */
    char sha256[72];
    unsigned actions; /* queued now */
};

/* Every decision puts its mail into the thread of the notice that it is about (threads.c), in the same
 * transaction; the context that actors get then has `thread`: {first {id, subject, arrived}, relation
 * ("duplicate", "reminder", "update", "cancelled", "completed", "emergency"), changes [{what, from, to} or
 * {what: "resources", added [], removed []}]}, and none for the first mail of a thread or one that is in no
 * thread. */

/* One mail: message, decision and actions; or, where (sha256, recipient) is known, one more arrival of it.
 * One that is known as unreadable gets its decision and actions now. A copy that is proven better than the
 * decision so far (it came through a spool that trusts another server) is decided anew, as by
 * ledger_redecide, and is from then on the arrival that counts. */
bool ledger_record(struct ledger *ledger, const struct ledger_arrival *arrival,
                   const struct ledger_decision *decision, struct ledger_recorded *recorded, GError **error);
/* A new decision for a message that the archive holds; names the old; actions whose key exists and is not
 * dead or dropped are not queued again. Sets the message back to "decided" unless it is known to lie in the
 * folder of its new category; ledger_filing.from is where it lay when last heard of. */
bool ledger_redecide(struct ledger *ledger, int64_t message, const struct ledger_decision *decision,
                     struct ledger_recorded *recorded, GError **error);
/* A mail that could not be read, with the reason; state "unreadable". */
bool ledger_record_unreadable(struct ledger *ledger, const struct ledger_arrival *arrival, const char *reason,
                              struct ledger_recorded *recorded, GError **error);

/* Filing. States of a message: decided (committed, file still where it was), filed, missing, unreadable,
 * expired (old: it is leaving, ledger/retention.h). */
struct ledger_filing {
    int64_t message;
    char *spool, *file; /* where it was seen */
    char *from;         /* category folder it lies in now (after a redecision), or NULL: the spool */
    char *category, *sha256;
    char *state;
    int64_t decided; /* when it was decided last */
    int64_t size;    /* bytes */
};
void ledger_filing_free(struct ledger_filing *filing);
/* Messages in state "decided", by id from after; at most limit. */
GPtrArray *ledger_unfiled(struct ledger *ledger, int64_t after, unsigned limit, GError **error);
/* Whether any mail lies in the archive, as far as the ledger knows. */
bool ledger_has_filed(struct ledger *ledger, bool *has, GError **error);
struct ledger_filing *ledger_find_filing(struct ledger *ledger, int64_t message,
                                         GError **error); /* NULL: GONE */
/* The number of the newest mail, and when it came; both 0 where there is none. */
bool ledger_newest(struct ledger *ledger, int64_t *message, int64_t *seen, GError **error);
/* It lies in that folder of the archive, durably: "filed" where its decision wants it there, else "decided"
 * still, because a newer decision wants it moved. */
bool ledger_set_filed(struct ledger *ledger, int64_t message, const char *folder, GError **error);
/* Its file is nowhere. Raises an alert with that text, unless it was missing already; *fresh tells. */
bool ledger_set_missing(struct ledger *ledger, int64_t message, const char *text, int64_t now, bool *fresh,
                        GError **error);

/* The outbox. States of an action: waiting, gathered (another mail's tells it, ledger/groups.h), running,
 * done, dead, dropped. */
struct ledger_action {
    int64_t id, message, decision; /* message 0: an alert, no original */
    char *action, *actor, *key, *category, *sha256;
    json_t *args, *context;
    int attempt;      /* of the attempt to come, from 1; those that others cut short are not counted */
    int tried;        /* attempts so far, counted or not */
    int crashes;      /* actors that it ended, one after another */
    int64_t priority; /* 0: urgent */
    int64_t due;
    int64_t
        leads; /* the group that it leads, 0 for none; the context then has `gathered` (ledger/groups.h) */
    int64_t since;     /* when it was due first, or a person gave it a fresh set of attempts */
    int64_t moved;     /* clock_moved when this was read */
    char *destination; /* as below */
    char *telling;     /* or NULL */
    unsigned turn;     /* how many of its priority and destination come before it */
};
void ledger_action_free(struct ledger_action *action);
/* Before an action is started: drops those that wait and tell what was told already, by another mail's action
 * of the same telling (may be NULL). While an older one is on its way, the later ones are not due. */
bool ledger_hush(struct ledger *ledger, const char *telling, int64_t now, bool *hushed, GError **error);
/* What an actor may be given. A destination is "channel NAME", "webhook NAME", "command NAME", "mail", "" for
 * what stays on this machine, or the action's name where it has none of these or comes from a rule folder. */
struct ledger_wish {
    const char *actor;
    int64_t now;
    bool alerts_only; /* messages to the operators that belong to no mail */
    unsigned most;    /* of one destination, or of alerts */
    unsigned (*most_of)(const char *destination, void *data); /* in place of it, unless NULL; 0: none */
    void *data;
};
/* Due actions by priority, turn, due time, id; none of a destination that pauses (ledger/holds.h). Never a
 * suspect: an action that ended an actor, or one of a rule folder of the same name. */
GPtrArray *ledger_due(struct ledger *ledger, const struct ledger_wish *wish, GError **error);
/* The first suspect that is due, alone; or none. */
GPtrArray *ledger_due_suspect(struct ledger *ledger, const char *actor, int64_t now, GError **error);
int64_t ledger_next_due(struct ledger *ledger,
                        GError **error); /* ms, INT64_MAX when none waits, -1 on error */
/* The attempts that started since then, the oldest first, at most `most` of the newest: of each its action,
 * actor and destination alone, and since is when it started. */
GPtrArray *ledger_starts(struct ledger *ledger, int64_t since, unsigned most, GError **error);
/* GONE for one that is not waiting: two hands must not have one action. */
bool ledger_attempt_start(struct ledger *ledger, int64_t action, int64_t now, GError **error);
/* outcome: "done", "retry" (waits until due), "dead", "unknown" (waits until due, marked). */
bool ledger_attempt_end(struct ledger *ledger, int64_t action, const char *outcome, const char *reason,
                        const char *detail, int64_t due, int64_t now, GError **error);
/* Before its end: what kind of failure it is (action_failure), or NULL. */
bool ledger_attempt_failed(struct ledger *ledger, int64_t action, const char *failure, GError **error);
/* One that waits is dead without a further attempt. */
bool ledger_expire(struct ledger *ledger, int64_t action, const char *reason, int64_t now, GError **error);
/* After the end of an attempt that another action cut short: it does not count. */
bool ledger_attempt_spare(struct ledger *ledger, int64_t action, GError **error);
/* After the end of an attempt that our own disk failed: it does not count, nor does its time. */
bool ledger_attempt_excuse(struct ledger *ledger, int64_t action, GError **error);
/* After the end of an attempt that ended its actor. Any end of its own acquits it. */
bool ledger_attempt_blame(struct ledger *ledger, int64_t action, GError **error);
/* An attempt that had no effect and shall not have been: the action waits as before. */
bool ledger_attempt_withdraw(struct ledger *ledger, int64_t action, GError **error);
/* What it was taken for turns out to be several: the attempt had no effect and is withdrawn, and in place of
 * the action stands one for each of the recipients (texts), with the address in its args and a key and a
 * telling of its own. Recipients that have theirs already, not dead and not dropped, get none; where all
 * have, it is dropped. */
bool ledger_attempt_split(struct ledger *ledger, int64_t action, const json_t *recipients, int64_t now,
                          GError **error);
/* At start: every running action was cut: its attempt ends as "unknown", it waits, due now. Count in *cut. */
bool ledger_recover(struct ledger *ledger, int64_t now, int *cut, GError **error);

/* An alert: kind ("dead-action", "unreadable", "rule-error", …) and text. The same kind and text within an
 * hour only counts up. *fresh tells whether it was new. Unless quiet, the operators are told, as
 * ledger/alerts.h says. */
bool ledger_raise(struct ledger *ledger, const char *kind, const char *text, bool quiet, int64_t now,
                  bool *fresh, GError **error);

/* Queries for commands; rows are JSON objects. */
struct ledger_filter {
    const char *category, *account, *rule, *state;
    int64_t since, until; /* 0: open */
    int64_t limit;        /* 0: all; newest first */
    int64_t thread;       /* a mail of it, 0: any */
    bool owed;            /* what waits to be acknowledged */
};
typedef bool (*ledger_row)(json_t *row, void *data); /* row borrowed; false stops */
/* {id, arrived, subject, from, category, rule, certainty, priority, account, verdict, state, thread (its
 * first mail, which may have left), relation, actions: {done, waiting, running, dead, dropped}, owed: {kind,
 * since, until}|null}
 */
bool ledger_list(struct ledger *ledger, const struct ledger_filter *filter, ledger_row each, void *data,
                 GError **error);
/* Everything of one message: {message: {…}, decisions: [{…, decision, shadow: [{rule, category, agrees}],
 * actions: [{…, attempts: [{…}]}]}], arrivals: [], thread: [{id, arrived, subject, relation,
 * changes, verdict}], owed: [as owed_of], timeline: [{time, what}]}. NULL with GONE. */
json_t *ledger_show(struct ledger *ledger, int64_t message, GError **error);
/* How often each rule in shadow would have decided, and in how many of these as the live rules did:
 * {rule: {count, agreed, last (ISO)}}. NULL with an error. */
json_t *ledger_shadow_counts(struct ledger *ledger, GError **error);
/* {messages: {state: n}, actions: {state: n}, destinations (ledger/holds.h), silences (ledger/silences.h),
 * alerts: n (all that stand), oldest_due: ms|null, recent_alerts:
 * [{raised, kind, text, count}], owed: as owed_summary} */
json_t *ledger_counts(struct ledger *ledger, GError **error);
/* {RULE: {count, first, last (ms)}}: how many mails stand as decided by each rule, and when the first and the
 * last of them came. */
json_t *ledger_rule_counts(struct ledger *ledger, GError **error);
/* Of one of these: whether the rule had mail regularly, and has had none for so many months. */
#define LEDGER_MONTH INT64_C(2629800000) /* ms, of a year's twelve */
enum { LEDGER_THREAD_SHOWN_MOST = 500 }; /* mails */
enum { LEDGER_SILENT_MONTHS = 3 };       /* unless somebody says otherwise */
bool ledger_rule_is_silent(const json_t *count, int64_t months, int64_t now);
/* Mail filed in the archive that the rules decided, the newest first, at most limit: what no rule knew
 * exactly (unmatched, or by a general rule), or else what one did. {id, spool, folder, sha256, arrived (ms)}
 */
bool ledger_archived(struct ledger *ledger, bool unknown, int64_t since, int64_t limit, ledger_row each,
                     void *data, GError **error);
/* When the last daily digest was made; where there was none, from now on there is. */
bool ledger_digest_last(struct ledger *ledger, int64_t now, int64_t *made, GError **error);
/* Queues the action "digest" with what there is to tell since the last one, which was made then, and notes
 * that it is made; *queued: there was something. Its args: {since, count, mails: [{name, arrived, subject,
 * title, …}] (the newest), silent: [{rule, count, last}]}. */
bool ledger_digest_make(struct ledger *ledger, int64_t made, int64_t now, bool *queued, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ledger, ledger_close)
