/* What is old and finished leaves in two steps: its row says "expired"; then its file goes; then its rows do.
 * So no file is ever left that no row knows, and one whose row says so is missed by nobody. A crash between
 * two steps is gone on from by looking for what is expired.
 *
 * A mail is old when it came, was decided and was acted on before that moment, each for the last time. It is
 * finished when it is filed or missing, no action of it waits, is running or is dead, and nothing of it is
 * owed. The last of a kind stays: the numbers of what has left are not given again. */
#pragma once
#include "ledger/ledger.h"

struct ledger_expiry {
    int64_t before;     /* ms */
    int64_t after;      /* the number of the mail looked at last; 0 to begin with */
    unsigned limit;     /* mails looked at */
    unsigned old;       /* of those: old, and not finished */
    bool more;          /* there may be more old ones beyond */
    const GArray *held; /* of int64_t, or NULL: mails of which a file lies in a spool still */
    bool careful; /* a spool cannot be looked through now: what is missing may lie there, as may a copy of
                     what came more than once; it stays */
};
/* Marks the mails that are to leave; moves expiry->after on. */
bool ledger_retention_mark(struct ledger *ledger, struct ledger_expiry *expiry, GError **error);
/* Of struct ledger_filing: those that are expired, by number, beyond that one. NULL with an error. */
GPtrArray *ledger_retention_marked(struct ledger *ledger, int64_t after, unsigned limit, GError **error);
/* Its file is gone, durably: its rows go. One that came again meanwhile, or has something to do, stays;
 * *forgotten tells. */
bool ledger_retention_forget(struct ledger *ledger, int64_t message, int64_t now, bool *forgotten,
                             GError **error);
/* Rows of no mail: alerts, digests, silences and drills that are over, groups that nothing refers to, what
 * was sent to the operators. At most limit of each; *more: there may be more. */
bool ledger_retention_sweep(struct ledger *ledger, int64_t before, unsigned limit, bool *more,
                            GError **error);
/* {removed (mails so far), bytes (theirs), last (ms|null), oldest (ms, when the oldest that is left came;
 * |null)} */
json_t *ledger_retention_summary(struct ledger *ledger, GError **error);
