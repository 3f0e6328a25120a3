/* Reading files of Lua, and what Lua says of one that it cannot read, for people who know no Lua. */
#pragma once
#include <lua.h>
#include <stddef.h>

/* Pushes the compiled chunk, or "file:line: why not"; returns what luaL_loadbufferx does. name: "@" and the
 * file's. A mark of the byte order, as some editors write it, is passed over; what is not in UTF-8 is
 * refused: its texts would match nothing. */
int lua_syntax_load(lua_State *lua, const char *bytes, size_t size, const char *name, const char *mode);
/* Lua's message with its likely cause and what to do, where one is known. The caller frees. */
char *lua_syntax_explain(const char *message);
/* The column of the token that Lua's message says it stopped near, in that line of the file; 1 when that
 * cannot be told. Leaves Lua's stack as it was. */
int lua_syntax_column(lua_State *lua, const char *bytes, size_t size, int line, const char *message);
