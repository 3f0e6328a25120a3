/* Near misses: for mail that no rule knows, the rule that nearly does. Pure, as deciding is. */
#pragma once
#include "rules/reading.h"

/* What rules know titles and event types by, for rule_set. Borrows all of it. */
struct near_known;
struct near_known *near_known_new(const GPtrArray *rules, GHashTable *placeholders);
void near_known_free(struct near_known *known);

/* {rule, category, similarity, differs, template} of the nearest rule, or null when none is near enough to
 * suggest its category. Its conditions but the one that is near are asked of the mail, and leave no trace in
 * the reading. The caller owns it. */
json_t *near_of(struct reading *reading);
