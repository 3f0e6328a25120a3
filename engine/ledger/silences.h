/* Silences in the ledger: those that people asked for, and those of rule files that kept something quiet. All
 * is recorded under a silence as without; the actions that it holds back stand there as "dropped", with the
 * silence as the reason. Operators are told, by an alert in the same transaction, when one begins, an hour
 * before a long one ends, and when it has ended, with how many mails it kept quiet. */
#pragma once
#include "ledger/ledger.h"

enum { SILENCES_MOST = 500 }; /* of people, that have not ended */
#define SILENCE_LONGEST (INT64_C(366) * 86400000)

struct ledger_silence {
    const json_t *what; /* wire/silence.h, checked */
    int64_t starts, ends;
    const char *by, *reason; /* reason: "" when none is given */
};
/* LIMIT where there are too many, or it is too long, or over already. */
bool silences_add(struct ledger *ledger, const struct ledger_silence *silence, int64_t now, int64_t *id,
                  GError **error);
/* Ends it now. GONE where there is none of that number that has not ended. */
bool silences_end(struct ledger *ledger, int64_t id, const char *by, int64_t now, GError **error);
/* The silence under which a decision falls: that of a rule file, which the context names (`silenced`), else
 * the first that a person asked for. Counts the mail once. *id 0, *reason NULL for none; *reason is the
 * caller's. */
bool silences_find(struct ledger *ledger, const struct ledger_decision *decision, int64_t *id, char **reason,
                   GError **error);
/* Tells what has begun, is about to end or has ended; *next: when there is more to tell, INT64_MAX for never.
 */
bool silences_tell(struct ledger *ledger, int64_t now, int64_t *next, GError **error);
/* Those that have not ended or did within the last week, the oldest first: [{id, source ("person", "rules"),
 * what, of (in words), starts, ends, by, reason, kept (mails), last (ISO|null), state ("begins", "keeps
 * quiet", "ended"), forgotten: nothing to keep quiet for thirty days}]. NULL with an error. */
json_t *silences_list(struct ledger *ledger, int64_t now, GError **error);
