/* What filing_find.c (where a mail lies) and filing.c (what moves it) share. For these files only. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

/* archive/<category>; NULL with an error where that names no folder. The caller frees. */
char *filing_folder(const char *store, const char *category, GError **error);
int filing_open_path(const char *path, GError **error); /* a regular file, for reading, or -1 */
/* Not found in a folder that cannot be read says nothing. */
bool filing_prove_absent(const char *store, const char *category, GError **error);
