/* What the starts had to mend. */
#pragma once
#include "ledger/ledger.h"

/* found: {WHAT: how many, …}, of a start that mended something. The newest hundred are kept. */
bool ledger_recovered(struct ledger *ledger, const json_t *found, int64_t now, GError **error);
/* {at (ISO), found} of the last of them; null where there was none; NULL with an error. */
json_t *ledger_last_recovery(struct ledger *ledger, GError **error);
