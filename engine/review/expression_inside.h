/* The tree of a regular expression, for expression.c and expression_risk.c alone. */
#pragma once
#include "review/expression.h"

#define EXPRESSION_ENDLESS G_MAXUINT

enum expression_kind {
    EXPRESSION_SET,      /* one character */
    EXPRESSION_SEQUENCE, /* all inner ones, one behind the other */
    EXPRESSION_CHOICE,   /* one of the inner ones */
    EXPRESSION_REPEAT,   /* the inner one, least to most times */
    EXPRESSION_LOOK,     /* no width: an anchor, or look-around over the inner one */
};

struct expression {
    enum expression_kind kind;
    GPtrArray *inner; /* of struct expression */
    unsigned least, most;
    bool atomic;                   /* gives nothing back */
    struct pcre2_real_code_8 *set; /* SET of several characters */
    gunichar literal;              /* SET of one character, or 0 */
    bool nocase;                   /* of the literal */
};

bool expression_holds(const struct expression *set, gunichar character);
/* The length of the name of a {placeholder} that stands here, or 0. */
size_t expression_placeholder(const char *text);
