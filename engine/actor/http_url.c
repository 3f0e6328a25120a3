/* One parser for all: the host that is judged is the one that is connected to. */
#include "actor/http_url.h"
#include "base/error.h"

#include <string.h>

/* The caller frees; NULL where there is none. */
static char *part_of(CURLU *url, CURLUPart part)
{
    char *text = NULL, *copy = NULL;
    if (curl_url_get(url, part, &text, 0) == CURLUE_OK && text[0] != '\0')
        copy = g_strdup(text);
    curl_free(text);
    return copy;
}

CURLU *http_url_parse(const char *text, char **scheme, char **host, GError **error)
{
    CURLU *url = curl_url();
    CURLUcode result = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER);
    g_autofree char *written = part_of(url, CURLUPART_SCHEME);
    *scheme = written != NULL ? g_ascii_strdown(written, -1) : NULL; /* libcurl leaves it as it is written */
    *host = part_of(url, CURLUPART_HOST);
    if (result == CURLUE_OK && *host != NULL &&
        (g_strcmp0(*scheme, "https") == 0 || g_strcmp0(*scheme, "http") == 0))
        return url;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG, "%s",
                result == CURLUE_USER_NOT_ALLOWED
                    ? "the url must not hold a user and a password: an Authorization among the headers does"
                    : "the url must begin with https:// or http:// and name a host");
    g_clear_pointer(scheme, g_free);
    g_clear_pointer(host, g_free);
    curl_url_cleanup(url);
    return NULL;
}
