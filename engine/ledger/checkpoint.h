/* Writing the ledger's log back into it, so that neither the log nor the time to open it grows. Inside of
 * ledger/, but for what the last one failed with. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

struct ledger;
struct checkpoints {
    int at, most;  /* pages of the log: from so many on it is written back, with so many no more is begun */
    int pages;     /* that it had at the last commit */
    int64_t tried; /* µs, monotonic: the last one that failed */
    char *trouble; /* how it failed; NULL: it did not */
};

/* Of a ledger that is open for writing: after commits from now on. */
void checkpoint_start(struct ledger *ledger);
/* Before a transaction: tries one that failed again, every few seconds. False when the log is too long for
 * more. */
bool checkpoint_catch_up(struct ledger *ledger, GError **error);
/* Why the log cannot be written back into the ledger since when; NULL: it can. For keeper/. */
const char *ledger_checkpoint_trouble(const struct ledger *ledger);
