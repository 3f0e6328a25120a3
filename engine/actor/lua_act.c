/* The globals of acting. A call that waits starts its work on the loop and yields; the loop resumes the
 * coroutine with the results. retry and fail note the outcome before they raise, so that a pcall around them
 * changes nothing. */
#include "actor/lua_act.h"
#include "actor/performance.h"
#include "mail/compose.h"
#include "rules/lua_json.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "wire/decision.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

static struct actor *the_actor;

void lua_act_set_actor(struct actor *actor)
{
    the_actor = actor;
}

static int end_with(lua_State *lua, enum outcome outcome, int64_t after)
{
    struct performance *performance = performance_of(lua);
    const char *why = luaL_optstring(lua, 1, "no reason given");
    if (!performance->ended) {
        performance->ended = true;
        performance->outcome = outcome;
        performance->after = after;
        performance->reason = g_utf8_make_valid(why, -1);
    }
    return luaL_error(lua, "the action has ended");
}

static int act_retry(lua_State *lua)
{
    lua_Number seconds = luaL_optnumber(lua, 2, -1);
    return end_with(lua, OUTCOME_RETRY, seconds >= 0 && seconds < 1e7 ? (int64_t)(seconds * 1000) : -1);
}

static int act_fail(lua_State *lua)
{
    return end_with(lua, OUTCOME_DEAD, -1);
}

static void on_woken(uv_timer_t *timer)
{
    performance_resume(timer->data, 0);
}

static int act_sleep(lua_State *lua)
{
    struct performance *performance = performance_of(lua);
    lua_Number seconds = luaL_checknumber(lua, 1);
    luaL_argcheck(lua, seconds >= 0 && seconds <= 60, 1, "between 0 and 60 seconds");
    if (!performance->timer_made) {
        uv_timer_init(&performance->actor->loop, &performance->timer);
        performance->timer.data = performance;
        performance->timer_made = true;
    }
    uv_timer_start(&performance->timer, on_woken, (uint64_t)(seconds * 1000), 0);
    return lua_yield(lua, 0);
}

static void push_reply(lua_State *lua, const struct http_reply *reply)
{
    GHashTableIter each;
    void *name, *value;
    lua_newtable(lua);
    lua_pushinteger(lua, reply->status);
    lua_setfield(lua, -2, "status");
    lua_pushlstring(lua, reply->body, reply->size);
    lua_setfield(lua, -2, "body");
    lua_newtable(lua);
    g_hash_table_iter_init(&each, reply->headers);
    while (g_hash_table_iter_next(&each, &name, &value)) {
        lua_pushstring(lua, value);
        lua_setfield(lua, -2, name);
    }
    lua_setfield(lua, -2, "headers");
}

static void on_reply(const struct http_reply *reply, void *data)
{
    struct performance *performance = data;
    lua_State *lua = performance->coroutine;
    if (reply->failure == NULL) {
        push_reply(lua, reply);
        performance_resume(performance, 1);
        return;
    }
    lua_pushnil(lua);
    lua_pushstring(lua, reply->failure);
    performance_resume(performance, 2);
}

/* "Name: value" lines of the headers table at index, plus what is always sent. */
static GPtrArray *read_headers(lua_State *lua, int index, const char *key, bool json)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(json_t) headers = lua_istable(lua, index) ? lua_json_read(lua, index) : json_object();
    const char *name;
    json_t *value;
    json_object_foreach(headers, name, value) {
        if (!json_is_string(value) || strpbrk(name, "\r\n:") != NULL ||
            strpbrk(json_string_value(value), "\r\n") != NULL)
            continue;
        g_ptr_array_add(lines, g_strdup_printf("%s: %s", name, json_string_value(value)));
    }
    g_ptr_array_add(lines, g_strdup_printf("Idempotency-Key: %s", key));
    if (json)
        g_ptr_array_add(lines, g_strdup("Content-Type: application/json"));
    g_ptr_array_add(lines, NULL);
    return lines;
}

static int request(lua_State *lua, bool post)
{
    struct performance *performance = performance_of(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    lua_getfield(lua, 1, "url");
    const char *url = luaL_checkstring(lua, 2);
    lua_getfield(lua, 1, "timeout");
    lua_Number timeout = luaL_optnumber(lua, 3, 30);
    lua_getfield(lua, 1, "body");
    size_t size = 0;
    const char *body = luaL_optlstring(lua, 4, "", &size);
    lua_getfield(lua, 1, "json");
    lua_getfield(lua, 1, "headers");
    luaL_argcheck(lua, timeout > 0 && timeout <= 100, 1, "timeout must be between 0 and 100 seconds");
    bool json = !lua_isnil(lua, 5);
    g_autoptr(json_t) value = json ? lua_json_read(lua, 5) : NULL;
    g_autofree char *text = json ? json_canonical(value) : NULL;
    g_autoptr(GPtrArray) headers = read_headers(lua, 6, json_text_or(performance->request, "key", ""), json);
    struct http_request http = {url,
                                !post  ? NULL
                                : json ? text
                                       : body,
                                json ? strlen(text) : size, (const char *const *)headers->pdata,
                                (int64_t)(timeout * 1000)};
    http_start(performance->actor->http, &http, on_reply, performance);
    return 0;
}

static int act_post(lua_State *lua)
{
    request(lua, true);
    return lua_yield(lua, 0);
}

static int act_get(lua_State *lua)
{
    request(lua, false);
    return lua_yield(lua, 0);
}

static bool is_secret_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length < 100 && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == length;
}

static int act_secret(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1), *folder = getenv("CREDENTIALS_DIRECTORY");
    luaL_argcheck(lua, is_secret_name(name), 1, "a secret's name has letters, digits, '_', '.' and '-'");
    char variable[160], path[1024];
    g_snprintf(variable, sizeof variable, "AWSIFT_SECRET_%s", name);
    for (char *at = variable; *at != '\0'; at++)
        *at = g_ascii_isalnum(*at) ? g_ascii_toupper(*at) : '_';
    const char *value = getenv(variable);
    char *contents = NULL;
    gsize size;
    g_snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "", name);
    if (value == NULL && folder != NULL && g_file_get_contents(path, &contents, &size, NULL))
        value = g_strchomp(contents);
    lua_pushstring(lua, value);
    g_free(contents);
    return lua_isnil(lua, -1)
               ? luaL_error(lua, "the secret '%s' is not set: put it into $%s or a credential file", name,
                            variable)
               : 1;
}

static int act_encode(lua_State *lua)
{
    json_t *value = lua_json_read(lua, 1);
    char *text = json_canonical(value);
    json_decref(value);
    lua_pushstring(lua, text);
    g_free(text);
    return 1;
}

static int act_decode(lua_State *lua)
{
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length);
    json_t *value = json_loadb(text, length, JSON_DECODE_ANY, NULL);
    if (value == NULL)
        return 0;
    lua_json_push(lua, value);
    json_decref(value);
    return 1;
}

static int act_log_info(lua_State *lua)
{
    log_info("%s", luaL_checkstring(lua, 1));
    return 0;
}

static int act_log_warning(lua_State *lua)
{
    log_warning("%s", luaL_checkstring(lua, 1));
    return 0;
}

/* Puts bytes into a Maildir below the store under a name that follows from the key, so that a repetition
 * changes nothing. */
static char *deliver_below(struct performance *performance, const char *folder, GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    const char *store = json_text_or(performance->actor->config, "store", ""),
               *key = json_text_or(performance->request, "key", "");
    g_autofree char *maildir = g_build_filename(store, folder, NULL),
                    *unique = g_strdup_printf("%.40s.awsift", key);
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    return maildir_deliver(maildir, unique, data, size, &error) ? NULL : g_strdup(error->message);
}

static int report_delivery(lua_State *lua, char *failure)
{
    if (failure == NULL)
        return 0;
    lua_settop(lua, 0);
    lua_pushstring(lua, failure);
    g_free(failure);
    return end_with(lua, OUTCOME_RETRY, -1);
}

static const char **text_list(const json_t *list)
{
    size_t count = json_array_size(list), used = 0;
    const char **texts = g_new0(const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        if (json_is_string(json_array_get(list, i)))
            texts[used++] = json_string_value(json_array_get(list, i));
    return texts;
}

static const char **header_list(const json_t *headers)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)headers, name, value) {
        if (!json_is_string(value) ||
            strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != strlen(name))
            continue;
        g_ptr_array_add(list, (void *)name);
        g_ptr_array_add(list, (void *)json_string_value(value));
    }
    g_ptr_array_add(list, NULL);
    return (const char **)g_ptr_array_steal(list, NULL);
}

static GBytes *render(struct performance *performance, const json_t *mail)
{
    const json_t *smtp = json_object_get(performance->actor->config, "smtp");
    const char *from = json_text_or(smtp, "from", "awsift@localhost"), *at = strrchr(from, '@');
    g_autofree char *id = g_strdup_printf("%.40s.awsift@%s", json_text_or(performance->request, "key", ""),
                                          at != NULL ? at + 1 : "localhost");
    g_autofree const char **to = text_list(json_object_get(mail, "to"));
    g_autofree const char **headers = header_list(json_object_get(mail, "headers"));
    struct outgoing outgoing = {.from = from,
                                .from_name = json_text(smtp, "name"),
                                .to = to,
                                .subject = json_text_or(mail, "subject", ""),
                                .message_id = id,
                                .date = json_number(performance->request, "now", time_now()),
                                .text = json_text_or(mail, "text", ""),
                                .headers = headers,
                                .original = performance->original};
    return compose(&outgoing);
}

static int act_deliver(lua_State *lua)
{
    struct performance *performance = performance_of(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    json_t *mail = lua_json_read(lua, 1);
    char *failure = g_strdup("nobody to send to");
    if (json_array_size(json_object_get(mail, "to")) > 0) {
        g_autoptr(GBytes) bytes = render(performance, mail);
        g_free(failure);
        failure = deliver_below(performance, "outbox", bytes);
    }
    json_decref(mail);
    return report_delivery(lua, failure);
}

static int act_file(lua_State *lua)
{
    struct performance *performance = performance_of(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_getfield(lua, 1, "folder");
    const char *folder = luaL_checkstring(lua, -1);
    luaL_argcheck(lua, name_is_valid(folder) && strchr(folder, '/') == NULL, 1,
                  "the folder must be a plain name");
    if (performance->original == NULL)
        return 0;
    char *below = g_build_filename("filed", folder, NULL);
    char *failure = deliver_below(performance, below, performance->original);
    g_free(below);
    return report_delivery(lua, failure);
}

static void add_table(lua_State *lua, const char *name, const luaL_Reg *functions)
{
    lua_newtable(lua);
    luaL_setfuncs(lua, functions, 0);
    lua_setfield(lua, 1, name);
}

int lua_act_extend(lua_State *lua)
{
    static const luaL_Reg http[] = {{"post", act_post}, {"get", act_get}, {NULL, NULL}};
    static const luaL_Reg json[] = {{"encode", act_encode}, {"decode", act_decode}, {NULL, NULL}};
    static const luaL_Reg log[] = {{"info", act_log_info}, {"warning", act_log_warning}, {NULL, NULL}};
    static const luaL_Reg outbox[] = {{"deliver", act_deliver}, {NULL, NULL}};
    static const luaL_Reg store[] = {{"file", act_file}, {NULL, NULL}};
    static const luaL_Reg words[] = {
        {"retry", act_retry}, {"fail", act_fail}, {"sleep", act_sleep}, {"secret", act_secret}, {NULL, NULL}};
    add_table(lua, "http", http);
    add_table(lua, "json", json);
    add_table(lua, "log", log);
    add_table(lua, "outbox", outbox);
    add_table(lua, "store", store);
    lua_settop(lua, 1);
    luaL_setfuncs(lua, words, 0);
    lua_json_push(lua, the_actor->config);
    lua_setfield(lua, 1, "config");
    return 0;
}
