/* At start: what the last keeper left half done. */
#pragma once
#include "base/config.h"
#include "ledger/ledger.h"

/* Ends attempts that were cut as "unknown"; files every message that is decided but not filed, from wherever
 * its file is; one whose file is nowhere becomes "missing" and is told once, one that cannot be moved stays
 * as it is and is told of; tidies what was being written (recovery_leftovers.h). Says what it mended, in the
 * log and for good in the ledger (ledger/recoveries.h). False when the ledger fails. Blocks. */
bool recovery_run(const struct config *config, struct ledger *ledger, GError **error);
/* {WHAT: how many} in words, joined with "; ". The caller frees. */
char *recovery_words(const json_t *found);
