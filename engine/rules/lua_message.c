/* The Lua face of a mail. The userdata is a box {reading}; ending empties every box that was handed out. */
#include "rules/lua_message.h"
#include "rules/lua_json.h"
#include "rules/notice.h"
#include "base/json.h"
#include "base/times.h"

#include <lauxlib.h>
#include <string.h>

#define TYPE_NAME "awsift.message"

struct box {
    struct reading *reading;
};

static struct reading *check_message(lua_State *lua)
{
    struct box *box = luaL_checkudata(lua, 1, TYPE_NAME);
    if (box->reading == NULL)
        luaL_error(lua, "message is no longer available");
    return box->reading;
}

/* msg:header(name, n): the n-th field of that name from the top (from 1), decoded; nil when there is none. */
static int message_header_call(lua_State *lua)
{
    struct reading *reading = check_message(lua);
    const char *name = luaL_checkstring(lua, 2);
    lua_Integer n = luaL_optinteger(lua, 3, 1);
    const char *value = n >= 1 && n <= 1000 ? message_header(reading->message, name, (unsigned)n - 1) : NULL;
    lua_pushstring(lua, value);
    return 1;
}

static void push_addresses(lua_State *lua, struct reading *reading, const char *header)
{
    GPtrArray *addresses = reading_addresses(reading, header);
    lua_newtable(lua);
    for (guint i = 0; addresses != NULL && i < addresses->len; i++) {
        const struct address *address = addresses->pdata[i];
        lua_newtable(lua);
        lua_pushstring(lua, address->name);
        lua_setfield(lua, -2, "name");
        lua_pushstring(lua, address->address);
        lua_setfield(lua, -2, "address");
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    if (addresses != NULL)
        g_ptr_array_unref(addresses);
}

static void push_attachments(lua_State *lua, struct reading *reading)
{
    const GPtrArray *parts = reading_parts(reading);
    lua_newtable(lua);
    lua_Integer count = 0;
    for (guint i = 0; i < parts->len; i++) {
        const struct part *part = parts->pdata[i];
        if (part->filename == NULL)
            continue;
        lua_newtable(lua);
        lua_pushstring(lua, part->filename);
        lua_setfield(lua, -2, "name");
        lua_pushstring(lua, part->type);
        lua_setfield(lua, -2, "type");
        lua_pushinteger(lua, (lua_Integer)part->size);
        lua_setfield(lua, -2, "size");
        lua_rawseti(lua, -2, ++count);
    }
}

static void push_from(lua_State *lua, struct reading *reading)
{
    const struct address *from = message_from(reading->message);
    lua_newtable(lua);
    lua_pushstring(lua, from != NULL ? from->name : "");
    lua_setfield(lua, -2, "name");
    lua_pushstring(lua, from != NULL ? from->address : "");
    lua_setfield(lua, -2, "address");
}

static int message_index(lua_State *lua)
{
    struct reading *reading = check_message(lua);
    const char *key = luaL_checkstring(lua, 2);
    int64_t date;
    if (strcmp(key, "subject") == 0)
        lua_pushstring(lua, message_subject(reading->message));
    else if (strcmp(key, "title") == 0)
        lua_pushstring(lua, reading_title(reading));
    else if (strcmp(key, "text") == 0 || strcmp(key, "body") == 0)
        lua_pushstring(lua, reading_text(reading));
    else if (strcmp(key, "from") == 0)
        push_from(lua, reading);
    else if (strcmp(key, "to") == 0)
        push_addresses(lua, reading, "To");
    else if (strcmp(key, "cc") == 0)
        push_addresses(lua, reading, "Cc");
    else if (strcmp(key, "notice") == 0)
        lua_json_push(lua, notice_of(reading, true));
    else if (strcmp(key, "auth") == 0)
        lua_json_push(lua, reading->auth->json);
    else if (strcmp(key, "attachments") == 0)
        push_attachments(lua, reading);
    else if (strcmp(key, "message_id") == 0)
        lua_pushstring(lua, message_id(reading->message));
    else if (strcmp(key, "date") == 0 && message_date(reading->message, &date))
        lua_pushinteger(lua, date / 1000);
    else if (strcmp(key, "header") == 0)
        lua_pushcfunction(lua, message_header_call);
    else
        lua_pushnil(lua);
    return 1;
}

void lua_message_push(lua_State *lua, struct reading *reading)
{
    luaL_checkstack(lua, 6, "message");
    struct box *box = lua_newuserdatauv(lua, sizeof *box, 0);
    box->reading = NULL;
    if (luaL_newmetatable(lua, TYPE_NAME)) {
        lua_pushcfunction(lua, message_index);
        lua_setfield(lua, -2, "__index");
        lua_pushboolean(lua, 0);
        lua_setfield(lua, -2, "__metatable");
    }
    lua_setmetatable(lua, -2);
    box->reading = reading;
    lua_pushvalue(lua, -1);
    lua_setfield(lua, LUA_REGISTRYINDEX, "awsift.current");
    lua_json_push(lua, reading->found);
}

void lua_message_end(lua_State *lua)
{
    if (lua_getfield(lua, LUA_REGISTRYINDEX, "awsift.current") == LUA_TUSERDATA)
        ((struct box *)lua_touserdata(lua, -1))->reading = NULL;
    lua_pop(lua, 1);
}
