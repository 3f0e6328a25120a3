/* Walking a table in the order of its keys. The keys are listed when the walk begins, and compared here, byte
 * by byte and not by the words of a locale: no two are equal, so that every machine walks the same way. Each
 * key is charged before any is compared; what is not in order is sorted outside of Lua's heap, except for a
 * large table's, of which the budget must know. */
#include "rules/lua_pairs.h"
#include "rules/budget.h"

#include <glib.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 64, PASSES = 2 /* over the keys, that are charged: to list and to sort */ };

struct key {
    int type;
    bool whole;
    lua_Integer integer; /* a boolean, too */
    lua_Number number;   /* that is no integer's equal: as a key it would be the integer */
    const char *text;    /* as long as the list has it */
    size_t length;
    lua_Integer place; /* in the list */
};

static struct key key_at(lua_State *lua, int index, lua_Integer place)
{
    struct key key = {.type = lua_type(lua, index), .whole = lua_isinteger(lua, index), .place = place};
    if (key.type == LUA_TSTRING)
        key.text = lua_tolstring(lua, index, &key.length);
    else if (key.whole)
        key.integer = lua_tointeger(lua, index);
    else if (key.type == LUA_TNUMBER)
        key.number = lua_tonumber(lua, index);
    else
        key.integer = lua_toboolean(lua, index);
    return key;
}

static bool is_below(lua_Integer integer, lua_Number number)
{
    static const lua_Number beyond = -(lua_Number)LUA_MININTEGER;
    if (number >= beyond || number < -beyond)
        return number > 0;
    lua_Integer whole = (lua_Integer)number; /* towards zero */
    return number > 0 ? integer <= whole : integer < whole;
}

static int compare_numbers(const struct key *a, const struct key *b)
{
    if (a->whole && b->whole)
        return a->integer < b->integer ? -1 : a->integer > b->integer;
    if (a->whole)
        return is_below(a->integer, b->number) ? -1 : 1;
    if (b->whole)
        return is_below(b->integer, a->number) ? 1 : -1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static int compare_texts(const struct key *a, const struct key *b)
{
    int order = memcmp(a->text, b->text, MIN(a->length, b->length));
    return order != 0 ? order : a->length < b->length ? -1 : a->length > b->length;
}

static int order_of(int type)
{
    return type == LUA_TNUMBER ? 0 : type == LUA_TSTRING ? 1 : 2;
}

static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left, *b = right;
    if (a->type != b->type)
        return order_of(a->type) - order_of(b->type);
    if (a->type == LUA_TNUMBER)
        return compare_numbers(a, b);
    return a->type == LUA_TSTRING ? compare_texts(a, b) : (int)(a->integer - b->integer);
}

/* Of the list on top of the stack. */
static void sort_keys(lua_State *lua, lua_Integer count)
{
    struct key few[FEW], *keys = few;
    if (count > FEW)
        keys = lua_newuserdatauv(lua, (size_t)count * sizeof *keys, 0);
    else
        lua_pushnil(lua); /* -> list, keys or nil */
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(lua, -2, i + 1);
        keys[i] = key_at(lua, -1, i + 1);
        lua_pop(lua, 1);
    }
    qsort(keys, (size_t)count, sizeof *keys, compare_keys);
    lua_createtable(lua, (int)count, 0);
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(lua, -3, keys[i].place);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_replace(lua, -3);
    lua_pop(lua, 1); /* -> list */
}

/* upvalues: the list, the position in it */
static int step(lua_State *lua)
{
    lua_Integer position = lua_tointeger(lua, lua_upvalueindex(2)) + 1;
    lua_pushinteger(lua, position);
    lua_replace(lua, lua_upvalueindex(2));
    if (lua_rawgeti(lua, lua_upvalueindex(1), position) == LUA_TNIL)
        return 1;
    lua_pushvalue(lua, -1);
    lua_gettable(lua, 1);
    return 2;
}

static lua_Integer count_keys(lua_State *lua)
{
    lua_Integer count = 0;
    for (lua_pushnil(lua); lua_next(lua, 1) != 0; count++) {
        lua_pop(lua, 1);
        int type = lua_type(lua, -1);
        if (type != LUA_TNUMBER && type != LUA_TSTRING && type != LUA_TBOOLEAN)
            luaL_error(lua, "pairs needs keys that have an order, not a %s", lua_typename(lua, type));
    }
    return count;
}

int lua_pairs(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_Integer count = count_keys(lua);
    budget_charge(budget_of(lua), lua, PASSES * count);
    lua_createtable(lua, (int)count, 0); /* -> list */
    struct key last = {0};
    bool sorted = true;
    lua_pushnil(lua);
    for (lua_Integer place = 1; lua_next(lua, 1) != 0; place++) {
        lua_pop(lua, 1);
        struct key key = key_at(lua, -1, place);
        sorted = sorted && (place == 1 || compare_keys(&last, &key) < 0);
        last = key;
        lua_pushvalue(lua, -1);
        lua_rawseti(lua, -3, place);
    }
    if (!sorted)
        sort_keys(lua, count);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, step, 2);
    lua_pushvalue(lua, 1);
    return 2;
}
