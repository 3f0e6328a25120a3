/* Signs of life, and when mail came last: what tells whether awsift was down, or has nothing to do. */
#pragma once
#include "ledger/ledger.h"

struct ledger_life {
    bool known;       /* false: this daemon is the ledger's first */
    bool ended;       /* the last one ended in good order */
    int64_t last;     /* its end, or its last sign of life */
    unsigned crashes; /* lives within the last hour that did not end in good order */
};
/* A daemon begins; *last: how the one before it ended. */
bool ledger_life_begin(struct ledger *ledger, int64_t now, struct ledger_life *last, GError **error);
/* Where the clock was set back since the last beat, what waits for a time moves along. */
bool ledger_life_beat(struct ledger *ledger, int64_t now, GError **error);
bool ledger_life_end(struct ledger *ledger, int64_t now, GError **error);
/* From now on the spool is watched, unless it is already. One of that name that lay elsewhere was another. */
bool ledger_spool_begin(struct ledger *ledger, const char *spool, const char *path, int64_t now,
                        GError **error);
/* It is told of, and no more. */
bool ledger_spool_end(struct ledger *ledger, const char *spool, GError **error);
/* {name: path} of all that were watched so far. */
json_t *ledger_spools(struct ledger *ledger, GError **error);
/* Since when it is; 0: it is not. */
bool ledger_spool_began(struct ledger *ledger, const char *spool, int64_t *began, GError **error);
/* When the last mail came into one of the spools (texts), or when the first of them was watched first where
 * none did; 0: neither. Drills do not count, nor what is later than `until`: a clock was ahead then. */
bool ledger_last_arrival(struct ledger *ledger, const json_t *spools, int64_t until, int64_t *last,
                         GError **error);
