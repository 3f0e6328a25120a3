/* A quick look at what is declared, which is plain nearly always: one walk with raw access. It remembers no
 * table: what contains itself is too deep, and what shares its tables without end has too many entries. Of
 * these, and of whatever is not plain, plain.lua finds out why. */
#include "rules/lua_plain.h"
#include "rules/budget.h"

#include <lauxlib.h>

enum { DEEPEST = 100, MOST_ENTRIES = 10000 };

static bool has_order(int type)
{
    return type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TBOOLEAN;
}

/* Of the table on top of the stack. */
static bool is_plain(lua_State *lua, int depth, int *entries)
{
    if (depth > DEEPEST || lua_getmetatable(lua, -1) || !lua_checkstack(lua, 4))
        return false;
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) { /* -> table, key, value */
        if (!has_order(lua_type(lua, -2)) || ++*entries > MOST_ENTRIES)
            return false;
        if (lua_istable(lua, -1) && !is_plain(lua, depth + 1, entries))
            return false;
        lua_pop(lua, 1);
    }
    return true;
}

int lua_plain(lua_State *lua)
{
    int entries = 0;
    luaL_checkany(lua, 1);
    lua_settop(lua, 1);
    bool plain = !lua_istable(lua, 1) || is_plain(lua, 1, &entries);
    lua_settop(lua, 0); /* a walk that broke off leaves its way behind */
    budget_charge(budget_of(lua), lua, entries);
    lua_pushboolean(lua, plain);
    return 1;
}
