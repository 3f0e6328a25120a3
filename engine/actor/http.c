/* libcurl's multi interface on libuv: curl says which sockets and which timeout it waits for, libuv tells it
 * what happened. */
#include "actor/http.h"
#include "base/times.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOST_CONNECTIONS = 4,
    TOTAL_CONNECTIONS = 64, /* further transfers wait: a burst must not overrun the other side */
    HEADERS_MAXIMUM = 100,
    HEADER_BYTES_MAXIMUM = 256 << 10,
};

struct http {
    uv_loop_t *loop;
    uv_timer_t timer;
    CURLM *multi;
};

struct watch {
    uv_poll_t poll;
    curl_socket_t socket;
    struct http *http;
};

struct http_transfer {
    CURL *easy;
    GString *body;
    GHashTable *headers;
    struct curl_slist *sent_headers;
    size_t header_bytes;
    const char *too_long; /* what was; NULL while nothing is */
    char failure[CURL_ERROR_SIZE];
    void (*done)(const struct http_reply *reply, void *data);
    void *data;
};

int64_t http_retry_after(const char *value, int64_t now)
{
    size_t digits = strspn(value, "0123456789");
    if (digits > 0 && value[digits] == '\0') {
        int64_t seconds = digits > 9 ? 1000000000 : strtol(value, NULL, 10);
        return seconds > 0 ? seconds * 1000 : -1;
    }
    time_t moment = digits == 0 ? curl_getdate(value, NULL) : -1;
    int64_t wait = moment < 0 ? -1 : (int64_t)moment * 1000 - now;
    return wait > 0 ? wait : -1;
}

static void transfer_free(struct http_transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->sent_headers);
    g_string_free(transfer->body, TRUE);
    g_hash_table_unref(transfer->headers);
    g_free(transfer);
}

static void finish(struct http *http, CURL *easy, CURLcode result)
{
    struct http_transfer *transfer = NULL;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(http->multi, easy);
    const char *failure = result == CURLE_OK             ? NULL
                          : transfer->too_long != NULL   ? transfer->too_long
                          : transfer->failure[0] != '\0' ? transfer->failure
                                                         : curl_easy_strerror(result);
    const char *wait = g_hash_table_lookup(transfer->headers, "retry-after");
    struct http_reply reply = {.status = failure == NULL ? status : 0,
                               .failure = failure,
                               .body = transfer->body->str,
                               .size = transfer->body->len,
                               .headers = transfer->headers,
                               .retry_after = wait != NULL ? http_retry_after(wait, time_now()) : -1};
    transfer->done(&reply, transfer->data);
    transfer_free(transfer);
}

void http_cancel(struct http *http, struct http_transfer *transfer)
{
    curl_multi_remove_handle(http->multi, transfer->easy);
    transfer_free(transfer);
}

static void reap(struct http *http)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE)
            finish(http, message->easy_handle, message->data.result);
}

static void on_socket_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct http *http = watch->http;
    int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0),
        running;
    if (status < 0)
        flags = CURL_CSELECT_ERR;
    curl_multi_socket_action(http->multi, watch->socket, flags, &running);
    reap(http);
}

static void on_watch_closed(uv_handle_t *handle)
{
    g_free(handle->data);
}

static int on_socket(CURL *easy, curl_socket_t socket, int action, void *data, void *attached)
{
    struct http *http = data;
    struct watch *watch = attached;
    if (action == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            uv_poll_stop(&watch->poll);
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
            curl_multi_assign(http->multi, socket, NULL);
        }
        return 0;
    }
    if (watch == NULL) {
        watch = g_new0(struct watch, 1);
        watch->socket = socket;
        watch->http = http;
        uv_poll_init_socket(http->loop, &watch->poll, socket);
        watch->poll.data = watch;
        curl_multi_assign(http->multi, socket, watch);
    }
    int events = (action & CURL_POLL_IN ? UV_READABLE : 0) | (action & CURL_POLL_OUT ? UV_WRITABLE : 0);
    uv_poll_start(&watch->poll, events, on_socket_ready);
    return 0;
}

static void on_timeout(uv_timer_t *timer)
{
    struct http *http = timer->data;
    int running;
    curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    reap(http);
}

static int on_timer(CURLM *multi, long milliseconds, void *data)
{
    struct http *http = data;
    if (milliseconds < 0)
        uv_timer_stop(&http->timer);
    else
        uv_timer_start(&http->timer, on_timeout, (uint64_t)MAX(1, milliseconds),
                       0); /* never from within curl */
    return 0;
}

struct http *http_new(uv_loop_t *loop)
{
    struct http *http = g_new0(struct http, 1);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    http->loop = loop;
    uv_timer_init(loop, &http->timer);
    http->timer.data = http;
    http->multi = curl_multi_init();
    curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS);
    curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)TOTAL_CONNECTIONS);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    return http;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct http_transfer *transfer = data;
    if (transfer->body->len + size * count > HTTP_REPLY_MAXIMUM) {
        transfer->too_long = "the answer is longer than 1 MiB";
        return 0;
    }
    g_string_append_len(transfer->body, bytes, (gssize)(size * count));
    return size * count;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
    struct http_transfer *transfer = data;
    g_autofree char *line = g_strndup(bytes, size * count);
    char *colon = strchr(line, ':');
    transfer->header_bytes += size * count;
    if (transfer->header_bytes > HEADER_BYTES_MAXIMUM) {
        transfer->too_long = "the answer's headers are longer than 256 KiB";
        return 0;
    }
    if (g_str_has_prefix(line, "HTTP/")) { /* what came before was a mere "100 Continue" */
        g_hash_table_remove_all(transfer->headers);
    } else if (colon != NULL && g_hash_table_size(transfer->headers) < HEADERS_MAXIMUM) {
        g_autofree char *name = g_ascii_strdown(line, colon - line);
        g_hash_table_insert(transfer->headers, g_strdup(g_strstrip(name)), g_strdup(g_strstrip(colon + 1)));
    }
    return size * count;
}

/* False when this libcurl does not know an option that safety hangs on. */
static bool set_options(struct http_transfer *transfer, const struct http_request *request)
{
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    bool safe = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)MAX(request->timeout, 1)); /* 0: for ever */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CLAMP(request->timeout, 1, 10000));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "awsift");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->sent_headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->failure);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    if (request->body != NULL) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->size);
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
    }
    return safe;
}

struct http_transfer *http_start(struct http *http, const struct http_request *request,
                                 void (*done)(const struct http_reply *reply, void *data), void *data)
{
    struct http_transfer *transfer = g_new0(struct http_transfer, 1);
    transfer->easy = curl_easy_init();
    transfer->body = g_string_new(NULL);
    transfer->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    transfer->done = done;
    transfer->data = data;
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++)
        transfer->sent_headers = curl_slist_append(transfer->sent_headers, request->headers[i]);
    if (transfer->easy != NULL && set_options(transfer, request) &&
        curl_multi_add_handle(http->multi, transfer->easy) == CURLM_OK)
        return transfer;
    transfer_free(transfer);
    return NULL;
}
