/* HTTP from the loop. TLS is verified, redirects are not followed, replies are capped, hosts of one's own
 * network are reached only where the configuration names them. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <jansson.h>

#include "actor/transfers.h"

enum { HTTP_REPLY_MAXIMUM = 1 << 20 };

struct http;
/* settings: http { … } of the configuration, or NULL. Lives as long as the process. */
struct http *http_new(struct transfers *transfers, const json_t *settings);
/* What a request may take that does not say: ms. */
int64_t http_timeout(const struct http *http);

struct http_request {
    const char *url;    /* http or https */
    const char *method; /* GET, POST, PUT, PATCH or DELETE */
    const char *body;   /* may be NULL */
    size_t size;
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
    int64_t timeout;            /* ms */
};

/* What came of a request on the other side. A GET changes nothing there (RFC 9110 9.2.1). */
enum http_effect {
    HTTP_NO_EFFECT,
    HTTP_ACCEPTED, /* unless what the answer says in its body is something else */
    HTTP_IN_DOUBT, /* it was on its way, and nobody says what became of it */
};

struct http_reply {
    enum http_effect effect;
    long status;         /* 0 when there was no answer */
    const char *failure; /* why there was none, NULL otherwise; of the URL it has scheme and host alone */
    bool refused;        /* it was we who would not ask: trying again changes nothing */
    bool timed_out;      /* failure: because it did not come in time */
    const char *body;
    size_t size;
    GHashTable *headers; /* lower case name -> value, of the last answer */
    int64_t retry_after; /* ms that the other side asks to wait; -1 when it says nothing that lies ahead */
};

struct http_transfer;
/* Calls done exactly once, later. The request is copied. NULL with the reason when it cannot even be begun;
 * then done is never called. The transfer is gone once done is called. */
struct http_transfer *http_start(struct http *http, const struct http_request *request,
                                 void (*done)(const struct http_reply *reply, void *data), void *data,
                                 GError **error);
/* Breaks it off: done will not be called. Whether it may have had an effect all the same. */
bool http_cancel(struct http_transfer *http);
/* What a Retry-After header asks for (RFC 9110 10.2.3: seconds or a date), ms from now; -1 as above. */
int64_t http_retry_after(const char *value, int64_t now);
