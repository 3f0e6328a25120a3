/* The powers that rules do not have, for the test build that shows what an attack would do with them. Nothing
 * of this is in a build that is not unguarded. */
#include "rules/unguarded.h"
#include "base/guard.h"

#if AWSIFT_UNGUARDED
#include <lauxlib.h>
#include <lualib.h>

static const struct {
    const char *guard, *name;
    lua_CFunction open; /* a library under that name; NULL: a function of the base library */
} powers[] = {
    {"io", "io", luaopen_io},
    {"os", "os", luaopen_os},
    {"debug", "debug", luaopen_debug},
    {"package", "package", luaopen_package},
    {"coroutine", "coroutine", luaopen_coroutine},
    {"random", "math", luaopen_math},
    {"load", "load", NULL},
    {"load", "loadfile", NULL},
    {"load", "dofile", NULL},
    {"load", "string", luaopen_string},
    {"collectgarbage", "collectgarbage", NULL},
    {"rawset", "rawset", NULL},
    {"rawset", "next", NULL},
    {"order", "pairs", NULL},
    {"addresses", "tostring", NULL},
};

void unguarded_add(lua_State *lua)
{
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        if (guard_stands(powers[i].guard))
            continue;
        luaL_requiref(lua, powers[i].open != NULL ? powers[i].name : "_G",
                      powers[i].open != NULL ? powers[i].open : luaopen_base, 0);
        if (powers[i].open == NULL) {
            lua_getfield(lua, -1, powers[i].name);
            lua_remove(lua, -2);
        }
        lua_setfield(lua, -2, powers[i].name);
    }
}
#else
typedef int unguarded_is_empty; /* a translation unit is not */
#endif
