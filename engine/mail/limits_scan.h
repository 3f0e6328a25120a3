/* Limits enforced on the raw bytes, before GMime sees them. */
#pragma once
#include "base/limits.h"

#include <glib.h>
#include <jansson.h>

/* The offset just behind the header block (behind the blank line), at most the length. */
size_t limits_header_end(const char *bytes, size_t length);
/* A copy of the header block within limits: over-long fields clipped, address fields with too many colons
 * emptied, NULs replaced, fields over the count left out. Adds defects. */
GByteArray *limits_header(const char *bytes, size_t length, const struct limits *limits, json_t *defects);
/* A copy of the whole mail within limits, its header as limits_header makes it. */
GByteArray *limits_message(const char *bytes, size_t length, const struct limits *limits, json_t *defects);
/* Adds a word once. */
void defect_add(json_t *defects, const char *word);
