/* require: of the shipped scripts and of a rule folder's lib/, from the snapshot alone. */
#pragma once
#include <lua.h>

int lua_require(lua_State *lua);
