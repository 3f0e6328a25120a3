/* The globals of rule files: an allow-list of pure functions, library tables frozen. */
#pragma once
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/* Pushes the table of globals. May raise (out of memory). */
void lua_globals_push(lua_State *lua);
/* os.time() while deciding: the arrival time, ms. Per state. */
void lua_globals_set_time(lua_State *lua, int64_t time);
/* rules/sandbox.c: whether the running call has used up its budget. */
bool sandbox_overran(lua_State *lua);
/* rules/sandbox.c: takes the steps of a library function from the running call's budget; raises when it is
 * used up. */
void sandbox_charge(lua_State *lua, lua_Integer steps);
