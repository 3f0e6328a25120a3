/* Our own reader, since GMime knows neither the charsets that labels mean nor all that stands behind padding,
 * and takes continuations in the order in which they stand. It reads what nobody should write: encoded words,
 * with quotes and without, raw bytes, backslashes of Windows, values with blanks and without quotes. The
 * field is within its limit, and each pass over it is linear but for the continuations, of which there are at
 * most SEGMENTS_MAXIMUM. */
#include "mail/parameters.h"
#include "mail/decode.h"

#include <stdbool.h>
#include <string.h>
#include <glib.h>

enum { SEGMENTS_MAXIMUM = 100 };

struct segment {
    char *value;
    bool encoded; /* %XX */
};

/* name=plain, name*=extended, and name*0=… or name*0*=…, which are joined. */
struct found {
    char *plain;
    struct segment extended, segments[SEGMENTS_MAXIMUM];
};

static void found_clear(struct found *found)
{
    g_free(found->plain);
    g_free(found->extended.value);
    for (size_t i = 0; i < SEGMENTS_MAXIMUM; i++)
        g_free(found->segments[i].value);
}

/* Behind the quote at `at`; *value is what it held. A backslash quotes a quote or a backslash, and stands for
 * itself before all else, as in C:\file. */
static const char *read_quoted(const char *at, char **value)
{
    GString *text = g_string_new(NULL);
    for (at++; *at != '\0' && *at != '"'; at++) {
        if (*at == '\\' && (at[1] == '"' || at[1] == '\\'))
            at++;
        if (*at != '\r' && *at != '\n')
            g_string_append_c(text, *at);
    }
    *value = g_string_free(text, FALSE);
    return *at == '"' ? at + 1 : at;
}

/* Up to the semicolon, but none within an encoded word. */
static const char *read_bare(const char *at, char **value)
{
    const char *start = at, *end = at + strlen(at);
    while (at < end && *at != ';') {
        size_t word = decode_word_length(at, (size_t)(end - at));
        at += MAX(word, 1);
    }
    *value = g_strstrip(g_strndup(start, (size_t)(at - start)));
    return at;
}

/* The place for what stands behind the name: "", "*", "*0", or "*0*"; NULL when it is no such form. */
static char **place_of(struct found *found, const char *form)
{
    char *end;
    if (form[0] == '\0')
        return &found->plain;
    if (strcmp(form, "*") == 0) {
        found->extended.encoded = true;
        return &found->extended.value;
    }
    guint64 index =
        form[0] == '*' && g_ascii_isdigit(form[1]) ? g_ascii_strtoull(form + 1, &end, 10) : SEGMENTS_MAXIMUM;
    if (index >= SEGMENTS_MAXIMUM || found->segments[index].value != NULL ||
        (*end != '\0' && strcmp(end, "*") != 0))
        return NULL;
    found->segments[index].encoded = *end == '*';
    return &found->segments[index].value;
}

static void find_values(const char *text, const char *name, struct found *found)
{
    size_t length = strlen(name);
    for (const char *at = text; *at != '\0';) {
        at += strspn(at, "; \t\r\n");
        const char *attribute = at;
        at += strcspn(at, "=;\"");
        g_autofree char *written = g_strstrip(g_strndup(attribute, (size_t)(at - attribute)));
        g_autofree char *value = NULL;
        if (*at == '=') {
            at++;
            at += strspn(at, " \t\r\n");
        }
        at = *at == '"' ? read_quoted(at, &value) : read_bare(at, &value);
        bool named = g_ascii_strncasecmp(written, name, length) == 0;
        char **place = named ? place_of(found, written + length) : NULL;
        if (place != NULL && *place == NULL)
            *place = g_steal_pointer(&value);
    }
}

static void append_octets(GByteArray *octets, const char *text, bool encoded)
{
    for (; *text != '\0'; text++) {
        guint8 octet = (guint8)*text;
        if (encoded && octet == '%' && g_ascii_isxdigit(text[1]) && g_ascii_isxdigit(text[2])) {
            octet = (guint8)(g_ascii_xdigit_value(text[1]) * 16 + g_ascii_xdigit_value(text[2]));
            text += 2;
        }
        g_byte_array_append(octets, &octet, 1);
    }
}

/* charset'language'text: the label, NULL when there is none; *text moves behind it. */
static char *take_label(const char **text)
{
    const char *language = strchr(*text, '\''), *rest = language != NULL ? strchr(language + 1, '\'') : NULL;
    if (rest == NULL)
        return NULL;
    char *label = language > *text ? g_strndup(*text, (size_t)(language - *text)) : NULL;
    *text = rest + 1;
    return label;
}

static char *join(const struct segment *segments, size_t count, const char *near,
                  struct decode_faults *faults)
{
    g_autoptr(GByteArray) octets = g_byte_array_new();
    const char *first = segments[0].value;
    g_autofree char *label = segments[0].encoded ? take_label(&first) : NULL;
    for (size_t i = 0; i < count && segments[i].value != NULL; i++)
        append_octets(octets, i == 0 ? first : segments[i].value, segments[i].encoded);
    const char *bytes = octets->len > 0 ? (const char *)octets->data : "";
    return label != NULL ? decode_text(label, bytes, octets->len, faults)
                         : decode_header_near(near, bytes, octets->len, faults);
}

char *parameter_decode(const char *near, const char *raw, const char *name, struct decode_faults *faults)
{
    struct found found = {0};
    bool changed = false;
    char *value = NULL;
    g_autofree char *text = decode_raw(near, raw, strlen(raw), &changed, faults);
    find_values(text + strcspn(text, ";"), name, &found);
    if (found.extended.value != NULL)
        value = join(&found.extended, 1, near, faults);
    else if (found.segments[0].value != NULL)
        value = join(found.segments, SEGMENTS_MAXIMUM, near, faults);
    else if (found.plain != NULL)
        value = decode_header_near(near, found.plain, strlen(found.plain), faults);
    found_clear(&found);
    return value;
}
