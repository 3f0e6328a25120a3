/* The way back from a backup, while no daemon runs. */
#pragma once
#include "keeper/strays.h"

struct restored {
    struct strays strays;
    int64_t taken; /* when the newest mail came that the backup knows; ms, 0 for none */
    bool cut;      /* an earlier one was: mail that it returned is not counted */
    char *kept;    /* where the ledger that was there is kept; NULL where there was none */
};
void restored_clear(struct restored *restored);
/* Puts the backup `file` in the place of the ledger, or with NULL leaves the ledger that is there; mail of
 * the archive that it does not know goes back into the spool of that name (NULL: as strays_spool). The
 * operators are told by the next daemon. Whatever cuts it: the ledger is put in its place last, no daemon
 * starts without one, and restoring may be begun anew. */
bool store_restore(const struct config *config, const char *file, const char *spool,
                   struct restored *restored, GError **error);
/* A restore was cut within: not even an empty archive makes a new ledger then. */
bool restore_is_cut(const char *store);
