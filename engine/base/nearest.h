/* The known name nearest to a mistyped one. */
#pragma once
#include <jansson.h>

/* One of the names, or NULL when none is near: at most a third of the name's length away. names: of strings,
 * or of objects that have theirs under the key. Borrowed. */
const char *nearest_name(const json_t *names, const char *key, const char *name);
