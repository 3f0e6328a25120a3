/* Whose a mail is, when it is decided again. A rule that is mended, or an account that is put into the
 * directory, makes it another contact's: what one contact was told the other one was not, unless both name
 * the same people. All of this is part of the transaction that records the decision. Inside of ledger/ only.
 */
#pragma once
#include "ledger/ledger.h"

/* What still waits to tell a role of another contact is dropped. */
bool whose_drop(struct ledger *ledger, int64_t message, const struct ledger_decision *decision,
                GError **error);
/* *key: under which that action (as in ledger_decision.actions) is queued: its own, or, where another
 * contact's role was told under that, or may have been, one that follows from both. The caller frees it. */
bool whose_action(struct ledger *ledger, int64_t message, const struct ledger_decision *decision,
                  const json_t *action, char **key, GError **error);
/* The same of ledger_decision.owed: a copy with the keys under which the rows are opened; the calls of
 * another contact's roles end, and the answer that it owes is this one's. The caller owns it; NULL with an
 * error. */
json_t *whose_owed(struct ledger *ledger, int64_t message, int64_t decision_id,
                   const struct ledger_decision *decision, GError **error);
