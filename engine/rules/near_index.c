/* Building and asking the index of words. A word weighs the more the fewer texts have it: its weight is the
 * logarithm of how many times more texts there are; in one text it weighs less when texts of other categories
 * have it, too: a service's name tells nothing of what happens to it. Words of one stem count as one. What a
 * search visits is bounded: common words come last, and are left out when there are too many texts with them,
 * since they weigh next to nothing. */
#include "rules/near_index.h"
#include "rules/near_words.h"

#include <string.h>

enum {
    VISITED_MAXIMUM = 8000,
    WEIGHT_UNIT = 64,
    UNKNOWN = 0,
    FILLER = 20,         /* the weight of a word that says next to nothing, however rare */
    SHARED_MINIMUM = 250 /* thousandths: with less in common, nothing is near */
};

struct word {
    char *text; /* the key in words */
    uint32_t stem;
};

struct stem {
    uint32_t weight;
    bool filler;
    GArray *texts; /* of uint32_t: the numbers of texts that have it, ascending, each once */
};

struct near_index {
    GArray *texts;                           /* of struct near_text */
    GArray *elements;                        /* of struct near_element */
    GHashTable *word_numbers, *stem_numbers; /* text -> number, from 1 */
    GArray *words;                           /* of struct word; [0] is nobody's */
    GPtrArray *stems;                        /* of struct stem; [0] is nobody's */
    uint32_t mean;
};

static void stem_free(void *data)
{
    struct stem *stem = data;
    g_array_unref(stem->texts);
    g_free(stem);
}

static struct stem *stem_add(struct near_index *index)
{
    struct stem *stem = g_new0(struct stem, 1);
    stem->texts = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_ptr_array_add(index->stems, stem);
    return stem;
}

static uint32_t stem_number(struct near_index *index, const char *word)
{
    char *text = near_stem(word);
    uint32_t number = GPOINTER_TO_UINT(g_hash_table_lookup(index->stem_numbers, text));
    if (number != UNKNOWN) {
        g_free(text);
        return number;
    }
    stem_add(index)->filler = near_is_filler(word);
    g_hash_table_insert(index->stem_numbers, text, GUINT_TO_POINTER(index->stems->len - 1));
    return index->stems->len - 1;
}

static uint32_t word_number(struct near_index *index, const char *text)
{
    uint32_t number = GPOINTER_TO_UINT(g_hash_table_lookup(index->word_numbers, text));
    if (number != UNKNOWN)
        return number;
    struct word word = {g_strdup(text), stem_number(index, text)};
    g_array_append_val(index->words, word);
    g_hash_table_insert(index->word_numbers, word.text, GUINT_TO_POINTER(index->words->len - 1));
    return index->words->len - 1;
}

static void add_posting(struct near_index *index, uint32_t word, uint32_t text)
{
    struct stem *stem = index->stems->pdata[near_index_stem(index, word)];
    guint last = stem->texts->len;
    if (last == 0 || g_array_index(stem->texts, uint32_t, last - 1) != text)
        g_array_append_val(stem->texts, text);
}

static void add_text(struct near_index *index, const struct rule *rule, const struct condition *condition)
{
    g_autofree char *normal = NULL;
    g_autoptr(GArray) parts = near_parts_of(condition->pattern, &normal);
    struct near_text text = {rule, condition, index->elements->len, parts->len, 0, 0};
    bool says = false;
    for (guint i = 0; i < parts->len; i++)
        says = says || g_array_index(parts, struct near_part, i).kind == NEAR_WORD;
    if (!says)
        return;
    for (guint i = 0; i < parts->len; i++) {
        const struct near_part *part = &g_array_index(parts, struct near_part, i);
        struct near_element element = {part->kind, UNKNOWN, 0};
        if (part->kind == NEAR_WORD) {
            element.word = word_number(index, part->text);
            add_posting(index, element.word, index->texts->len);
        }
        g_array_append_val(index->elements, element);
    }
    g_array_append_val(index->texts, text);
}

/* What must not hold is not known by its words: `none` is passed over. */
static void add_condition(struct near_index *index, const struct rule *rule,
                          const struct condition *condition, const char *const *fields)
{
    if (condition->operation == CONDITION_TEXT && condition->pattern != NULL &&
        g_strv_contains(fields, condition->field))
        add_text(index, rule, condition);
    bool alternatives = condition->operation == CONDITION_ALL || condition->operation == CONDITION_ANY;
    for (guint i = 0; alternatives && i < condition->inner->len; i++)
        add_condition(index, rule, condition->inner->pdata[i], fields);
}

/* WEIGHT_UNIT times the logarithm to the base of two, straight between its whole values. */
static uint32_t logarithm(uint32_t numerator, uint32_t denominator)
{
    uint64_t ratio = (uint64_t)numerator * WEIGHT_UNIT / denominator; /* at least WEIGHT_UNIT */
    uint32_t whole = 0;
    while (ratio >= 2 * WEIGHT_UNIT) {
        ratio /= 2;
        whole++;
    }
    return whole * WEIGHT_UNIT + (uint32_t)ratio - WEIGHT_UNIT;
}

/* How many texts of a category have a stem: by both numbers in one key. */
static gpointer pair_key(uint32_t category, uint32_t stem)
{
    return GSIZE_TO_POINTER((gsize)category << 32 | stem);
}

static uint32_t category_number(GHashTable *numbers, const struct near_text *text)
{
    uint32_t number = GPOINTER_TO_UINT(g_hash_table_lookup(numbers, text->rule->category));
    if (number == UNKNOWN) {
        number = g_hash_table_size(numbers) + 1;
        g_hash_table_insert(numbers, text->rule->category, GUINT_TO_POINTER(number));
    }
    return number;
}

/* By stem and category; categories: the number of that of each text. The caller owns the table. */
static GHashTable *count_pairs(const struct near_index *index, const uint32_t *categories)
{
    GHashTable *pairs = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (guint s = 1; s < index->stems->len; s++) {
        const struct stem *stem = index->stems->pdata[s];
        for (guint k = 0; k < stem->texts->len; k++) {
            gpointer key = pair_key(categories[g_array_index(stem->texts, uint32_t, k)], s);
            gsize count = GPOINTER_TO_SIZE(g_hash_table_lookup(pairs, key));
            g_hash_table_insert(pairs, key, GSIZE_TO_POINTER(count + 1));
        }
    }
    return pairs;
}

/* Half of a word's weight is for its being rare, half for its being the category's own. */
static void weigh_elements(struct near_index *index, struct near_text *text, GHashTable *pairs,
                           uint32_t category)
{
    for (uint32_t e = 0; e < text->count; e++) {
        struct near_element *element = &g_array_index(index->elements, struct near_element, text->first + e);
        if (element->kind != NEAR_WORD)
            continue;
        uint32_t number = near_index_stem(index, element->word);
        const struct stem *stem = index->stems->pdata[number];
        gsize own = GPOINTER_TO_SIZE(g_hash_table_lookup(pairs, pair_key(category, number)));
        element->weight = stem->weight / 2 + (uint32_t)(stem->weight * own / stem->texts->len / 2);
        text->weight += element->weight;
        text->rarity += stem->weight;
    }
}

static void weigh(struct near_index *index)
{
    g_autoptr(GHashTable) numbers = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree uint32_t *categories = g_new(uint32_t, index->texts->len);
    uint64_t total = 0;
    for (guint i = 0; i < index->texts->len; i++)
        categories[i] = category_number(numbers, &g_array_index(index->texts, struct near_text, i));
    for (guint i = 1; i < index->stems->len; i++) {
        struct stem *stem = index->stems->pdata[i];
        stem->weight =
            stem->filler ? FILLER : logarithm(index->texts->len + stem->texts->len, stem->texts->len);
        total += (uint64_t)stem->weight * stem->texts->len;
        index->mean += stem->texts->len; /* until it is divided by */
    }
    index->mean = index->mean > 0 ? (uint32_t)(total / index->mean) : WEIGHT_UNIT;
    g_autoptr(GHashTable) pairs = count_pairs(index, categories);
    for (guint i = 0; i < index->texts->len; i++)
        weigh_elements(index, &g_array_index(index->texts, struct near_text, i), pairs, categories[i]);
}

struct near_index *near_index_new(const GPtrArray *rules, const char *const *fields)
{
    struct near_index *index = g_new0(struct near_index, 1);
    struct word nobody = {0};
    index->texts = g_array_new(FALSE, FALSE, sizeof(struct near_text));
    index->elements = g_array_new(FALSE, FALSE, sizeof(struct near_element));
    index->word_numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    index->stem_numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    index->words = g_array_new(FALSE, FALSE, sizeof(struct word));
    index->stems = g_ptr_array_new_with_free_func(stem_free);
    g_array_append_val(index->words, nobody);
    stem_add(index);
    for (guint i = 0; i < rules->len; i++) {
        const struct rule *rule = rules->pdata[i];
        if (rule->final && !rule->general && !rule->shadow && rule->category != NULL)
            add_condition(index, rule, rule->condition, fields);
    }
    weigh(index);
    return index;
}

void near_index_free(struct near_index *index)
{
    if (index == NULL)
        return;
    g_array_unref(index->texts);
    g_array_unref(index->elements);
    g_hash_table_unref(index->word_numbers);
    g_hash_table_unref(index->stem_numbers);
    g_array_unref(index->words);
    g_ptr_array_unref(index->stems);
    g_free(index);
}

const struct near_element *near_index_elements(const struct near_index *index, const struct near_text *text)
{
    return &g_array_index(index->elements, struct near_element, text->first);
}

const char *near_index_word(const struct near_index *index, uint32_t word)
{
    return g_array_index(index->words, struct word, word).text;
}

uint32_t near_index_stem(const struct near_index *index, uint32_t word)
{
    return g_array_index(index->words, struct word, word).stem;
}

uint32_t near_index_weight(const struct near_index *index, uint32_t stem)
{
    return ((struct stem *)index->stems->pdata[stem])->weight;
}

uint32_t near_index_mean(const struct near_index *index)
{
    return index->mean;
}

GArray *near_index_tokens(const struct near_index *index, const GArray *words)
{
    GArray *tokens = g_array_new(FALSE, FALSE, sizeof(struct near_token));
    for (guint i = 0; i < words->len; i++) {
        const char *text = g_array_index(words, struct near_word, i).text;
        g_autofree char *stem = near_stem(text);
        struct near_token token = {
            .text = text,
            .word = GPOINTER_TO_UINT(g_hash_table_lookup(index->word_numbers, text)),
            .stem = GPOINTER_TO_UINT(g_hash_table_lookup(index->stem_numbers, stem)),
            .folded = text[0] == '#',
        };
        token.weight = token.stem != UNKNOWN  ? near_index_weight(index, token.stem)
                       : near_is_filler(text) ? FILLER
                                              : index->mean;
        g_array_append_val(tokens, token);
    }
    return tokens;
}

static int by_rarity(const void *left, const void *right, void *data)
{
    const struct near_index *index = data;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint32_t weight_a = near_index_weight(index, a), weight_b = near_index_weight(index, b);
    if (weight_a != weight_b)
        return weight_a > weight_b ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* The stems of the tokens, each once, the rarest first. */
static GArray *stems_of(const struct near_index *index, const GArray *tokens)
{
    GArray *stems = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < tokens->len; i++) {
        uint32_t stem = g_array_index(tokens, struct near_token, i).stem;
        bool again = stem == UNKNOWN;
        for (guint k = 0; k < stems->len; k++)
            again = again || g_array_index(stems, uint32_t, k) == stem;
        if (!again)
            g_array_append_val(stems, stem);
    }
    g_array_sort_with_data(stems, by_rarity, (void *)index);
    return stems;
}

struct score {
    uint32_t text, shared; /* shared: a thousandth of the text's weight */
};

static int by_score(const void *left, const void *right)
{
    const struct score *a = left, *b = right;
    if (a->shared != b->shared)
        return a->shared > b->shared ? -1 : 1;
    return a->text < b->text ? -1 : a->text > b->text;
}

static int by_number(const void *left, const void *right)
{
    const struct near_text *a = *(struct near_text *const *)left, *b = *(struct near_text *const *)right;
    return a < b ? -1 : a > b;
}

/* What each text shares with the stems; only those that share something. */
static GArray *scores_of(const struct near_index *index, const GArray *stems)
{
    g_autofree uint32_t *shared = g_new0(uint32_t, index->texts->len);
    GArray *scores = g_array_new(FALSE, FALSE, sizeof(struct score));
    size_t visited = 0;
    for (guint i = 0; i < stems->len; i++) {
        const struct stem *stem = index->stems->pdata[g_array_index(stems, uint32_t, i)];
        if (i > 0 && visited + stem->texts->len > VISITED_MAXIMUM)
            break; /* the others are more common still */
        for (guint k = 0; k < stem->texts->len; k++) {
            uint32_t text = g_array_index(stem->texts, uint32_t, k);
            struct score score = {text, 0};
            if (shared[text] == 0)
                g_array_append_val(scores, score);
            shared[text] += stem->weight;
        }
        visited += stem->texts->len;
    }
    guint kept = 0;
    for (guint i = 0; i < scores->len; i++) {
        struct score score = g_array_index(scores, struct score, i);
        uint32_t rarity = g_array_index(index->texts, struct near_text, score.text).rarity;
        score.shared = (uint32_t)((uint64_t)shared[score.text] * 1000 / MAX(rarity, 1));
        if (score.shared >= SHARED_MINIMUM)
            g_array_index(scores, struct score, kept++) = score;
    }
    g_array_set_size(scores, kept);
    return scores;
}

GPtrArray *near_index_candidates(const struct near_index *index, const GArray *tokens, guint most)
{
    GPtrArray *candidates = g_ptr_array_new();
    g_autoptr(GArray) stems = stems_of(index, tokens), scores = scores_of(index, stems);
    g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);
    g_array_sort(scores, by_score);
    for (guint i = 0; i < scores->len; i++) {
        const struct score *score = &g_array_index(scores, struct score, i);
        struct near_text *text = &g_array_index(index->texts, struct near_text, score->text);
        char *category = text->rule->category;
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(taken, category));
        if (count >= most)
            continue;
        g_hash_table_insert(taken, category, GUINT_TO_POINTER(count + 1));
        g_ptr_array_add(candidates, text);
    }
    g_ptr_array_sort(candidates, by_number);
    return candidates;
}
