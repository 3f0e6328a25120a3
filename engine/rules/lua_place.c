/* Where in the rule files something stands, for the shipped language alone: the statement that runs, and the
 * keys of a long table. Lua itself knows the line of a call only, not those of a table's entries: these are
 * looked for in the text of the file, and whoever makes its tables by other means is told the statement's
 * line. */
#include "rules/lua_place.h"
#include "rules/sandbox.h"

#include <lauxlib.h>
#include <string.h>

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

/* Adds the keys of one line, ["KEY"] = …, to the table on top; the first line of each stays. */
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
            lua_pushinteger(lua, number);
            lua_rawset(lua, -3);
        } else {
            lua_pop(lua, 2);
        }
        at = last;
    }
}

int lua_place_keys(lua_State *lua)
{
    struct snapshot_file file = sandbox_file(lua, luaL_checkstring(lua, 1));
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
