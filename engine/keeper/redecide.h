/* Deciding mail again that the ledger knows, with the live rules: what lies in the archive, and what was set
 * aside as unreadable. */
#pragma once
#include "keeper/keeper_internal.h"

struct redecide_wish {
    const json_t *ids;     /* [n] */
    const char *as, *by;   /* a category that a person chose, or NULL; who asks */
    bool dry_run, release; /* release: unreadable mail alone, as `as` says, without a decider */
};

/* Calls done once with [{id, before, after, actions, queued} | {id, error}], borrowed. With dry_run nothing
 * is written. An unreadable mail that fails again stays so, with the new reason. */
void redecide_start(struct keeper *keeper, const struct redecide_wish *wish,
                    void (*done)(struct keeper *keeper, const json_t *results, void *data), void *data);
