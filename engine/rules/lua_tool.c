/* Calling shipped Lua from a command. What it works on was written by strangers, so it runs in the sandbox of
 * rule files: no file, no program, bounded memory and instructions. What makes it fail: those bounds. */
#include "rules/lua_tool.h"
#include "rules/lua_json.h"
#include "rules/sandbox.h"
#include "base/error.h"
#include "base/paths.h"

#include <lauxlib.h>

/* Some ten thousand mails: a minute at most. */
#define TOOL_INSTRUCTIONS INT64_C(20000000000)
enum { TOOL_MEMORY = 1 << 30 };

/* Where it may raise: there may be no memory for it. */
static int push_value(lua_State *lua)
{
    lua_json_push(lua, lua_touserdata(lua, 1));
    return 1;
}

static bool push(struct sandbox *sandbox, const json_t *value, GError **error)
{
    lua_State *lua = sandbox_state(sandbox);
    lua_pushcfunction(lua, push_value);
    lua_pushlightuserdata(lua, (void *)value);
    return sandbox_call(sandbox, 1, 1, TOOL_INSTRUCTIONS, NULL, error);
}

json_t *lua_tool_call(const char *module, const char *function, const json_t *first, const json_t *second,
                      GError **error)
{
    g_autofree char *scripts = g_build_filename(path_data(), "scripts", "awsift", NULL);
    g_autoptr(snapshot) snapshot = snapshot_take(scripts, (const char *const[]){NULL}, error);
    struct sandbox_options options = {.memory = TOOL_MEMORY};
    g_autoptr(sandbox) sandbox = snapshot != NULL ? sandbox_new(snapshot, &options, error) : NULL;
    if (sandbox == NULL || !sandbox_run_module(sandbox, module, error))
        return NULL;
    lua_State *lua = sandbox_state(sandbox);
    lua_getfield(lua, -1, function);
    if (!push(sandbox, first, error) || !push(sandbox, second, error) ||
        !sandbox_call(sandbox, 2, 1, TOOL_INSTRUCTIONS, NULL, error))
        return NULL;
    json_t *result = lua_json_read(lua, -1);
    if (result == NULL)
        g_set_error_literal(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT, "the answer does not fit into memory");
    return result;
}
