/* A merge sort in place of Lua's quicksort, which takes its pivot from the clock once a list is large and
 * lopsided: equal elements then come out in another order each time, and a decision must be the same byte for
 * byte. An order function that contradicts itself gives some order, always the same one. */
#include "rules/lua_sort.h"
#include "rules/budget.h"

#include <lauxlib.h>
#include <glib.h>

enum { LIST = 1, BEFORE, FROM, TO };

/* Whether element `right` of FROM stands before element `left`. */
static bool is_before(lua_State *lua, lua_Integer right, lua_Integer left)
{
    bool before;
    if (lua_isnil(lua, BEFORE)) {
        lua_rawgeti(lua, FROM, right);
        lua_rawgeti(lua, FROM, left);
        before = lua_compare(lua, -2, -1, LUA_OPLT);
        lua_pop(lua, 2);
        return before;
    }
    lua_pushvalue(lua, BEFORE);
    lua_rawgeti(lua, FROM, right);
    lua_rawgeti(lua, FROM, left);
    lua_call(lua, 2, 1);
    before = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return before;
}

/* Merges the runs [low, middle) and [middle, high) of FROM into TO. */
static void merge(lua_State *lua, lua_Integer low, lua_Integer middle, lua_Integer high)
{
    lua_Integer left = low, right = middle;
    for (lua_Integer to = low; to < high; to++) {
        bool take_right = left >= middle || (right < high && is_before(lua, right, left));
        lua_rawgeti(lua, FROM, take_right ? right++ : left++);
        lua_rawseti(lua, TO, to);
    }
}

int lua_sort(lua_State *lua)
{
    luaL_checktype(lua, LIST, LUA_TTABLE);
    if (!lua_isnoneornil(lua, BEFORE))
        luaL_checktype(lua, BEFORE, LUA_TFUNCTION);
    lua_settop(lua, BEFORE);
    lua_Integer count = luaL_len(lua, LIST);
    budget_charge(budget_of(lua), lua, count); /* __len may say anything */
    lua_newtable(lua);
    lua_newtable(lua);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(lua, LIST, i);
        lua_rawseti(lua, FROM, i);
    }
    for (lua_Integer width = 1; width < count; width *= 2) {
        for (lua_Integer low = 1; low <= count; low += 2 * width)
            merge(lua, low, MIN(low + width, count + 1), MIN(low + 2 * width, count + 1));
        lua_pushvalue(lua, FROM); /* they change places */
        lua_pushvalue(lua, TO);
        lua_replace(lua, FROM);
        lua_replace(lua, TO);
    }
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(lua, FROM, i);
        lua_seti(lua, LIST, i);
    }
    return 0;
}
