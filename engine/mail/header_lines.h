/* Lines of raw headers. `i` is where a line begins, at most `length`. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Behind the LF of the line. */
size_t line_end(const char *bytes, size_t length, size_t i);
/* The same of a field with its continuation lines. */
size_t field_end(const char *bytes, size_t length, size_t i);
bool line_is_blank(const char *bytes, size_t length, size_t i);
bool line_is_field(const char *bytes, size_t length, size_t i);
/* A field, or the line that an mbox puts before a mail. */
bool line_begins_header(const char *bytes, size_t length, size_t i);
/* Whether the field, which begins at `field`, has that name. */
bool field_is_named(const char *field, size_t length, const char *name);

struct header_extent {
    size_t fields, body; /* where the fields end, and where the body begins */
    bool damaged;        /* it has a line that is none of a header, or no blank line behind it */
};

struct header_extent header_find(const char *bytes, size_t length);
