/* Actions that were split, one for each recipient. Inside of ledger/ only. */
#pragma once
#include "ledger/ledger.h"

/* Whether the action of that key was split, and none of its parts is dead or dropped: queued again, it would
 * tell nobody. */
bool split_covers(struct ledger *ledger, int64_t message, const char *key, bool *covers, GError **error);
