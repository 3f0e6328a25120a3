/* URLs as libcurl reads them. */
#pragma once
#include <curl/curl.h>
#include <glib.h>

/* NULL with why it is none of http or https with a host and without a user; the error has nothing of it.
 * Scheme and host (in brackets where it is an IPv6 address) are the caller's, and the handle too
 * (curl_url_cleanup). */
CURLU *http_url_parse(const char *text, char **scheme, char **host, GError **error);
