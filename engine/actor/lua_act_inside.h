/* What the files of acting's globals share. All of these may raise. */
#pragma once
#include "actor/performance.h"

#include <lauxlib.h>

extern const luaL_Reg lua_http_functions[], lua_outbox_functions[], lua_smtp_functions[],
    lua_store_functions[];

/* The running performance, for a call with an effect: refused once the action has ended. */
struct performance *lua_act_acting(lua_State *lua);
/* The same for a call that is about to wait: refused, before anything is begun, where it could not. */
struct performance *lua_act_waiting(lua_State *lua);
/* Ends the action with the reason at index 1, whatever it is; raises. after: ms, -1 when not said. */
int lua_act_end(lua_State *lua, enum outcome outcome, int64_t after);
/* The same with why, which is freed; 0 when it goes on (OUTCOME_DONE). */
int lua_act_report(lua_State *lua, enum outcome outcome, char *why);
/* exec, among the globals at index 1, from which it takes the word that rules ask for the action with. */
void lua_exec_add(lua_State *lua);
/* Pushes a function of a shipped script that a shipped action has loaded. */
void lua_act_push_shipped(lua_State *lua, const char *path, const char *function);
/* Puts bytes into a Maildir below the store. NULL, or what went wrong, which the caller frees; raises
 * nothing. */
char *lua_act_deliver_below(struct performance *performance, const char *folder, GBytes *bytes);
