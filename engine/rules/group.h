/* With what other mails a mail is told at once. */
#pragma once
#include "rules/reading.h"

/* What the rule that decided, or else the category, says of it, as the context has it: {by [], wait, most,
 * facts {NAME: value}, people {ROLE: hash|null}; "": by contact, where no role is named}; null for a mail
 * that is told by itself. Whom a role means is told apart by their addresses, language and time zone, and
 * known here as a hash alone. The caller owns it. May run the shipped Lua. */
json_t *group_of(struct reading *reading, const struct rule *rule, const json_t *decision,
                 const char *contact);
