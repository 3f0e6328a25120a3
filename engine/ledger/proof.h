/* Whether a ledger is whole: all of it read through, and when that was done last. */
#pragma once
#include "ledger/ledger.h"

/* Reads it through: its trees, and that every row lies where its order says. CORRUPT says what is damaged.
 * Takes as long as reading the file; keeps no writer waiting, and the log of one grows meanwhile. */
bool ledger_prove(struct ledger *ledger, GError **error);
/* Ends a ledger_prove that another thread is in, with an error. To be repeated until it has ended. */
void ledger_prove_stop(struct ledger *ledger);
/* It was read through when it was opened for writing. */
bool ledger_proven_at_opening(const struct ledger *ledger);
/* When it was whole last, as a daemon wrote it down; 0: never. */
bool ledger_proven(struct ledger *ledger, int64_t *at, GError **error);
bool ledger_set_proven(struct ledger *ledger, int64_t at, GError **error);
