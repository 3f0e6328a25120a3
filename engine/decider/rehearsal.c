/* A second Lua state, with the globals of acting as scripts/awsift/rehearsal.lua writes them: in the state
 * that decides there are none of these. What an action does wrong is its own end alone, as in an actor. */
#include "decider/rehearsal.h"
#include "rules/lua_acting.h"
#include "rules/lua_globals.h"
#include "rules/lua_json.h"
#include "rules/sandbox.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"

#include <string.h>

enum { RUN_INSTRUCTIONS = 10000000, ZONE_MOST = 32 };

struct rehearsal {
    struct sandbox *sandbox;
    int module; /* reference of what rehearsal.lua yields */
};

static struct rehearsal *loading; /* while extend may be called */

static bool is_of_zone(char sign)
{
    return g_ascii_isalnum(sign) || sign == '_' || sign == '-' || sign == '+' || sign == '/';
}

/* The name around a slash, such as Asia/Tokyo, or NULL. */
static char *zone_around(const struct snapshot_file *file, const char *slash)
{
    const char *first = slash, *end = slash + 1;
    while (first > file->bytes && slash - first < ZONE_MOST && is_of_zone(first[-1]))
        first--;
    while (end < file->bytes + file->size && end - slash < ZONE_MOST && is_of_zone(*end))
        end++;
    bool is_one = g_ascii_isupper(*first) && slash + 1 < end && g_ascii_isupper(slash[1]);
    return is_one ? g_strndup(first, (gsize)(end - first)) : NULL;
}

void rehearsal_keep_zones(const struct snapshot *snapshot)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < snapshot_count(snapshot); i++) {
        const struct snapshot_file file = snapshot_get(snapshot, i);
        const char *place = file.bytes, *end = file.bytes + file.size;
        bool may_name =
            file.size > 0 && (g_str_has_suffix(file.name, ".lua") || g_str_has_suffix(file.name, ".csv"));
        while (may_name && (place = memchr(place, '/', (size_t)(end - place))) != NULL) {
            char *name = zone_around(&file, place++);
            if (name != NULL && g_hash_table_add(seen, name))
                time_zone_keep(name);
        }
    }
}

static int say_nothing(lua_State *lua)
{
    luaL_checkstring(lua, 1);
    return 0;
}

/* Sets a table of functions among the globals at index 1. */
static void add_table(lua_State *lua, const char *name, const luaL_Reg *functions)
{
    lua_newtable(lua);
    luaL_setfuncs(lua, functions, 0);
    lua_globals_freeze(lua);
    lua_setfield(lua, 1, name);
}

/* Copies rehearsal.words, the table on top, among the globals at index 1. */
static void add_words(lua_State *lua)
{
    int words = lua_gettop(lua);
    for (lua_pushnil(lua); lua_next(lua, words) != 0; lua_pop(lua, 1)) {
        lua_pushvalue(lua, -2);
        lua_pushvalue(lua, -2);
        if (lua_istable(lua, -1) && !lua_getmetatable(lua, -1))
            lua_globals_freeze(lua);
        else if (lua_istable(lua, -2))
            lua_pop(lua, 1);
        lua_rawset(lua, 1);
    }
}

/* The globals' table is at index 1. */
static int extend(lua_State *lua)
{
    static const luaL_Reg log[] = {
        {"info", say_nothing}, {"warning", say_nothing}, {"masked", lua_masked}, {NULL, NULL}};
    g_autoptr(GError) error = NULL;
    add_table(lua, "json", lua_json_functions);
    add_table(lua, "crypto", lua_crypto_functions);
    add_table(lua, "log", log);
    lua_pushcfunction(lua, lua_local_time);
    lua_setfield(lua, 1, "local_time");
    lua_getfield(lua, 1, "exec"); /* what rules ask for the action with */
    if (!sandbox_run_module(loading->sandbox, "awsift/rehearsal.lua", &error)) {
        lua_pushstring(lua, error->message);
        g_clear_error(&error);
        return lua_error(lua);
    } /* -> exec, module */
    lua_insert(lua, -2);
    lua_setfield(lua, -2, "asked_for");
    lua_getfield(lua, -1, "words");
    add_words(lua);
    lua_settop(lua, 2);
    loading->module = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
}

struct rehearsal *rehearsal_new(const struct snapshot *snapshot, size_t memory, GError **error)
{
    g_autoptr(rehearsal) rehearsal = g_new0(struct rehearsal, 1);
    const struct sandbox_options options = {.acting = true, .memory = memory, .extend = extend};
    rehearsal->sandbox = sandbox_new(snapshot, &options, error);
    loading = rehearsal;
    bool loaded = rehearsal->sandbox != NULL && sandbox_load(rehearsal->sandbox, error);
    loading = NULL;
    return loaded ? g_steal_pointer(&rehearsal) : NULL;
}

void rehearsal_free(struct rehearsal *rehearsal)
{
    if (rehearsal == NULL)
        return;
    sandbox_free(rehearsal->sandbox);
    g_free(rehearsal);
}

/* Pushes what is to be called and its arguments, within Lua's protection: there may be no memory for it. */
struct call {
    struct rehearsal *rehearsal;
    const char *function, *name; /* name: the first argument, or NULL */
    const json_t *value;
};

static int prepare(lua_State *lua)
{
    const struct call *call = lua_touserdata(lua, 1);
    int arguments = 1;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, call->rehearsal->module);
    lua_getfield(lua, -1, call->function);
    lua_replace(lua, 1);
    lua_settop(lua, 1);
    if (call->name != NULL) {
        lua_pushstring(lua, call->name);
        arguments++;
    }
    lua_json_push(lua, call->value);
    lua_call(lua, arguments, 2);
    return 2;
}

/* Leaves two values on the stack; false with the error. */
static bool call_module(const struct call *call, const char **kind, GError **error)
{
    lua_State *lua = sandbox_state(call->rehearsal->sandbox);
    lua_pushcfunction(lua, prepare);
    lua_pushlightuserdata(lua, (void *)call);
    return sandbox_call(call->rehearsal->sandbox, 1, 2, RUN_INSTRUCTIONS, kind, error);
}

static json_t *broken_off(const char *kind, const char *message)
{
    bool overran = g_strcmp0(kind, "raised") != 0;
    g_autofree char *reason = overran ? g_strdup_printf("the budget of %s is used up", kind)
                                      : g_strdup_printf("raised: %s", message);
    return json_pack("{s:s, s:o, s:s, s:b, s:[], s:i}", "outcome", overran ? "dead" : "retry", "reason",
                     json_text_new(reason), "detail", "", "raised", 1, "sends", "used", 0);
}

json_t *rehearsal_run(struct rehearsal *rehearsal, const json_t *request)
{
    lua_State *lua = sandbox_state(rehearsal->sandbox);
    const struct call call = {.rehearsal = rehearsal, .function = "run", .value = request};
    g_autoptr(GError) error = NULL;
    const char *kind = NULL;
    if (!call_module(&call, &kind, &error))
        return broken_off(kind, error->message);
    json_t *result = lua_json_read(lua, -2);
    lua_pop(lua, 2);
    if (!json_is_array(json_object_get(result, "sends"))) /* an empty table is an object */
        json_object_set_new(result, "sends", json_array());
    return result;
}

json_t *rehearsal_arguments(struct rehearsal *rehearsal, const char *action, const json_t *texts,
                            char **complaint)
{
    lua_State *lua = sandbox_state(rehearsal->sandbox);
    const struct call call = {
        .rehearsal = rehearsal, .function = "arguments", .name = action, .value = texts};
    g_autoptr(GError) error = NULL;
    if (!call_module(&call, NULL, &error)) {
        *complaint = g_strdup(error->message);
        return NULL;
    }
    json_t *args = lua_istable(lua, -2) ? lua_json_read(lua, -2) : NULL;
    if (args == NULL)
        *complaint = g_strdup(lua_isstring(lua, -1) ? lua_tostring(lua, -1) : "the arguments are wrong");
    lua_pop(lua, 2);
    return args;
}

/* The replies that are left when so many are used. */
static json_t *rest_of(const json_t *replies, size_t used)
{
    json_t *rest = json_array();
    for (size_t i = used; i < json_array_size(replies); i++)
        json_array_append(rest, json_array_get(replies, i));
    return rest;
}

json_t *rehearsal_decision(struct rehearsal *rehearsal, const json_t *actions, const json_t *request,
                           json_t *performed)
{
    json_t *sends = json_array(), *results = json_array(), *action;
    size_t index, used = 0;
    json_array_foreach((json_t *)actions, index, action) {
        const char *name = json_text_or(action, "action", "");
        g_autoptr(json_t) one = json_copy((json_t *)request);
        g_autofree char *key = g_strdup_printf("key-%zu", index + 1);
        json_object_set_new(one, "action", json_string(name));
        json_object_set(one, "args", json_object_get(action, "args"));
        json_object_set_new(one, "key", json_string(key));
        json_object_set_new(one, "id", json_integer((json_int_t)index + 1));
        json_object_set_new(one, "replies", rest_of(json_object_get(request, "replies"), used));
        json_t *result = rehearsal_run(rehearsal, one);
        used += (size_t)json_number(result, "used", 0);
        json_array_extend(sends, json_object_get(result, "sends"));
        json_object_del(result, "sends");
        json_object_del(result, "used");
        json_object_set_new(result, "action", json_string(name));
        json_array_append_new(results, result);
        if (performed != NULL)
            json_object_set_new(performed, name, json_true());
    }
    return json_pack("{s:o, s:o}", "sends", sends, "results", results);
}

/* What the decision asks of the action of that name; without any, and where a person gave arguments, these.
 */
static json_t *asked_of(struct rehearsal *rehearsal, const json_t *act, const json_t *decision,
                        const json_t *context, char **complaint)
{
    const json_t *given = json_object_get(act, "given");
    const char *name = json_text_or(act, "name", "");
    g_autoptr(json_t) list = json_array();
    size_t index;
    json_t *action;
    json_array_foreach(json_object_get(decision, "actions"), index, action)
        if (json_object_size(given) == 0 && strcmp(json_text_or(action, "action", ""), name) == 0)
            json_array_append_new(list, json_deep_copy(action));
    if (json_array_size(list) > 0)
        return g_steal_pointer(&list);
    g_autofree char *wrong = NULL;
    json_t *args = rehearsal_arguments(rehearsal, name, given, &wrong);
    if (args == NULL) {
        const char *held = json_text(context, "held");
        *complaint = held != NULL
                         ? g_strdup_printf("%s (call, page and exec are held for this mail: %s)", wrong, held)
                         : g_steal_pointer(&wrong);
        return NULL;
    }
    json_array_append_new(list, json_pack("{s:s, s:o}", "action", name, "args", args));
    return g_steal_pointer(&list);
}

json_t *rehearsal_act(struct rehearsal *rehearsal, const json_t *act, const json_t *decision,
                      const json_t *context, int64_t now)
{
    g_autofree char *complaint = NULL;
    json_t *actions = asked_of(rehearsal, act, decision, context, &complaint), *action;
    size_t index;
    if (actions == NULL)
        return json_pack("{s:s}", "complaint", complaint);
    json_array_foreach(actions, index, action) {
        if (!json_flag(act, "rehearse"))
            break;
        g_autoptr(json_t) request =
            json_pack("{s:O, s:O, s:O*, s:O*, s:O*, s:b, s:i, s:i, s:i, s:I, s:s}", "action",
                      json_object_get(action, "action"), "args", json_object_get(action, "args"), "context",
                      context, "replies", json_object_get(act, "replies"), "config",
                      json_object_get(act, "config"), "whole", 1, "mail", 1, "id", 1, "attempt", 1, "now",
                      (json_int_t)(now / 1000), "key", "the-key-of-the-action");
        json_object_set_new(action, "result", rehearsal_run(rehearsal, request));
    }
    return json_pack("{s:o}", "actions", actions);
}
