/* Where in the rule files something stands, for the shipped language: the statement that runs, what stands in
 * it, and the keys of a long table. Lua itself knows the line of a call only, neither columns nor a table's
 * entries: these are looked for in the text of the file (source.h), and whoever makes its tables by other
 * means is told the statement's place. */
#include "rules/lua_place.h"
#include "rules/sandbox.h"

#include <lauxlib.h>
#include <string.h>

#define KNOWN_FILES "awsift.sources"

int lua_place_where(lua_State *lua)
{
    lua_Debug debug;
    int level = (int)luaL_checkinteger(lua, 1);
    for (; lua_getstack(lua, level, &debug); level++) {
        lua_getinfo(lua, "Sl", &debug);
        bool ours = g_str_has_prefix(debug.source, "@awsift/") &&
                    strchr(debug.source + strlen("@awsift/"), '/') == NULL;
        if (debug.currentline > 0 && debug.source[0] == '@' && !ours)
            break;
    }
    if (!lua_getstack(lua, level, &debug))
        return 0;
    lua_pushstring(lua, debug.source + 1);
    lua_pushinteger(lua, debug.currentline);
    return 2;
}

void lua_place_know(lua_State *lua, const char *file, const char *bytes, size_t size)
{
    luaL_getsubtable(lua, LUA_REGISTRYINDEX, KNOWN_FILES);
    lua_pushlstring(lua, bytes, size);
    lua_setfield(lua, -2, file);
    lua_pop(lua, 1);
}

/* NULL bytes when nobody knows the file. */
static struct snapshot_file text_of(lua_State *lua, const char *file)
{
    struct snapshot_file found = {.name = file};
    luaL_getsubtable(lua, LUA_REGISTRYINDEX, KNOWN_FILES);
    if (lua_getfield(lua, -1, file) == LUA_TSTRING)
        found.bytes = lua_tolstring(lua, -1, &found.size); /* lives as long as the table has it */
    lua_pop(lua, 2);
    return found.bytes != NULL ? found : sandbox_file(lua, file);
}

struct source_place lua_place_of(lua_State *lua, const char *file, const struct source_want *want)
{
    struct source_place place = {want->line, 0};
    struct snapshot_file text = text_of(lua, file);
    if (text.bytes != NULL)
        source_find(text.bytes, text.size, want, &place);
    return place;
}

static const char *field_text(lua_State *lua, int table, const char *key)
{
    const char *text = lua_getfield(lua, table, key) == LUA_TSTRING ? lua_tostring(lua, -1) : NULL;
    lua_pop(lua, 1);
    return text; /* lives as long as its table */
}

static int field_number(lua_State *lua, int table, const char *key)
{
    lua_getfield(lua, table, key);
    int number = (int)lua_tointeger(lua, -1);
    lua_pop(lua, 1);
    return number;
}

int lua_place_find(lua_State *lua)
{
    enum { KEYS = 4 };
    const char *file = luaL_checkstring(lua, 1), *keys[KEYS + 1] = {NULL};
    luaL_checktype(lua, 2, LUA_TTABLE);
    struct source_want want = {.line = field_number(lua, 2, "line"),
                               .column = field_number(lua, 2, "column"),
                               .word = field_text(lua, 2, "word"),
                               .name = field_text(lua, 2, "name"),
                               .keys = keys,
                               .text = luaL_optstring(lua, 4, NULL),
                               .skipped = (unsigned)luaL_optinteger(lua, 5, 0)};
    for (int i = 0; lua_istable(lua, 3) && i < KEYS; i++) {
        keys[i] = lua_rawgeti(lua, 3, i + 1) == LUA_TSTRING ? lua_tostring(lua, -1) : NULL;
        lua_pop(lua, 1);
        if (keys[i] == NULL)
            break;
    }
    struct source_place place = lua_place_of(lua, file, &want);
    if (place.column == 0)
        return 0;
    lua_pushinteger(lua, place.line);
    lua_pushinteger(lua, place.column);
    return 2;
}

int lua_place_twice(lua_State *lua)
{
    const char *file = luaL_checkstring(lua, 1);
    luaL_checktype(lua, 2, LUA_TTABLE);
    const struct source_want want = {.line = field_number(lua, 2, "line"),
                                     .word = field_text(lua, 2, "word"),
                                     .name = field_text(lua, 2, "name")};
    struct snapshot_file text = text_of(lua, file);
    struct source_place place;
    g_autofree char *key = text.bytes != NULL ? source_twice(text.bytes, text.size, &want, &place) : NULL;
    if (key == NULL)
        return 0;
    lua_pushstring(lua, key);
    lua_pushinteger(lua, place.line);
    lua_pushinteger(lua, place.column);
    return 3;
}

static void push_place(lua_State *lua, lua_Integer line, lua_Integer column)
{
    lua_createtable(lua, 0, 2);
    lua_pushinteger(lua, line);
    lua_setfield(lua, -2, "line");
    lua_pushinteger(lua, column);
    lua_setfield(lua, -2, "column");
}

/* Adds the keys of one line, ["KEY"] = …, to the table on top; the first place of each stays. */
static void add_keys(lua_State *lua, const char *line, size_t length, lua_Integer number)
{
    for (const char *at = line, *end = line + length; (at = memchr(at, '[', (size_t)(end - at))) != NULL;) {
        const char *quote = ++at;
        while (quote < end && (*quote == ' ' || *quote == '\t'))
            quote++;
        if (quote == end || (*quote != '"' && *quote != '\''))
            continue;
        const char *last = memchr(quote + 1, *quote, (size_t)(end - quote - 1));
        if (last == NULL)
            continue;
        lua_pushlstring(lua, quote + 1, (size_t)(last - quote - 1));
        lua_pushvalue(lua, -1);
        if (lua_rawget(lua, -3) == LUA_TNIL) {
            lua_pop(lua, 1);
            push_place(lua, number, source_column(line, (size_t)(at - 1 - line)));
            lua_rawset(lua, -3);
        } else {
            lua_pop(lua, 2);
        }
        at = last;
    }
}

int lua_place_keys(lua_State *lua)
{
    struct snapshot_file file = text_of(lua, luaL_checkstring(lua, 1));
    lua_Integer first = luaL_checkinteger(lua, 2), number = 1;
    lua_newtable(lua);
    for (size_t at = 0; at < file.size; number++) {
        const char *line = file.bytes + at, *end = memchr(line, '\n', file.size - at);
        size_t length = end != NULL ? (size_t)(end - line) : file.size - at;
        if (number >= first)
            add_keys(lua, line, length, number);
        at += length + 1;
    }
    return 1;
}
