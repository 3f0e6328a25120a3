/* Building the index: for each rule the cheapest set of literals of which one must be there.
 *
 * Of conditions that must all hold, one is enough to leave the rule out: the one whose field is cheapest to
 * read, and of these the one with the longest literal. Of alternatives, each must give its own. What has no
 * literal, or forbids instead of demanding, gives none. Besides the keys, every literal of every condition is
 * a needle of its field, so that one pass over a body answers for all rules which of their texts are not
 * there. */
#include "rules/pattern_index.h"
#include "rules/literals.h"

#include <string.h>

struct pattern_index {
    GPtrArray *fields; /* of struct index_field, in the order of their cost */
    uint32_t rules;
    uint64_t *always;
};

/* What must be there: one of these. Owned by whoever got it. */
struct cover {
    GArray *literals; /* of struct literal; none: the condition never holds */
    unsigned cost;
    size_t shortest;
};

struct literal {
    uint32_t field, needle;
};

static unsigned cost_of(const char *field)
{
    if (strcmp(field, "body") == 0 || strcmp(field, "notice") == 0)
        return 4;
    if (strcmp(field, "event_type") == 0) /* of the header, else of the body */
        return 3;
    return strcmp(field, "attachment") == 0 ? 2 : 1;
}

static void field_free(void *data)
{
    struct index_field *field = data;
    needles_free(field->needles);
    g_array_unref(field->keys);
    g_array_unref(field->keyed);
    g_free(field->starts);
    g_free(field->field);
    g_free(field->header);
    g_free(field);
}

static struct index_field *field_at(const struct pattern_index *index, uint32_t number)
{
    return index->fields->pdata[number];
}

static uint32_t field_number(struct pattern_index *index, const struct condition *condition)
{
    for (guint i = 0; i < index->fields->len; i++) {
        const struct index_field *field = field_at(index, i);
        bool same_header = g_strcmp0(field->header, condition->header) == 0;
        if (same_header && strcmp(field->field, condition->field) == 0)
            return i;
    }
    struct index_field *field = g_new0(struct index_field, 1);
    field->field = g_strdup(condition->field);
    field->header = g_strdup(condition->header);
    field->cost = cost_of(field->field);
    field->needles = needles_new();
    field->keys = g_array_new(FALSE, FALSE, sizeof(struct index_key));
    field->keyed = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_ptr_array_add(index->fields, field);
    return index->fields->len - 1;
}

static struct cover *cover_new(void)
{
    struct cover *cover = g_new0(struct cover, 1);
    cover->literals = g_array_new(FALSE, FALSE, sizeof(struct literal));
    cover->shortest = SIZE_MAX;
    return cover;
}

static void cover_free(struct cover *cover)
{
    if (cover != NULL)
        g_array_unref(cover->literals);
    g_free(cover);
}

static bool is_better(const struct cover *cover, const struct cover *than)
{
    if (than == NULL || cover->cost != than->cost)
        return than == NULL || cover->cost < than->cost;
    return cover->shortest > than->shortest;
}

static size_t longest_of(const GPtrArray *runs)
{
    size_t longest = 0;
    for (guint i = 0; i < runs->len; i++)
        longest = MAX(longest, strlen(runs->pdata[i]));
    return longest;
}

static struct cover *cover_text(struct pattern_index *index, struct condition *condition)
{
    struct cover *cover = cover_new();
    if (condition->pattern == NULL) /* it did not compile, and never holds */
        return cover;
    g_autoptr(GPtrArray) runs =
        literals_of(pattern_kind(condition->pattern), pattern_text(condition->pattern),
                    pattern_nocase(condition->pattern));
    condition->place = field_number(index, condition);
    struct index_field *field = field_at(index, condition->place);
    condition->needle = needles_add(field->needles, runs);
    if (condition->needle == NEEDLES_NONE) {
        cover_free(cover);
        return NULL;
    }
    struct literal literal = {condition->place, condition->needle};
    g_array_append_val(cover->literals, literal);
    cover->cost = field->cost;
    cover->shortest = longest_of(runs);
    return cover;
}

static struct cover *cover_of(struct pattern_index *index, struct condition *condition);

/* All alternatives together; NULL when one of them has none. */
static struct cover *cover_any(struct pattern_index *index, struct condition *condition)
{
    struct cover *all = cover_new();
    for (guint i = 0; i < condition->inner->len; i++) {
        struct cover *one = cover_of(index, condition->inner->pdata[i]);
        if (one == NULL)
            g_clear_pointer(&all, cover_free);
        if (one != NULL && all != NULL) {
            g_array_append_vals(all->literals, one->literals->data, one->literals->len);
            all->cost = MAX(all->cost, one->cost);
            all->shortest = MIN(all->shortest, one->shortest);
        }
        cover_free(one);
    }
    return all;
}

static struct cover *cover_all(struct pattern_index *index, struct condition *condition)
{
    struct cover *best = NULL;
    for (guint i = 0; i < condition->inner->len; i++) {
        struct cover *one = cover_of(index, condition->inner->pdata[i]);
        if (one != NULL && is_better(one, best)) {
            struct cover *worse = best;
            best = one;
            one = worse;
        }
        cover_free(one);
    }
    return best;
}

static struct cover *cover_of(struct pattern_index *index, struct condition *condition)
{
    condition->needle = NEEDLES_NONE;
    switch (condition->operation) {
    case CONDITION_TEXT:
        return cover_text(index, condition);
    case CONDITION_ANY:
        return cover_any(index, condition);
    case CONDITION_ALL:
        return cover_all(index, condition);
    case CONDITION_NONE: /* its needles are of use when it is tried */
        cover_free(cover_any(index, condition));
        return NULL;
    default:
        return NULL;
    }
}

static void add_rule(struct pattern_index *index, uint32_t rule, struct condition *condition)
{
    struct cover *cover = cover_of(index, condition);
    if (cover == NULL)
        index->always[rule / 64] |= UINT64_C(1) << rule % 64;
    for (guint i = 0; cover != NULL && i < cover->literals->len; i++) {
        struct literal literal = g_array_index(cover->literals, struct literal, i);
        struct index_field *field = field_at(index, literal.field);
        struct index_key key = {literal.needle, rule};
        g_array_append_val(field->keys, key);
        guint last = field->keyed->len;
        if (last == 0 || g_array_index(field->keyed, uint32_t, last - 1) != rule)
            g_array_append_val(field->keyed, rule);
    }
    cover_free(cover);
}

static int compare_keys(const void *left, const void *right)
{
    const struct index_key *a = left, *b = right;
    if (a->needle != b->needle)
        return a->needle < b->needle ? -1 : 1;
    return a->rule < b->rule ? -1 : a->rule > b->rule;
}

static void field_build(struct index_field *field)
{
    needles_build(field->needles);
    g_array_sort(field->keys, compare_keys);
    field->starts = g_new0(uint32_t, (size_t)needles_count(field->needles) + 1);
    for (guint i = 0; i < field->keys->len; i++)
        field->starts[g_array_index(field->keys, struct index_key, i).needle + 1]++;
    for (uint32_t n = 0; n < needles_count(field->needles); n++)
        field->starts[n + 1] += field->starts[n];
}

struct pattern_index *pattern_index_new(const GPtrArray *rules)
{
    struct pattern_index *index = g_new0(struct pattern_index, 1);
    index->fields = g_ptr_array_new_with_free_func(field_free);
    index->rules = rules->len;
    index->always = g_new0(uint64_t, pattern_index_words(index));
    for (guint i = 0; i < rules->len; i++)
        add_rule(index, i, ((struct rule *)rules->pdata[i])->condition);
    for (guint i = 0; i < index->fields->len; i++)
        field_build(index->fields->pdata[i]);
    return index;
}

void pattern_index_free(struct pattern_index *index)
{
    if (index == NULL)
        return;
    g_ptr_array_unref(index->fields);
    g_free(index->always);
    g_free(index);
}

const GPtrArray *pattern_index_fields(const struct pattern_index *index)
{
    return index->fields;
}

const uint64_t *pattern_index_always(const struct pattern_index *index)
{
    return index->always;
}

size_t pattern_index_words(const struct pattern_index *index)
{
    return index->rules / 64 + 1;
}
