/* Header fields of a mail as Lua tables: in order by number, all values of a name by that name in any case.
 */
#include "rules/lua_message_inside.h"

#include <string.h>

/* headers[name] where no such key is: the same name in lower case. */
static int headers_index(lua_State *lua)
{
    if (lua_type(lua, 2) != LUA_TSTRING)
        return 0;
    g_autofree char *lower = g_ascii_strdown(lua_tostring(lua, 2), -1);
    lua_pushstring(lua, lower);
    lua_rawget(lua, 1);
    return 1;
}

static void set_text(lua_State *lua, const char *key, const char *value)
{
    lua_pushstring(lua, value);
    lua_setfield(lua, -2, key);
}

/* Appends a value to the list of its name in the table on top. */
static void append_value(lua_State *lua, const char *name, const char *value)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    lua_getfield(lua, -1, lower);
    if (!lua_istable(lua, -1)) {
        lua_pop(lua, 1);
        lua_newtable(lua);
        lua_pushvalue(lua, -1);
        lua_setfield(lua, -3, lower);
    }
    lua_pushstring(lua, value);
    lua_rawseti(lua, -2, (lua_Integer)lua_rawlen(lua, -2) + 1);
    lua_pop(lua, 1);
}

static void push_fields(lua_State *lua, struct message *message, bool only_raw)
{
    const char *name, *value, *raw;
    lua_newtable(lua);
    for (unsigned i = 0; (name = message_header_at(message, i, &value, &raw)) != NULL; i++) {
        append_value(lua, name, only_raw ? raw : value);
        if (only_raw)
            continue;
        lua_newtable(lua);
        set_text(lua, "name", name);
        set_text(lua, "value", value);
        set_text(lua, "raw", raw);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    if (luaL_newmetatable(lua, "awsift.headers")) {
        lua_pushcfunction(lua, headers_index);
        lua_setfield(lua, -2, "__index");
        lua_pushboolean(lua, 0);
        lua_setfield(lua, -2, "__metatable");
    }
    lua_setmetatable(lua, -2);
}

void lua_message_push_headers(lua_State *lua, struct message *message)
{
    push_fields(lua, message, false);
}

void lua_message_push_raw_headers(lua_State *lua, struct message *message)
{
    push_fields(lua, message, true);
}

void lua_message_push_addresses(lua_State *lua, struct message *message, const char *header)
{
    GPtrArray *addresses = message_addresses(message, header);
    lua_newtable(lua);
    for (guint i = 0; i < addresses->len; i++) {
        const struct address *address = addresses->pdata[i];
        lua_newtable(lua);
        set_text(lua, "name", address->name);
        set_text(lua, "address", address->address);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    g_ptr_array_unref(addresses);
}

/* What stands between < and >, in order. */
void lua_message_push_ids(lua_State *lua, struct message *message, const char *header)
{
    const char *value;
    lua_Integer count = 0;
    lua_newtable(lua);
    for (unsigned n = 0; (value = message_header(message, header, n)) != NULL; n++)
        for (const char *open = strchr(value, '<'), *close; open != NULL; open = strchr(close, '<')) {
            close = strchr(open, '>');
            if (close == NULL)
                break;
            lua_pushlstring(lua, open + 1, (size_t)(close - open - 1));
            lua_rawseti(lua, -2, ++count);
        }
}
