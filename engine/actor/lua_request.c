/* A request as an action writes it. What cannot be sent as written is refused, never changed or left out: a
 * header or a field that is missing is found out later than an error. */
#include "actor/lua_request.h"
#include "actor/secret.h"
#include "rules/lua_json.h"
#include "base/json.h"

#include <lauxlib.h>
#include <string.h>

enum { TIMEOUT_MAXIMUM = 100 };
enum { URL = 2, METHOD, TIMEOUT, BODY, JSON, FORM, HEADERS }; /* places on the stack, as the keys below */

static const char *const keys[] = {"url", "method", "timeout", "body", "json", "form", "headers", NULL};
static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", NULL};

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
        g_ptr_array_add(lines, g_strdup_printf("%s:%s%s", name, value[0] != '\0' ? " " : "", value));
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

/* The lines of the headers table, and what is always sent. A type of "" is none. */
static void read_headers(const json_t *headers, const char *key, const char *type,
                         struct lua_request *request)
{
    GPtrArray *lines = request->headers = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    json_t *value;
    if (!json_is_object(headers)) {
        request->problem = g_strdup("headers must be a table of name = value");
        return;
    }
    json_object_foreach((json_t *)headers, name, value) {
        char *line = header_line(name, value);
        if (line == NULL) {
            request->problem =
                g_strdup_printf("the header '%.100s' needs a plain name and one line of text", name);
            return;
        }
        g_ptr_array_add(lines, line);
    }
    add_unless_given(lines, "Idempotency-Key", key);
    add_unless_given(lines, "Content-Type", type); /* "Content-Type:" keeps libcurl from naming one */
    add_unless_given(lines, "Expect", "");
    g_ptr_array_add(lines, NULL);
    request->http.headers = (const char *const *)lines->pdata;
}

/* name=value, percent-encoded; a list gives its name once for each. False for what is no text or number. */
static bool add_field(GString *form, const char *name, const json_t *value)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            if (json_is_array(json_array_get(value, i)) || !add_field(form, name, json_array_get(value, i)))
                return false;
        return true;
    }
    g_autofree char *text = json_is_string(value)    ? g_strdup(json_string_value(value))
                            : json_is_boolean(value) ? g_strdup(json_is_true(value) ? "true" : "false")
                            : json_is_number(value)  ? json_canonical(value)
                                                     : NULL;
    if (text == NULL)
        return false;
    g_string_append(form, form->len > 0 ? "&" : "");
    g_string_append_uri_escaped(form, name, NULL, FALSE);
    g_string_append_c(form, '=');
    g_string_append_uri_escaped(form, text, NULL, FALSE);
    return true;
}

/* application/x-www-form-urlencoded, in the order of the names. */
static char *form_text(const json_t *fields, char **problem)
{
    GString *form = g_string_new(NULL);
    g_autoptr(json_t) names = json_keys(fields);
    bool good = json_is_object(fields) || json_array_size(fields) == 0;
    for (size_t i = 0; good && i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        good = add_field(form, name, json_object_get(fields, name));
    }
    if (!good)
        *problem = g_strdup("form must be a table of name = text or number, or a list of these");
    return g_string_free(form, FALSE);
}

static void read_body(lua_State *lua, struct lua_request *request)
{
    if (!lua_isnil(lua, JSON)) {
        g_autoptr(json_t) value = lua_json_read_sent(lua, JSON);
        request->body = value != NULL ? json_canonical(value) : NULL;
        if (value == NULL)
            request->problem =
                g_strdup("json is nested more than 64 deep, or has a million values: send less");
    } else if (!lua_isnil(lua, FORM)) {
        g_autoptr(json_t) fields = lua_json_read(lua, FORM);
        request->body = form_text(fields, &request->problem);
    } else if (!lua_isnil(lua, BODY)) {
        request->body = g_memdup2(lua_tostring(lua, BODY), lua_rawlen(lua, BODY) + 1);
        request->http.size = lua_rawlen(lua, BODY);
        return;
    }
    request->http.size = request->body != NULL ? strlen(request->body) : 0;
}

/* A text, or { secret = "name" }, as url = secret "name" of the configuration stands in config. */
static void read_url(lua_State *lua, struct lua_request *request)
{
    if (lua_type(lua, URL) == LUA_TSTRING) {
        request->url = g_strdup(lua_tostring(lua, URL));
        return;
    }
    g_autoptr(json_t) table = lua_json_read(lua, URL);
    const char *name = json_text_or(table, "secret", "");
    g_autoptr(GError) error = NULL;
    bool named = secret_is_name(name);
    request->url = named ? secret_get(name, &error) : NULL;
    request->unset = named && request->url == NULL;
    if (request->url == NULL)
        request->problem = g_strdup(named ? error->message : "url must be a text, or { secret = \"name\" }");
}

static void check_keys(lua_State *lua, bool chooses)
{
    for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
        const char *name = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "?";
        if (!g_strv_contains(keys, name))
            luaL_error(
                lua, "a request has no key '%s': it takes url, method, headers, json, form, body and timeout",
                name);
        if (!chooses && strcmp(name, "method") == 0)
            luaL_error(lua, "method counts only in http.request");
    }
}

static void check_types(lua_State *lua, int64_t timeout)
{
    int bodies = !lua_isnil(lua, BODY) + !lua_isnil(lua, JSON) + !lua_isnil(lua, FORM);
    bool is_text =
        lua_type(lua, URL) == LUA_TSTRING && lua_rawlen(lua, URL) == strlen(lua_tostring(lua, URL));
    luaL_argcheck(lua, is_text || lua_istable(lua, URL), 1, "url must be a text");
    if (lua_isnil(lua, TIMEOUT)) {
        lua_pushnumber(lua, (lua_Number)timeout / 1000);
        lua_replace(lua, TIMEOUT);
    }
    luaL_argcheck(lua, lua_type(lua, TIMEOUT) == LUA_TNUMBER, 1, "timeout must be a number");
    luaL_argcheck(lua, lua_tonumber(lua, TIMEOUT) > 0 && lua_tonumber(lua, TIMEOUT) <= TIMEOUT_MAXIMUM, 1,
                  "timeout must be between 0 and 100 seconds");
    luaL_argcheck(lua, bodies <= 1, 1, "a request has one of json, form and body");
    luaL_argcheck(lua, lua_isnil(lua, BODY) || lua_isstring(lua, BODY), 1, "body must be a text");
    luaL_argcheck(lua, lua_isnil(lua, FORM) || lua_istable(lua, FORM), 1, "form must be a table");
    luaL_argcheck(lua, lua_isnil(lua, HEADERS) || lua_istable(lua, HEADERS), 1, "headers must be a table");
    if (!lua_isnil(lua, BODY))
        lua_tostring(lua, BODY); /* of a number, in its place */
}

/* The one that the table names; a body makes a POST of what names none. */
static const char *method_of(lua_State *lua, const char *method)
{
    bool has_body = !lua_isnil(lua, BODY) || !lua_isnil(lua, JSON) || !lua_isnil(lua, FORM);
    if (method == NULL)
        method = lua_isnil(lua, METHOD) ? (has_body ? "POST" : "GET")
                                        : methods[luaL_checkoption(lua, METHOD, NULL, methods)];
    luaL_argcheck(lua, !has_body || strcmp(method, "GET") != 0, 1, "a GET has no body");
    return method;
}

void lua_request_read(lua_State *lua, const char *method, const char *key, int64_t timeout,
                      struct lua_request *request)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    check_keys(lua, method == NULL);
    for (size_t i = 0; keys[i] != NULL; i++)
        lua_getfield(lua, 1, keys[i]);
    check_types(lua, timeout);
    *request = (struct lua_request){.http.timeout = (int64_t)(lua_tonumber(lua, TIMEOUT) * 1000),
                                    .http.method = method_of(lua, method)};
    const char *type = !lua_isnil(lua, JSON)   ? "application/json"
                       : !lua_isnil(lua, FORM) ? "application/x-www-form-urlencoded"
                                               : "";
    read_url(lua, request);
    if (request->problem == NULL)
        read_body(lua, request);
    g_autoptr(json_t) headers = lua_istable(lua, HEADERS) ? lua_json_read(lua, HEADERS) : json_object();
    if (request->problem == NULL)
        read_headers(headers, key, type, request);
    request->http.url = request->url;
    request->http.body = request->body;
}

void lua_request_clear(struct lua_request *request)
{
    g_free(request->url);
    g_free(request->body);
    g_clear_pointer(&request->headers, g_ptr_array_unref);
    g_free(request->problem);
}
