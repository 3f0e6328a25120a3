/* What awsift tells the operators of itself. Invariant: what shall be told stands as untold until the actions
 * that tell it are queued, in the same transaction; nothing is told of an action that tells. */
#pragma once
#include "ledger/ledger.h"

/* policy (borrowed, may be NULL): {ways: [all there are, in order], gather: ms, zone, channels: {chat, page},
 * languages: [], kinds: {KIND: {ways: [], LANGUAGE: {title, line, over, advice}}}}; without one, or for a
 * kind that it does not know, mail alone, in the alert's own words. */
void ledger_set_alerts(struct ledger *ledger, const json_t *policy);

struct ledger_alert {
    const char *kind, *text;
    const char *about; /* of a trouble that lasts: what has it ("" where there is but one); NULL: a moment */
    const json_t *facts; /* for the words of the policy; or NULL */
    const char
        *without; /* the way that must not be taken ("mail", "chat"), because it is what fails; or NULL */
    int64_t at;   /* when it happened */
    bool quiet;   /* written down, told to nobody */
    const char *alike; /* a text that begins so is the same; NULL: all of it must be */
};
/* A moment of the same kind and text within an hour, and a trouble that stands, only count up. *fresh: it is
 * new. The first one of a kind is told at once, others are gathered for a while that doubles while they keep
 * coming; what only repeats is told again sixty times later. */
bool ledger_alert_raise(struct ledger *ledger, const struct ledger_alert *alert, int64_t now, bool *fresh,
                        GError **error);
/* Whether a moment of that kind and text was ever raised, as far as the ledger goes back. */
bool ledger_alert_known(struct ledger *ledger, const char *kind, const char *text, bool *known,
                        GError **error);
/* The trouble is over: told to whoever was told of it. *stood: it stood. */
bool ledger_alert_over(struct ledger *ledger, const char *kind, const char *about, int64_t now, bool *stood,
                       GError **error);
/* Queues what is due to be told, or with `all` whatever is untold. *next: when more is due, INT64_MAX for
 * never. *queued: how many actions were. */
bool ledger_alerts_tell(struct ledger *ledger, bool all, int64_t now, int64_t *next, unsigned *queued,
                        GError **error);
/* Whether what the operators are told by chat goes to that channel. */
bool ledger_alerts_use(const struct ledger *ledger, const char *channel);
/* By which way an action's alerts go should it fail: the first of the policy's that was not tried; NULL where
 * there is none, or where it tells no alerts. */
const char *ledger_alert_next_way(const json_t *policy, const json_t *args);
/* An action that told alerts is dead: its text goes by the next way that was not tried, if there is one. */
bool ledger_alert_redirect(struct ledger *ledger, const json_t *args, int64_t now, GError **error);
/* [{kind, about, text, since, count}] of the troubles that stand. NULL with an error. */
json_t *ledger_alerts_standing(struct ledger *ledger, GError **error);
/* When the trouble began that stands, and was raised last; both 0 when none does. */
bool ledger_alert_stands(struct ledger *ledger, const char *kind, const char *about, int64_t *since,
                         int64_t *last, GError **error);
/* How many actions that tell alerts died within that time, so that nobody may know. -1 on error. */
int64_t ledger_alerts_untellable(struct ledger *ledger, int64_t since, GError **error);
