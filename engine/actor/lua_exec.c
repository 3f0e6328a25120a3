/* exec: a command of the configuration as if it blocked. A program and a list of arguments, never a shell
 * line; which of the arguments stand where is said in scripts/awsift/command_line.lua. The original mail, or
 * a text, is its standard input; descriptor 3 is what is known of the mail, as JSON. */
#include "actor/lua_act_inside.h"
#include "actor/process.h"
#include "actor/secret.h"
#include "rules/lua_json.h"
#include "base/error.h"
#include "base/json.h"

#include <string.h>

enum { ARGUMENTS_BYTES = 100000, REASON_BYTES = 500, KEPT_MOST = 1 << 20 };
#define TIME_DEFAULT INT64_C(30000)
#define OUTPUT_DEFAULT INT64_C(65536)

static void on_ended(const struct process_end *end, void *data)
{
    struct performance *performance = data;
    performance->program = NULL;
    performance->program_end = end;
    if (end->late || end->flooded || end->signal != 0)
        performance_note_happened(performance);
    else if (end->status == 0)
        performance_note_accepted(performance);
    performance_resume(performance, 0);
}

/* Where the call goes on when the program has ended; its time stands at index 1. */
static int after_end(lua_State *lua, int status, lua_KContext context)
{
    const struct process_end *end = performance_of(lua)->program_end;
    if (end->late || end->flooded || end->signal != 0) {
        char *why = process_words(end, lua_tointeger(lua, 1), REASON_BYTES);
        char words[2 * REASON_BYTES];
        g_strlcpy(words, why, sizeof words);
        g_free(why); /* Lua may raise from here on */
        lua_pushnil(lua);
        lua_pushstring(lua, words);
        lua_pushboolean(lua, !end->flooded); /* it would write as much again */
        return 3;
    }
    lua_createtable(lua, 0, 3);
    lua_pushinteger(lua, end->status);
    lua_setfield(lua, -2, "status");
    lua_pushlstring(lua, end->output, end->output_size);
    lua_setfield(lua, -2, "output");
    lua_pushlstring(lua, end->error, end->error_size);
    lua_setfield(lua, -2, "error");
    return 1;
}

static void add_variable(GPtrArray *list, const char *name, const char *value)
{
    g_ptr_array_add(list, g_strconcat(name, "=", value, NULL));
}

static void add_number(GPtrArray *list, const char *name, const json_t *request, const char *key)
{
    g_ptr_array_add(list,
                    g_strdup_printf("%s=%" G_GINT64_FORMAT, name, (gint64)json_number(request, key, 0)));
}

/* What the command says comes first: of two equal names the first one counts. NULL with *why. */
static GPtrArray *environment_of(const json_t *command, const json_t *request, char **why)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    const json_t *own = json_object_get(command, "environment");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)own, name, value) {
        const char *secret = json_text(value, "secret");
        g_autofree char *found = secret != NULL ? secret_find(secret) : g_strdup(json_string_value(value));
        if (found == NULL) {
            g_autofree char *variable = secret_variable(secret != NULL ? secret : name);
            *why = g_strdup_printf("the secret '%s' is not set: put it into $%s or a credential file",
                                   secret != NULL ? secret : name, variable);
            return NULL;
        }
        add_variable(list, name, found);
    }
    if (json_object_get(own, "PATH") == NULL)
        add_variable(list, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    if (json_object_get(own, "LANG") == NULL)
        add_variable(list, "LANG", "C.UTF-8");
    add_variable(list, "AWSIFT_KEY", json_text_or(request, "key", ""));
    add_number(list, "AWSIFT_MAIL", request, "mail");
    add_number(list, "AWSIFT_ACTION", request, "id");
    add_number(list, "AWSIFT_ATTEMPT", request, "attempt");
    g_ptr_array_add(list, NULL);
    return g_steal_pointer(&list);
}

/* What is known of the mail: {key, mail, action, attempt, message}. */
static GBytes *document_of(const json_t *request)
{
    g_autoptr(json_t) document =
        json_pack("{s:O?, s:O?, s:O?, s:O?, s:O?}", "key", json_object_get(request, "key"), "mail",
                  json_object_get(request, "mail"), "action", json_object_get(request, "id"), "attempt",
                  json_object_get(request, "attempt"), "message", json_object_get(request, "context"));
    char *text = json_canonical(document);
    return text != NULL ? g_bytes_new_take(text, strlen(text)) : g_bytes_new(NULL, 0);
}

/* The original, where no text is given. OUTCOME_DONE when it is well; NULL: nothing. */
static enum outcome input_of(const struct performance *performance, const char *text, size_t size,
                             GBytes **input, char **why)
{
    g_autoptr(GError) error = NULL;
    if (text != NULL)
        *input = g_bytes_new(text, size);
    else if (performance->original >= 0 || json_number(performance->request, "mail", 0) != 0)
        *input = performance_original(performance, SIZE_MAX, &error);
    if (error == NULL)
        return OUTCOME_DONE;
    *why = g_strdup_printf("the original cannot be read: %s", error->message);
    return g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT) ? OUTCOME_DEAD : OUTCOME_RETRY;
}

static void launch(struct performance *performance, const json_t *command, const json_t *arguments,
                   GBytes *input, char **why)
{
    const json_t *config = performance->actor->config;
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    g_autoptr(GPtrArray) environment = environment_of(command, performance->request, why);
    g_autoptr(GBytes) document = document_of(performance->request);
    int64_t most = json_number(command, "output", OUTPUT_DEFAULT);
    g_ptr_array_add(list, (void *)json_text_or(command, "program", ""));
    for (size_t i = 0; i < json_array_size(arguments); i++)
        g_ptr_array_add(list, (void *)json_string_value(json_array_get(arguments, i)));
    g_ptr_array_add(list, NULL);
    if (environment == NULL)
        return;
    const struct process_order order = {
        .arguments = (const char *const *)list->pdata,
        .environment = (const char *const *)environment->pdata,
        .folder = json_text_or(config, "store", "/"),
        .user = json_text(command, "user"),
        .input = input,
        .document = document,
        .time = json_number(command, "time", TIME_DEFAULT),
        .kept = (size_t)CLAMP(most, 1, KEPT_MOST),
        .most = (size_t)CLAMP(most, 1, KEPT_MOST),
    };
    performance_note_effect(performance);
    performance->program = process_start(&performance->actor->loop, &order, on_ended, performance, why);
}

static bool are_arguments(const json_t *list)
{
    size_t index, bytes = 0;
    json_t *entry;
    json_array_foreach((json_t *)list, index, entry) {
        if (!json_is_string(entry) || strlen(json_string_value(entry)) != json_string_length(entry))
            return false;
        bytes += json_string_length(entry) + 1;
    }
    return bytes <= ARGUMENTS_BYTES;
}

/* The list at index 3 and the input at 4. OUTCOME_DONE: it runs. Another one: *why, or nil and *why where the
 * action is to say what that means (*told). */
static enum outcome start(lua_State *lua, struct performance *performance, const json_t *command, char **why,
                          bool *told)
{
    size_t size = 0;
    const char *text = lua_tolstring(lua, 4, &size);
    g_autoptr(json_t) arguments = lua_json_read(lua, 3);
    g_autoptr(GBytes) input = NULL;
    if (!are_arguments(arguments)) {
        *why = g_strdup("an argument of the command has a NUL, or all of them have more than 100000 bytes");
        return OUTCOME_DEAD;
    }
    enum outcome outcome = input_of(performance, text, size, &input, why);
    if (outcome != OUTCOME_DONE)
        return outcome;
    launch(performance, command, arguments, input, why);
    *told = performance->program == NULL;
    return *told ? OUTCOME_RETRY : OUTCOME_DONE;
}

/* Calls command_line.of(name, command, arguments): the list, or nil and what is wrong, at 3 and 4. */
static void fill_arguments(lua_State *lua, const json_t *command)
{
    lua_act_push_shipped(lua, "awsift/command_line.lua", "of");
    lua_pushvalue(lua, 1);
    if (json_object_get(command, "arguments") != NULL)
        lua_json_push(lua, json_object_get(command, "arguments"));
    else
        lua_pushnil(lua);
    lua_pushvalue(lua, 2);
    lua_call(lua, 3, 2);
}

/* In rules, exec { … } is an action that is asked for; its word is the upvalue. */
static int act_exec(lua_State *lua)
{
    if (!performance_is_running(lua)) {
        lua_pushvalue(lua, lua_upvalueindex(1));
        lua_insert(lua, 1);
        lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
        return lua_gettop(lua);
    }
    struct performance *performance = lua_act_waiting(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    static const char *const names[] = {"command", "arguments", "input"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        lua_getfield(lua, 1, names[i]);
    lua_remove(lua, 1); /* -> command, arguments, input */
    luaL_argcheck(lua, lua_type(lua, 1) == LUA_TSTRING, 1, "command must be the name of a command");
    luaL_argcheck(lua, lua_isnil(lua, 3) || lua_type(lua, 3) == LUA_TSTRING, 1, "input must be a text");
    const json_t *commands = json_object_get(performance->actor->config, "commands"),
                 *command = json_object_get(commands, lua_tostring(lua, 1));
    if (json_text(command, "program") == NULL)
        return luaL_error(lua, "no command '%s' is configured", lua_tostring(lua, 1));
    fill_arguments(lua, command); /* -> command, arguments, input, list, why */
    if (lua_isnil(lua, 4))
        return luaL_error(lua, "%s", lua_tostring(lua, 5));
    lua_pop(lua, 1);
    lua_insert(lua, 3); /* -> command, arguments, list, input */
    char *why = NULL;
    bool told = false;
    enum outcome outcome = start(lua, performance, command, &why, &told);
    if (told) {
        lua_settop(lua, 0);
        lua_pushnil(lua);
        lua_pushstring(lua, why != NULL ? why : "the program cannot be started");
        g_free(why);
        lua_pushboolean(lua, 1);
        return 3;
    }
    if (outcome != OUTCOME_DONE)
        return lua_act_report(lua, outcome, why);
    lua_settop(lua, 0);
    lua_pushinteger(lua, json_number(command, "time", TIME_DEFAULT));
    return lua_yieldk(lua, 0, 0, after_end);
}

void lua_exec_add(lua_State *lua)
{
    lua_getfield(lua, 1, "exec");
    lua_pushcclosure(lua, act_exec, 1);
    lua_setfield(lua, 1, "exec");
}
