/* Where a file of a snapshot lies: rules and scripts name themselves as the snapshot does
 * ("rules/0/10-own.lua", "awsift/language.lua"), so that a decision is the same on any machine; people know
 * them by their paths. */
#pragma once
#include "base/config.h"

/* A snapshot's name as a path. The caller frees. */
char *rule_path(const struct config *config, const char *name);
/* The same for "file" and "message" of a {file, line, message}, in place. */
void rule_problem_for_people(const struct config *config, json_t *problem);
/* The text with every such name that ends in .lua or .csv replaced. The caller frees. */
char *rule_paths_for_people(const struct config *config, const char *text);
/* A {file, line, column, message} as people read it: "file:line:column: message", without what is missing; of
 * one with the name of a test, that this test failed. what: stands before the message of any other. The
 * caller frees. */
char *rule_problem_text(const json_t *problem, const char *what);
