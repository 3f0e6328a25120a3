/* A request and its reply. What is more than a reply may be ends it; how often it is tried is the action's
 * business. */
#include "actor/http.h"
#include "base/times.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEADERS_MAXIMUM = 100,
    HEADER_BYTES_MAXIMUM = 256 << 10,
};

struct http_transfer {
    struct transfer transfer;
    GString *body;
    GHashTable *headers;
    struct curl_slist *sent_headers;
    size_t header_bytes;
    const char *too_long; /* what was; NULL while nothing is */
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

static void http_free(struct http_transfer *http)
{
    curl_easy_cleanup(http->transfer.easy);
    curl_slist_free_all(http->sent_headers);
    g_string_free(http->body, TRUE);
    g_hash_table_unref(http->headers);
    g_free(http);
}

static void on_done(struct transfer *transfer, CURLcode result)
{
    struct http_transfer *http = (struct http_transfer *)transfer;
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    const char *failure = result == CURLE_OK             ? NULL
                          : http->too_long != NULL       ? http->too_long
                          : transfer->failure[0] != '\0' ? transfer->failure
                                                         : curl_easy_strerror(result);
    const char *wait = g_hash_table_lookup(http->headers, "retry-after");
    struct http_reply reply = {.status = failure == NULL ? status : 0,
                               .failure = failure,
                               .body = http->body->str,
                               .size = http->body->len,
                               .headers = http->headers,
                               .retry_after = wait != NULL ? http_retry_after(wait, time_now()) : -1};
    http->done(&reply, http->data);
    http_free(http);
}

void http_cancel(struct transfers *transfers, struct http_transfer *http)
{
    transfers_remove(transfers, &http->transfer);
    http_free(http);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct http_transfer *http = data;
    if (http->body->len + size * count > HTTP_REPLY_MAXIMUM) {
        http->too_long = "the answer is longer than 1 MiB";
        return 0;
    }
    g_string_append_len(http->body, bytes, (gssize)(size * count));
    return size * count;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
    struct http_transfer *http = data;
    g_autofree char *line = g_strndup(bytes, size * count);
    char *colon = strchr(line, ':');
    http->header_bytes += size * count;
    if (http->header_bytes > HEADER_BYTES_MAXIMUM) {
        http->too_long = "the answer's headers are longer than 256 KiB";
        return 0;
    }
    if (g_str_has_prefix(line, "HTTP/")) { /* what came before was a mere "100 Continue" */
        g_hash_table_remove_all(http->headers);
    } else if (colon != NULL && g_hash_table_size(http->headers) < HEADERS_MAXIMUM) {
        g_autofree char *name = g_ascii_strdown(line, colon - line);
        g_hash_table_insert(http->headers, g_strdup(g_strstrip(name)), g_strdup(g_strstrip(colon + 1)));
    }
    return size * count;
}

/* False when this libcurl does not know an option that safety hangs on. */
static bool set_options(struct http_transfer *http, const struct http_request *request)
{
    CURL *easy = http->transfer.easy;
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)MAX(request->timeout, 1)); /* 0: for ever */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CLAMP(request->timeout, 1, 10000));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "awsift");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->sent_headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    if (strcmp(request->method, "GET") != 0 &&
        (request->body != NULL || strcmp(request->method, "DELETE") != 0)) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body != NULL ? request->body : "");
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    return transfer_prepare(&http->transfer, "http,https");
}

struct http_transfer *http_start(struct transfers *transfers, const struct http_request *request,
                                 void (*done)(const struct http_reply *reply, void *data), void *data)
{
    struct http_transfer *http = g_new0(struct http_transfer, 1);
    http->transfer = (struct transfer){.easy = curl_easy_init(), .done = on_done};
    http->body = g_string_new(NULL);
    http->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    http->done = done;
    http->data = data;
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++)
        http->sent_headers = curl_slist_append(http->sent_headers, request->headers[i]);
    if (http->transfer.easy != NULL && set_options(http, request) &&
        transfers_add(transfers, &http->transfer))
        return http;
    http_free(http);
    return NULL;
}
