/* The texts that rules know titles (or event types) by, and which of them share words with another text.
 * Read-only once built; whole numbers throughout, so that every machine ranks alike. */
#pragma once
#include "rules/rule_set.h"

enum { NEAR_ELEMENTS_MAXIMUM = 64, NEAR_WORDS_MAXIMUM = 64 };

enum near_kind {
    NEAR_WORD,
    NEAR_TYPED, /* a placeholder for something of one form: takes what is folded */
    NEAR_FREE   /* takes whatever stands there, or nothing */
};

struct near_element {
    uint32_t kind, word; /* word: its number in the index */
    uint32_t weight;     /* of a word: the more, the fewer texts have it, and the fewer of other categories */
};

struct near_text {
    const struct rule *rule;
    const struct condition *condition;
    uint32_t first, count; /* its elements */
    uint32_t weight;       /* of its words together */
    uint32_t rarity;       /* the same, whatever their categories */
};

/* A word of a text that is searched for. */
struct near_token {
    const char *text;    /* borrowed from the words */
    uint32_t word, stem; /* 0: no text has it */
    uint32_t weight;     /* of the stem; of a word that nobody knows, the mean */
    bool folded;
};

struct near_index;
/* Of the conditions on the fields (NULL-terminated) in live, final, special rules. */
struct near_index *near_index_new(const GPtrArray *rules, const char *const *fields);
void near_index_free(struct near_index *index);

/* words: of struct near_word. The caller owns the list, of struct near_token. */
GArray *near_index_tokens(const struct near_index *index, const GArray *words);
/* Those that share the most with the tokens, at most `most` of each category, in the order of the rules. The
 * caller owns the list. */
GPtrArray *near_index_candidates(const struct near_index *index, const GArray *tokens, guint most);

const struct near_element *near_index_elements(const struct near_index *index, const struct near_text *text);
const char *near_index_word(const struct near_index *index, uint32_t word);
uint32_t near_index_stem(const struct near_index *index, uint32_t word);
uint32_t near_index_weight(const struct near_index *index, uint32_t stem);
uint32_t near_index_mean(const struct near_index *index); /* weight of a word, over all texts */

/* The elements of a template, needle or glob as written, with where each stands in its normalized form
 * (near_words.h; a placeholder with its braces); text NULL for what stands before and behind a needle. */
struct near_part {
    enum near_kind kind;
    char *text;
    size_t start, end;
};
/* *normal: the normalized form. The caller owns both. */
GArray *near_parts_of(const struct pattern *pattern, char **normal);
