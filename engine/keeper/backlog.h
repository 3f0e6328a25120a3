/* How much lies in a spool's folder, for people: counted up to a limit, so that asking costs the same
 * whatever lies there, and how fast it goes. */
#pragma once
#include "base/config.h"

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

enum { BACKLOG_COUNTED_MOST = 10000, BACKLOG_LOOKED_AT_MOST = 500 };

struct backlog {
    int64_t files; /* that may be mail, at most BACKLOG_COUNTED_MOST */
    bool more;     /* there are more */
    int64_t
        oldest; /* ms: when the oldest of the first BACKLOG_LOOKED_AT_MOST was written; 0: there is none */
};

/* Blocks: for the thread pool. A folder that cannot be read holds nothing. */
struct backlog backlog_look(const struct config_spool *spool);
/* Sets waiting, waiting_more and oldest (ISO or null) in a spool's status. */
void backlog_tell(const struct backlog *backlog, json_t *status);

/* How many in the last minute. Seconds are of any clock that only goes on. */
struct rate {
    int64_t second; /* of the last one */
    unsigned counts[60];
};

void rate_note(struct rate *rate, int64_t second);
unsigned rate_of_minute(struct rate *rate, int64_t second);
