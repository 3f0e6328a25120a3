/* What stands between braces in the texts of actions, read when rules load with the reader that fills them
 * when mail is decided: what one finds no fault with, the other can fill. */
#include "rules/lua_fill.h"
#include "rules/fill.h"
#include "rules/budget.h"
#include "rules/lua_json.h"
#include "rules/render.h"
#include "rules/sandbox.h"

#include <lauxlib.h>
#include <string.h>

static void set_text(lua_State *lua, const char *key, const char *text)
{
    if (text == NULL)
        return;
    lua_pushstring(lua, text);
    lua_setfield(lua, -2, key);
}

/* Values first into Lua's own memory: it may raise, and what is GLib's would be lost. */
static void push_fill(lua_State *lua, struct fill *fill)
{
    char name[128], complaint[1024], unknown[128];
    bool wrong = fill->complaint != NULL, unknown_filter = fill->unknown != NULL;
    bool optional = fill_has_default(fill);
    g_strlcpy(name, fill->name, sizeof name);
    g_strlcpy(complaint, wrong ? fill->complaint : "", sizeof complaint);
    g_strlcpy(unknown, unknown_filter ? fill->unknown : "", sizeof unknown);
    fill_clear(fill);
    lua_createtable(lua, 0, 4); /* -> fill */
    set_text(lua, "name", name);
    set_text(lua, "complaint", wrong ? complaint : NULL);
    set_text(lua, "unknown", unknown_filter ? unknown : NULL);
    lua_pushboolean(lua, optional);
    lua_setfield(lua, -2, "optional");
}

int lua_fill_fill(lua_State *lua)
{
    size_t length;
    luaL_checklstring(lua, 1, &length);
    luaL_checktype(lua, 2, LUA_TTABLE);
    budget_charge(budget_of(lua), lua, (lua_Integer)(length / 8));
    json_t *text = lua_json_read(lua, 1), *values = lua_json_read(lua, 2);
    json_t *filled = render_args(text, NULL, values, NULL);
    json_decref(text);
    json_decref(values);
    lua_json_push(lua, filled);
    json_decref(filled);
    return 1;
}

int lua_fill_fills(lua_State *lua)
{
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length);
    const char *const *names = fill_filters();
    budget_charge(budget_of(lua), lua, (lua_Integer)(length / 8));
    lua_newtable(lua); /* -> fills */
    for (const char *at = text; (at = strchr(at, '{')) != NULL;) {
        struct fill fill;
        if (!fill_read(at, &fill)) {
            at++;
            continue;
        }
        at += fill.length;
        push_fill(lua, &fill); /* -> fills, fill */
        lua_rawseti(lua, -2, (lua_Integer)lua_rawlen(lua, -2) + 1);
    }
    lua_newtable(lua); /* -> fills, filters */
    for (; *names != NULL; names++) {
        lua_pushboolean(lua, 1);
        lua_setfield(lua, -2, *names);
    }
    return 2;
}
