/* The end of an attempt: what its result means, and writing that down until it stands. */
#pragma once
#include "keeper/keeper_internal.h"
#include "wire/action.h"

/* An action in an actor's hand. */
struct hand {
    struct ledger_action *action;
    int64_t since; /* loop time */
    bool affected; /* accused ones: it may have had its effect */
    bool suspect;  /* given out for itself: it may end its actor again */
};
/* Takes what the action holds; the struct itself stays the caller's, emptied. */
struct hand *hand_new(struct ledger_action *action, int64_t since);
void hand_free(struct hand *hand);

/* Turns a result into the attempt's end: a retry or an unknown waits or, after the last attempt, is dead; a
 * dead one rings. Every end is written again every 2 s until the ledger has it. */
void attempt_finish(struct keeper *keeper, const struct ledger_action *action,
                    const struct action_result *result);
/* Its actor died, by its own fault: it is tried again, alone; dead once that was so CRASHES_MOST times. */
enum { CRASHES_MOST = 3 };
void attempt_blame(struct keeper *keeper, const struct ledger_action *action, const char *why);
/* Its actor died by another's fault: unknown, and not counted, until that was so SPARED_MOST times. */
enum { SPARED_MOST = 20 };
void attempt_spare(struct keeper *keeper, const struct ledger_action *action, const char *why);
/* It had no effect and was not at fault: as if it had never been taken. */
void attempt_withdraw(struct keeper *keeper, const struct ledger_action *action);
/* It had no effect, and becomes one for each of the recipients. */
void attempt_split(struct keeper *keeper, const struct ledger_action *action, const json_t *recipients);
