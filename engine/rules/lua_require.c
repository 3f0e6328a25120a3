/* Modules are run once and kept. Rule files get their own, and of the shipped ones those that nothing else is
 * made of, as read-only views: a file could otherwise change what other rules, the checks, or the actions of
 * the courier are. */
#include "rules/lua_require.h"
#include "rules/lua_globals.h"
#include "rules/lua_syntax.h"
#include "rules/sandbox.h"
#include "base/guard.h"

#include <lauxlib.h>
#include <glib.h>
#include <string.h>

/* Pushes what the file returned, or returned before. May raise. */
static void push_module(lua_State *lua, const char *module, const char *path)
{
    luaL_getsubtable(lua, LUA_REGISTRYINDEX, "awsift.modules");
    if (lua_getfield(lua, -1, path) != LUA_TNIL)
        return;
    lua_pop(lua, 1);
    struct snapshot_file file = sandbox_file(lua, path);
    if (file.bytes == NULL && !guard_stands("snapshot")) { /* a path, as Lua itself would take it */
        if (luaL_loadfilex(lua, module, "t") != LUA_OK)
            lua_error(lua);
        lua_call(lua, 0, 1);
        return;
    }
    if (file.bytes == NULL)
        luaL_error(lua, "module '%s' is not there: expected the file %s", module, path);
    char name[600];
    g_snprintf(name, sizeof name, "@%s", path);
    if (lua_syntax_load(lua, file.bytes, file.size, name, "t") != LUA_OK)
        lua_error(lua);
    sandbox_push_environment(lua);
    lua_setupvalue(lua, -2, 1);
    lua_call(lua, 0, 1);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        lua_pushboolean(lua, 1);
    }
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, path);
}

/* What rule files may have of the shipped scripts: functions alone, nothing that other rules are made of. */
static bool is_open(const char *module)
{
    static const char *const open[] = {"awsift.answers", "awsift.addresses", "awsift.chat_text",
                                       "awsift.note", NULL};
    return g_strv_contains(open, module) || !guard_stands("modules");
}

/* Who asks is a shipped script, and nothing that calls for others, such as pcall. */
static bool is_asked_by_ours(lua_State *lua, lua_Debug *caller)
{
    caller->source = "";
    return lua_getstack(lua, 1, caller) && lua_getinfo(lua, "S", caller) &&
           g_str_has_prefix(caller->source, "@awsift/");
}

/* "awsift.aws.senders" -> awsift/aws/senders.lua; "x.y" -> lib/x/y.lua of the folder of the file that asks.
 */
static void path_of_module(const char *module, const char *source, char *path, size_t size)
{
    path[0] = '\0';
    const char *folder = strchr(source, '/'), *end = folder != NULL ? strchr(folder + 1, '/') : NULL;
    if (!g_str_has_prefix(module, "awsift.") && g_str_has_prefix(source, "@rules/") && end != NULL)
        g_snprintf(path, size, "%.*s/lib/", (int)(end - source - 1), source + 1);
    size_t at = strlen(path);
    g_strlcat(path, module, size);
    g_strdelimit(path + at, ".", '/');
    g_strlcat(path, ".lua", size);
}

int lua_require(lua_State *lua)
{
    const char *module = luaL_checkstring(lua, 1);
    if (sandbox_is_deciding(lua) &&
        guard_stands("require")) /* it would be kept, with what this mail did to it */
        return luaL_error(lua, "require \"%s\" stands inside a function: put it at the top of the file",
                          module);
    char path[512];
    lua_Debug caller;
    bool ours = is_asked_by_ours(lua, &caller), shipped = g_str_has_prefix(module, "awsift.");
    if (shipped && !ours && !is_open(module))
        return luaL_error(lua,
                          "module '%s' is not for rules; awsift.answers, awsift.addresses, awsift.chat_text "
                          "and awsift.note are",
                          module);
    path_of_module(module, caller.source, path, sizeof path);
    push_module(lua, module, path);
    if (shipped && !ours && lua_istable(lua, -1))
        lua_globals_freeze(lua);
    return 1;
}
