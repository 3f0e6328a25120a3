/* Shared by rule_set.c and rule_read.c alone. */
#pragma once
#include "rules/lua_place.h"
#include "rules/rule_set.h"

/* Adds to the set's errors. about: where in its file the problem stands; rule may be NULL. */
void rule_set_error(struct rule_set *set, const char *file, const struct source_want *about, const char *rule,
                    const char *message);
/* What stands under the key of a table, with raw access. NULL when absent, and when it is more than anybody
 * declares. The caller owns it. */
json_t *rule_set_json(lua_State *lua, int table, const char *key);
/* Sets the rules, in the order of consideration; the placeholders must be known. */
void rule_set_read_rules(struct rule_set *set, int declarations);
