/* What a decider answers, checked as if it were hostile before any of it is used. The decision is the object
 * that `classify --json` prints without `file`: message_id, subject, from, date, category, rule, certainty,
 * priority, account, service, found, notice, tags, actions, near, auth, defects, errors.
 * The context is what actors get to know of the mail:
 *   message_id, subject, date (ISO), from {name, address}, arrived (ISO), category, category_title, priority,
 *   account, contact (an account of the directory, "*" for the default, null for the operators), rule,
 * verdict, certainty, service, advice {ja, en, url}|null, near|null, notice {}, found {}, reasons [], text
 * (what may be quoted) */
#pragma once
#include <stdbool.h>
#include <glib.h>
#include <jansson.h>

bool decision_check(const json_t *decision, GError **error);
bool decision_check_context(const json_t *context, GError **error);
/* urgent 0, high 1, normal 2, low 3; -1 for anything else. */
int priority_rank(const char *priority);
/* Category, rule and action names: lower case letters, digits, '_', '-', '.', 1 to 100 bytes, no dot first.
 */
bool name_is_valid(const char *name);
