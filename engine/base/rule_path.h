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
/* "file:line:column: " of a {file, line, column, message}; "file:line: " without a column, "" without a file.
 * The caller frees. */
char *rule_problem_place(const json_t *problem);
