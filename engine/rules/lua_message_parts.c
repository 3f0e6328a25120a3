/* The parts of a mail. A part is a userdata {number} whose user values are its mail and, once asked for, the
 * mail within: what is in it is decoded when size, text or message is read, and no sooner. */
#include "rules/lua_message_inside.h"

#include <string.h>

#define PART_TYPE "awsift.part"
enum { PART_MAIL = 1, PART_INNER };

/* Pushes the mail of the part at index 1 and returns it. */
static struct message *part_mail(lua_State *lua, const struct part **part)
{
    const guint *number = luaL_checkudata(lua, 1, PART_TYPE);
    lua_getiuservalue(lua, 1, PART_MAIL);
    struct message *message = lua_message_check(lua, -1)->message;
    *part = message_parts(message)->pdata[*number];
    return message;
}

static void push_inner(lua_State *lua, struct message *message, const struct part *part)
{
    if (lua_getiuservalue(lua, 1, PART_INNER) != LUA_TNIL)
        return;
    struct message *inner = message_part_message(message, part);
    if (inner == NULL)
        return;
    lua_message_push_inner(lua, 2 + 1, inner);
    lua_pushvalue(lua, -1);
    lua_setiuservalue(lua, 1, PART_INNER);
}

static int part_index(lua_State *lua)
{
    const char *key = luaL_checkstring(lua, 2);
    const struct part *part;
    lua_settop(lua, 2);
    struct message *message = part_mail(lua, &part);
    if (strcmp(key, "type") == 0)
        lua_pushstring(lua, part->type);
    else if (strcmp(key, "charset") == 0)
        lua_pushstring(lua, part->charset);
    else if (strcmp(key, "disposition") == 0)
        lua_pushstring(lua, part->disposition);
    else if (strcmp(key, "filename") == 0 || strcmp(key, "name") == 0)
        lua_pushstring(lua, part->filename);
    else if (strcmp(key, "size") == 0)
        lua_pushinteger(lua, (lua_Integer)message_part_size(message, part));
    else if (strcmp(key, "text") == 0)
        lua_pushstring(lua, message_part_text(message, part));
    else if (strcmp(key, "message") == 0)
        push_inner(lua, message, part);
    else
        lua_pushnil(lua);
    return 1;
}

static void push_part(lua_State *lua, guint number)
{
    guint *box = lua_newuserdatauv(lua, sizeof *box, 2);
    *box = number;
    if (luaL_newmetatable(lua, PART_TYPE)) {
        lua_pushcfunction(lua, part_index);
        lua_setfield(lua, -2, "__index");
        lua_pushboolean(lua, 0);
        lua_setfield(lua, -2, "__metatable");
    }
    lua_setmetatable(lua, -2);
    lua_pushvalue(lua, 1);
    lua_setiuservalue(lua, -2, PART_MAIL);
}

static void push_list(lua_State *lua, struct message *message, bool attached)
{
    const GPtrArray *parts = message_parts(message);
    lua_Integer count = 0;
    lua_newtable(lua);
    for (guint i = 0; i < parts->len; i++) {
        const struct part *part = parts->pdata[i];
        if (attached && part->filename == NULL && g_strcmp0(part->disposition, "attachment") != 0)
            continue;
        push_part(lua, i);
        lua_rawseti(lua, -2, ++count);
    }
}

void lua_message_push_parts(lua_State *lua, struct message *message)
{
    push_list(lua, message, false);
}

void lua_message_push_attachments(lua_State *lua, struct message *message)
{
    push_list(lua, message, true);
}
