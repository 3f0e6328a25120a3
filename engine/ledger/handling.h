/* What people do with actions: retry, drop, resend. Each is written down with who did it, and stands in the
 * mail's story. None touches an action that is in an actor's hand. */
#pragma once
#include "ledger/ledger.h"

enum handling { HANDLING_RETRY, HANDLING_DROP, HANDLING_RESEND };
enum { HANDLING_MOST = 10000 }; /* actions at once */
const char *handling_name(enum handling handling);

struct ledger_handling {
    enum handling what;
    const json_t *ids; /* ["12", "a34"]: of mails, all of whose actions are meant, and of actions; or NULL */
    bool dead;         /* else: those that are dead; */
    const char *action, *channel; /* those of that name or channel, dead or waiting (retry: since an attempt
                                     failed) */
    int64_t since;                /* of these, created since then */
    const char *by, *why;         /* a person's name; why: NULL where nothing is said */
    bool dry_run;
};
/* [{action: "a34", mail, name, args, state (before), result: "retried"|"dropped"|"resent", as: "a40" (the
 * new one) | id, error}]: at most HANDLING_MOST, then one more with `error` that says so. A retry gives dead
 * and waiting ones a fresh set of attempts, the same key, and makes them due now. A drop ends them. A resend
 * queues a done one again under a key of its own, made from the old one. What cannot be done is an entry with
 * an error, and keeps nothing else from being done. NULL with an error of the ledger. */
json_t *ledger_handle(struct ledger *ledger, const struct ledger_handling *handling, int64_t now,
                      GError **error);
/* Why a text is neither the number of a mail nor of an action; NULL when it is one. */
const char *handling_id_fault(const char *id);
/* Dead actions, the last that died first: {action: "a34", mail, name, args, destination, ended, failure,
 * reason, attempts, category, account, rule, subject}. Of the filter, all but state and thread count; since and
 * until are when they died. */
bool ledger_dead(struct ledger *ledger, const struct ledger_filter *filter, ledger_row each, void *data,
                 GError **error);
/* [{time (at), by, what, why}] of an action, in order. */
json_t *ledger_handlings(struct ledger *ledger, int64_t action, GError **error);
