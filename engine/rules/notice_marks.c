/* Looking for moments: one pass, in which the readers are tried where a word or number begins. What stands
 * further than FAR from any is left out: no cue reaches that far. */
#include "rules/notice_marks.h"
#include "mail/moments.h"

#include <string.h>

enum { FAR = 160 };

static void append_mark(GString *text, const char *mark, guint number)
{
    g_string_append(text, mark);
    g_string_append_unichar(text, MARK_FIRST + number);
}

/* Private characters of the mail's own are none of ours. */
static void append_plain(GString *text, const char *at, size_t length)
{
    const char *end = at + length, *private;
    while ((private = memchr(at, 0xee, (size_t)(end - at))) != NULL) {
        g_string_append_len(text, at, private - at);
        g_string_append_unichar(text, 0xfffd);
        at = private + 3;
    }
    g_string_append_len(text, at, end - at);
}

/* The text between two signs, cut in the middle. */
static void append_between(GString *text, const char *from, const char *to)
{
    const char *head = from + MIN(FAR, to - from), *tail = to - MIN(FAR, to - from);
    if (tail - head < FAR) {
        append_plain(text, from, (size_t)(to - from));
        return;
    }
    while (((guchar)*head & 0xc0) == 0x80)
        head++;
    while (((guchar)*tail & 0xc0) == 0x80)
        tail++;
    append_plain(text, from, (size_t)(head - from));
    g_string_append(text, "\n.\n");
    append_plain(text, tail, (size_t)(to - tail));
}

/* Whether a word or a number may begin there that is no part of what stands before it; read_to: where the
 * last moment ended, since 10:00-12:00 are two. */
static bool may_begin(const char *text, const char *at, const char *read_to)
{
    guchar before = at > text ? (guchar)at[-1] : ' ';
    if (g_ascii_isalnum(before) || !moment_may_begin(at))
        return false;
    if (before == ':')
        return at - text < 2 || !g_ascii_isdigit(at[-2]); /* "Date:2026-12-05" */
    return strchr("-_/.+#=%&", before) == NULL || at - 1 == read_to;
}

struct found {
    size_t length;
    bool lasts;
    struct moment moment;
    int64_t lasting;
};

static bool find(const char *at, struct found *found)
{
    found->length = moment_read_lasting(at, &found->lasting);
    found->lasts = found->length > 0;
    if (!found->lasts)
        found->length = moment_read(at, &found->moment);
    return found->length > 0;
}

static void mark(struct marked *marked, const struct found *found)
{
    if (found->lasts) {
        append_mark(marked->text, MARK_LASTING, marked->lastings->len);
        g_array_append_val(marked->lastings, found->lasting);
    } else {
        append_mark(marked->text, found->moment.month > 0 ? MARK_MOMENT : MARK_CLOCK, marked->moments->len);
        g_array_append_val(marked->moments, found->moment);
    }
}

static bool is_full(const struct marked *marked)
{
    return marked->moments->len == MARKS_MAXIMUM || marked->lastings->len == MARKS_MAXIMUM;
}

void marks_read(struct marked *marked, const char *text)
{
    const char *from = text;
    struct found found;
    marked->text = g_string_new(NULL);
    marked->moments = g_array_new(FALSE, FALSE, sizeof(struct moment));
    marked->lastings = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (const char *at = text; *at != '\0' && !is_full(marked);) {
        if (!may_begin(text, at, from) || !find(at, &found)) {
            at++;
            continue;
        }
        if (!found.lasts && found.moment.hour >= 0 && !found.moment.zoned)
            moment_read_zone_before(from, at, &found.moment);
        append_between(marked->text, from, at);
        mark(marked, &found);
        from = at += found.length;
    }
    append_between(marked->text, from, from + strlen(from));
}

void marks_clear(struct marked *marked)
{
    g_string_free(marked->text, TRUE);
    g_array_unref(marked->moments);
    g_array_unref(marked->lastings);
}
