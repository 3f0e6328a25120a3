/* What a rule's function could remember from mail to mail: variables and tables of its file, and whatever
 * they reach. Deciding is pure, so all of it is noted when rules are loaded and put back after every call. */
#pragma once
#include <lua.h>

/* Notes what the function or list behind a registry reference reaches. Returns NULL, or why it cannot be
 * held to its first state; the caller frees. */
char *lasting_keep(lua_State *lua, int reference);
/* Puts everything back as it was noted. Returns NULL when nothing had changed, else the names of the
 * variables, such as "'count', 'seen'"; the caller frees. Aborts when Lua has no memory left for it. */
char *lasting_restore(lua_State *lua, int reference);
/* The table on top of the stack cannot be changed by rules: what it reaches need not be looked at. */
void lasting_ignore(lua_State *lua);
