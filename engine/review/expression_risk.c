/* What can be told of an expression: examples, and where it could backtrack without end. A repetition is in
 * trouble where its body matches runs of one character in more than one way, since a long run can then be
 * divided in a number of ways that doubles with each character: (a+)+, (a|a)*, (.*,)*. Repetitions that stand
 * beside each other and share a character divide a run in as many ways as it is long, or its square: .*.*.
 * Ways that only several different characters show are not found; what is found is proven by trying. */
#include "review/expression_inside.h"

#include <string.h>

enum { MANY = 2, LOOP = 20, WIDE = 100, PUMP_MAXIMUM = 4000, EXAMPLE_MAXIMUM = 4000 };

/* Characters that examples are made of, most wanted first. */
static const gunichar common[] = {'a', '1', 'A', '0', '-', ' ', '.',    '_',    '/',  ':',  ',',
                                  '@', '"', '(', ')', '=', '+', 0x3042, 0x65E5, 0xE9, '\n', '\t'};

static gunichar member(const struct expression *set, unsigned variant)
{
    if (set->literal != 0)
        return set->literal;
    static const gunichar first[] = {'1', 'a', 'B'};
    if (expression_holds(set, first[variant % 3]))
        return first[variant % 3];
    for (size_t i = 0; i < G_N_ELEMENTS(common); i++)
        if (expression_holds(set, common[i]))
            return common[i];
    for (gunichar character = '!'; character < 0x300; character++)
        if (expression_holds(set, character))
            return character;
    return 0;
}

static bool append_example(GString *text, const struct expression *node, unsigned variant)
{
    bool good = text->len <= EXAMPLE_MAXIMUM; /* repetitions in repetitions multiply */
    unsigned count = 1;
    if (!good)
        return false;
    switch (node->kind) {
    case EXPRESSION_SET: {
        gunichar character = member(node, variant);
        if (character != 0)
            g_string_append_unichar(text, character);
        return character != 0;
    }
    case EXPRESSION_LOOK:
        return true;
    case EXPRESSION_CHOICE:
        return append_example(text, node->inner->pdata[MIN(variant, node->inner->len - 1)], variant);
    case EXPRESSION_REPEAT:
        count = MIN(node->most, MAX(node->least, 1) + variant * 4);
        if (variant == 0)
            count = node->least;
        break;
    default:
        break;
    }
    for (; good && count > 0; count--)
        for (guint i = 0; good && i < node->inner->len; i++)
            good = append_example(text, node->inner->pdata[i], variant);
    return good;
}

char *expression_example(const struct expression *expression, unsigned variant)
{
    g_autoptr(GString) text = g_string_new(NULL);
    return append_example(text, expression, variant) ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

bool expression_takes_blank(const struct expression *node)
{
    if (node->kind == EXPRESSION_SET)
        return expression_holds(node, ' ') || expression_holds(node, '\n');
    bool takes = false;
    for (guint i = 0; node->kind != EXPRESSION_LOOK && node->inner != NULL && i < node->inner->len; i++)
        takes = takes || expression_takes_blank(node->inner->pdata[i]);
    return takes;
}

/* In how many ways a node matches nothing, and a run of one character; both up to MANY. */
struct ways {
    unsigned empty, run;
};

static unsigned most_of(unsigned count)
{
    return MIN(count, MANY);
}

static struct ways ways_of(const struct expression *node, gunichar character);

static struct ways ways_of_sequence(const struct expression *node, gunichar character)
{
    unsigned empty = 1, all = 1;
    for (guint i = 0; i < node->inner->len; i++) {
        struct ways inner = ways_of(node->inner->pdata[i], character);
        all = MIN(all * (inner.empty + inner.run), 64);
        empty = most_of(empty * inner.empty);
    }
    return (struct ways){empty, most_of(all - MIN(all, empty))};
}

static struct ways ways_of_repeat(const struct expression *node, gunichar character)
{
    struct ways inner = ways_of(node->inner->pdata[0], character);
    struct ways ways = {node->least == 0 || inner.empty > 0, 0};
    if (inner.run == 0)
        return ways;
    ways.run = inner.run > 1 || MAX(node->least, 1) < node->most ? MANY : 1;
    return ways;
}

static struct ways ways_of(const struct expression *node, gunichar character)
{
    struct ways ways = {0, 0};
    switch (node->kind) {
    case EXPRESSION_SET:
        return (struct ways){0, expression_holds(node, character)};
    case EXPRESSION_LOOK:
        return (struct ways){1, 0};
    case EXPRESSION_SEQUENCE:
        ways = ways_of_sequence(node, character);
        break;
    case EXPRESSION_REPEAT:
        ways = ways_of_repeat(node, character);
        break;
    default:
        for (guint i = 0; i < node->inner->len; i++) {
            struct ways inner = ways_of(node->inner->pdata[i], character);
            ways.empty = most_of(ways.empty + inner.empty);
            ways.run = most_of(ways.run + inner.run);
        }
    }
    if (node->atomic)
        ways.run = MIN(ways.run, 1);
    return ways;
}

/* Those that stand in repetitions: nothing else can be pumped. */
static void collect_characters(const struct expression *node, bool repeated, GArray *characters)
{
    bool known = node->literal == 0 || !repeated;
    for (guint i = 0; !known && i < characters->len; i++)
        known = g_array_index(characters, gunichar, i) == node->literal;
    if (!known)
        g_array_append_val(characters, node->literal);
    for (guint i = 0; node->inner != NULL && i < node->inner->len; i++)
        collect_characters(node->inner->pdata[i], repeated || node->most >= LOOP, characters);
}

struct judging {
    GArray *characters;
    GString *before; /* an example of what stands before the node in hand */
    GString *behind; /* one of what stands behind the trouble */
    struct expression_risk *risk;
};

static void note(struct judging *judging, enum expression_trouble trouble, gunichar character)
{
    char pump[8] = "";
    pump[g_unichar_to_utf8(character, pump)] = '\0';
    if (judging->risk->trouble != TROUBLE_NONE && judging->risk->trouble <= trouble)
        return;
    expression_risk_clear(judging->risk);
    judging->risk->trouble = trouble;
    judging->risk->begin = g_strdup(judging->before->str);
    judging->risk->pump = g_strdup(pump);
    g_string_truncate(judging->behind, 0);
}

static void look_for_nested(struct judging *judging, const struct expression *node)
{
    if (node->most < LOOP || node->atomic)
        return;
    for (guint i = 0; i < judging->characters->len; i++) {
        gunichar character = g_array_index(judging->characters, gunichar, i);
        if (ways_of(node->inner->pdata[0], character).run >= MANY) {
            note(judging, TROUBLE_NESTED, character);
            return;
        }
    }
}

/* A repetition through groups that hold nothing else; NULL when the node is none. */
static const struct expression *as_repeat(const struct expression *node)
{
    while ((node->kind == EXPRESSION_CHOICE || node->kind == EXPRESSION_SEQUENCE) && node->inner->len == 1 &&
           !node->atomic)
        node = node->inner->pdata[0];
    return node->kind == EXPRESSION_REPEAT && node->most >= WIDE && !node->atomic ? node : NULL;
}

/* How many wide repetitions from the one at `from` on can share a run of the character. */
static unsigned sharing(const GPtrArray *inner, guint from, gunichar character)
{
    unsigned count = 0;
    for (guint i = from; i < inner->len; i++) {
        struct ways ways = ways_of(inner->pdata[i], character);
        const struct expression *repeat = as_repeat(inner->pdata[i]);
        if (repeat != NULL && ways.run > 0)
            count++;
        else if (ways.run == 0 && ways.empty == 0)
            break;
    }
    return count;
}

static void look_for_adjacent(struct judging *judging, const GPtrArray *inner, guint from)
{
    for (guint i = 0; i < judging->characters->len; i++) {
        gunichar character = g_array_index(judging->characters, gunichar, i);
        if (ways_of(inner->pdata[from], character).run > 0 && sharing(inner, from, character) >= 2) {
            note(judging, TROUBLE_ADJACENT, character);
            return;
        }
    }
}

static void judge(struct judging *judging, const struct expression *node)
{
    gsize length = judging->before->len;
    if (node->kind == EXPRESSION_SET || node->inner == NULL)
        return;
    if (node->kind == EXPRESSION_REPEAT)
        look_for_nested(judging, node);
    for (guint i = 0; i < node->inner->len; i++) {
        const struct expression *inner = node->inner->pdata[i];
        enum expression_trouble before = judging->risk->trouble;
        if (node->kind == EXPRESSION_SEQUENCE && as_repeat(inner) != NULL)
            look_for_adjacent(judging, node->inner, i);
        judge(judging, inner);
        /* what stands behind it in this sequence, if it must match, can fail */
        if (judging->risk->trouble != before && node->kind == EXPRESSION_SEQUENCE) {
            judging->risk->fails = judging->risk->fails || i + 1 < node->inner->len;
            for (guint j = i + 1; j < node->inner->len; j++)
                append_example(judging->behind, node->inner->pdata[j], 1);
        }
        if (node->kind == EXPRESSION_SEQUENCE)
            append_example(judging->before, inner, 1);
    }
    g_string_truncate(judging->before, length);
}

void expression_judge(const struct expression *expression, struct expression_risk *risk)
{
    g_autoptr(GArray) characters = g_array_new(FALSE, FALSE, sizeof(gunichar));
    g_autoptr(GString) before = g_string_new(NULL), behind = g_string_new(NULL);
    struct judging judging = {characters, before, behind, risk};
    *risk = (struct expression_risk){.trouble = TROUBLE_NONE};
    g_array_append_vals(characters, common, G_N_ELEMENTS(common));
    collect_characters(expression, false, characters);
    judge(&judging, expression);
    risk->behind = g_strdup(behind->str);
}

void expression_risk_clear(struct expression_risk *risk)
{
    g_free(risk->begin);
    g_free(risk->pump);
    g_free(risk->behind);
    *risk = (struct expression_risk){.trouble = TROUBLE_NONE};
}

/* A text over which the pattern gives up, with that pump; or NULL. */
static char *prove_with(struct pattern *pattern, const struct expression_risk *risk, const char *pump)
{
    g_autofree char *whole = g_strconcat(risk->behind, "!", NULL), *again = g_strconcat("!", whole, NULL);
    const char *const ends[] = {"", "!", "\x01", "\n!", " !", "x", whole, again};
    static const unsigned counts[] = {40, 400, 1600, PUMP_MAXIMUM};
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(ends); j++) {
            g_autoptr(GString) text = g_string_new(risk->begin);
            for (unsigned n = 0; n < counts[i]; n++)
                g_string_append(text, pump);
            g_string_append(text, ends[j]);
            if (pattern_try(pattern, text->str, text->len, NULL, NULL, NULL, NULL) == PATTERN_OVERRAN)
                return g_string_free(g_steal_pointer(&text), FALSE);
        }
    return NULL;
}

char *expression_prove(struct pattern *pattern, const struct expression_risk *risk)
{
    char *proof = NULL;
    if (strcmp(risk->pump, " ") == 0) /* no subject has two blanks in a row */
        proof = prove_with(pattern, risk, "a ");
    return proof != NULL ? proof : prove_with(pattern, risk, risk->pump);
}
