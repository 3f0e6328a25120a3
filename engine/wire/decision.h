/* What a decider answers, checked as if it were hostile before any of it is used. The decision is the object
 * that `classify --json` prints without `file`: message_id, subject, from, date, category, rule, certainty,
 * priority, account, service, found, notice, tags, actions, near, auth, defects, errors.
 * The context is what actors get to know of the mail:
 *   message_id, subject, date (ISO), from {name, address}, arrived (ISO), category, category_title,
 *   category_title_en (either may be ""), priority, account, contact (an account of the directory, "@group"
 *   for several of one, "*" for the default, null for the operators), rule, verdict, certainty, service,
 *   advice {ja, en, url}|null, near|null, notice {}, found {}, reasons [], text (what may be quoted), answer
 *   (within what time somebody must answer, "24h")|null, held (why call, page and exec may not be
 *   done)|null, group {by, wait, most, facts {}, people {ROLE: hash|null}}|null, people {ROLE: hash|null}
 *   (whom each role that is told means, by the addresses)|null, contact_group ("@group" of the contact)|null,
 * silenced {name, what, starts, ends (ms), reason}|null (the silence of a rule file), deduping_id (what the
 * sender marks all mails about one notice with)|null, drill {by, held [{action, args}]}|null, shadow [{rule,
 * category, agrees}]: rules in shadow that would have decided, and whether as the live one */
#pragma once
#include <stdbool.h>
#include <glib.h>
#include <jansson.h>

bool decision_check(const json_t *decision, GError **error);
bool decision_check_context(const json_t *context, GError **error);
/* For the decider: the decision (or its context) within the bounds that the checks have for texts, lists and
 * depth, as it is or as a copy in which what is beyond them is cut off; then *cut is set. Takes the reference
 * and returns one. */
json_t *decision_bound(json_t *decision, bool *cut);
json_t *decision_bound_context(json_t *context, bool *cut);
/* What scripts/awsift/suggest.lua looks at: {subject, from, date, service, category, certainty, rule, near},
 * and of the notice {title, event_type}. The caller owns it. */
json_t *decision_outline(const json_t *decision);
/* urgent 0, high 1, normal 2, low 3; -1 for anything else. */
int priority_rank(const char *priority);
/* The higher, the better proven: forged 0, stranger 1, unproven 2, proven 3; -1 for anything else. */
int verdict_rank(const char *verdict);
/* Category, rule and action names: lower case letters, digits, '_', '-', '.', 1 to 100 bytes, no dot first.
 */
bool name_is_valid(const char *name);
