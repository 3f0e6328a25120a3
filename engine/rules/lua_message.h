/* `msg` as rules see it while deciding: msg.subject, title, text, from {name, address}, to, cc, date,
 * account, notice, auth, attachments, spool time, and msg:header("Name"[, n]). Use after the mail ended
 * raises "message is no longer available". */
#pragma once
#include "rules/reading.h"

/* Pushes msg and found (two values). May raise only when memory is out. */
void lua_message_push(lua_State *lua, struct reading *reading);
/* Cuts every msg that was pushed from its mail. */
void lua_message_end(lua_State *lua);
