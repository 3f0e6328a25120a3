/* The charset that HTML declares in itself, for mail that declares none: <meta charset=x>, or a meta tag with
 * content="text/html; charset=x" (HTML standard, 13.2.3.2). */
#include "mail/text.h"

#include <string.h>

enum { SEARCHED_MAXIMUM = 1024, NAME_MAXIMUM = 40 };

static const char *find(const char *at, const char *end, const char *what)
{
    size_t length = strlen(what);
    for (; at + length <= end; at++)
        if (g_ascii_strncasecmp(at, what, length) == 0)
            return at;
    return NULL;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && g_ascii_isspace(*at))
        at++;
    return at;
}

/* What stands behind "charset" and "=" in the tag. */
static char *charset_of_tag(const char *at, const char *end)
{
    while ((at = find(at, end, "charset")) != NULL) {
        at = skip_blanks(at + strlen("charset"), end);
        if (at == end || *at != '=')
            continue;
        at = skip_blanks(at + 1, end);
        at += at < end && strchr("\"'", *at) != NULL;
        const char *from = skip_blanks(at, end);
        for (at = from; at < end && (g_ascii_isalnum(*at) || strchr("-_.:+", *at) != NULL);)
            at++;
        return at > from && at - from < NAME_MAXIMUM ? g_ascii_strdown(from, at - from) : NULL;
    }
    return NULL;
}

char *html_charset(const char *bytes, size_t length)
{
    g_autofree char *head = g_strndup(bytes, MIN(length, SEARCHED_MAXIMUM));
    const char *at = head, *end = head + strlen(head);
    while (at != NULL && (at = memchr(at, '<', (size_t)(end - at))) != NULL) {
        bool comment = g_str_has_prefix(at, "<!--");
        const char *last = comment ? find(at + 2, end, "-->") : memchr(at, '>', (size_t)(end - at));
        bool meta = end - at > 5 && g_ascii_strncasecmp(at, "<meta", 5) == 0 &&
                    (g_ascii_isspace(at[5]) || at[5] == '/');
        char *charset = meta && last != NULL ? charset_of_tag(at + 5, last) : NULL;
        if (charset != NULL)
            return charset;
        at = last;
    }
    return NULL;
}
