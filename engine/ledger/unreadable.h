/* Mail that no decider could read: what the ledger has of it, and how it becomes mail like any other. */
#pragma once
#include "ledger/ledger.h"

/* {id, sha256, spool, file, size, seen (ms), reason} of each, the oldest first. */
bool ledger_unreadable(struct ledger *ledger, ledger_row each, void *data, GError **error);
/* The same of one; NULL with GONE where it is not unreadable. */
json_t *ledger_unreadable_one(struct ledger *ledger, int64_t message, GError **error);
/* It was tried again, and failed again. */
bool ledger_still_unreadable(struct ledger *ledger, int64_t message, const char *reason, GError **error);
/* Before ledger_redecide, in its transaction: it is "decided", and the row has what the decision says of it.
 * recipient: "" when unknown. */
bool ledger_make_readable(struct ledger *ledger, int64_t message, const char *recipient,
                          const json_t *decision, GError **error);
