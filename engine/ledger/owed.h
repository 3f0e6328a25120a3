/* What is owed: a call or a page that somebody has to acknowledge, and a mail that must be answered in time.
 * A row is opened in the transaction of the decision that asks for it, and open until it is acknowledged or
 * a person decides the mail anew; meanwhile its plan goes on step by step, each step queued in one
 * transaction. Between two steps nothing is kept anywhere else, so a restart loses and repeats none. */
#pragma once
#include "ledger/ledger.h"

/* Opens what ledger_decision.owed asks for: [{kind: "call"|"page"|"answer", key, telling, began, until (ms)
 * or null, plan}], and queues what is due of it at once. plan: {name, hours?: "day"|"night", held?: why
 * calls and pages may not be, limits: {rule, all}, steps: [{after (ms), actions: [{action, args, key?}],
 * alert?: true}]}. One whose key is known goes on as it is, unless all that it queued is dead; one that
 * another mail's tells already (the same telling) is closed at once. */
bool owed_open(struct ledger *ledger, int64_t message, int64_t decision_id,
               const struct ledger_decision *decision, unsigned *queued, GError **error);
/* Queues the steps that are due, one of each row, and drops what waits of those that ended. told: of char *,
 * what alerts were raised. */
bool owed_advance(struct ledger *ledger, int64_t now, GPtrArray *told, GError **error);
int64_t owed_next_due(struct ledger *ledger, GError **error); /* ms, INT64_MAX when none, -1 on error */
/* Ends all that is open of a mail; pages that went out are followed by an acknowledging one. *result:
 * {id, ok: true, ended: [{kind, name, since, until}], dropped, follow} or {id, ok: false, error}. False when
 * the ledger fails. */
struct owed_ack {
    int64_t message;
    const char *by, *note; /* note: NULL for none */
};
bool owed_acknowledge(struct ledger *ledger, const struct owed_ack *ack, int64_t now, json_t **result,
                      GError **error);
/* What is open, what ends first before the rest: {id, kind, name, hours, account, rule, category, subject,
 * since, until, next, step, steps}. Pages alone are not listed: their service asks for an acknowledgement
 * itself. */
bool owed_list(struct ledger *ledger, int64_t limit, ledger_row each, void *data, GError **error);
/* {count, first: [as listed, the first ones]} */
enum { OWED_SHOWN_MOST = 20 };
json_t *owed_summary(struct ledger *ledger, GError **error);
/* All of one mail, as listed, with ended, outcome ("acknowledged", "decided", "told"), by, note, reason. */
json_t *owed_of(struct ledger *ledger, int64_t message, GError **error);
