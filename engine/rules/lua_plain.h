/* engine.plain(value): true when the value is plain data, as scripts/awsift/plain.lua has it, for certain;
 * false when that takes a closer look. Raises nothing but a used up budget. */
#pragma once
#include <lua.h>

int lua_plain(lua_State *lua);
