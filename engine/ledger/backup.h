/* Copies of a ledger, taken while it is being written to or not, each proven before it counts. */
#pragma once
#include "ledger/ledger.h"

/* Called now and then with how many of the pages are copied. */
typedef void (*ledger_copied)(int done, int of, void *data);
/* All that was committed at one moment, as a file of its own at `to`, which the caller made and is empty; it
 * is not yet synced. It is then read through: integrity_check, version and the rows of every table as they
 * were at that moment. No writer is kept waiting; until the copy is made, the log of one that is at work
 * grows by what it writes. *rows: {table: count}, the caller's, may be NULL. On failure nothing is left at
 * `to`. FULL, BUSY, CORRUPT (either of them is damaged), IO. */
bool ledger_copy(struct ledger *ledger, const char *to, ledger_copied copied, void *data, json_t **rows,
                 GError **error);
/* Whether a backup may take the place of what stands there: nothing, an empty file, or a database. INVALID
 * says what it is otherwise. */
bool ledger_may_replace(const char *path, GError **error);
