/* When a failed action is tried again, and until when. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

struct retries {
    int attempts;        /* after that many it is dead */
    int64_t first, most; /* ms */
    int64_t patience;    /* ms for which it is tried while what it needs is out of order */
    int64_t deadline;    /* ms after it was queued at which nobody wants it any more; 0: for ever */
};

/* What counts for an action, the nearest word first: channel, webhook or command of its args; policy "ACTION"
 * of the configuration; declared[action], which is what its own declaration says; outbox { … }; and 12
 * attempts, 5 s, 1 h, 2 days and no deadline. args may be NULL. */
struct retries retries_for(const json_t *config, const json_t *declared, const char *action,
                           const json_t *args);
/* The pause after the n-th attempt (from 1): doubling, the last quarter random so that many do not come at
 * once. random is between 0 and 1. */
int64_t retries_pause(const struct retries *retries, int attempt, double random);
/* After how many attempts an action is dead. down: what failed is no fault of its own, and out of order for
 * all. */
int retries_most(const struct retries *retries, bool down);
/* Whether nobody wants at `at` any more what was queued at `since`. */
bool retries_too_late(const struct retries *retries, int64_t since, int64_t at);
