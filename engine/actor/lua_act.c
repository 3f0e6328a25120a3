/* The globals of acting. A call that waits starts its work on the loop and yields; the loop resumes the
 * coroutine with the results. retry and fail note the outcome before they raise, so that a pcall around them
 * changes nothing, and nothing with an effect can be called after them. */
#include "actor/lua_act.h"
#include "actor/lua_act_inside.h"
#include "actor/performance.h"
#include "actor/secret.h"
#include "rules/lua_acting.h"
#include "rules/lua_globals.h"
#include "rules/lua_json.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mask.h"
#include "base/secrecy.h"

#include <lauxlib.h>
#include <string.h>

#define AFTER_MAXIMUM 1e7 /* seconds; the keeper has a limit of its own */

static struct actor *the_actor;

void lua_act_set_actor(struct actor *actor)
{
    the_actor = actor;
}

struct performance *lua_act_acting(lua_State *lua)
{
    struct performance *performance = performance_of(lua);
    if (performance->ended)
        luaL_error(lua, "the action has ended");
    if (performance->effects >= PERFORMANCE_EFFECTS) {
        lua_settop(lua, 0);
        lua_pushliteral(lua, "it wants to send more than 1000 times in one attempt");
        lua_act_end(lua, OUTCOME_DEAD, -1);
    }
    return performance;
}

struct performance *lua_act_waiting(lua_State *lua)
{
    if (!lua_isyieldable(lua))
        luaL_error(lua, "an action cannot wait in here: not in a comparison of table.sort, a replacement of "
                        "string.gsub, a metamethod or a file that is being loaded");
    return lua_act_acting(lua);
}

int lua_act_end(lua_State *lua, enum outcome outcome, int64_t after)
{
    struct performance *performance = performance_of(lua);
    size_t length = 0;
    const char *why = lua_isstring(lua, 1) ? lua_tolstring(lua, 1, &length) : NULL;
    if (!performance->ended) {
        performance->ended = true;
        performance->outcome = outcome;
        performance->after = after;
        performance->reason = why != NULL ? performance_text(why, length) : g_strdup("no reason given");
    }
    return luaL_error(lua, "the action has ended");
}

int lua_act_report(lua_State *lua, enum outcome outcome, char *why)
{
    if (outcome == OUTCOME_DONE)
        return 0;
    lua_settop(lua, 0);
    lua_pushstring(lua, why);
    g_free(why);
    return lua_act_end(lua, outcome, -1);
}

void lua_act_push_shipped(lua_State *lua, const char *path, const char *function)
{
    lua_getfield(lua, LUA_REGISTRYINDEX, "awsift.modules");
    if (lua_getfield(lua, -1, path) != LUA_TTABLE || lua_getfield(lua, -1, function) != LUA_TFUNCTION)
        luaL_error(lua, "%s is missing from the shipped scripts: install awsift again", path);
    lua_replace(lua, -3);
    lua_pop(lua, 1);
}

/* contact(role): whom the role means for the action's mail, as note.recipient says it. */
static int act_contact(lua_State *lua)
{
    struct performance *performance = performance_of(lua);
    luaL_checktype(lua, 1, LUA_TSTRING);
    lua_settop(lua, 1);
    lua_act_push_shipped(lua, "awsift/note.lua", "recipient");
    lua_json_push(lua, json_object_get(performance->request, "context"));
    lua_pushvalue(lua, 1);
    lua_call(lua, 2, 2);
    return 2;
}

/* What kind of failure it is, where the argument says so. */
static void note_failure(lua_State *lua, int index)
{
    struct performance *performance = performance_of(lua);
    if (!performance->ended && lua_type(lua, index) == LUA_TSTRING)
        performance->failure = action_failure(lua_tostring(lua, index));
}

/* Wrong arguments must not turn "try again" or "never" into "done" where a pcall stands around. */
static int act_retry(lua_State *lua)
{
    lua_Number seconds = lua_isnumber(lua, 2) ? lua_tonumber(lua, 2) : -1;
    note_failure(lua, 3);
    return lua_act_end(lua, OUTCOME_RETRY, seconds > 0 ? (int64_t)(MIN(seconds, AFTER_MAXIMUM) * 1000) : -1);
}

static int act_fail(lua_State *lua)
{
    note_failure(lua, 2);
    return lua_act_end(lua, OUTCOME_DEAD, -1);
}

static void on_woken(uv_timer_t *timer)
{
    performance_resume(timer->data, 0);
}

static int act_sleep(lua_State *lua)
{
    struct performance *performance = lua_act_waiting(lua);
    lua_Number seconds = luaL_checknumber(lua, 1);
    luaL_argcheck(lua, seconds >= 0 && seconds <= 60, 1, "between 0 and 60 seconds");
    /* At least 1: libuv runs timers of 0 that start each other for ever, without looking at anything else. */
    uv_timer_start(&performance->timer, on_woken, MAX((uint64_t)(seconds * 1000), 1), 0);
    return lua_yield(lua, 0);
}

/* One that is not set ends the action, which is tried again: whoever runs the service can mend it. */
static int act_secret(lua_State *lua)
{
    GError *error = NULL;
    char *value = secret_get(luaL_checkstring(lua, 1), &error);
    bool is_set = value != NULL, is_unset = g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE);
    lua_settop(lua, 0);
    lua_pushstring(lua, is_set ? value : error->message);
    g_free(value);
    g_clear_error(&error);
    return is_set ? 1 : is_unset ? lua_act_end(lua, OUTCOME_RETRY, -1) : lua_error(lua);
}

/* A line of an action, which may write so many. */
static int write_line(lua_State *lua, void (*write)(const char *format, ...))
{
    const char *given = luaL_checkstring(lua, 1);
    struct performance *performance = performance_is_running(lua) ? performance_of(lua) : NULL;
    unsigned line = performance != NULL ? ++performance->logged : 0;
    if (line > PERFORMANCE_LINES + 1)
        return 0;
    if (line > PERFORMANCE_LINES) {
        write("what more action '%s' says in this attempt is left out: %d lines are the most",
              json_text_or(performance->request, "action", "?"), PERFORMANCE_LINES);
        return 0;
    }
    char *text = secrecy_mask(mask_secrets(given));
    write("%.4000s", text);
    g_free(text);
    return 0;
}

static int act_log_info(lua_State *lua)
{
    return write_line(lua, log_info);
}

static int act_log_warning(lua_State *lua)
{
    return write_line(lua, log_warning);
}

/* config.x: a copy each time, so that no file can change what the others, and the shipped actions, see. */
static int config_index(lua_State *lua)
{
    const json_t *value = json_object_get(the_actor->config, luaL_checkstring(lua, 2));
    if (value == NULL)
        return 0;
    lua_json_push(lua, value);
    return 1;
}

static void add_table(lua_State *lua, const char *name, const luaL_Reg *functions)
{
    lua_newtable(lua);
    luaL_setfuncs(lua, functions, 0);
    lua_globals_freeze(lua);
    lua_setfield(lua, 1, name);
}

int lua_act_extend(lua_State *lua)
{
    static const luaL_Reg log[] = {
        {"info", act_log_info}, {"warning", act_log_warning}, {"masked", lua_masked}, {NULL, NULL}};
    static const luaL_Reg words[] = {{"retry", act_retry},
                                     {"fail", act_fail},
                                     {"sleep", act_sleep},
                                     {"secret", act_secret},
                                     {"local_time", lua_local_time},
                                     {"contact", act_contact},
                                     {NULL, NULL}};
    add_table(lua, "http", lua_http_functions);
    add_table(lua, "crypto", lua_crypto_functions);
    add_table(lua, "json", lua_json_functions);
    add_table(lua, "log", log);
    add_table(lua, "outbox", lua_outbox_functions);
    add_table(lua, "smtp", lua_smtp_functions);
    add_table(lua, "store", lua_store_functions);
    lua_settop(lua, 1);
    luaL_setfuncs(lua, words, 0);
    lua_exec_add(lua);
    lua_newtable(lua);
    lua_newtable(lua); /* -> config, metatable */
    lua_pushcfunction(lua, config_index);
    lua_setfield(lua, -2, "__index");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
    lua_globals_freeze(lua);
    lua_setfield(lua, 1, "config");
    return 0;
}
