/* Whether the store still lies where it was opened. */
#pragma once
#include "keeper/keeper_internal.h"

/* Once the ledger is open: what its files are from now on. */
void store_remember(struct keeper *keeper);
/* Any thread's. False with an error while the store, or a file of the ledger, was moved away or replaced. */
bool store_is_here(const struct keeper *keeper, GError **error);
/* Any thread's. False with an error while mail that the ledger has in the archive cannot lie there: what is
 * filed in the place of an archive that is not mounted would be hidden by it later. */
bool archive_is_here(const struct keeper *keeper, GError **error);
/* Every second. */
void store_look(struct keeper *keeper);
