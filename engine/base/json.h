/* Small helpers over jansson: canonical text and typed reading of objects that may be hostile. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <jansson.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

/* Sorted keys, no blanks, UTF-8 as it is: equal values give equal bytes. The caller frees (g_free). NULL for
 * NULL and for a value that holds itself. */
char *json_canonical(const json_t *value);
/* NULL when absent, null or of another type. Borrowed. */
const char *json_text(const json_t *object, const char *key);
const char *json_text_or(const json_t *object, const char *key, const char *otherwise);
int64_t json_number(const json_t *object, const char *key, int64_t otherwise);
bool json_flag(const json_t *object, const char *key);
/* The keys of an object, sorted. The caller owns the list. */
json_t *json_keys(const json_t *object);
/* A JSON string; what is not valid UTF-8 becomes U+FFFD; NULL becomes null. */
json_t *json_text_new(const char *text);
/* Whether a list of texts has this one; of NULL, or what is no list, never. */
bool json_lists(const json_t *list, const char *text);
