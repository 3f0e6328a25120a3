/* The literal text that a pattern cannot match without. */
#pragma once
#include "rules/pattern.h"

/* The form in which literals and the texts that they are looked for in are compared: without blanks and line
 * ends, ASCII letters in lower case. Whatever a pattern matches, blanks and case set aside, has the pattern's
 * literals in it in this form. The caller frees. */
char *literals_squeeze(const char *text);
/* The runs of literal text in squeezed form, each at least LITERALS_LEAST bytes, that every text has that the
 * pattern matches; an empty list when there are none, or none that can be known. The caller unrefs; elements
 * are freed with it. */
enum { LITERALS_LEAST = 2 };
GPtrArray *literals_of(enum pattern_kind kind, const char *text, bool nocase);
