/* HTTP from the loop: libcurl's multi interface driven by libuv. TLS is verified, redirects are not followed,
 * replies are capped. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <uv.h>

enum { HTTP_REPLY_MAXIMUM = 1 << 20 };

struct http_request {
    const char *url;  /* http or https */
    const char *body; /* NULL: GET; else POST */
    size_t size;
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
    int64_t timeout;            /* ms */
};

struct http_reply {
    long status;         /* 0 when there was no answer */
    const char *failure; /* why there was none; NULL otherwise */
    const char *body;
    size_t size;
    GHashTable *headers; /* lower case name -> value, of the last answer */
};

struct http;
struct http *http_new(uv_loop_t *loop);
/* Calls done exactly once, later. The request is copied. */
void http_start(struct http *http, const struct http_request *request,
                void (*done)(const struct http_reply *reply, void *data), void *data);
