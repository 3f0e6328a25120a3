/* Links, each where it leads: what goes through somebody else's server (aws/redirects.lua) is taken apart,
 * also where one is wrapped in another. What cannot be taken apart stays as it is, since a person will follow
 * it as it is. */
#include "rules/notice_inside.h"
#include "base/json.h"

#include <string.h>

enum { UNWRAPPED_MAXIMUM = 64, LINK_BYTES = 4000, LINKS_TRIED = 5000 };

struct parts {
    char *target, *letters;
};

static void on_part(const char *name, const char *value, size_t length, void *data)
{
    struct parts *parts = data;
    char **part = strcmp(name, "target") == 0    ? &parts->target
                  : strcmp(name, "letters") == 0 ? &parts->letters
                                                 : NULL;
    if (part != NULL && *part == NULL)
        *part = g_strndup(value, length);
}

static char *decode_percent(const char *text)
{
    return g_uri_unescape_string(text, NULL);
}

/* Proofpoint's second form: - for %, _ for /. */
static char *decode_urldefense2(const char *text)
{
    g_autofree char *percent = g_strdup(text);
    g_strdelimit(g_strdelimit(percent, "-", '%'), "_", '/');
    return decode_percent(percent);
}

static int run_length(char letter)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = letter != '\0' ? strchr(letters, letter) : NULL;
    return at != NULL ? (int)(at - letters) + 2 : 0;
}

/* Proofpoint's third form: * stands for one byte of those that follow in base64, **X for a run of them. */
static char *decode_urldefense3(const char *text, const char *letters)
{
    g_autofree char *padded = g_strconcat(letters, "====", NULL);
    g_strdelimit(g_strdelimit(padded, "-", '+'), "_", '/');
    padded[(strlen(letters) + 3) / 4 * 4] = '\0';
    gsize length = 0, used = 0;
    g_autofree guchar *bytes = g_base64_decode(padded, &length);
    GString *link = g_string_new(NULL);
    for (; *text != '\0'; text++) {
        if (*text != '*') {
            g_string_append_c(link, *text);
            continue;
        }
        int run = text[1] == '*' ? run_length(text[2]) : 1;
        text += text[1] == '*' && run > 0 ? 2 : 0;
        for (; run > 0 && used < length; run--)
            g_string_append_c(link, (char)bytes[used++]);
    }
    return g_string_free(link, FALSE);
}

static char *decode(const struct parts *parts, const char *coding)
{
    if (parts->target == NULL)
        return NULL;
    if (g_strcmp0(coding, "urldefense2") == 0)
        return decode_urldefense2(parts->target);
    if (g_strcmp0(coding, "urldefense3") == 0)
        return decode_urldefense3(parts->target, parts->letters != NULL ? parts->letters : "");
    return decode_percent(parts->target);
}

static bool is_link(const char *text)
{
    if (text == NULL || strlen(text) > LINK_BYTES || !g_utf8_validate(text, -1, NULL) ||
        (g_ascii_strncasecmp(text, "http://", 7) != 0 && g_ascii_strncasecmp(text, "https://", 8) != 0))
        return false;
    for (const char *at = text; *at != '\0'; at++)
        if ((guchar)*at <= ' ' || *at == 0x7f || strchr("<>\"", *at) != NULL)
            return false;
    return true;
}

/* Where the link leads, one server less; NULL: it goes through none that is known. *nowhere: it is no link of
 * a person's. The caller frees. */
static char *unwrap(const struct notice_data *data, const char *link, bool *nowhere)
{
    *nowhere = false;
    for (guint i = 0; i < data->wrappers->len; i++) {
        const struct wrapper *wrapper = data->wrappers->pdata[i];
        struct parts parts = {NULL, NULL};
        if (pattern_try(wrapper->pattern, link, strlen(link), NULL, NULL, on_part, &parts) != PATTERN_YES)
            continue;
        *nowhere = wrapper->coding == NULL;
        g_autofree char *target = decode(&parts, wrapper->coding);
        g_free(parts.target);
        g_free(parts.letters);
        return is_link(target) ? g_steal_pointer(&target) : NULL;
    }
    return NULL;
}

/* Without the marks that end the sentence it stands in. */
static size_t without_marks(const char *text, size_t length)
{
    static const char *const marks[] = {".", ",", ";", ":", "!", "?", "*", "。", "、", "，", "」"};
    for (size_t i = 0; i < G_N_ELEMENTS(marks);) {
        size_t mark = strlen(marks[i]);
        bool ends = length >= mark && memcmp(text + length - mark, marks[i], mark) == 0;
        length -= ends ? mark : 0;
        i = ends ? 0 : i + 1;
    }
    return length;
}

/* Where the link leads behind all servers that are known. The caller frees. */
static char *end_of(const struct notice_data *data, char *link, bool *nowhere)
{
    *nowhere = false;
    for (int i = 0; i < UNWRAPPED_MAXIMUM && !*nowhere; i++) {
        char *target = unwrap(data, link, nowhere);
        if (target == NULL)
            break;
        g_free(link);
        link = target;
    }
    return link;
}

static void add_link(struct reading *reading, const char *text, size_t length)
{
    bool nowhere;
    g_autofree char *link =
        end_of(reading->set->notice, g_strndup(text, without_marks(text, length)), &nowhere);
    if (!nowhere && is_link(link))
        notice_add(reading->notice, "links", link);
}

static void on_link(const char *name, const char *value, size_t length, void *data)
{
    add_link(data, value, length);
}

static void read_links(struct reading *reading, const char *text)
{
    struct pattern *link = reading->set->notice->link;
    size_t length = strlen(text), offset = 0;
    for (int i = 0; i < LINKS_TRIED && link != NULL; i++)
        if (pattern_try(link, text, length, &offset, NULL, on_link, reading) != PATTERN_YES)
            return;
}

struct span {
    const char *text;
    size_t length;
};

/* What is not ASCII is the sentence going on, in a language without blanks; none of it may be lost. */
static void on_span(const char *name, const char *value, size_t length, void *data)
{
    size_t ascii = 0;
    while (ascii < length && g_ascii_isgraph(value[ascii]))
        ascii++;
    *(struct span *)data = (struct span){value, without_marks(value, ascii)};
}

char *notice_unwrap_links(const struct rule_set *set, const char *text)
{
    struct pattern *link = set->notice->link;
    size_t length = strlen(text), offset = 0;
    const char *kept = text; /* what stands before it is in unwrapped */
    GString *unwrapped = g_string_new(NULL);
    struct span span = {NULL, 0};
    for (int i = 0; i < LINKS_TRIED && link != NULL; i++) {
        if (pattern_try(link, text, length, &offset, NULL, on_span, &span) != PATTERN_YES)
            break;
        bool nowhere;
        g_autofree char *target = end_of(set->notice, g_strndup(span.text, span.length), &nowhere);
        g_string_append_len(unwrapped, kept, span.text - kept);
        g_string_append(unwrapped, target);
        kept = span.text + span.length;
    }
    g_string_append(unwrapped, kept);
    return g_string_free(unwrapped, FALSE);
}

/* Of alternatives rules see the plain text, and many people the HTML. */
void notice_read_links(struct reading *reading, const char *text)
{
    read_links(reading, text);
    if (message_plain(reading->message) == NULL)
        return;
    const char *html = message_html(reading->message);
    if (html != NULL)
        read_links(reading, html);
}
