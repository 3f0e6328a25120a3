/* Guards that consist in something not being there are switched off by putting it there. */
#pragma once
#include "constants.h"

#include <lua.h>

#if AWSIFT_UNGUARDED
/* Adds to the table of globals on top of the stack what the guards that are off keep out. */
void unguarded_add(lua_State *lua);
#else
static inline void unguarded_add(lua_State *lua)
{
}
#endif
