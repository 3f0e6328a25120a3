/* libcurl's multi interface on libuv. Nothing here blocks: names are looked up in a thread of libcurl's,
 * which is left to itself where its transfer ends first. Where no name server answers these live on for
 * minutes, so that each of them must be small. What a transfer's end means is its protocol's business. */
#include "actor/transfers.h"
#include "base/fault.h"
#include "base/log.h"

#include <glib.h>
#include <pthread.h>

enum {
    THREAD_STACK =
        512 << 10, /* of what may be megabytes: a few hundred would use up what an actor may have */
    HOST_CONNECTIONS = 4,
    TOTAL_CONNECTIONS = 64, /* further transfers wait: a burst must not overrun the other side */
};

struct transfers {
    uv_loop_t *loop;
    uv_timer_t timer;
    CURLM *multi;
};

struct watch {
    uv_poll_t poll;
    curl_socket_t socket;
    struct transfers *transfers;
};

static void finish(struct transfers *transfers, CURL *easy, CURLcode result)
{
    struct transfer *transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
    curl_multi_remove_handle(transfers->multi, easy);
    fault_point("answer-received");
    transfer->done(transfer, result);
}

static void reap(struct transfers *transfers)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(transfers->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE)
            finish(transfers, message->easy_handle, message->data.result);
}

static void on_socket_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct transfers *transfers = watch->transfers;
    int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0),
        running;
    if (status < 0)
        flags = CURL_CSELECT_ERR;
    curl_multi_socket_action(transfers->multi, watch->socket, flags, &running);
    reap(transfers);
}

static void on_watch_closed(uv_handle_t *handle)
{
    g_free(handle->data);
}

static int on_socket(CURL *easy, curl_socket_t socket, int action, void *data, void *attached)
{
    struct transfers *transfers = data;
    struct watch *watch = attached;
    if (action == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            uv_poll_stop(&watch->poll);
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
            curl_multi_assign(transfers->multi, socket, NULL);
        }
        return 0;
    }
    if (watch == NULL) {
        watch = g_new0(struct watch, 1);
        watch->socket = socket;
        watch->transfers = transfers;
        uv_poll_init_socket(transfers->loop, &watch->poll, socket);
        watch->poll.data = watch;
        curl_multi_assign(transfers->multi, socket, watch);
    }
    int events = (action & CURL_POLL_IN ? UV_READABLE : 0) | (action & CURL_POLL_OUT ? UV_WRITABLE : 0);
    uv_poll_start(&watch->poll, events, on_socket_ready);
    if (action == CURL_POLL_IN)
        fault_point("answer-awaited");
    return 0;
}

static void on_timeout(uv_timer_t *timer)
{
    struct transfers *transfers = timer->data;
    int running;
    curl_multi_socket_action(transfers->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    reap(transfers);
}

static int on_timer(CURLM *multi, long milliseconds, void *data)
{
    struct transfers *transfers = data;
    if (milliseconds < 0)
        uv_timer_stop(&transfers->timer);
    else
        uv_timer_start(&transfers->timer, on_timeout, (uint64_t)MAX(1, milliseconds),
                       0); /* never from within curl */
    return 0;
}

/* Those that libcurl starts have no attributes of their own. */
static void threads_keep_small(void)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return;
    if (pthread_attr_setstacksize(&attributes, THREAD_STACK) == 0)
        pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
}

struct transfers *transfers_new(uv_loop_t *loop, bool paced)
{
    struct transfers *transfers = g_new0(struct transfers, 1);
    threads_keep_small();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) == 0)
        log_warning("this libcurl waits for names to be looked up, and every action with it: "
                    "install one with AsynchDNS");
    transfers->loop = loop;
    uv_timer_init(loop, &transfers->timer);
    transfers->timer.data = transfers;
    transfers->multi = curl_multi_init();
    curl_multi_setopt(transfers->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                      paced ? (long)TOTAL_CONNECTIONS : (long)HOST_CONNECTIONS);
    curl_multi_setopt(transfers->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)TOTAL_CONNECTIONS);
    curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETDATA, transfers);
    curl_multi_setopt(transfers->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(transfers->multi, CURLMOPT_TIMERDATA, transfers);
    return transfers;
}

static int on_begun(void *resolver, void *reserved, void *data)
{
    ((struct transfer *)data)->begun = true;
    return 0;
}

bool transfer_prepare(struct transfer *transfer, const char *protocols)
{
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->failure);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, on_begun);
    curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, transfer);
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK && /* nor that of the environment */
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           /* a transfer that ends while its name is looked up does not wait for the answer */
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK;
}

bool transfers_add(struct transfers *transfers, struct transfer *transfer)
{
    return curl_multi_add_handle(transfers->multi, transfer->easy) == CURLM_OK;
}

void transfers_remove(struct transfers *transfers, struct transfer *transfer)
{
    curl_multi_remove_handle(transfers->multi, transfer->easy);
}
