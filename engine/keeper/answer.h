/* What a decider answered, checked before any of it is used, and turned into what the ledger wants. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <jansson.h>

#define ANSWER_ACTIONS_MOST 50

/* Checks DECISION's body: sequence, hash, decision, context, and that every action is one of `known` (READY's
 * actions). More actions than may be are cut off, and the decision's errors say so. */
bool answer_check(json_t *body, uint64_t sequence, const json_t *known, GError **error);
/* The decision's actions as ledger_record takes them: with actor and key. The caller owns it. */
json_t *answer_actions(const json_t *body, const json_t *known);
/* Notes in the decision that a rule was passed over, unless it says so already. */
void answer_add_error(json_t *decision, const char *rule, const char *kind, const char *message);
/* `decided 12 maintenance by ec2.retirement (proven) "subject" -> forward technical, chat aws-ops`; the
 * caller frees. */
char *answer_describe(int64_t message, const json_t *decision);
