/* `msg` as rules see it while deciding; lua_message.c lists its fields. Use after the mail ended raises
 * "message is no longer available". */
#pragma once
#include "rules/reading.h"

/* Pushes msg and found (two values). May raise only when memory is out. */
void lua_message_push(lua_State *lua, struct reading *reading);
/* Cuts every msg that was pushed from its mail. */
void lua_message_end(lua_State *lua);
