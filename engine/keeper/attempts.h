/* The end of an attempt: what its result means, and writing that down until it stands. */
#pragma once
#include "keeper/keeper_internal.h"
#include "wire/action.h"

/* An action in an actor's hand. */
struct hand {
    struct ledger_action *action;
    int64_t since; /* loop time */
};
/* Takes what the action holds; the struct itself stays the caller's, emptied. */
struct hand *hand_new(struct ledger_action *action, int64_t since);
void hand_free(struct hand *hand);

/* Turns a result into the attempt's end: a retry or an unknown waits or, after the last attempt, is dead; a
 * dead one rings. */
void attempt_finish(struct keeper *keeper, const struct ledger_action *action,
                    const struct action_result *result);
/* As it is. Written again every 2 s until the ledger has it. */
void attempt_end(struct keeper *keeper, const struct ledger_action *action, const char *outcome,
                 const char *reason, const char *detail, int64_t due);
