/* What a process has read as a secret, it never says: not in a reason, a detail or a log line, even where the
 * other side repeats it. The list only grows, for as long as the process lives; a secret that was replaced is
 * still one. */
#include "base/secrecy.h"
#include "base/log.h"

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

enum { SHORTEST = 4, PATH_SHORTEST = 12, MOST = 1000, TAIL_SHORTEST = 6 };

static GPtrArray *values; /* the longest first: one may stand in another */

static int by_length(const void *left, const void *right)
{
    size_t one = strlen(*(char *const *)left), other = strlen(*(char *const *)right);
    return one < other ? 1 : one > other ? -1 : 0;
}

static void say_full(void)
{
    static bool said;
    if (!said)
        log_warning("there are more than %d forms of secrets: further ones are not masked", MOST);
    said = true;
}

/* Takes value. */
static void add(char *value)
{
    bool known = value == NULL || strlen(value) < SHORTEST ||
                 g_ptr_array_find_with_equal_func(values, value, g_str_equal, NULL);
    if (!known && values->len >= MOST)
        say_full();
    if (known || values->len >= MOST) {
        g_free(value);
        return;
    }
    g_ptr_array_add(values, value);
    g_ptr_array_sort(values, by_length);
}

/* As it stands within a JSON text. */
static char *in_json(const char *value, size_t flags)
{
    json_t *text = json_string(value);
    char *quoted = json_dumps(text, JSON_ENCODE_ANY | flags), *inner = NULL;
    if (quoted != NULL)
        inner = g_strndup(quoted + 1, strlen(quoted) - 2);
    free(quoted);
    json_decref(text);
    return inner;
}

/* What follows the host of a web address, all of any other text. NULL where that is too short to be one. */
static const char *secret_part(const char *value)
{
    const char *host = g_ascii_strncasecmp(value, "https://", 8) == 0  ? value + 8
                       : g_ascii_strncasecmp(value, "http://", 7) == 0 ? value + 7
                                                                       : NULL;
    const char *part = host != NULL ? host + strcspn(host, "/?#") : value;
    return strlen(part) >= (host != NULL ? PATH_SHORTEST : SHORTEST) ? part : NULL;
}

void secrecy_add(const char *value)
{
    if (values == NULL)
        values = g_ptr_array_new_with_free_func(g_free);
    const char *secret = secret_part(value);
    if (secret == NULL)
        return;
    add(g_strdup(secret));
    add(g_uri_escape_string(secret, NULL, FALSE));
    add(g_uri_escape_string(secret, "/", FALSE));
    add(in_json(secret, 0));
    add(in_json(secret, JSON_ESCAPE_SLASH));
    add(g_base64_encode((const guchar *)secret, strlen(secret)));
}

void secrecy_add_derived(const char *text, size_t length, const char *made)
{
    bool room = values != NULL && values->len < MOST / 2; /* or no secret could be added any more */
    for (guint i = 0; room && i < values->len; i++) {
        const char *value = values->pdata[i];
        if (memmem(text, length, value, strlen(value)) != NULL) {
            secrecy_add(made);
            return;
        }
    }
}

/* Where the text ends within a value, or NULL. */
static char *cut_value(char *text, const char *value)
{
    size_t length = strlen(text);
    for (size_t part = MIN(length, strlen(value) - 1); part >= TAIL_SHORTEST; part--)
        if (memcmp(text + length - part, value, part) == 0)
            return text + length - part;
    return NULL;
}

char *secrecy_mask(char *text)
{
    for (guint i = 0; values != NULL && i < values->len; i++) {
        const char *value = values->pdata[i];
        if (strstr(text, value) != NULL) {
            g_auto(GStrv) parts = g_strsplit(text, value, -1);
            g_free(text);
            text = g_strjoinv("****", parts);
        }
        char *tail = cut_value(text, value);
        if (tail != NULL) {
            char *masked = g_strdup_printf("%.*s****", (int)(tail - text), text);
            g_free(text);
            text = masked;
        }
    }
    return text;
}
