/* table.sort(list[, before]) as rules have it: stable. May raise. */
#pragma once
#include <lua.h>

int lua_sort(lua_State *lua);
