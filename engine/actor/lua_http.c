/* http.post and http.get. What cannot be sent as written is refused, never changed or left out: a header that
 * is missing is found out later than an error. */
#include "actor/lua_act_inside.h"
#include "rules/lua_json.h"
#include "base/json.h"

#include <string.h>

enum { TIMEOUT_DEFAULT = 30, TIMEOUT_MAXIMUM = 100 };

/* RFC 9110 5.6.2 */
static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool has_header(const GPtrArray *lines, const char *name)
{
    size_t length = strlen(name);
    for (guint i = 0; i < lines->len; i++) {
        const char *line = lines->pdata[i];
        if (g_ascii_strncasecmp(line, name, length) == 0 && (line[length] == ':' || line[length] == ';'))
            return true;
    }
    return false;
}

static void add_unless_given(GPtrArray *lines, const char *name, const char *value)
{
    if (!has_header(lines, name))
        g_ptr_array_add(lines, g_strdup_printf("%s: %s", name, value));
}

/* "Name: value", which for an empty value libcurl wants as "Name;". NULL when it is no header. */
static char *header_line(const char *name, const json_t *value)
{
    if (name[0] == '\0' || strspn(name, token) != strlen(name))
        return NULL;
    if (json_is_integer(value))
        return g_strdup_printf("%s: %" JSON_INTEGER_FORMAT, name, json_integer_value(value));
    const char *text = json_string_value(value);
    for (const char *at = text; at != NULL && *at != '\0'; at++)
        if (((unsigned char)*at < 0x20 && *at != '\t') || *at == 0x7f)
            return NULL;
    return text == NULL      ? NULL
           : text[0] == '\0' ? g_strdup_printf("%s;", name)
                             : g_strdup_printf("%s: %s", name, text);
}

/* The lines of the headers table, and what is always sent. NULL with a problem. */
static GPtrArray *header_lines(const json_t *headers, const char *key, bool json, char **problem)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    json_t *value;
    if (!json_is_object(headers)) {
        *problem = g_strdup("headers must be a table of name = value");
        return NULL;
    }
    json_object_foreach((json_t *)headers, name, value) {
        char *line = header_line(name, value);
        if (line == NULL) {
            *problem = g_strdup_printf("the header '%.100s' needs a plain name and one line of text", name);
            return NULL;
        }
        g_ptr_array_add(lines, line);
    }
    add_unless_given(lines, "Idempotency-Key", key);
    if (json)
        add_unless_given(lines, "Content-Type", "application/json");
    g_ptr_array_add(lines, NULL);
    return g_steal_pointer(&lines);
}

static void on_reply(const struct http_reply *reply, void *data)
{
    struct performance *performance = data;
    performance->transfer = NULL;
    performance->reply = reply;
    performance_resume(performance, 0);
}

static void push_headers(lua_State *lua, GHashTable *headers)
{
    GHashTableIter each;
    void *name, *value;
    lua_newtable(lua);
    g_hash_table_iter_init(&each, headers);
    while (g_hash_table_iter_next(&each, &name, &value)) {
        lua_pushstring(lua, value);
        lua_setfield(lua, -2, name);
    }
}

/* Where the call goes on when the reply is there: in the coroutine, so that running out of memory over it is
 * the action's own end. */
static int after_reply(lua_State *lua, int status, lua_KContext context)
{
    const struct http_reply *reply = performance_of(lua)->reply;
    if (reply->failure != NULL) {
        lua_pushnil(lua);
        lua_pushstring(lua, reply->failure);
        lua_pushstring(lua, reply->timed_out ? "timeout" : "network");
        return 3;
    }
    lua_newtable(lua);
    lua_pushinteger(lua, reply->status);
    lua_setfield(lua, -2, "status");
    lua_pushlstring(lua, reply->body, reply->size);
    lua_setfield(lua, -2, "body");
    push_headers(lua, reply->headers);
    lua_setfield(lua, -2, "headers");
    if (reply->retry_after >= 0) {
        lua_pushnumber(lua, (lua_Number)reply->retry_after / 1000);
        lua_setfield(lua, -2, "retry_after");
    }
    return 1;
}

/* The table at index 1 has its url, timeout, body, json and headers at 2 to 6. False with the problem pushed;
 * raises nothing but for want of memory. */
static bool request_start(lua_State *lua, struct performance *performance, bool post)
{
    const char *key = json_text_or(performance->request, "key", "");
    bool json = !lua_isnil(lua, 5);
    char *problem = NULL;
    struct http_request request = {.url = lua_tostring(lua, 2),
                                   .timeout = (int64_t)(lua_tonumber(lua, 3) * 1000)};
    g_autoptr(json_t) value = json ? lua_json_read(lua, 5) : NULL;
    g_autoptr(json_t) headers = lua_istable(lua, 6) ? lua_json_read(lua, 6) : json_object();
    g_autofree char *text = json ? json_canonical(value) : NULL;
    g_autoptr(GPtrArray) lines = header_lines(headers, key, json, &problem);
    if (post) {
        request.body = json ? text : luaL_optlstring(lua, 4, "", &request.size);
        request.size = json ? strlen(text) : request.size;
    }
    if (lines != NULL) {
        request.headers = (const char *const *)lines->pdata;
        performance_note_effect(performance);
        performance->transfer = http_start(performance->actor->transfers, &request, on_reply, performance);
        if (performance->transfer == NULL)
            problem = g_strdup("the request cannot be begun");
    }
    if (problem != NULL)
        lua_pushstring(lua, problem);
    g_free(problem);
    return problem == NULL;
}

static int request(lua_State *lua, bool post)
{
    struct performance *performance = lua_act_waiting(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    static const char *const names[] = {"url", "timeout", "body", "json", "headers"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        lua_getfield(lua, 1, names[i]);
    luaL_argcheck(lua, lua_type(lua, 2) == LUA_TSTRING && lua_rawlen(lua, 2) == strlen(lua_tostring(lua, 2)),
                  1, "url must be a text");
    luaL_argcheck(lua, lua_isnil(lua, 3) || lua_type(lua, 3) == LUA_TNUMBER, 1, "timeout must be a number");
    if (lua_isnil(lua, 3)) {
        lua_pushinteger(lua, TIMEOUT_DEFAULT);
        lua_replace(lua, 3);
    }
    lua_Number timeout = lua_tonumber(lua, 3);
    luaL_argcheck(lua, timeout > 0 && timeout <= TIMEOUT_MAXIMUM, 1,
                  "timeout must be between 0 and 100 seconds");
    luaL_argcheck(lua, lua_isnil(lua, 4) || lua_isstring(lua, 4), 1, "body must be a text");
    luaL_argcheck(lua, lua_isnil(lua, 6) || lua_istable(lua, 6), 1, "headers must be a table");
    if (!request_start(lua, performance, post))
        return lua_error(lua);
    return lua_yieldk(lua, 0, 0, after_reply);
}

static int act_post(lua_State *lua)
{
    return request(lua, true);
}

static int act_get(lua_State *lua)
{
    return request(lua, false);
}

const luaL_Reg lua_http_functions[] = {{"post", act_post}, {"get", act_get}, {NULL, NULL}};
