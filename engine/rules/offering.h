/* The rules that one mail leaves in play, one after the other, reading no field of the mail before a rule in
 * play could need it. */
#pragma once
#include "rules/reading.h"

struct offering;
/* Borrows the reading. */
struct offering *offering_new(struct reading *reading, const struct pattern_index *index);
void offering_free(struct offering *offering);
/* The next rule in the order of consideration that may hold; NULL: there is none. */
const struct rule *offering_next(struct offering *offering);
/* false when the condition's literal text is not in its field, so that it cannot hold. */
bool offering_may_hold(struct offering *offering, const struct condition *condition);
/* Why the rule was offered: [{"field", "text"}] with the keys that are there, or "always". For explain. The
 * caller owns it. */
json_t *offering_why(struct offering *offering, const struct rule *rule);
