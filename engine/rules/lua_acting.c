/* json, log.masked and local_time. */
#include "rules/lua_acting.h"
#include "rules/lua_json.h"
#include "base/json.h"
#include "base/mask.h"
#include "base/secrecy.h"
#include "base/times.h"

static int act_encode(lua_State *lua)
{
    luaL_checkany(lua, 1);
    json_t *value = lua_json_read_sent(lua, 1);
    if (value == NULL)
        return luaL_error(lua, "json.encode: it is nested more than 64 deep, or has a million values");
    char *text = json_canonical(value);
    json_decref(value);
    lua_pushstring(lua, text);
    g_free(text);
    return 1;
}

static int act_decode(lua_State *lua)
{
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length);
    json_t *value = json_loadb(text, length, JSON_DECODE_ANY, NULL);
    if (value != NULL)
        lua_json_push(lua, value);
    else
        lua_pushnil(lua);
    json_decref(value);
    return 1;
}

/* A text as it may stand in logs and chats. */
int lua_masked(lua_State *lua)
{
    char *text = secrecy_mask(mask_secrets(luaL_checkstring(lua, 1)));
    lua_pushstring(lua, text);
    g_free(text);
    return 1;
}

/* local_time(moment, zone): "2026-12-05 10:00 JST" for a moment as ISO 8601 writes it and the name of a time
 * zone
 * ("Asia/Tokyo"). nil where either is none, or this system does not know the zone. */
int lua_local_time(lua_State *lua)
{
    const char *text = luaL_checkstring(lua, 1), *zone = luaL_checkstring(lua, 2);
    int64_t moment;
    char *shown = time_parse(text, &moment) ? time_format_local(moment, zone) : NULL;
    lua_pushstring(lua, shown);
    g_free(shown);
    return 1;
}

const luaL_Reg lua_json_functions[] = {{"encode", act_encode}, {"decode", act_decode}, {NULL, NULL}};
