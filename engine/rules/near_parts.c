/* Taking apart what a condition looks for: words and gaps. Expressions and addresses have neither. */
#include "rules/near_index.h"
#include "rules/near_words.h"
#include "mail/text.h"

#include <string.h>

static void part_clear(void *data)
{
    g_free(((struct near_part *)data)->text);
}

static void add_gap(GArray *parts, enum near_kind kind, size_t start, size_t end)
{
    struct near_part part = {kind, NULL, start, end};
    bool again = parts->len > 0 && kind == NEAR_FREE && start == end &&
                 g_array_index(parts, struct near_part, parts->len - 1).kind == NEAR_FREE;
    if (parts->len < NEAR_ELEMENTS_MAXIMUM && !again)
        g_array_append_val(parts, part);
}

static void add_words(GArray *parts, const char *text, size_t start, size_t end)
{
    g_autoptr(GArray) words = near_words_new();
    near_words_read(words, text + start, end - start, start, NEAR_ELEMENTS_MAXIMUM - parts->len);
    for (guint i = 0; i < words->len; i++) {
        struct near_word *word = &g_array_index(words, struct near_word, i);
        struct near_part part = {NEAR_WORD, g_steal_pointer(&word->text), word->start, word->end};
        g_array_append_val(parts, part);
    }
}

static bool is_free(const char *name, size_t length)
{
    static const char *const names[] = {"any", "line", "word", NULL};
    g_autofree char *copy = g_strndup(name, length);
    return g_strv_contains(names, copy);
}

/* gap: whether a gap begins there, and its length. */
static bool is_gap(enum pattern_kind kind, const char *at, size_t *length)
{
    *length = 1;
    if (kind == PATTERN_GLOB)
        return *at == '*' || *at == '?';
    return kind == PATTERN_TEMPLATE && *at == '{' && pattern_is_placeholder(at, length);
}

GArray *near_parts_of(const struct pattern *pattern, char **normal)
{
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(struct near_part));
    enum pattern_kind kind = pattern_kind(pattern);
    g_array_set_clear_func(parts, part_clear);
    *normal = text_normalize(pattern_text(pattern), true);
    if (kind != PATTERN_TEMPLATE && kind != PATTERN_CONTAINS && kind != PATTERN_STARTS &&
        kind != PATTERN_ENDS && kind != PATTERN_GLOB)
        return parts;
    if (kind == PATTERN_CONTAINS || kind == PATTERN_ENDS)
        add_gap(parts, NEAR_FREE, 0, 0);
    size_t from = 0, at = 0, length;
    while ((*normal)[at] != '\0') {
        if (!is_gap(kind, *normal + at, &length)) {
            at++;
            continue;
        }
        add_words(parts, *normal, from, at);
        bool typed = kind == PATTERN_TEMPLATE && !is_free(*normal + at + 1, length - 2);
        add_gap(parts, typed ? NEAR_TYPED : NEAR_FREE, at, at + length);
        from = at += length;
    }
    add_words(parts, *normal, from, at);
    if (kind == PATTERN_CONTAINS || kind == PATTERN_STARTS)
        add_gap(parts, NEAR_FREE, at, at);
    return parts;
}
