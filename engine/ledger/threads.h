/* The mails about one notice, as one thread. Inside of ledger/ only; the public part is in ledger.h. */
#pragma once
#include "ledger/ledger.h"

/* Within the transaction that records the decision: puts the message into its thread, or makes it the first
 * of one; a message that was decided before leaves its old place. *thread: what actors get to know, {first
 * {id, subject, arrived}, relation, changes}, or NULL where there is nothing to tell. The caller owns it. */
bool threads_link(struct ledger *ledger, int64_t message, const json_t *decision, const json_t *context,
                  json_t **thread, GError **error);
/* The message leaves its thread, which keeps its number and all that it says of the others. */
bool threads_forget(struct ledger *ledger, int64_t message, GError **error);
/* [{id, arrived, subject, relation, changes, verdict}] of the newest LEDGER_THREAD_SHOWN_MOST mails of the
 * message's thread, the oldest first; empty for a mail that is in none. NULL with an error. */
json_t *threads_show(struct ledger *ledger, int64_t message, GError **error);
