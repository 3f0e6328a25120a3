/* What acting and its rehearsal have in common: the functions of an action's globals that have no effect and
 * read nothing of this machine but its time zones. */
#pragma once
#include <lauxlib.h>

extern const luaL_Reg lua_json_functions[], lua_crypto_functions[];
/* log.masked(text), local_time(moment, zone). */
int lua_masked(lua_State *lua);
int lua_local_time(lua_State *lua);
