/* pairs as rules have it: in the order of the keys, numbers before texts before booleans. May raise, as for
 * keys that have no order. */
#pragma once
#include <lua.h>

int lua_pairs(lua_State *lua);
