/* What Lua says of a file that it cannot read, for people who know no Lua. */
#pragma once
#include <lua.h>
#include <stddef.h>

/* Lua's message with its likely cause and what to do, where one is known. The caller frees. */
char *lua_syntax_explain(const char *message);
/* The column of the token that Lua's message says it stopped near, in that line of the file; 1 when that
 * cannot be told. Leaves Lua's stack as it was. */
int lua_syntax_column(lua_State *lua, const char *bytes, size_t size, int line, const char *message);
