/* Regular expressions as trees, for what can be known of them without a text: an example of what they match,
 * whether they may match a blank or nothing, and where they could backtrack without end. Only what rules use
 * is understood; of anything else nothing is said. */
#pragma once
#include "rules/pattern.h"

struct expression;
typedef struct expression expression;

/* NULL when it is no regular expression, or has something that is not understood (back references, recursion,
 * conditions, verbs). lines: "." may be what it is with no option set. */
struct expression *expression_parse(const char *text, bool nocase);
/* A template: literal text and {placeholders}; NULL when one of them is not understood. */
struct expression *expression_of_template(const char *text, bool nocase, GHashTable *placeholders);
void expression_free(struct expression *expression);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(expression, expression_free)

/* A text that it most likely matches, a longer one for a higher variant (0 to 2); look-around is not heeded,
 * so whoever asks has to try it. NULL when none can be made. The caller frees. */
char *expression_example(const struct expression *expression, unsigned variant);
/* Whether some text that it matches may have a blank or line break in it. */
bool expression_takes_blank(const struct expression *expression);

enum expression_trouble { TROUBLE_NONE, TROUBLE_NESTED, TROUBLE_ADJACENT };
struct expression_risk {
    enum expression_trouble trouble;
    char *begin, *pump,
        *behind; /* what leads to the trouble, what is repeated there, and what would follow */
    bool fails;  /* something behind it can fail, which is what makes it go back */
};
/* The worst that is found, or TROUBLE_NONE. To be cleared. */
void expression_judge(const struct expression *expression, struct expression_risk *risk);
void expression_risk_clear(struct expression_risk *risk);
/* A text of at most a few thousand characters over which the pattern really overruns its limit, or NULL. The
 * caller frees. */
char *expression_prove(struct pattern *pattern, const struct expression_risk *risk);
