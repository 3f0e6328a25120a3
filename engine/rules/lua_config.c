/* Evaluating awsift.lua: the same safe globals as rule files, with the words of scripts/awsift/config.lua. */
#include "rules/lua_config.h"
#include "rules/lua_json.h"
#include "rules/lua_place.h"
#include "rules/lua_syntax.h"
#include "rules/sandbox.h"
#include "base/json.h"
#include "base/paths.h"
#include "base/times.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define CONFIG_INSTRUCTIONS 20000000

static json_t *problem(const char *file, int line, const char *message)
{
    return json_pack("{s:o, s:i, s:o}", "file", json_text_new(file), "line", line, "message",
                     json_text_new(message));
}

/* Lua's "NAME:LINE: what", or what has no place; a long name is cut by Lua to "...end". */
static json_t *raised(const char *file, const char *message)
{
    const char *name = g_str_has_prefix(message, "...") ? message + 3 : message, *colon = strchr(name, ':');
    g_autofree char *end = colon != NULL ? g_strndup(name, (gsize)(colon - name)) : NULL;
    int line = 0, consumed = 0;
    if (end != NULL && g_str_has_suffix(file, end) && sscanf(colon, ":%d: %n", &line, &consumed) >= 1 &&
        consumed > 0)
        return problem(file, line, colon + consumed);
    return problem(file, 1, message);
}

static int lacks_time_zone(lua_State *lua)
{
    lua_pushboolean(lua, time_zone_missing(luaL_checkstring(lua, 1)));
    return 1;
}

/* Runs the configuration with the table at index environment for its globals. NULL, or what broke it off. */
static json_t *run_file(struct sandbox *sandbox, const char *file, int environment)
{
    lua_State *lua = sandbox_state(sandbox);
    g_autofree char *bytes = NULL, *name = g_strconcat("@", file, NULL);
    gsize size;
    g_autoptr(GError) failure = NULL;
    if (!g_file_get_contents(file, &bytes, &size, &failure)) {
        g_autofree char *why =
            g_strdup_printf("cannot be read (%s): let this user read it, or name another file with --config",
                            failure->message);
        return problem(file, 1, why);
    }
    lua_place_know(lua, file, bytes, size);
    if (lua_syntax_load(lua, bytes, size, name, "t") != LUA_OK) {
        g_autofree char *explained = lua_syntax_explain(lua_tostring(lua, -1));
        json_t *entry = raised(file, explained);
        int line = (int)json_number(entry, "line", 1);
        json_object_set_new(entry, "column",
                            json_integer(lua_syntax_column(lua, bytes, size, line, explained)));
        json_object_set_new(entry, "code", json_string("syntax"));
        lua_pop(lua, 1);
        return entry;
    }
    lua_pushvalue(lua, environment);
    lua_setupvalue(lua, -2, 1);
    return sandbox_call(sandbox, 0, 0, CONFIG_INSTRUCTIONS, NULL, &failure) ? NULL
                                                                            : raised(file, failure->message);
}

static json_t *collected(lua_State *lua, int module)
{
    lua_getfield(lua, module, "errors");
    json_t *errors = lua_json_read(lua, -1);
    lua_pop(lua, 1);
    if (json_is_array(errors))
        return errors;
    json_decref(errors);
    return json_array();
}

/* Every default filled in; NULL with an error. */
static json_t *finished(struct sandbox *sandbox, int module, const char *base, GError **error)
{
    lua_State *lua = sandbox_state(sandbox);
    g_autofree char *shipped = g_build_filename(path_data(), "rules.d", NULL);
    g_autofree char *own = g_build_filename(base, "rules.d", NULL);
    lua_getfield(lua, module, "finish");
    lua_pushstring(lua, base);
    lua_pushstring(lua, shipped);
    lua_pushboolean(lua, g_file_test(own, G_FILE_TEST_IS_DIR));
    return sandbox_call(sandbox, 3, 1, CONFIG_INSTRUCTIONS, NULL, error) ? lua_json_read(lua, -1) : NULL;
}

json_t *lua_config_read(const char *file, const char *base, GError **error)
{
    g_autofree char *scripts = g_build_filename(path_data(), "scripts", "awsift", NULL);
    g_autoptr(snapshot) snapshot = snapshot_take(scripts, (const char *const[]){NULL}, error);
    struct sandbox_options options = {.memory = 64 << 20};
    if (snapshot == NULL)
        return NULL;
    g_autoptr(sandbox) sandbox = sandbox_new(snapshot, &options, error);
    if (sandbox == NULL || !sandbox_run_module(sandbox, "awsift/config.lua", error))
        return NULL;
    lua_State *lua = sandbox_state(sandbox);
    int module = lua_gettop(lua);
    lua_pushcfunction(lua, lacks_time_zone);
    lua_setfield(lua, module, "lacks_time_zone");
    lua_getfield(lua, module, "environment");
    json_t *broken = file != NULL ? run_file(sandbox, file, module + 1) : NULL;
    json_t *config = broken == NULL ? finished(sandbox, module, base, error) : NULL;
    if (broken == NULL && config == NULL)
        return NULL;
    json_t *errors = collected(lua, module);
    if (broken != NULL)
        json_array_append_new(errors, broken);
    if (config != NULL)
        json_object_set_new(config, "file", json_text_new(file));
    return json_pack("{s:o, s:o}", "config", config != NULL ? config : json_null(), "errors", errors);
}
