/* When a failed action is tried again. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

struct retries {
    int attempts;        /* after that many it is dead */
    int64_t first, most; /* ms */
    int64_t patience;    /* ms for which it is tried while what it needs is out of order */
};

/* From `outbox { attempts, first, most, patience }` of the configuration: 12, 5 s, 1 h, 2 days unless it says
 * otherwise. */
struct retries retries_from(const json_t *config);
/* The pause after the n-th attempt (from 1): doubling, the last quarter random so that many do not come at
 * once. random is between 0 and 1. */
int64_t retries_pause(const struct retries *retries, int attempt, double random);
/* After how many attempts an action is dead. down: what failed is no fault of its own, and out of order for
 * all. */
int retries_most(const struct retries *retries, bool down);
