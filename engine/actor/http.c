/* A request and its reply. What is more than a reply may be ends it; how often it is tried is the action's
 * business. The URL is parsed once, by libcurl, and it is that which is asked: nobody reads another host in
 * it than is connected to. HTTP/1.1 alone is spoken, and no compression offered: what comes has the size that
 * it has. Each request has a connection of its own: where one that was used before ends without an answer,
 * libcurl would send it a second time by itself, and nobody would know. */
#include "actor/http.h"
#include "actor/http_failure.h"
#include "actor/http_url.h"
#include "actor/reach.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    HEADERS_MAXIMUM = 100,
    HEADER_BYTES_MAXIMUM = 256 << 10,
    CONNECT_TIME = 10000,
    TIMEOUT_DEFAULT = 30000,
};

struct http {
    struct transfers *transfers;
    struct reach *reach;
    int64_t timeout;
    GBytes *certificates; /* PEM, besides those of the system; NULL: none */
};

struct http_transfer {
    struct transfer transfer;
    struct http *http;
    CURLU *url;
    char *host, *origin; /* "https://host" */
    GString *body;
    GHashTable *headers;
    struct curl_slist *sent_headers;
    size_t header_bytes;
    const char *too_long; /* what was; NULL while nothing is */
    char *refused;        /* which address; NULL while none was */
    bool reached;         /* an address that may be */
    bool safe, sent;      /* it changes nothing; the other side may have it */
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
    curl_url_cleanup(http->url);
    curl_slist_free_all(http->sent_headers);
    g_free(http->host);
    g_free(http->origin);
    g_free(http->refused);
    g_string_free(http->body, TRUE);
    g_hash_table_unref(http->headers);
    g_free(http);
}

/* The words of somebody in between, who does not know (520 and above: Cloudflare's, of an answer that was
 * none, that was broken off, or did not come in time). */
static bool is_of_gateway(long status)
{
    static const long gateways[] = {502, 504, 520, 522, 524};
    for (size_t i = 0; i < G_N_ELEMENTS(gateways); i++)
        if (status == gateways[i])
            return true;
    return false;
}

static enum http_effect effect_of(const struct http_transfer *http, long status, bool failed)
{
    if (http->safe || !http->sent)
        return HTTP_NO_EFFECT;
    if (is_of_gateway(status))
        return HTTP_IN_DOUBT;
    if (status >= 400)
        return HTTP_NO_EFFECT;
    return failed ? HTTP_IN_DOUBT : status / 100 == 2 ? HTTP_ACCEPTED : HTTP_NO_EFFECT;
}

static void on_done(struct transfer *transfer, CURLcode result)
{
    struct http_transfer *http = (struct http_transfer *)transfer;
    bool refused = result != CURLE_OK && http->refused != NULL && !http->reached;
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    g_autofree char *failure = result == CURLE_OK ? NULL
                               : refused          ? g_strdup(http->refused)
                               : http->too_long != NULL
                                   ? g_strdup_printf("%s: %s", http->origin, http->too_long)
                                   : http_failure(transfer, result, http->origin);
    const char *wait = g_hash_table_lookup(http->headers, "retry-after");
    struct http_reply reply = {.effect = effect_of(http, status, failure != NULL),
                               .status = failure == NULL ? status : 0,
                               .failure = failure,
                               .timed_out = result == CURLE_OPERATION_TIMEDOUT,
                               .refused = refused,
                               .body = http->body->str,
                               .size = http->body->len,
                               .headers = http->headers,
                               .retry_after = wait != NULL ? http_retry_after(wait, time_now()) : -1};
    http->done(&reply, http->data);
    http_free(http);
}

bool http_cancel(struct http_transfer *http)
{
    bool doubtful = http->sent && !http->safe;
    transfers_remove(http->http->transfers, &http->transfer);
    http_free(http);
    return doubtful;
}

/* What goes out, of which only that it does is looked at. */
static int on_said(CURL *easy, curl_infotype type, char *bytes, size_t size, void *data)
{
    if (type == CURLINFO_HEADER_OUT)
        ((struct http_transfer *)data)->sent = true;
    return 0;
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

/* libcurl asks for the socket of an address that it is about to connect to, and takes none for an answer. */
static curl_socket_t on_open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_transfer *http = data;
    const char *kind = reach_refusal(http->http->reach, http->host, &address->addr);
    if (kind == NULL) {
        http->reached = true;
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    }
    g_free(http->refused);
    http->refused = reach_explain(http->host, &address->addr, kind);
    return CURL_SOCKET_BAD;
}

static void set_limits(struct http_transfer *http, int64_t timeout)
{
    CURL *easy = http->transfer.easy;
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)MAX(timeout, 1)); /* 0: for ever */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CLAMP(timeout, 1, CONNECT_TIME));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L); /* to on_said, which writes nothing */
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_said);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, http);
}

static void set_request(struct http_transfer *http, const struct http_request *request)
{
    CURL *easy = http->transfer.easy;
    bool has_body = request->body != NULL ||
                    !g_strv_contains((const char *const[]){"GET", "DELETE", NULL}, request->method);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "awsift");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->sent_headers);
    if (has_body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body != NULL ? request->body : "");
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    http->safe = strcmp(request->method, "GET") == 0;
}

/* False when this libcurl does not know an option that safety hangs on. */
static bool set_safety(struct http_transfer *http)
{
    CURL *easy = http->transfer.easy;
    gsize size = 0;
    const void *bytes =
        http->http->certificates != NULL ? g_bytes_get_data(http->http->certificates, &size) : NULL;
    struct curl_blob certificates = {.data = (void *)bytes, .len = size, .flags = CURL_BLOB_NOCOPY};
    return transfer_prepare(&http->transfer, "http,https") &&
           curl_easy_setopt(easy, CURLOPT_CURLU, http->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, http) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           (bytes == NULL || curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &certificates) == CURLE_OK);
}

/* Notes host and origin. */
static bool set_url(struct http_transfer *http, const char *text, GError **error)
{
    g_autofree char *scheme = NULL;
    http->url = http_url_parse(text, &scheme, &http->host, error);
    if (http->url != NULL)
        http->origin = g_strdup_printf("%s://%s", scheme, http->host);
    return http->url != NULL;
}

struct http_transfer *http_start(struct http *http, const struct http_request *request,
                                 void (*done)(const struct http_reply *reply, void *data), void *data,
                                 GError **error)
{
    struct http_transfer *transfer = g_new0(struct http_transfer, 1);
    transfer->transfer = (struct transfer){.easy = curl_easy_init(), .done = on_done};
    transfer->http = http;
    transfer->body = g_string_new(NULL);
    transfer->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    transfer->done = done;
    transfer->data = data;
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++)
        transfer->sent_headers = curl_slist_append(transfer->sent_headers, request->headers[i]);
    bool good = set_url(transfer, request->url, error);
    if (good) {
        set_limits(transfer, request->timeout);
        set_request(transfer, request);
        good = set_safety(transfer) && transfers_add(http->transfers, &transfer->transfer);
        if (!good)
            g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO, "the request cannot be begun");
    }
    if (good)
        return transfer;
    http_free(transfer);
    return NULL;
}

/* Those of http { ca = "file" }, and those of the system, which libcurl would not read besides. NULL, which
 * leaves it the system's, where the file cannot be read: its mistake must not cut off everybody else. */
static GBytes *certificates_read(const char *ca)
{
    const char *system = curl_version_info(CURLVERSION_NOW)->cainfo;
    g_autofree char *own = NULL, *others = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(ca, &own, NULL, &error) || strstr(own, "-----BEGIN CERTIFICATE-----") == NULL) {
        log_error("http: ca: %s",
                  error != NULL ? error->message : "the file holds no certificate in PEM form");
        return NULL;
    }
    if (system != NULL && !g_file_get_contents(system, &others, NULL, NULL))
        others = NULL;
    char *all = g_strconcat(own, "\n", others, NULL);
    return g_bytes_new_take(all, strlen(all));
}

struct http *http_new(struct transfers *transfers, const json_t *settings)
{
    const char *ca = json_text(settings, "ca");
    struct http *http = g_new0(struct http, 1);
    http->transfers = transfers;
    http->reach = reach_new(json_object_get(settings, "private"));
    http->timeout = json_number(settings, "timeout", TIMEOUT_DEFAULT);
    http->certificates = ca != NULL ? certificates_read(ca) : NULL;
    return http;
}

int64_t http_timeout(const struct http *http)
{
    return http->timeout;
}
