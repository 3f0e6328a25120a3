/* Evaluating awsift.lua: the same safe globals as rule files, with the words of scripts/awsift/config.lua. */
#include "rules/lua_config.h"
#include "rules/lua_json.h"
#include "rules/sandbox.h"
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"

#include <lauxlib.h>
#include <string.h>

#define CONFIG_INSTRUCTIONS 20000000

static bool fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool fail(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG, text);
    return false;
}

/* Runs the configuration with `words` (at index) as its globals. */
static bool run_words(struct sandbox *sandbox, const char *file, int words, GError **error)
{
    lua_State *lua = sandbox_state(sandbox);
    g_autofree char *bytes = NULL, *name = g_strconcat("@", file, NULL);
    gsize size;
    g_autoptr(GError) failure = NULL;
    if (!g_file_get_contents(file, &bytes, &size, &failure))
        return fail(error, "%s", failure->message);
    if (luaL_loadbufferx(lua, bytes, size, name, "t") != LUA_OK)
        return fail(error, "%s", lua_tostring(lua, -1));
    lua_pushvalue(lua, words);
    lua_setupvalue(lua, -2, 1);
    if (sandbox_call(sandbox, 0, 0, CONFIG_INSTRUCTIONS, NULL, &failure))
        return true;
    return fail(error, "%s", failure->message);
}

static bool report_errors(lua_State *lua, int language, const char *file, GError **error)
{
    lua_getfield(lua, language, "errors");
    g_autoptr(json_t) errors = lua_json_read(lua, -1);
    lua_pop(lua, 1);
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    json_t *entry;
    json_array_foreach(errors, index, entry)
        g_string_append_printf(text, "%s%s:%d: %s", index > 0 ? "\n" : "", file,
                               (int)json_number(entry, "line", 1), json_text_or(entry, "message", "?"));
    return text->len == 0 || fail(error, "%s", text->str);
}

json_t *lua_config_read(const char *file, const char *base, GError **error)
{
    g_autofree char *scripts = g_build_filename(path_data(), "scripts", "awsift", NULL);
    g_autofree char *shipped = g_build_filename(path_data(), "rules.d", NULL);
    g_autofree char *own = g_build_filename(base, "rules.d", NULL);
    g_autoptr(snapshot) snapshot = snapshot_take(scripts, (const char *const[]){NULL}, error);
    struct sandbox_options options = {.memory = 64 << 20};
    if (snapshot == NULL)
        return NULL;
    g_autoptr(sandbox) sandbox = sandbox_new(snapshot, &options, error);
    if (sandbox == NULL || !sandbox_run_module(sandbox, "awsift/config.lua", error))
        return NULL;
    lua_State *lua = sandbox_state(sandbox);
    int language = lua_gettop(lua);
    lua_getfield(lua, language, "words");
    int words = lua_gettop(lua);
    if (file != NULL && !run_words(sandbox, file, words, error))
        return NULL;
    if (file != NULL && !report_errors(lua, language, file, error))
        return NULL;
    lua_getfield(lua, language, "finish");
    lua_pushstring(lua, base);
    lua_pushstring(lua, shipped);
    lua_pushboolean(lua, g_file_test(own, G_FILE_TEST_IS_DIR));
    if (!sandbox_call(sandbox, 3, 1, CONFIG_INSTRUCTIONS, NULL, error))
        return NULL;
    json_t *config = lua_json_read(lua, -1);
    json_object_set_new(config, "file", json_text_new(file));
    return config;
}
