/* Where a file of a snapshot lies: rules and scripts name themselves as the snapshot does
 * ("rules/0/10-own.lua", "awsift/language.lua"), so that a decision is the same on any machine; people know
 * them by their paths. */
#pragma once
#include "base/config.h"

/* A snapshot's name as a path. The caller frees. */
char *rule_path(const struct config *config, const char *name);
/* The text with every such name before a line number ("…/10-own.lua:3") replaced. The caller frees. */
char *rule_paths_for_people(const struct config *config, const char *text);
