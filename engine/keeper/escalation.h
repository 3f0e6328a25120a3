/* Escalations as data: which plan a call, a page or an answer that is owed follows. Pure: of the
 * configuration, the decision and the time alone. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <jansson.h>

/* What a decider's answer opens, as ledger_decision.owed has it; marks the calls and pages among actions
 * (answer_actions) as owed. config: all of it. The caller owns the list. */
json_t *escalation_owed(const json_t *config, const json_t *body, json_t *actions, int64_t now);
/* Whether a moment lies within {from, to (minutes since midnight), days: [7 flags from monday], timezone}.
 * From after to: over midnight, and the day is that of its begin. Equal ones: all day long. */
bool hours_contain(const json_t *hours, int64_t now);
/* The escalation that stands for a role: the one named, else one for the account, else one for all; NULL for
 * none. */
const json_t *escalation_for(const json_t *config, const char *name, const char *role, const char *account,
                             const char **found);
