/* Destinations that have to wait: the other side asked for a pause (Retry-After), or what a policy allows is
 * used up. They stand in the ledger, so that a pause outlives a restart and `show` can tell what an action
 * waits for. */
#pragma once
#include "ledger/ledger.h"

/* pauses: nothing goes there until then; else it is told alone, and an urgent action may go. One that lasts
 * longer stays. why: "it asked for a pause", "30 per 1m is used up". */
bool ledger_hold(struct ledger *ledger, const char *actor, const char *destination, bool pauses,
                 int64_t until, const char *why, int64_t now, GError **error);
/* Until when nothing goes there; 0 when it may. -1 on error. */
int64_t ledger_paused_until(struct ledger *ledger, const char *actor, const char *destination, int64_t now,
                            GError **error);
/* [{actor, destination, waiting, due, oldest, next, dead, until, why, paused, more}], the deepest first: what
 * waits for each destination, how much of it is due, since when the oldest waits, when the next is due (ISO
 * or null), and the hold that it has, if any. No more than LEDGER_COUNTED_MOST are counted, those that are
 * due first; more: there are. NULL with an error. */
enum { LEDGER_COUNTED_MOST = 10000 };
json_t *ledger_destinations(struct ledger *ledger, int64_t now, GError **error);
/* Adds `waits` to an action of ledger_show that waits: in words, what for. */
bool ledger_explain_waiting(struct ledger *ledger, json_t *action, int64_t now, GError **error);
