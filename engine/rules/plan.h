/* What shall happen: the actions of a decision, rendered, and held back where power needs proof. */
#pragma once
#include "rules/reading.h"

/* [{action, args}]: of the rules in passing, then the deciding rule's (or its category's `tell`) and its
 * `also`. forged, unmatched and undecided mails go to whom their category tells. The caller owns it. */
json_t *plan_actions(struct reading *reading, const struct rule *rule, GPtrArray *passing, json_t *decision,
                     const json_t *values, bool by_person);
/* Call, page and exec: what costs money, wakes somebody, or runs a program. */
bool plan_is_powerful(const char *action);
/* Why these may not be done for this mail, whatever asks for them; NULL where they may. The
 * rule that decides, or NULL. */
const char *plan_held(struct reading *reading, const struct rule *rule, const json_t *decision);
