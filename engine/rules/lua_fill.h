/* engine.fills and engine.fill, for the shipped scripts. */
#pragma once
#include <lua.h>

/* fills(text): the placeholders of an action's text as { { name, complaint, unknown, default }, … }, and the
 * set of all filters. */
int lua_fill_fills(lua_State *lua);
/* fill(text, values): the text with its placeholders filled from the table, as those of actions are. */
int lua_fill_fill(lua_State *lua);
