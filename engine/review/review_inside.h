/* Shared by the parts of the review alone. */
#pragma once
#include "review/covering.h"
#include "review/expression_inside.h"
#include "review/review.h"

struct review {
    const struct rule_set *set;
    struct symbols *symbols;
    int shipped;
    json_t *problems;
    unsigned pairs; /* of texts that were compared */
};

/* A problem of the rule; text: where it stands in its statement, or NULL; skipped: so many equal texts come
 * before it. */
void review_report(struct review *review, const struct rule *rule, const char *text, unsigned skipped,
                   const char *code, const char *format, ...) G_GNUC_PRINTF(6, 7);
/* Whether the rule is one of the shipped ones that stand beside the team's own. */
bool review_is_shipped(const struct review *review, const struct rule *rule);
/* Rules and texts that an earlier rule always takes. */
void shadowing_review(struct review *review);
/* A mail that has what the conditions ask for, as far as it can be made: made of `first` and of the known
 * ones, in a variant from 0 to 2. NULL when `first` has no example. */
struct message *sample_new(struct review *review, const struct condition *first, const GPtrArray *known,
                           unsigned variant);
