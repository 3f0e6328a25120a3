/* With what other mails a mail is told at once. */
#pragma once
#include "rules/reading.h"

/* What the rule that decided, or else the category, says of it, as the context has it: {by [], wait, most,
 * facts {NAME: value}, people {ROLE: hash|null}; "": by contact, where no role is named}; null for a mail
 * that is told by itself. Whom a role means is told apart by their addresses, language and time zone, and
 * known here as a hash alone. The caller owns it. May run the shipped Lua. */
json_t *group_of(struct reading *reading, const struct rule *rule, const json_t *decision,
                 const char *contact);
/* Whom each role that the decision's actions name means, as the context has it: {ROLE: hash|null}, the same
 * hash for the same addresses. The caller owns it. May run the shipped Lua. */
json_t *group_people(struct reading *reading, const json_t *decision, const char *contact);
