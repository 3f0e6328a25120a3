/* The mail of a drill. */
#pragma once
#include "rules/decide.h"
#include "base/limits.h"
#include "wire/snapshot.h"

struct drill_wish {
    const struct rule_set *set;
    const struct snapshot *snapshot;
    const struct limits *limits;
    const char *rule, *account; /* the rule that shall decide it; the account that it shall be about */
    const char *id;             /* makes this mail another one than every other */
    int64_t now;                /* its date, and when it arrives; ms */
    GBytes *given;              /* a mail to be taken; empty: one is made */
};
/* A mail that the rule decides: {mail: base64}, or {error: text, unmade: bool}, unmade: another mail may do,
 * given by a person or found in tests that are not here. It is the one given, that of one of the rule's
 * tests, or made from its conditions, with a date and a Message-ID of its own. The caller owns it. */
json_t *drill_make(const struct drill_wish *wish);
