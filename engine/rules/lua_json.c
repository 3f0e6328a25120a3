/* Values between Lua and JSON. Reading uses raw access alone, so no metamethod of a rule runs, and is bounded
 * in depth, number and bytes, so cycles end; what is beyond is left out. */
#include "rules/lua_json.h"
#include "base/guard.h"
#include "base/json.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

enum { DEPTH_MAXIMUM = 16, WHOLE_DEPTH = 64 };

/* What may still be read. One text may stand in many places, and takes its bytes in each. */
struct extent {
    int64_t values, bytes;
    int depth; /* 0: DEPTH_MAXIMUM, and what is deeper is left out alone; else it counts as no room */
};
static const struct extent whole = {.values = 1000000, .bytes = 64 << 20},
                           narrow = {.values = 10000, .bytes = 4 << 20};

void lua_json_push(lua_State *lua, const json_t *value)
{
    luaL_checkstack(lua, 4, "JSON too deep");
    const char *key;
    size_t index;
    json_t *entry;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        lua_newtable(lua);
        json_object_foreach((json_t *)value, key, entry) {
            lua_json_push(lua, entry);
            lua_setfield(lua, -2, key);
        }
        break;
    case JSON_ARRAY:
        lua_newtable(lua);
        json_array_foreach(value, index, entry) {
            lua_json_push(lua, entry);
            lua_rawseti(lua, -2, (lua_Integer)index + 1);
        }
        break;
    case JSON_STRING:
        lua_pushlstring(lua, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        lua_pushinteger(lua, json_integer_value(value));
        break;
    case JSON_REAL:
        lua_pushnumber(lua, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(lua, json_is_true(value));
        break;
    default:
        lua_pushnil(lua);
    }
}

static bool has_room(const struct extent *extent)
{
    return !guard_stands("json") || (extent->values > 0 && extent->bytes > 0);
}

static json_t *read_value(lua_State *lua, int index, int depth, struct extent *extent);

static json_t *read_table(lua_State *lua, int index, int depth, struct extent *extent)
{
    bool list = lua_rawgeti(lua, index, 1) != LUA_TNIL;
    lua_pop(lua, 1);
    lua_pushnil(lua);
    if (lua_next(lua, index) == 0)
        return json_object();
    lua_pop(lua, 2);
    if (list) {
        json_t *array = json_array();
        for (lua_Integer i = 1; lua_rawgeti(lua, index, i) != LUA_TNIL && has_room(extent); i++) {
            json_array_append_new(array, read_value(lua, lua_gettop(lua), depth + 1, extent));
            lua_pop(lua, 1);
        }
        lua_pop(lua, 1);
        return array;
    }
    json_t *object = json_object();
    lua_pushnil(lua);
    while (lua_next(lua, index) != 0) {
        if (lua_type(lua, -2) == LUA_TSTRING && has_room(extent)) {
            g_autofree char *key = g_utf8_make_valid(lua_tostring(lua, -2), -1);
            extent->bytes -= (int64_t)strlen(key);
            json_object_set_new(object, key, read_value(lua, lua_gettop(lua), depth + 1, extent));
        }
        lua_pop(lua, 1);
    }
    return object;
}

static json_t *read_value(lua_State *lua, int index, int depth, struct extent *extent)
{
    extent->values--;
    if ((depth > MAX(extent->depth, DEPTH_MAXIMUM) && guard_stands("json")) || !lua_checkstack(lua, 6)) {
        extent->values = extent->depth > 0 ? 0 : extent->values;
        return json_null();
    }
    switch (lua_type(lua, index)) {
    case LUA_TTABLE:
        return read_table(lua, index, depth, extent);
    case LUA_TSTRING: {
        size_t length;
        const char *bytes = lua_tolstring(lua, index, &length);
        extent->bytes -= (int64_t)length;
        g_autofree char *text = g_utf8_make_valid(bytes, (gssize)length);
        return json_text_new(text);
    }
    case LUA_TNUMBER:
        if (lua_isinteger(lua, index))
            return json_integer(lua_tointeger(lua, index));
        return isfinite(lua_tonumber(lua, index)) ? json_real(lua_tonumber(lua, index)) : json_null();
    case LUA_TBOOLEAN:
        return json_boolean(lua_toboolean(lua, index));
    default:
        return json_null();
    }
}

json_t *lua_json_read(lua_State *lua, int index)
{
    struct extent extent = whole;
    return read_value(lua, lua_absindex(lua, index), 0, &extent);
}

/* NULL when it was not all of it. */
static json_t *read_all(lua_State *lua, int index, struct extent extent)
{
    json_t *value = read_value(lua, lua_absindex(lua, index), 0, &extent);
    if (has_room(&extent))
        return value;
    json_decref(value);
    return NULL;
}

json_t *lua_json_read_all(lua_State *lua, int index, int most)
{
    return read_all(lua, index, (struct extent){.values = most, .bytes = INT64_MAX});
}

json_t *lua_json_read_sent(lua_State *lua, int index)
{
    return read_all(lua, index, (struct extent){whole.values, whole.bytes, WHOLE_DEPTH});
}

json_t *lua_json_read_result(lua_State *lua, int index)
{
    return read_all(lua, index, narrow);
}
