/* A table for people: columns as wide as what stands in them, the last one clipped to the terminal. */
#pragma once
#include <glib.h>

struct table;
/* Titles of the columns, NULL-terminated, static. */
struct table *table_new(const char *const *titles);
/* As many cells as there are titles; NULL is "-". Cells are made safe for a terminal. */
void table_add(struct table *table, const char *const *cells);
/* On a terminal with titles in bold and the last column clipped; in a pipe whole, without colour. Frees it.
 */
void table_print(struct table *table);
