/* Which placeholders are for something of a form of its own is asked of them: one that takes a plain word, or
 * nothing, says nothing of what stands there. Of the others those come first that take the fewest numbers, so
 * that twelve digits are an account, and a case only where they are no account. */
#include "rules/near_ids.h"

#include <string.h>

enum { FOLDED_MAXIMUM = 100 };

struct kind {
    const char *name;
    unsigned numbers; /* of the probes that it takes */
};

static unsigned count_taken(struct pattern *alone, const char *const *probes)
{
    unsigned count = 0;
    for (; *probes != NULL; probes++)
        count += pattern_try(alone, *probes, strlen(*probes), NULL, NULL, NULL, NULL) != PATTERN_NO;
    return count;
}

static int compare_kinds(const void *left, const void *right)
{
    const struct kind *a = left, *b = right;
    if (a->numbers != b->numbers)
        return a->numbers < b->numbers ? -1 : 1;
    return strcmp(a->name, b->name);
}

static GArray *kinds_of(GHashTable *placeholders)
{
    static const char *const words[] = {"", "notification", "RETIREMENT", "Amazon", "of", "更新", NULL};
    static const char *const numbers[] = {"7", "1.33", "12345678", "123456789012", NULL};
    GArray *kinds = g_array_new(FALSE, FALSE, sizeof(struct kind));
    GHashTableIter iter;
    void *name;
    g_hash_table_iter_init(&iter, placeholders);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        g_autofree char *template = g_strdup_printf("{%s}", (const char *)name);
        g_autoptr(pattern) alone = pattern_new(PATTERN_TEMPLATE, template, false, placeholders, NULL);
        struct kind kind = {name, alone != NULL ? count_taken(alone, numbers) : 0};
        if (alone != NULL && count_taken(alone, words) == 0)
            g_array_append_val(kinds, kind);
    }
    g_array_sort(kinds, compare_kinds);
    return kinds;
}

struct pattern *near_ids_new(GHashTable *placeholders)
{
    g_autoptr(GArray) kinds = kinds_of(placeholders);
    g_autoptr(GString) expression = g_string_new("(?<![\\w-])(?:");
    for (guint i = 0; i < kinds->len; i++) {
        const char *name = g_array_index(kinds, struct kind, i).name;
        g_string_append_printf(expression, "%s(?<%s>%s)", i > 0 ? "|" : "", name,
                               (const char *)g_hash_table_lookup(placeholders, name));
    }
    g_string_append(expression, ")(?![\\w-]|\\.\\w)");
    if (kinds->len == 0)
        return NULL;
    return pattern_new(PATTERN_MATCHES, expression->str, false, placeholders, NULL);
}

static void on_named(const char *name, const char *value, size_t length, void *data)
{
    const char **first = data;
    (void)value;
    (void)length;
    if (*first == NULL)
        *first = name;
}

/* A text that looks like a placeholder would be one: {any} takes it. */
static void append_literal(GString *template, const char *text, size_t length)
{
    for (size_t i = 0, name; i < length; i++) {
        if (text[i] == '{' && pattern_is_placeholder(text + i, &name) && i + name <= length) {
            g_string_append(template, "{any}");
            i += name - 1;
        } else {
            g_string_append_c(template, text[i]);
        }
    }
}

char *near_ids_fold(struct pattern *ids, const char *text)
{
    GString *template = g_string_new(NULL);
    size_t length = strlen(text), at = 0, offset = 0, start = 0;
    const char *name = NULL;
    for (int i = 0; ids != NULL && i < FOLDED_MAXIMUM; i++, name = NULL) {
        if (pattern_try(ids, text, length, &offset, &start, on_named, &name) != PATTERN_YES || name == NULL ||
            offset == start)
            break;
        append_literal(template, text + at, start - at);
        g_string_append_printf(template, "{%s}", name);
        at = offset;
    }
    append_literal(template, text + at, length - at);
    return g_string_free(template, FALSE);
}
