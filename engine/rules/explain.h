/* What explain adds to a recorded decision. Without a recorder these do nothing. */
#pragma once
#include "rules/reading.h"

/* Why the index offers the rule, for trace_rule_begin; NULL without a recorder. */
json_t *explain_why(struct reading *reading, const struct rule *rule);
/* What is near in the field of the condition in hand, whose literal text is not there. */
void explain_absent(struct reading *reading, const struct condition *condition);
/* How much of the mail was read until now. */
void explain_read(struct reading *reading);
/* The account, the contact that is told, and where the account was found; to be called when all is decided,
 * as it reads the whole notice. */
void explain_account(struct reading *reading, const char *account, const char *contact, bool conflict);
/* Evaluates those of the rules ("*": of all) that were not evaluated yet, save the skipped ones, when all is
 * decided: what they find, or do wrong, is in the record alone. ids, skip: NULL-terminated; skip may be NULL.
 */
void explain_asked(struct reading *reading, const char *const *ids, const char *const *skip);
