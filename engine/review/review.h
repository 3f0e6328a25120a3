/* What is doubtful about rules that load, and can be known without mail: rules and texts that no mail
 * reaches, duplicates, texts that match nothing or nearly everything, expressions that backtrack badly. For
 * `check`. */
#pragma once
#include "rules/rule_set.h"

/* Appends {file, line, column, code, rule, message} to problems. shipped: the number of the shipped rules'
 * folder where it stands beside the team's own, whose rules are then left alone; else -1. */
void review_rules(const struct rule_set *set, int shipped, json_t *problems);
/* A mail that has what the rule's conditions ask for, as far as that can be made of texts; the variants 0 to
 * 2 differ. NULL when nothing can. Whether the rule decides it, deciding tells. */
GBytes *review_sample(const struct rule_set *set, const struct rule *rule, unsigned variant);
