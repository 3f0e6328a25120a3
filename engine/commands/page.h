/* Indented text for people, wrapped to the terminal, or to 80 columns where there is none. All of it is safe
 * for a terminal: no control character of a mail or a rule gets there. */
#pragma once
#include <stdbool.h>
#include <glib.h>

enum page_color { PAGE_PLAIN, PAGE_BOLD, PAGE_GREEN, PAGE_RED, PAGE_DIM };

struct page {
    int columns;
    bool color;
    int lines; /* that a text may take before it is cut with "…" */
};

/* whole: texts are never cut. */
struct page page_new(bool whole);
/* A line, or several: indent columns, the mark (may be ""), and the text, whose further lines stand under its
 * first.
 */
void page_line(const struct page *page, int indent, const char *mark, enum page_color color,
               const char *text);
/* The same of at most one line, cut with "…". */
void page_short(const struct page *page, int indent, const char *mark, enum page_color color,
                const char *text);
/* A name and its value, which stands `width` columns behind the name's beginning; line ends in the value
 * stay. */
void page_value(const struct page *page, int indent, int width, const char *name, const char *value);
