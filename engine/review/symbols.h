/* What a pattern stands for, as texts in which each placeholder is a symbol: a run of private-use characters
 * that no mail has and no literal matches. A pattern that matches them whatever a symbol stands for matches
 * all that the first one does. */
#pragma once
#include "review/expression.h"
#include "rules/rule_set.h"

struct symbols;
typedef struct symbols symbols;

struct symbols *symbols_new(const struct rule_set *set);
void symbols_free(struct symbols *symbols);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(symbols, symbols_free)

/* What the condition's pattern was written as, normalized as a text of one line. Borrowed. */
const char *symbols_normal(struct symbols *symbols, const struct condition *condition);
/* The texts that stand for everything that the condition's pattern matches, normalized as its field is;
 * NULL when they cannot be told. Borrowed. */
const GPtrArray *symbols_of(struct symbols *symbols, const struct condition *condition);
/* The same as titles, when it is about the subject; NULL when a value could be taken for a decoration. */
const GPtrArray *symbols_as_titles(struct symbols *symbols, const struct condition *condition);
/* Whether no title can match, since titles have no decorations: "… [AWS Account: {account}]". */
bool symbols_never_title(struct symbols *symbols, const struct condition *condition);
/* Whether the condition's pattern matches the text whatever its symbols stand for. */
bool symbols_match(struct symbols *symbols, const struct condition *condition, const char *text);
/* A text without symbols that the pattern matches; the variants 0 to 2 differ. NULL when none can be made.
 * The caller frees. */
char *symbols_example(struct symbols *symbols, const struct condition *condition, unsigned variant);
