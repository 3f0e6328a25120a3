/* Deciding archived mail again with the live rules. */
#pragma once
#include "keeper/keeper_internal.h"

/* ids: [n]; as: a category that a person chose, or NULL; by: who asks. Calls done once with
 * [{id, before, after, actions, queued} | {id, error}], borrowed. With dry_run nothing is written. */
void redecide_start(struct keeper *keeper, const json_t *ids, const char *as, const char *by, bool dry_run,
                    void (*done)(struct keeper *keeper, const json_t *results, void *data), void *data);
