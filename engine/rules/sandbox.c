/* The Lua state that rule files run in, and the only calls into Lua, within their budgets (rules/budget.c).
 * What runs in it is loaded in sandbox_load.c. */
#include "rules/sandbox_inside.h"
#include "rules/lua_globals.h"
#include "rules/lua_require.h"
#include "rules/unguarded.h"
#include "base/error.h"
#include "base/guard.h"

#include <lauxlib.h>
#include <string.h>

static struct sandbox *sandbox_of(lua_State *lua)
{
    return *(struct sandbox **)lua_getextraspace(lua);
}

struct budget *budget_of(lua_State *lua)
{
    return &sandbox_of(lua)->budget;
}

char *sandbox_error_text(lua_State *lua, int index)
{
    if (!guard_stands("error-text"))
        return g_strdup(luaL_tolstring(lua, index, NULL));
    if (lua_type(lua, index) == LUA_TSTRING || lua_type(lua, index) == LUA_TNUMBER) {
        lua_pushvalue(lua, index);
        char *text = g_utf8_make_valid(lua_tostring(lua, -1), -1);
        lua_pop(lua, 1);
        if (strlen(text) > 2000)
            text[2000] = '\0';
        return text;
    }
    return g_strdup_printf("an error object that is a %s", luaL_typename(lua, index));
}

static const char *kind_of(const struct sandbox *sandbox)
{
    static const char *const kinds[] = {
        [BUDGET_LEFT] = "raised", [BUDGET_INSTRUCTIONS] = "instructions", [BUDGET_MEMORY] = "memory"};
    return kinds[sandbox->budget.spent];
}

static void set_failure(struct sandbox *sandbox, lua_State *lua, GError **error)
{
    bool words = sandbox->budget.spent != BUDGET_MEMORY;
    g_autofree char *text = words ? sandbox_error_text(lua, -1) : g_strdup(budget_message(BUDGET_MEMORY));
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES, "%s", text);
}

/* The outermost level of the stack, which may be very deep. */
static int last_level(lua_State *lua)
{
    lua_Debug level;
    int below = 0, beyond = 1;
    while (lua_getstack(lua, beyond, &level)) {
        below = beyond;
        beyond *= 2;
    }
    while (beyond - below > 1) {
        int middle = below + (beyond - below) / 2;
        *(lua_getstack(lua, middle, &level) ? &below : &beyond) = middle;
    }
    return below;
}

/* What the shipped words raise is about the statement of the rule file that called them. */
static int at_statement(lua_State *lua)
{
    lua_Debug file;
    const char *message = lua_type(lua, 1) == LUA_TSTRING ? lua_tostring(lua, 1) : "";
    const char *words = g_str_has_prefix(message, "awsift/") ? strstr(message, ": ") : NULL;
    if (words != NULL && lua_getstack(lua, last_level(lua), &file) && lua_getinfo(lua, "Sl", &file) != 0 &&
        g_str_has_prefix(file.source, "@rules/"))
        lua_pushfstring(lua, "%s:%d%s", file.source + 1, file.currentline, words);
    return 1;
}

/* As lua_pcall over what begin was told; results stay on the stack on success alone. */
static bool call(struct sandbox *sandbox, int arguments, int results, const char **kind, GError **error)
{
    lua_State *lua = sandbox->lua;
    int base = lua_gettop(lua) - arguments - 1;
    if (!sandbox->loaded) {
        lua_pushcfunction(lua, at_statement);
        lua_insert(lua, base + 1);
    }
    int status = lua_pcall(lua, arguments, results, sandbox->loaded ? 0 : base + 1);
    if (!sandbox->loaded)
        lua_remove(lua, base + 1);
    budget_end(&sandbox->budget);
    if (status == LUA_OK && sandbox->budget.spent == BUDGET_LEFT)
        return true;
    if (kind != NULL)
        *kind = kind_of(sandbox);
    if (status != LUA_OK)
        set_failure(sandbox, lua, error);
    else
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES, "%s", budget_message(sandbox->budget.spent));
    lua_settop(lua, base);
    return false;
}

bool sandbox_call(struct sandbox *sandbox, int arguments, int results, int64_t instructions,
                  const char **kind, GError **error)
{
    budget_begin(&sandbox->budget, sandbox->lua, instructions, 0);
    return call(sandbox, arguments, results, kind, error);
}

bool sandbox_call_for_mail(struct sandbox *sandbox, int arguments, int results, const char **kind,
                           GError **error)
{
    int64_t instructions = CALL_INSTRUCTIONS;
    if (!budget_mail_allows(&sandbox->budget, &instructions)) {
        *kind = "instructions";
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES,
                    "was not run: the functions before it have used up the %d instructions of a mail",
                    MAIL_INSTRUCTIONS);
        lua_pop(sandbox->lua, arguments + 1);
        return false;
    }
    budget_begin(&sandbox->budget, sandbox->lua, instructions, (int64_t)(sandbox->budget.heap / CALL_SHARE));
    bool good = call(sandbox, arguments, results, kind, error);
    budget_mail_charge(&sandbox->budget, sandbox->lua);
    return good;
}

bool sandbox_settle(struct sandbox *sandbox, GError **error)
{
    struct budget *budget = &sandbox->budget;
    budget_settle(budget, sandbox->lua);
    if (!guard_stands("memory") || budget->settled <= budget->heap / RULES_SHARE)
        return true;
    g_set_error(
        error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT,
        "the rules fill %zu MiB, and functions need as much again: raise deciders.memory to %zuM or more",
        budget->settled >> 20, (budget->settled * RULES_SHARE * 2 >> 20) + 1);
    return false;
}

void sandbox_begin_mail(struct sandbox *sandbox)
{
    budget_mail_begin(&sandbox->budget, sandbox->lua);
}

bool sandbox_doubtful(const struct sandbox *sandbox)
{
    return sandbox->budget.doubtful && guard_stands("doubt");
}

/* Lua's own error, or that of its buffers. */
static bool lacks_memory(lua_State *lua, int status)
{
    bool text = status == LUA_ERRRUN && lua_type(lua, -1) == LUA_TSTRING;
    return status == LUA_ERRMEM || (text && g_str_has_suffix(lua_tostring(lua, -1), "not enough memory"));
}

bool sandbox_resume(struct sandbox *sandbox, lua_State *coroutine, int arguments, int *results,
                    int64_t instructions, bool *finished, bool *overran, GError **error)
{
    budget_begin(&sandbox->budget, coroutine, instructions, 0);
    int status = lua_resume(coroutine, sandbox->lua, arguments, results);
    budget_end(&sandbox->budget);
    /* Where others fill the heap, who finds none left is not to blame. */
    bool filled = lacks_memory(coroutine, status) &&
                  sandbox->budget.peak > (int64_t)(sandbox->budget.heap / CALL_SHARE);
    *finished = status != LUA_YIELD;
    if (overran != NULL)
        *overran = sandbox->budget.spent != BUDGET_LEFT || filled;
    if (status == LUA_OK || status == LUA_YIELD)
        return true;
    set_failure(sandbox, coroutine, error);
    return false;
}

int64_t sandbox_grown(const struct sandbox *sandbox)
{
    return sandbox->budget.grown;
}

void sandbox_collect(struct sandbox *sandbox)
{
    lua_gc(sandbox->lua, LUA_GCCOLLECT);
}

void sandbox_push_environment(lua_State *lua)
{
    const struct sandbox *sandbox = sandbox_of(lua);
    if (!guard_stands("environment")) {
        lua_rawgeti(lua, LUA_REGISTRYINDEX, sandbox->globals);
        return;
    }
    lua_newtable(lua); /* -> environment */
    lua_newtable(lua); /* -> environment, metatable */
    lua_rawgeti(lua, LUA_REGISTRYINDEX, sandbox->globals);
    lua_setfield(lua, -2, "__index");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2); /* -> environment */
}

struct sandbox *sandbox_new(const struct snapshot *snapshot, const struct sandbox_options *options,
                            GError **error)
{
    struct sandbox *sandbox = g_new0(struct sandbox, 1);
    sandbox->snapshot = snapshot;
    sandbox->options = *options;
    sandbox->budget.heap = options->memory;
    sandbox->lua = lua_newstate(budget_allocate, &sandbox->budget);
    if (sandbox->lua == NULL) {
        g_free(sandbox);
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT, "no memory for Lua: raise deciders.memory");
        return NULL;
    }
    *(struct sandbox **)lua_getextraspace(sandbox->lua) = sandbox;
    lua_State *lua = sandbox->lua;
    lua_newtable(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, "awsift.modules");
    lua_globals_push(lua); /* -> globals */
    lua_pushcfunction(lua, lua_require);
    lua_setfield(lua, -2, "require");
    unguarded_add(lua);
    sandbox->globals = luaL_ref(lua, LUA_REGISTRYINDEX);
    return sandbox;
}

void sandbox_free(struct sandbox *sandbox)
{
    if (sandbox == NULL)
        return;
    lua_close(sandbox->lua);
    g_free(sandbox);
}

lua_State *sandbox_state(struct sandbox *sandbox)
{
    return sandbox->lua;
}

bool sandbox_is_acting(lua_State *lua)
{
    return sandbox_of(lua)->options.acting;
}

bool sandbox_is_deciding(lua_State *lua)
{
    return sandbox_of(lua)->loaded && !sandbox_of(lua)->options.acting;
}

struct snapshot_file sandbox_file(lua_State *lua, const char *name)
{
    return snapshot_find(sandbox_of(lua)->snapshot, name);
}

void sandbox_push_declarations(struct sandbox *sandbox)
{
    lua_rawgeti(sandbox->lua, LUA_REGISTRYINDEX, sandbox->declarations);
}

size_t sandbox_memory(const struct sandbox *sandbox)
{
    return sandbox->budget.used;
}
