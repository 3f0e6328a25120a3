/* The table that http.post, http.get and http.request take. */
#pragma once
#include "actor/http.h"

#include <lua.h>

/* Read from the table; what it points to is its own. */
struct lua_request {
    struct http_request http;
    char *url, *body;
    GPtrArray *headers;
    char *problem; /* why there is no request, in words for who wrote the action; NULL when it is whole */
    bool unset;    /* the problem is a secret that is not set: nobody's mistake in the action */
};

/* Reads the table at index 1, and leaves its values behind it on the stack. method: NULL where the table says
 * which; timeout: ms, where it does not say. May raise for want of memory and for a value of a wrong type,
 * before anything is allocated. */
void lua_request_read(lua_State *lua, const char *method, const char *key, int64_t timeout,
                      struct lua_request *request);
void lua_request_clear(struct lua_request *request);
