/* What standard output is, and text in its columns. East Asian wide characters take two (UAX #11). */
#pragma once
#include <stdbool.h>
#include <glib.h>

/* The width of the terminal; 0 when standard output is none. */
int terminal_columns(void);
/* Whether to use colour: on a terminal, unless NO_COLOR is set (no-color.org). */
bool terminal_has_color(void);
/* How many columns a text takes. */
int text_columns(const char *text);
/* The text in so many columns, "…" at the end where it is cut. The caller frees. */
char *text_clip_columns(const char *text, int columns);
/* The text as lines of at most so many columns, cut at blanks and between wide characters where that is
 * possible. At least one line. */
GPtrArray *text_wrap(const char *text, int columns);
