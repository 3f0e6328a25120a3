/* The globals of rule files. Everything that shows an address, the clock, chance, a file or bytecode is
 * absent or replaced: `pairs` walks in key order, `tostring` of a table is "table", os.time() is the arrival,
 * results of string.rep and string.format are bounded, setmetatable refuses __gc. There is no rawset, next,
 * load, coroutine, debug. */
#include "rules/lua_globals.h"
#include "rules/budget.h"
#include "rules/lasting.h"
#include "rules/lua_fill.h"
#include "rules/lua_pairs.h"
#include "rules/lua_place.h"
#include "rules/lua_sort.h"
#include "rules/sandbox.h"
#include "base/guard.h"

#include <lauxlib.h>
#include <lualib.h>
#include <glib.h>
#include <string.h>

enum { TEXT_MAXIMUM = 1 << 20 };

static int plain_tostring(lua_State *lua)
{
    luaL_checkany(lua, 1);
    switch (lua_type(lua, 1)) {
    case LUA_TSTRING:
    case LUA_TNUMBER:
    case LUA_TBOOLEAN:
    case LUA_TNIL:
        luaL_tolstring(lua, 1, NULL);
        return 1;
    default:
        if (luaL_callmeta(lua, 1, "__tostring"))
            return 1;
        lua_pushstring(lua, luaL_typename(lua, 1));
        return 1;
    }
}

static int guarded_setmetatable(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_argexpected(lua, lua_istable(lua, 2) || lua_isnil(lua, 2), 2, "nil or table");
    if (lua_istable(lua, 2) && guard_stands("gc")) {
        lua_getfield(lua, 2, "__gc");
        if (!lua_isnil(lua, -1))
            return luaL_error(lua, "__gc is not allowed in rules");
        lua_pop(lua, 1);
    }
    if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL && guard_stands("protected"))
        return luaL_error(lua, "this table is protected");
    lua_settop(lua, 2);
    lua_setmetatable(lua, 1);
    return 1;
}

static int guarded_getmetatable(lua_State *lua)
{
    if (!guard_stands("metatables"))
        return lua_getmetatable(lua, 1);
    if (!lua_istable(lua, 1) || !lua_getmetatable(lua, 1))
        lua_pushnil(lua);
    else if (lua_getfield(lua, -1, "__metatable") == LUA_TNIL)
        lua_pop(lua, 1);
    return 1;
}

/* Where pcall ends, also after what it called has waited (an action's http.post). */
static int pcall_end(lua_State *lua, int status, lua_KContext context)
{
    if (budget_of(lua)->spent != BUDGET_LEFT)
        budget_raise(budget_of(lua), lua);
    lua_pushboolean(lua, status == LUA_OK || status == LUA_YIELD);
    lua_insert(lua, 1);
    return lua_gettop(lua);
}

/* pcall that cannot swallow a used up budget. */
static int guarded_pcall(lua_State *lua)
{
    luaL_checkany(lua, 1);
    return pcall_end(lua, lua_pcallk(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0, 0, pcall_end), 0);
}

/* Calls what was wrapped with all arguments. */
static int call_wrapped(lua_State *lua)
{
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}

/* The same, where the result is a text; while it grows, the budget of memory bounds it. */
static int call_bounded(lua_State *lua)
{
    int results = call_wrapped(lua);
    if (lua_rawlen(lua, 1) > TEXT_MAXIMUM && guard_stands("text"))
        return luaL_error(lua, "the text would have more than %d bytes", TEXT_MAXIMUM);
    return results;
}

static int bounded_rep(lua_State *lua)
{
    size_t length = 0, separator = 0;
    luaL_checklstring(lua, 1, &length);
    lua_Integer count = luaL_checkinteger(lua, 2);
    luaL_optlstring(lua, 3, "", &separator);
    if (count > 0 && (length + separator) > 0 && guard_stands("text") &&
        (lua_Unsigned)count > TEXT_MAXIMUM / (length + separator))
        return luaL_error(lua, "string.rep would make more than %d bytes", TEXT_MAXIMUM);
    return call_wrapped(lua);
}

static int bounded_format(lua_State *lua)
{
    size_t length;
    const char *format = luaL_checklstring(lua, 1, &length), *end = format + length;
    for (const char *at = format; (at = memchr(at, '%', (size_t)(end - at))) != NULL; at++) {
        if (at[1] == '%') {
            at++;
            continue;
        }
        size_t flags = strspn(at + 1, "-+ #0123456789.");
        if (at[1 + flags] == 'p' && guard_stands("addresses"))
            return luaL_error(lua, "%%p is not allowed in rules");
    }
    for (int i = 2; i <= lua_gettop(lua); i++)
        if (!lua_isstring(lua, i) && guard_stands("addresses")) { /* tables show no address */
            lua_pushcfunction(lua, plain_tostring);
            lua_pushvalue(lua, i);
            lua_call(lua, 1, 1);
            if (!lua_isboolean(lua, i) && !lua_isnil(lua, i))
                lua_replace(lua, i);
            else
                lua_pop(lua, 1);
        }
    return call_bounded(lua);
}

/* table.move and its like walk as far as numbers or a __len say, with no instruction in between: each step is
 * charged before it is taken. */
static void charge_range(lua_State *lua, lua_Integer first, lua_Integer last)
{
    if (last >= first) /* the difference may be larger than an integer */
        budget_charge(budget_of(lua), lua,
                      first < 0 && last > LUA_MAXINTEGER + first ? LUA_MAXINTEGER : last - first);
}

/* table.insert(list, position, value), table.remove(list, position): what stands behind is moved. */
static int charged_shift(lua_State *lua)
{
    int least = (int)lua_tointeger(lua, lua_upvalueindex(2));
    if (lua_istable(lua, 1) && lua_gettop(lua) >= least && lua_isinteger(lua, 2))
        charge_range(lua, lua_tointeger(lua, 2), luaL_len(lua, 1));
    return call_wrapped(lua);
}

static int charged_move(lua_State *lua)
{
    charge_range(lua, luaL_checkinteger(lua, 2), luaL_checkinteger(lua, 3));
    return call_wrapped(lua);
}

static int charged_concat(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_Integer first = luaL_optinteger(lua, 3, 1);
    charge_range(lua, first, lua_isnoneornil(lua, 4) ? luaL_len(lua, 1) : luaL_checkinteger(lua, 4));
    return call_bounded(lua);
}

static int charged_unpack(lua_State *lua)
{
    charge_range(lua, luaL_optinteger(lua, 2, 1),
                 lua_isnoneornil(lua, 3) ? luaL_len(lua, 1) : luaL_checkinteger(lua, 3));
    return call_wrapped(lua);
}

static int arrival_time(lua_State *lua)
{
    lua_getfield(lua, LUA_REGISTRYINDEX, "awsift.time");
    lua_pushinteger(lua, guard_stands("clock") ? lua_tointeger(lua, -1) / 1000 : g_get_real_time() / 1000000);
    return 1;
}

/* In a function of its own: nothing of GLib's is held when Lua may raise. */
static void format_date(int64_t time, const char *format, char *text, size_t size)
{
    g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(time);
    g_autofree char *formatted = moment != NULL ? g_date_time_format(moment, format) : NULL;
    g_strlcpy(text, formatted != NULL ? formatted : "", size);
}

/* os.date(format?, time?) in UTC; the time is the arrival when absent. */
static int utc_date(lua_State *lua)
{
    const char *format = luaL_optstring(lua, 1, "%Y-%m-%d %H:%M:%S");
    luaL_argcheck(lua, g_utf8_validate(format, -1, NULL), 1, "is not UTF-8");
    if (lua_isnoneornil(lua, 2))
        arrival_time(lua);
    else
        lua_pushinteger(lua, luaL_checkinteger(lua, 2));
    char text[256] = "";
    format_date(lua_tointeger(lua, -1), format[0] == '!' ? format + 1 : format, text, sizeof text);
    lua_pushstring(lua, text);
    return 1;
}

static int frozen_write(lua_State *lua)
{
    lua_settop(lua, 2);
    lua_pushcfunction(lua, plain_tostring);
    lua_insert(lua, 2);
    lua_call(lua, 1, 1);
    return luaL_error(lua, "'%s' cannot be set: the shipped tables are read-only", lua_tostring(lua, 2));
}

void lua_globals_freeze(lua_State *lua)
{
    if (!guard_stands("frozen"))
        return;
    lua_newtable(lua);
    lua_newtable(lua);       /* -> table, view, metatable */
    lua_rotate(lua, -3, -1); /* -> view, metatable, table */
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, frozen_write);
    lua_setfield(lua, -2, "__newindex");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
    lasting_ignore(lua);
}

/* Copies the named functions of the library on top of the stack into a new table and pushes it. */
static void pick(lua_State *lua, const char *const *names)
{
    lua_newtable(lua);
    for (size_t i = 0; names[i] != NULL; i++) {
        lua_getfield(lua, -2, names[i]);
        lua_setfield(lua, -2, names[i]);
    }
}

/* The wrapper's upvalues are the function and a number. */
static void wrap(lua_State *lua, const char *name, lua_CFunction wrapper, int number)
{
    lua_getfield(lua, -1, name);
    lua_pushinteger(lua, number);
    lua_pushcclosure(lua, wrapper, 2);
    lua_setfield(lua, -2, name);
}

static void add_string(lua_State *lua)
{
    static const char *const names[] = {"byte",  "char",  "find", "format",  "gmatch", "gsub",  "len",
                                        "lower", "match", "rep",  "reverse", "sub",    "upper", NULL};
    luaL_requiref(lua, "string", luaopen_string, 0);
    pick(lua, names);
    wrap(lua, "rep", bounded_rep, 0);
    wrap(lua, "format", bounded_format, 0);
    wrap(lua, "gsub", call_bounded, 0);
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1); /* -> library, picked, "", metatable */
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 2);
    lua_globals_freeze(lua);
    lua_setfield(lua, -3, "string"); /* -> globals, library */
    lua_pop(lua, 1);
}

static void add_table(lua_State *lua)
{
    static const char *const names[] = {"concat", "insert", "remove", "unpack", "move", NULL};
    luaL_requiref(lua, "table", luaopen_table, 0);
    pick(lua, names);
    wrap(lua, "concat", charged_concat, 0);
    wrap(lua, "insert", charged_shift, 3);
    wrap(lua, "remove", charged_shift, 2);
    lua_pushcfunction(lua, lua_sort);
    lua_setfield(lua, -2, "sort");
    wrap(lua, "move", charged_move, 0);
    wrap(lua, "unpack", charged_unpack, 0);
    lua_globals_freeze(lua);
    lua_setfield(lua, -3, "table");
    lua_pop(lua, 1);
}

static void add_library(lua_State *lua, const char *name, lua_CFunction open, const char *const *names)
{
    luaL_requiref(lua, name, open, 0);
    pick(lua, names);
    lua_globals_freeze(lua);
    lua_setfield(lua, -3, name);
    lua_pop(lua, 1);
}

static void add_base(lua_State *lua)
{
    static const char *const names[] = {"assert", "error",    "ipairs", "rawequal", "rawlen",
                                        "select", "tonumber", "type",   NULL};
    luaL_requiref(lua, "_G", luaopen_base, 0); /* -> globals, base */
    for (size_t i = 0; names[i] != NULL; i++) {
        lua_getfield(lua, -1, names[i]);
        lua_setfield(lua, -3, names[i]);
    }
    lua_pop(lua, 1);
    static const luaL_Reg own[] = {{"pairs", lua_pairs},
                                   {"tostring", plain_tostring},
                                   {"setmetatable", guarded_setmetatable},
                                   {"getmetatable", guarded_getmetatable},
                                   {"pcall", guarded_pcall},
                                   {NULL, NULL}};
    luaL_setfuncs(lua, own, 0);
}

/* engine.acts(): whether an actor reads, which acts and does not decide. */
static int acts(lua_State *lua)
{
    lua_pushboolean(lua, sandbox_is_acting(lua));
    return 1;
}

void lua_globals_push(lua_State *lua)
{
    static const char *const utf8_names[] = {"char", "charpattern", "codepoint", "codes",
                                             "len",  "offset",      NULL};
    static const char *const math_names[] = {"abs",        "ceil", "floor",      "fmod", "huge", "max",
                                             "maxinteger", "min",  "mininteger", "modf", "pi",   "sqrt",
                                             "tointeger",  "type", "ult",        NULL};
    lua_newtable(lua); /* -> globals */
    add_base(lua);
    add_string(lua);
    add_table(lua);
    add_library(lua, "utf8", luaopen_utf8, utf8_names);
    add_library(lua, "math", luaopen_math, math_names);
    lua_newtable(lua);
    lua_pushcfunction(lua, arrival_time);
    lua_setfield(lua, -2, "time");
    lua_pushcfunction(lua, utc_date);
    lua_setfield(lua, -2, "date");
    lua_globals_freeze(lua);
    lua_setfield(lua, -2, "os");
    lua_newtable(lua);
    lua_pushcfunction(lua, acts);
    lua_setfield(lua, -2, "acts");
    lua_pushcfunction(lua, lua_place_where);
    lua_setfield(lua, -2, "where");
    lua_pushcfunction(lua, lua_place_find);
    lua_setfield(lua, -2, "find");
    lua_pushcfunction(lua, lua_place_twice);
    lua_setfield(lua, -2, "twice");
    lua_pushcfunction(lua, lua_place_keys);
    lua_setfield(lua, -2, "keys");
    lua_pushcfunction(lua, lua_fill_fills);
    lua_setfield(lua, -2, "fills");
    lua_pushcfunction(lua, lua_fill_fill);
    lua_setfield(lua, -2, "fill");
    lua_globals_freeze(lua);
    lua_setfield(lua, -2, "engine");
    lasting_ignore(lua);
}

void lua_globals_set_time(lua_State *lua, int64_t time)
{
    lua_pushinteger(lua, time);
    lua_setfield(lua, LUA_REGISTRYINDEX, "awsift.time");
}
