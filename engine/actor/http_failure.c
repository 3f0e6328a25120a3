/* libcurl's own words stand where they say more than its code does and hold nothing of the URL; times and
 * counts of bytes, which differ each time, are left out where the cause is the same. */
#include "actor/http_failure.h"

#include <glib.h>
#include <string.h>

/* Waiting for its turn, looking up the name, connecting, or the rest. */
static const char *stage_of(const struct transfer *transfer)
{
    double looked_up = 0, connected = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_NAMELOOKUP_TIME, &looked_up);
    curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME, &connected);
    return !transfer->begun && looked_up <= 0 ? "timed out while others to the same host were under way"
           : looked_up <= 0                   ? "timed out looking up the name"
           : connected <= 0                   ? "timed out connecting"
                                              : "timed out waiting for the whole answer";
}

static char *words(const struct transfer *transfer, CURLcode result)
{
    long number = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
    switch (result) {
    case CURLE_OPERATION_TIMEDOUT:
        return g_strdup(stage_of(transfer));
    case CURLE_COULDNT_RESOLVE_HOST:
        return g_strdup("the name is not known, or no name server answers");
    case CURLE_COULDNT_CONNECT:
        return g_strdup_printf("cannot connect: %s", number != 0 ? g_strerror((int)number) : "refused");
    case CURLE_PEER_FAILED_VERIFICATION:
        return g_strdup_printf("its certificate is not trusted: %s", transfer->failure);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_WEIRD_SERVER_REPLY:
        return g_strdup(transfer->failure[0] != '\0' ? transfer->failure : curl_easy_strerror(result));
    default:
        return g_strdup(curl_easy_strerror(result));
    }
}

char *http_failure(const struct transfer *transfer, CURLcode result, const char *origin)
{
    g_autofree char *why = words(transfer, result);
    return g_strdup_printf("%s: %s", origin, why);
}
