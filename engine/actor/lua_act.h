/* What actions may do, as if it blocked: the globals of acting. What each takes and yields stands in
 * scripts/library/actions.lua. */
#pragma once
#include <lua.h>

struct actor;
/* A lua_CFunction for sandbox_options.extend: sets them in the table at index 1. */
int lua_act_extend(lua_State *lua);
void lua_act_set_actor(struct actor *actor); /* one a process */
