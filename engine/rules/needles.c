/* Looking for many literals at once. Of each needle one short piece (8, 4 or 2 bytes: its gram) goes into a
 * table by its hash: the piece that fewest other needles have, so that a beginning which a thousand templates
 * share costs nothing. A scan looks up the grams at every place of the text and compares the whole run where
 * one is known. Its time grows with the text, not with the number of needles, as long as few needles have all
 * their grams in common; where many have, in a text that is full of these, it is given up. */
#include "rules/needles.h"

#include <string.h>

enum {
    WIDTHS = 3,
    FILTER_BITS = 4, /* more than of a bucket's number */
    FREQUENCY_BITS = 20,
    COMPARED_AT_FIRST = 4 << 20, /* bytes of needles that a scan may compare, and that many more for each */
    COMPARED_A_BYTE = 256        /* byte of the text */
};
static const size_t widths[WIDTHS] = {8, 4, 2};

struct needle {
    GPtrArray *runs; /* until the table is built */
    char *run;       /* the one that is looked for */
    size_t length;
};

struct gram {
    uint64_t bytes;
    uint32_t needle, offset; /* of the gram in its run */
};

/* The grams of one width: those of bucket b stand from starts[b] to before starts[b + 1]. Most places of a
 * text have none of them, which the filter, a bit for each of many more hashes, tells without a wrong guess
 * of the processor's. */
struct table {
    struct gram *grams;
    uint32_t count, *starts;
    uint64_t *filter;
    unsigned bits;
};

struct needles {
    GPtrArray *list;     /* of struct needle */
    GHashTable *numbers; /* joined runs -> number + 1 */
    struct table tables[WIDTHS];
};

static uint64_t gram_at(const char *text, size_t width)
{
    uint64_t bytes = 0;
    memcpy(&bytes, text, width);
    return bytes;
}

/* Multiplicative hashing: the upper bits depend on all of the product's lower ones. */
static uint32_t hash(uint64_t bytes, unsigned bits)
{
    return (uint32_t)((bytes * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - bits));
}

static uint32_t filter_place(const struct table *table, uint64_t bytes)
{
    return hash(bytes, table->bits + FILTER_BITS);
}

static bool may_have(const struct table *table, uint64_t bytes)
{
    uint32_t place = filter_place(table, bytes);
    return (table->filter[place / 64] >> place % 64 & 1) != 0;
}

static void needle_free(void *data)
{
    struct needle *needle = data;
    g_clear_pointer(&needle->runs, g_ptr_array_unref);
    g_free(needle->run);
    g_free(needle);
}

struct needles *needles_new(void)
{
    struct needles *needles = g_new0(struct needles, 1);
    needles->list = g_ptr_array_new_with_free_func(needle_free);
    needles->numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return needles;
}

void needles_free(struct needles *needles)
{
    if (needles == NULL)
        return;
    for (size_t i = 0; i < WIDTHS; i++) {
        g_free(needles->tables[i].grams);
        g_free(needles->tables[i].starts);
        g_free(needles->tables[i].filter);
    }
    g_ptr_array_unref(needles->list);
    g_clear_pointer(&needles->numbers, g_hash_table_unref);
    g_free(needles);
}

static bool is_long_enough(const char *run)
{
    return strlen(run) >= widths[WIDTHS - 1];
}

static struct needle *needle_new(const GPtrArray *runs)
{
    struct needle *needle = g_new0(struct needle, 1);
    needle->runs = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < runs->len; i++)
        if (is_long_enough(runs->pdata[i]))
            g_ptr_array_add(needle->runs, g_strdup(runs->pdata[i]));
    return needle;
}

uint32_t needles_add(struct needles *needles, const GPtrArray *runs)
{
    g_autoptr(GString) joined = g_string_new(NULL);
    for (guint i = 0; i < runs->len; i++) {
        if (!is_long_enough(runs->pdata[i]))
            continue;
        g_string_append(joined, runs->pdata[i]);
        g_string_append_c(joined, '\n'); /* no run has a line end */
    }
    uint32_t known = GPOINTER_TO_UINT(g_hash_table_lookup(needles->numbers, joined->str));
    if (joined->len == 0 || known != 0)
        return known != 0 ? known - 1 : NEEDLES_NONE;
    g_ptr_array_add(needles->list, needle_new(runs));
    g_hash_table_insert(needles->numbers, g_strdup(joined->str), GUINT_TO_POINTER(needles->list->len));
    return needles->list->len - 1;
}

/* The index of the widest grams that some run of the needle has. */
static size_t width_of(const struct needle *needle)
{
    size_t longest = 0, width = 0;
    for (guint i = 0; i < needle->runs->len; i++)
        longest = MAX(longest, strlen(needle->runs->pdata[i]));
    while (widths[width] > longest)
        width++;
    return width;
}

typedef void (*each_gram)(const char *run, size_t length, size_t offset, uint64_t bytes, void *data);

static void walk_grams(const struct needle *needle, size_t width, each_gram each, void *data)
{
    for (guint i = 0; i < needle->runs->len; i++) {
        const char *run = needle->runs->pdata[i];
        size_t length = strlen(run);
        for (size_t offset = 0; offset + width <= length; offset++)
            each(run, length, offset, gram_at(run + offset, width), data);
    }
}

/* How many grams of all needles share a hash: an estimate from above is enough to choose by. */
static void count_gram(const char *run, size_t length, size_t offset, uint64_t bytes, void *data)
{
    uint16_t *frequency = (uint16_t *)data + hash(bytes, FREQUENCY_BITS);
    *frequency = (uint16_t)MIN(*frequency + 1, UINT16_MAX);
}

struct choice {
    const uint16_t *frequencies;
    uint32_t least;
    const char *run;
    size_t length;
    struct gram gram;
};

static void choose_gram(const char *run, size_t length, size_t offset, uint64_t bytes, void *data)
{
    struct choice *choice = data;
    uint32_t frequency = choice->frequencies[hash(bytes, FREQUENCY_BITS)];
    if (frequency >= choice->least)
        return;
    choice->least = frequency;
    choice->run = run;
    choice->length = length;
    choice->gram.bytes = bytes;
    choice->gram.offset = (uint32_t)offset;
}

/* Sorts the grams into buckets, twice as many as there are grams. */
static void table_build(struct table *table, const GArray *grams)
{
    table->count = grams->len;
    for (table->bits = 6; (UINT32_C(1) << table->bits) < 2 * grams->len;)
        table->bits++;
    size_t buckets = (size_t)1 << table->bits;
    table->starts = g_new0(uint32_t, buckets + 1);
    table->filter = g_new0(uint64_t, (buckets << FILTER_BITS) / 64);
    table->grams = g_new(struct gram, grams->len);
    for (guint i = 0; i < grams->len; i++)
        table->starts[hash(g_array_index(grams, struct gram, i).bytes, table->bits) + 1]++;
    for (size_t b = 0; b < buckets; b++)
        table->starts[b + 1] += table->starts[b];
    g_autofree uint32_t *next = g_memdup2(table->starts, buckets * sizeof *next);
    for (guint i = 0; i < grams->len; i++) {
        struct gram gram = g_array_index(grams, struct gram, i);
        table->grams[next[hash(gram.bytes, table->bits)]++] = gram;
        uint32_t place = filter_place(table, gram.bytes);
        table->filter[place / 64] |= UINT64_C(1) << place % 64;
    }
}

void needles_build(struct needles *needles)
{
    GArray *grams[WIDTHS];
    g_autofree uint16_t *frequencies = g_new0(uint16_t, (size_t)1 << FREQUENCY_BITS);
    for (size_t i = 0; i < WIDTHS; i++)
        grams[i] = g_array_new(FALSE, FALSE, sizeof(struct gram));
    for (guint i = 0; i < needles->list->len; i++)
        walk_grams(needles->list->pdata[i], widths[width_of(needles->list->pdata[i])], count_gram,
                   frequencies);
    for (guint i = 0; i < needles->list->len; i++) {
        struct needle *needle = needles->list->pdata[i];
        struct choice choice = {.frequencies = frequencies, .least = UINT32_MAX, .gram.needle = i};
        size_t width = width_of(needle);
        walk_grams(needle, widths[width], choose_gram, &choice);
        g_array_append_val(grams[width], choice.gram);
        needle->run = g_strndup(choice.run, choice.length);
        needle->length = choice.length;
        g_clear_pointer(&needle->runs, g_ptr_array_unref);
    }
    for (size_t i = 0; i < WIDTHS; i++) {
        if (grams[i]->len > 0)
            table_build(&needles->tables[i], grams[i]);
        g_array_unref(grams[i]);
    }
    g_clear_pointer(&needles->numbers, g_hash_table_unref);
}

uint32_t needles_count(const struct needles *needles)
{
    return needles->list->len;
}

const char *needles_text(const struct needles *needles, uint32_t number)
{
    return ((const struct needle *)needles->list->pdata[number])->run;
}

static bool stands_at(const struct needle *needle, const char *text, size_t length, size_t at,
                      uint32_t offset)
{
    return at >= offset && at - offset + needle->length <= length &&
           memcmp(text + at - offset, needle->run, needle->length) == 0;
}

bool needles_scan(const struct needles *needles, const char *text, size_t length, needle_found found,
                  void *data)
{
    size_t compared = 0, most = COMPARED_AT_FIRST + COMPARED_A_BYTE * length;
    for (size_t w = 0; w < WIDTHS; w++) {
        const struct table *table = &needles->tables[w];
        for (size_t at = 0; table->count > 0 && at + widths[w] <= length && compared <= most; at++) {
            uint64_t bytes = gram_at(text + at, widths[w]);
            if (!may_have(table, bytes))
                continue;
            uint32_t bucket = hash(bytes, table->bits);
            for (uint32_t i = table->starts[bucket]; i < table->starts[bucket + 1]; i++) {
                const struct gram *gram = &table->grams[i];
                const struct needle *needle = needles->list->pdata[gram->needle];
                if (gram->bytes != bytes)
                    continue;
                compared += MIN(needle->length, length);
                if (stands_at(needle, text, length, at, gram->offset))
                    found(gram->needle, data);
            }
        }
    }
    return compared <= most;
}
