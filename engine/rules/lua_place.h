/* engine.where and engine.keys, the places of what rule files declare. */
#pragma once
#include <lua.h>

/* where(level): file and line of the caller's caller that is a rule file. */
int lua_place_where(lua_State *lua);
/* keys(file, line): the keys ["…"] that stand in a rule file from that line on, each with its first line. */
int lua_place_keys(lua_State *lua);
