/* What the ledger waits for, when the clock was set. */
#pragma once
#include "ledger/ledger.h"

/* Moves all that waits for a time by so many ms (negative: back), so that it waits as long as it had to. What
 * is said of the past stays as it was said. */
bool ledger_clock_moved(struct ledger *ledger, int64_t by, GError **error);
