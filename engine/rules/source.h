/* Where something stands in the text of a rule file: Lua knows the line of a statement, this knows where
 * inside it a key or a text is. Lines and columns count from 1, columns in characters. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct source_want {
    int line;                /* where the statement begins */
    int column;              /* the statement begins there; 0: it is looked for by its word */
    const char *word, *name; /* of the statement, as in rule "name" { … }; NULL: not known */
    const char *const *keys; /* key = …, ["key"] = …, each behind the one before; NULL-terminated, or NULL */
    const char *text;        /* a text behind the keys, or NULL */
    unsigned skipped;        /* so many texts like it come before the one that is meant */
};

struct source_place {
    int line, column;
};

/* Sets *place to the text, else to the last key that is there, else to the beginning of the statement. False
 * when there is no such line. */
bool source_find(const char *bytes, size_t size, const struct source_want *want, struct source_place *place);
/* A key that stands twice in one table of the statement, with the second one's place; NULL when none does.
 * The caller frees. */
char *source_twice(const char *bytes, size_t size, const struct source_want *want,
                   struct source_place *place);
/* The length of the mark of the byte order (U+FEFF) that the file begins with; it is in no column. */
size_t source_mark(const char *bytes, size_t size);
/* The column behind `offset` bytes of the line that holds it. */
int source_column(const char *bytes, size_t offset);
/* The line's first byte, or NULL when the file ends before it. */
const char *source_line(const char *bytes, size_t size, int line);
