/* What of the rules the tests reach. */
#pragma once
#include "rules/rule_set.h"

struct coverage {
    const struct rule_set *set;
    const unsigned char *reached; /* by number, as decide_request's */
    int shipped; /* the folder of the shipped rules where their tests did not run: left out; -1: none is */
    const json_t *performed; /* the names of the actions that were rehearsed */
};

/* {files: [{file, rules, conditions, captures, actions}], unreached: [{file, line, rule, of_unreached, kind,
 * text}], left_out}: each count as {reached, all}; kind: rule, condition, capture, action, or sends: an
 * action of a rule folder whose run no test rehearses, counted among actions, with its name as action and no
 * rule; of_unreached: whether its rule is in the list itself. The caller owns it. */
json_t *coverage_report(const struct coverage *coverage);
/* Appends a {file, line, message} to errors for each rule without a mail that reaches it, where its folder
 * requires tests (required: a list of booleans), else to warnings. */
void coverage_complain(const struct coverage *coverage, const json_t *required, json_t *errors,
                       json_t *warnings);
