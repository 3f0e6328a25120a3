/* {name} and {name|filter argument|…} in the texts of actions: what stands there, and what becomes of a
 * value. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* What a text has at one place. complaint: why its filters cannot be used, without file and line; then
 * unknown is the name of the filter that there is none of, if that is the reason. */
struct fill {
    char *name;
    GArray *uses;  /* of struct filter_use */
    size_t length; /* bytes of the text, with the braces */
    char *complaint, *unknown;
};

/* Reads what stands at the beginning of text, which is a '{'; false where that is a brace and nothing more.
 */
bool fill_read(const char *text, struct fill *fill);
void fill_clear(struct fill *fill);
/* Whether it says itself what stands there when nothing fills it. */
bool fill_has_default(const struct fill *fill);
/* Whether its author joins by line ends: then those in a text that fill_apply yields are the author's. */
bool fill_has_lines(const struct fill *fill);
/* The value behind the filters. value may be NULL: nothing fills it. *odd (may be set to a static text):
 * what a filter could do nothing with, and left as it was. The caller owns the result. */
json_t *fill_apply(const struct fill *fill, const json_t *value, const char **odd);
/* A value as a text on one line: lists joined by ", "; null and false are empty, true is "yes". */
void fill_append(GString *text, const json_t *value);
/* The names of all filters, NULL-terminated; static. */
const char *const *fill_filters(void);
