/* Template and text are laid beside each other: what both have as it is, or a placeholder takes, is an
 * anchor; what lies between two anchors and is not the same is a difference. A template that matches both has
 * the anchors, and a placeholder for each difference; it is tried on both before anybody sees it. */
#include "rules/near_holes.h"
#include "rules/near_ids.h"
#include "rules/near_words.h"
#include "mail/text.h"

#include <string.h>

enum {
    DIFFERS_MAXIMUM = 8,
    STRETCH_SHOWN = 80,     /* bytes */
    KEPT_MINIMUM = 75,      /* hundredths of the words' weight that a widened template keeps */
    TEMPLATE_MAXIMUM = 1000 /* bytes */
};

/* Whether the placeholder at the brace takes the text. */
static bool placeholder_takes(const struct rule_set *set, const char *brace, size_t length, const char *text,
                              size_t text_length)
{
    g_autofree char *template = g_strndup(brace, length), *value = g_strndup(text, text_length);
    g_autoptr(pattern) alone = pattern_new(PATTERN_TEMPLATE, template, false, set->placeholders, NULL);
    return alone != NULL && pattern_try(alone, value, text_length, NULL, NULL, NULL, NULL) == PATTERN_YES;
}

struct laying {
    const struct rule_set *set;
    const char *normal, *text;
    GArray *stretches;
    size_t known, other; /* how far */
};

static void add_stretch(struct laying *laying, size_t known_end, size_t other_end, bool same, uint32_t weight)
{
    struct near_stretch stretch = {laying->known, known_end, laying->other, other_end, same, weight};
    laying->known = known_end;
    laying->other = other_end;
    if (stretch.known < known_end || stretch.other < other_end)
        g_array_append_val(laying->stretches, stretch);
}

/* What lies before an anchor. */
static void add_between(struct laying *laying, size_t known, size_t other)
{
    size_t length = known - laying->known;
    bool same = length == other - laying->other &&
                memcmp(laying->normal + laying->known, laying->text + laying->other, length) == 0;
    add_stretch(laying, known, other, same, 0);
}

/* Words of two characters each overlap: what is laid down already is cut off. */
static void add_word(struct laying *laying, const struct near_part *part, const struct near_word *word,
                     uint32_t weight)
{
    size_t length = part->end - part->start, known = part->start, other = word->start, cut = 0;
    if (length != word->end - word->start ||
        memcmp(laying->normal + known, laying->text + other, length) != 0)
        return;
    if (known < laying->known)
        cut = laying->known - known;
    if (other < laying->other)
        cut = MAX(cut, laying->other - other);
    if (cut >= length)
        return;
    add_between(laying, known + cut, other + cut);
    add_stretch(laying, part->end, word->end, true, weight);
}

static void add_taken(struct laying *laying, const struct near_part *part, size_t start, size_t end)
{
    size_t braces = part->end - part->start;
    bool takes = braces == 0 || part->kind == NEAR_FREE ||
                 placeholder_takes(laying->set, laying->normal + part->start, braces, laying->text + start,
                                   end - start);
    if (!takes || part->start < laying->known || start < laying->other)
        return;
    add_between(laying, part->start, start);
    add_stretch(laying, part->end, end, true, 0);
}

GArray *near_stretches(const struct rule_set *set, const struct near_index *index,
                       const struct near_text *known, const char *text, const GArray *words,
                       const GArray *tokens, char **normal)
{
    g_autoptr(GArray) parts = near_parts_of(known->condition->pattern, normal);
    struct near_alignment alignment;
    near_align(index, known, tokens, &alignment);
    struct laying laying = {set, *normal, text, g_array_new(FALSE, FALSE, sizeof(struct near_stretch)), 0, 0};
    guint count = MIN(words->len, NEAR_WORDS_MAXIMUM);
    for (guint j = 0; j < count; j++) {
        uint32_t element = alignment.element[j];
        if (element == NEAR_EXTRA)
            continue;
        const struct near_part *part = &g_array_index(parts, struct near_part, element);
        const struct near_word *word = &g_array_index(words, struct near_word, j);
        uint32_t number = near_index_elements(index, known)[element].word;
        if (part->kind == NEAR_WORD) {
            add_word(&laying, part, word, near_index_weight(index, near_index_stem(index, number)));
            continue;
        }
        while (j + 1 < count && alignment.element[j + 1] == element)
            j++;
        add_taken(&laying, part, word->start, g_array_index(words, struct near_word, j).end);
    }
    add_between(&laying, strlen(*normal), strlen(text));
    return laying.stretches;
}

/* What can be left as it is at the ends of a difference: the same mark or blank in both. */
static bool is_mark(char byte)
{
    return (unsigned char)byte < 0x80 && !g_ascii_isalnum(byte) && byte != '{' && byte != '}';
}

static struct near_stretch trimmed(const struct near_stretch *stretch, const char *normal, const char *text)
{
    struct near_stretch left = *stretch;
    while (left.known_end > left.known && left.other_end > left.other &&
           normal[left.known_end - 1] == text[left.other_end - 1] && is_mark(normal[left.known_end - 1])) {
        left.known_end--;
        left.other_end--;
    }
    while (left.known_end > left.known && left.other_end > left.other &&
           normal[left.known] == text[left.other] && is_mark(normal[left.known])) {
        left.known++;
        left.other++;
    }
    return left;
}

/* The caller frees. */
static char *stretch_text(GString *shown)
{
    return text_clip(g_strstrip(shown->str), STRETCH_SHOWN);
}

/* Without placeholders that take nothing. */
static char *known_text(const struct near_stretch *stretch, const char *normal)
{
    g_autoptr(GString) shown =
        g_string_new_len(normal + stretch->known, (gssize)(stretch->known_end - stretch->known));
    g_string_replace(shown, "{any}", "", 0);
    g_string_replace(shown, "{line}", "", 0);
    return stretch_text(shown);
}

static char *other_text(const struct near_stretch *stretch, const char *text)
{
    g_autoptr(GString) shown =
        g_string_new_len(text + stretch->other, (gssize)(stretch->other_end - stretch->other));
    return stretch_text(shown);
}

static bool has_letters(const char *text)
{
    for (; *text != '\0'; text = g_utf8_next_char(text))
        if (g_unichar_isalnum(g_utf8_get_char(text)))
            return true;
    return false;
}

struct difference {
    char *known, *other;
};

static void difference_clear(void *data)
{
    struct difference *difference = data;
    g_free(difference->known);
    g_free(difference->other);
}

static GArray *differences_of(const GArray *stretches, const char *normal, const char *text, bool marks)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct difference));
    g_array_set_clear_func(list, difference_clear);
    for (guint i = 0; i < stretches->len && list->len < DIFFERS_MAXIMUM; i++) {
        const struct near_stretch *stretch = &g_array_index(stretches, struct near_stretch, i);
        if (stretch->same)
            continue;
        struct near_stretch left = trimmed(stretch, normal, text);
        struct difference difference = {known_text(&left, normal), other_text(&left, text)};
        bool told = strcmp(difference.known, difference.other) != 0 &&
                    (marks || has_letters(difference.known) || has_letters(difference.other));
        if (told)
            g_array_append_val(list, difference);
        else
            difference_clear(&difference);
    }
    return list;
}

/* Whether what is missing in one place is new in another. */
static bool is_moved(const GArray *list, const char *missing)
{
    for (guint i = 0; i < list->len; i++) {
        const struct difference *other = &g_array_index(list, struct difference, i);
        if (other->known[0] == '\0' && strcmp(other->other, missing) == 0)
            return true;
    }
    return false;
}

static bool was_moved(const GArray *list, const char *new)
{
    for (guint i = 0; i < list->len; i++) {
        const struct difference *other = &g_array_index(list, struct difference, i);
        if (other->other[0] == '\0' && strcmp(other->known, new) == 0)
            return true;
    }
    return false;
}

static bool is_said(const json_t *list, const char *text)
{
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)list, index, entry)
        if (strcmp(json_string_value(entry), text) == 0)
            return true;
    return false;
}

json_t *near_differs(const GArray *stretches, const char *normal, const char *text)
{
    json_t *differs = json_array();
    g_autoptr(GArray) list = differences_of(stretches, normal, text, false);
    if (list->len == 0) {
        g_array_unref(list);
        list = differences_of(stretches, normal, text, true);
    }
    for (guint i = 0; i < list->len; i++) {
        const struct difference *one = &g_array_index(list, struct difference, i);
        g_autofree char *said = NULL;
        if (one->known[0] != '\0' && one->other[0] != '\0')
            said = g_strdup_printf("\"%s\" is \"%s\"", one->known, one->other);
        else if (one->other[0] == '\0')
            said = g_strdup_printf(
                is_moved(list, one->known) ? "\"%s\" stands elsewhere" : "\"%s\" is missing", one->known);
        else if (!was_moved(list, one->other))
            said = g_strdup_printf("\"%s\" is new", one->other);
        if (said != NULL && !is_said(differs, said))
            json_array_append_new(differs, json_string(said));
    }
    return differs;
}

/* The placeholder that takes both. *typed: it takes nothing but what has the form of both. The caller frees.
 */
static char *placeholder_for(struct pattern *ids, const char *known, const char *other, bool *typed)
{
    g_autofree char *known_kind = near_ids_fold(ids, known), *other_kind = near_ids_fold(ids, other);
    size_t length;
    *typed = strcmp(known_kind, other_kind) == 0 && strcmp(known_kind, known) != 0 && known_kind[0] == '{' &&
             pattern_is_placeholder(known_kind, &length) && known_kind[length] == '\0';
    if (*typed)
        return g_strdup(known_kind);
    bool words =
        known[0] != '\0' && other[0] != '\0' && strpbrk(known, " {") == NULL && strchr(other, ' ') == NULL;
    return g_strdup(words ? "{word}" : "{any}");
}

static bool takes(struct pattern *pattern, const char *text)
{
    return pattern_try(pattern, text, strlen(text), NULL, NULL, NULL, NULL) == PATTERN_YES;
}

struct pattern *near_template(const struct rule_set *set, const char *template, const char *text)
{
    if (strlen(template) > TEMPLATE_MAXIMUM)
        return NULL;
    g_autoptr(pattern) whole = pattern_new(PATTERN_TEMPLATE, template, false, set->placeholders, NULL);
    return whole != NULL && takes(whole, text) ? g_steal_pointer(&whole) : NULL;
}

struct pattern *near_widened(const struct rule_set *set, struct pattern *ids, const GArray *stretches,
                             uint32_t weight, const char *normal, const char *text)
{
    g_autoptr(GString) template = g_string_new(NULL), known = g_string_new(NULL);
    uint64_t kept = 0;
    bool typed = true;
    for (guint i = 0; i < stretches->len; i++) {
        const struct near_stretch *stretch = &g_array_index(stretches, struct near_stretch, i);
        kept += stretch->weight;
        if (stretch->same) { /* the known text as it would be with what this mail has for its placeholders */
            g_string_append_len(template, normal + stretch->known,
                                (gssize)(stretch->known_end - stretch->known));
            g_string_append_len(known, text + stretch->other, (gssize)(stretch->other_end - stretch->other));
            continue;
        }
        struct near_stretch left = trimmed(stretch, normal, text);
        g_autofree char *from = g_strndup(normal + left.known, left.known_end - left.known),
                        *to = g_strndup(text + left.other, left.other_end - left.other);
        bool form;
        g_autofree char *placeholder = placeholder_for(ids, from, to, &form);
        typed = typed && form;
        g_string_append_len(template, normal + stretch->known, (gssize)(left.known - stretch->known));
        g_string_append(template, placeholder);
        g_string_append_len(template, normal + left.known_end, (gssize)(stretch->known_end - left.known_end));
        g_string_append_len(known, normal + stretch->known, (gssize)(stretch->known_end - stretch->known));
    }
    g_string_replace(template, "{any}{any}", "{any}", 0);
    bool says = typed || kept * 100 >= (uint64_t)weight * KEPT_MINIMUM;
    g_autoptr(pattern) wide = says ? near_template(set, template->str, text) : NULL;
    return wide != NULL && takes(wide, known->str) ? g_steal_pointer(&wide) : NULL;
}
