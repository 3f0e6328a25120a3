/* engine.fills, for the shipped language's checks of texts. */
#pragma once
#include <lua.h>

/* fills(text): the placeholders of an action's text as { { name, complaint, unknown, default }, … }, and the
 * set of all filters. */
int lua_fill_fills(lua_State *lua);
