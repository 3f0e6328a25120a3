/* The words of a title, as near misses compare them. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <glib.h>

/* What stands for itself in each mail is folded to its kind: "#n" (numbers, versions), "#date" (months),
 * "#id" (ids of resources, codes of regions). Otherwise the word in lower case; of Chinese and Japanese every
 * two characters that stand side by side, so that words need not be told apart. */
struct near_word {
    char *text;
    size_t start, end; /* bytes in the text that it stands in */
};

/* Of at most `most` words in length bytes of text (valid UTF-8, normalized), in their order; what is added to
 * start and end is `offset`. The caller owns the list. */
GArray *near_words_new(void);
void near_words_read(GArray *words, const char *text, size_t length, size_t offset, guint most);
/* The part that words of one kin share: the first five characters, without a plural's s. The caller frees. */
char *near_stem(const char *word);
/* Whether it says next to nothing of what a title is about: "of", "your", "has". */
bool near_is_filler(const char *word);
/* Whether two words of one stem are kin indeed: seven tenths of the longer one are the same. */
bool near_is_kin(const char *left, const char *right);
