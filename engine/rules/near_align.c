/* Aligning the elements of a known text with the tokens of another: the heaviest sequence of words that both
 * have in the same order, where placeholders take what stands between. What is there, but elsewhere, counts
 * for less; what is there and not known costs a part of its weight. Bounded by the square of the largest
 * number of words. */
#include "rules/near_align.h"
#include "rules/near_words.h"

#include <string.h>

/* Hundredths of a word's weight. */
enum {
    SAME = 100,
    KIN = 85,        /* retire, retired */
    MOVED = 60,      /* there, in another place */
    EXTRA = 35,      /* in the other text alone */
    TYPED = 20,      /* taken by a placeholder for something else */
    TAKEN = 15,      /* taken by a placeholder: of two, the text that says more is the nearer */
    TAKEN_MOST = 30, /* of the text's own weight, for all that placeholders take */
    FOLDED = 20      /* a number more or less */
};

enum step { STEP_NONE, STEP_SKIP, STEP_EXTRA, STEP_PAIR, STEP_TAKE };

struct aligning {
    const struct near_index *index;
    const struct near_text *text;
    const struct near_element *elements;
    const struct near_token *tokens;
    uint32_t count; /* of tokens */
    int64_t value[NEAR_ELEMENTS_MAXIMUM + 1][NEAR_WORDS_MAXIMUM + 1];
    uint8_t step[NEAR_ELEMENTS_MAXIMUM + 1][NEAR_WORDS_MAXIMUM + 1];
};

/* How much of a word the token is, in hundredths. */
static unsigned sameness(const struct aligning *aligning, uint32_t element, uint32_t token)
{
    const struct near_element *known = &aligning->elements[element];
    const struct near_token *other = &aligning->tokens[token];
    if (known->kind != NEAR_WORD || other->stem == 0 ||
        near_index_stem(aligning->index, known->word) != other->stem)
        return 0;
    if (known->word == other->word)
        return SAME;
    return near_is_kin(near_index_word(aligning->index, known->word), other->text) ? KIN : 0;
}

static int64_t extra_cost(const struct aligning *aligning, uint32_t token)
{
    const struct near_token *other = &aligning->tokens[token];
    uint32_t weight = MIN(other->weight, near_index_mean(aligning->index));
    return (int64_t)weight * (other->folded ? FOLDED : EXTRA);
}

static int64_t taken_cost(const struct aligning *aligning, uint32_t element, uint32_t token)
{
    const struct near_token *other = &aligning->tokens[token];
    uint32_t weight = MIN(other->weight, near_index_mean(aligning->index));
    bool fits = aligning->elements[element].kind == NEAR_FREE || other->folded;
    return (int64_t)weight * (fits ? TAKEN : TYPED);
}

static void offer(struct aligning *aligning, uint32_t i, uint32_t j, int64_t value, enum step step)
{
    if (aligning->step[i][j] != STEP_NONE && value <= aligning->value[i][j])
        return;
    aligning->value[i][j] = value;
    aligning->step[i][j] = (uint8_t)step;
}

/* Ways on which the last element has to do with the last token. */
static void fill_both(struct aligning *aligning, uint32_t i, uint32_t j)
{
    const struct near_element *element = &aligning->elements[i - 1];
    int64_t paired = (int64_t)element->weight * sameness(aligning, i - 1, j - 1);
    if (paired > 0)
        offer(aligning, i, j, aligning->value[i - 1][j - 1] + paired, STEP_PAIR);
    if (element->kind != NEAR_WORD)
        offer(aligning, i, j, aligning->value[i][j - 1] - taken_cost(aligning, i - 1, j - 1), STEP_TAKE);
}

/* The best way to the first i elements and the first j tokens. */
static void fill(struct aligning *aligning, uint32_t i, uint32_t j)
{
    aligning->step[i][j] = STEP_NONE;
    if (i > 0 && j > 0)
        fill_both(aligning, i, j);
    if (i > 0)
        offer(aligning, i, j, aligning->value[i - 1][j], STEP_SKIP);
    if (j > 0)
        offer(aligning, i, j, aligning->value[i][j - 1] - extra_cost(aligning, j - 1), STEP_EXTRA);
}

/* Sets which element each token is. present: by element, in hundredths of it. */
static void trace_back(const struct aligning *aligning, struct near_alignment *alignment, unsigned *present)
{
    uint32_t i = aligning->text->count, j = aligning->count;
    while (i > 0 || j > 0) {
        enum step step = aligning->step[i][j];
        if (step == STEP_PAIR)
            present[i - 1] = sameness(aligning, i - 1, j - 1);
        if (step == STEP_PAIR || step == STEP_TAKE)
            alignment->element[j - 1] = i - 1;
        i -= step == STEP_PAIR || step == STEP_SKIP;
        j -= step != STEP_SKIP;
    }
}

/* The token that an element is which is missing in its place; NEAR_EXTRA: none. */
static uint32_t moved_token(const struct aligning *aligning, const struct near_alignment *alignment,
                            const bool *used, uint32_t element)
{
    for (uint32_t j = 0; j < aligning->count; j++) {
        uint32_t taker = alignment->element[j];
        bool to_have = taker == NEAR_EXTRA || aligning->elements[taker].kind != NEAR_WORD;
        if (to_have && !used[j] && sameness(aligning, element, j) == SAME)
            return j;
    }
    return NEAR_EXTRA;
}

static void measure(const struct aligning *aligning, struct near_alignment *alignment,
                    const unsigned *present)
{
    bool used[NEAR_WORDS_MAXIMUM] = {false};
    int64_t there = 0, cost = 0, taken = 0, whole = (int64_t)aligning->text->weight * SAME;
    for (uint32_t i = 0; i < aligning->text->count; i++) {
        if (aligning->elements[i].kind != NEAR_WORD)
            continue;
        uint32_t moved = present[i] == 0 ? moved_token(aligning, alignment, used, i) : NEAR_EXTRA;
        if (moved != NEAR_EXTRA)
            used[moved] = true;
        there += (int64_t)aligning->elements[i].weight * (moved != NEAR_EXTRA ? MOVED : present[i]);
    }
    for (uint32_t j = 0; j < aligning->count; j++) {
        uint32_t taker = alignment->element[j];
        if (taker == NEAR_EXTRA && !used[j])
            cost += extra_cost(aligning, j);
        else if (taker != NEAR_EXTRA && aligning->elements[taker].kind != NEAR_WORD)
            taken += taken_cost(aligning, taker, j);
    }
    cost += MIN(taken, whole * TAKEN_MOST / 100);
    alignment->similarity = (unsigned)(there * 100 / MAX(whole + cost, 1));
}

void near_align(const struct near_index *index, const struct near_text *text, const GArray *tokens,
                struct near_alignment *alignment)
{
    struct aligning aligning; /* large: what is not needed of it stays unset */
    aligning.index = index;
    aligning.text = text;
    aligning.elements = near_index_elements(index, text);
    aligning.tokens = (const struct near_token *)(void *)tokens->data;
    aligning.count = MIN(tokens->len, NEAR_WORDS_MAXIMUM);
    unsigned present[NEAR_ELEMENTS_MAXIMUM] = {0};
    for (uint32_t j = 0; j < NEAR_WORDS_MAXIMUM; j++)
        alignment->element[j] = NEAR_EXTRA;
    aligning.value[0][0] = 0;
    for (uint32_t i = 0; i <= text->count; i++)
        for (uint32_t j = 0; j <= aligning.count; j++)
            if (i > 0 || j > 0)
                fill(&aligning, i, j);
    trace_back(&aligning, alignment, present);
    measure(&aligning, alignment, present);
}
