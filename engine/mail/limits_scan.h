/* Limits enforced on the raw bytes, before GMime sees them. */
#pragma once
#include "base/limits.h"

#include <glib.h>
#include <jansson.h>

/* What stands behind a message/ type or multipart/digest in a copy that is made for GMime, so that it does
 * not enter mails within mails: those are leaves. */
#define LIMITS_UNREAD ".unread"

/* The bytes as a parser wants them: not more than the limit, no byte order mark, lines that end in CR alone
 * end in LF, and what stands before the first header field is gone. The same bytes where nothing was to do.
 */
GBytes *limits_prepare(GBytes *raw, const struct limits *limits, json_t *defects);
/* A copy of the header block within limits: over-long fields clipped, address fields that are too long or
 * have too many colons left out, NULs replaced, fields over the count left out. Adds defects. */
GByteArray *limits_header(const char *bytes, size_t length, const struct limits *limits, json_t *defects);
/* A copy of the whole mail within limits, its header as limits_header makes it. Every header block, of parts
 * too, has one Content-Type at most (the first) and ends in a blank line. */
GByteArray *limits_message(const char *bytes, size_t length, const struct limits *limits, json_t *defects);
/* Adds a word once. */
void defect_add(json_t *defects, const char *word);
