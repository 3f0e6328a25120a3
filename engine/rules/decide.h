/* Deciding one mail: pure. The same bytes, request and rule set give the same decision. */
#pragma once
#include "rules/rule_set.h"
#include "mail/message.h"

struct decide_drill; /* rules/drilling.h */

struct decide_request {
    const struct auth_trust *trust; /* of this spool; NULL when none is configured */
    const char *spool, *file;       /* of the envelope, as is recipient; NULL when unknown */
    const char *recipient;
    int64_t arrival;         /* ms */
    const char *const *skip; /* rule ids that are passed over, NULL-terminated; or NULL */
    const char *category;    /* a person decided: rules find, and decide nothing; or NULL */
    bool explain;
    int64_t since;            /* for explain: g_get_monotonic_time when reading the mail began */
    const char *const *asked; /* for explain: rules whose evaluation is wanted in any case; or NULL */
    bool every_rule;          /* without the pattern index: the same decision, in more time */
    unsigned char *reached;   /* by number (rule_set.h): set to 1 where this mail reaches it; or NULL */
    const struct decide_drill *drill; /* or NULL */
    bool every_account; /* rule tests: every account counts as in the directory, else no test could expect a
                           call */
};

struct decided {
    json_t *decision, *context; /* wire/decision.h */
    char *recipient;            /* NULL when unknown */
    json_t *explain;            /* the tree of trace.h, or NULL */
};

void rule_set_decide(const struct rule_set *set, struct message *message,
                     const struct decide_request *request, struct decided *decided);
void decided_clear(struct decided *decided);
/* hook is told which rule is in hand (its number from 1; 0: none): for the progress page. One hook a process.
 */
void decide_on_step(void (*hook)(uint32_t rule));
