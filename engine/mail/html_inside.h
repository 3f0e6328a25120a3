/* Of html*.c only: what a style says, and what an element looks like. Where in doubt, text is seen. */
#pragma once
#include <gumbo.h>
#include <stdbool.h>
#include <glib.h>

/* Whether gumbo can be let to build a tree of it. */
bool html_is_within_bounds(const char *html);

enum property {
    ALL,
    COLOUR,
    DISPLAY,
    FONT_SIZE, /* of font, too: then it is "0" or "font" */
    GROUND,    /* background and background-color */
    HEIGHT,
    MAX_HEIGHT,
    MIN_HEIGHT,
    OPACITY,
    OVERFLOW, /* the last of overflow, overflow-x and overflow-y */
    PADDING,  /* one that is not zero */
    POSITION,
    VISIBILITY,
    WHITE_SPACE,
    PROPERTIES
};

struct style {
    char *values[PROPERTIES]; /* in lower case, blanks collapsed; NULL where there is none that is valid */
    bool important[PROPERTIES];
    bool unknown; /* it cannot be read, and hides nothing */
    bool simple;  /* nothing in it can lay text over something else */
    bool shaded;  /* text may be seen that has the colour of its ground, or none */
};

/* The declarations of a style attribute; NULL has none. */
void style_read(struct style *style, const char *text);
void style_clear(struct style *style);
/* The unit behind a zero, "" where there is none; NULL of what is no zero. */
const char *style_zero(const char *value);
bool style_is_zero_length(const char *value);

/* What style sheets say, whomever of: not read, but guarded against. */
struct sheet {
    unsigned mentioned, important; /* bits of enum property; more rather than less */
    bool unknown;                  /* may say anything */
    bool first;                    /* of first letters and lines, which a style does not reach */
    bool simple, shaded;           /* as of a style */
};

void sheet_read(struct sheet *sheet, const char *css);

enum { COLOUR_SIZE = 24 };

struct page {
    struct sheet sheet;
    bool white;          /* text can stand on no other ground */
    bool shaded, unread; /* unread: styles are too much to be read */
};

/* Recursive, as deep as the tree. */
void page_read(struct page *page, const GumboNode *root);

struct look {
    bool gone;      /* with all that is within */
    bool invisible; /* but a child may be seen */
    bool tiny, clipped;
    bool painted;  /* on a ground of the same colour, which goes wherever the text goes */
    bool verbatim; /* lines and blanks are kept */
    bool block, cell;
    char colour[COLOUR_SIZE]; /* "" when unknown */
};

void look_begin(struct look *look);
/* What an element looks like within another one. */
struct look look_within(const struct page *page, const struct look *outer, const GumboElement *element);
bool look_is_seen(const struct page *page, const struct look *look);
