/* http.post, http.get and http.request: a request on its way, and its answer as a table. */
#include "actor/lua_act_inside.h"
#include "actor/lua_request.h"
#include "base/json.h"

static void on_reply(const struct http_reply *reply, void *data)
{
    struct performance *performance = data;
    performance->transfer = NULL;
    performance->reply = reply;
    if (reply->effect == HTTP_ACCEPTED)
        performance_note_accepted(performance);
    if (reply->effect == HTTP_IN_DOUBT)
        performance_note_happened(performance);
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
        lua_pushboolean(lua, reply->refused);
        lua_pushstring(lua, reply->timed_out ? "timeout" : "network");
        return 4;
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

/* nil and the problem, as where no answer came: what is not set now may be set when it is tried again. */
static int give_up(lua_State *lua, struct lua_request *request)
{
    bool unset = request->unset;
    if (unset)
        lua_pushnil(lua);
    lua_pushstring(lua, request->problem);
    lua_request_clear(request);
    return unset ? 2 : lua_error(lua);
}

/* method: NULL where the table says which. */
static int request(lua_State *lua, const char *method)
{
    struct performance *performance = lua_act_waiting(lua);
    struct lua_request request;
    struct http *http = performance->actor->http;
    lua_request_read(lua, method, json_text_or(performance->request, "key", ""), http_timeout(http),
                     &request);
    if (request.problem != NULL)
        return give_up(lua, &request);
    GError *error = NULL;
    performance_note_effect(performance);
    performance->transfer = http_start(http, &request.http, on_reply, performance, &error);
    if (performance->transfer == NULL) {
        request.problem = g_strdup(error->message);
        g_clear_error(&error);
        return give_up(lua, &request);
    }
    lua_request_clear(&request);
    return lua_yieldk(lua, 0, 0, after_reply);
}

static int act_post(lua_State *lua)
{
    return request(lua, "POST");
}

static int act_get(lua_State *lua)
{
    return request(lua, "GET");
}

static int act_request(lua_State *lua)
{
    return request(lua, NULL);
}

const luaL_Reg lua_http_functions[] = {
    {"post", act_post}, {"get", act_get}, {"request", act_request}, {NULL, NULL}};
