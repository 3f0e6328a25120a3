/* The globals of rule files: an allow-list of pure functions, library tables frozen. */
#pragma once
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/* Pushes the table of globals. May raise (out of memory). */
void lua_globals_push(lua_State *lua);
/* Replaces the table on top of the stack by a read-only view of it, one table deep. */
void lua_globals_freeze(lua_State *lua);
/* os.time() while deciding: the arrival time, ms. Per state. */
void lua_globals_set_time(lua_State *lua, int64_t time);
