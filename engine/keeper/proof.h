/* Once a day the ledger is read through, beside the life, by a reader that keeps nobody from writing. Damage
 * that it finds is a trouble that is told, and ends with a proof that goes well; mail is taken meanwhile:
 * each lies in the archive, whatever becomes of its rows, and what cannot be written stops by itself. */
#pragma once
#include "keeper/keeper_internal.h"

struct proof *proof_new(void);
void proof_free(struct proof *proof); /* NULL-safe */
/* At the start. ledger: as it was opened. */
bool proof_begin(struct keeper *keeper, struct ledger *ledger, GError **error);
/* Also while the keeper ends: it ends a look that is under way. */
void proof_tick(struct keeper *keeper);
/* For `run --once`: it is not due, or done. */
bool proof_is_through(const struct keeper *keeper);
/* When it was whole last, ISO or null; a new reference. */
json_t *proof_at(const struct keeper *keeper);
const char *proof_trouble(const struct keeper *keeper); /* what the last look found, or NULL */
