/* libcurl's multi interface on libuv, for HTTP and SMTP alike: curl says which sockets and which timeout it
 * waits for, libuv tells it what happened. What every transfer must obey stands here. */
#pragma once
#include <stdbool.h>
#include <curl/curl.h>
#include <uv.h>

/* The first member of what a protocol knows of a transfer. */
struct transfer {
    CURL *easy;
    char failure[CURL_ERROR_SIZE];
    bool begun; /* its name is looked up, unless that is known: until then it waits for a connection */
    /* Called once, later, when it is over and no longer among the transfers. */
    void (*done)(struct transfer *transfer, CURLcode result);
};

struct transfers;
/* paced: whoever asks sees to it that no host is asked too much at once. */
struct transfers *transfers_new(uv_loop_t *loop, bool paced);
/* Makes easy ready: these protocols alone, TLS verified, no proxy, no redirect, no signal, no wait for a slow
 * resolver. False when this libcurl does not know an option that safety hangs on. */
bool transfer_prepare(struct transfer *transfer, const char *protocols);
/* False when it cannot even be begun; then done is never called. */
bool transfers_add(struct transfers *transfers, struct transfer *transfer);
/* Takes it out: done will not be called. */
void transfers_remove(struct transfers *transfers, struct transfer *transfer);
