/* The rules of a set as READY lists them (wire/frame.h). */
#pragma once
#include "rules/rule_set.h"

/* [{id, file, line}] in the order of consideration; detailed: as `awsift rules` shows them. The keeper needs
 * the short form alone, since 34,000 rules must fit a frame. */
json_t *rule_list(const struct rule_set *set, bool detailed);
/* The rules with enabled = false, likewise detailed. */
json_t *rule_list_disabled(const struct rule_set *set);
