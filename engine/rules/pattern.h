/* Texts that conditions look for, compiled: templates, needles, regular expressions, globs, addresses.
 * Bounded matching. */
#pragma once
#include <stdbool.h>
#include <glib.h>

enum pattern_kind {
    PATTERN_TEMPLATE, /* the whole text: literals and {placeholders} */
    PATTERN_CAPTURE,  /* a template anywhere in the text */
    PATTERN_CONTAINS,
    PATTERN_STARTS,
    PATTERN_ENDS,
    PATTERN_MATCHES, /* PCRE2, anywhere */
    PATTERN_ADDRESS, /* an addr-spec, or @domain exactly */
    PATTERN_GLOB,    /* the whole text with * and ? */
    PATTERN_HEAD,    /* a PCRE2 with {placeholders} at the beginning (decorations) */
    PATTERN_TAIL,    /* the same at the end */
    PATTERN_CUE,     /* the same anywhere; a blank may be a line end, as in literal text */
};
/* false when there is no kind of that name (as conditions.lua writes them). */
bool pattern_kind_read(const char *name, enum pattern_kind *kind);
/* The same name again; NULL for a kind that conditions do not write. */
const char *pattern_kind_name(enum pattern_kind kind);

struct pattern;
typedef struct pattern pattern;
/* placeholders: name -> PCRE2 text. The error says what is wrong with the text, without file and line. */
struct pattern *pattern_new(enum pattern_kind kind, const char *text, bool nocase, GHashTable *placeholders,
                            GError **error);
void pattern_free(struct pattern *pattern);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(pattern, pattern_free)

enum pattern_result { PATTERN_NO, PATTERN_YES, PATTERN_OVERRAN };
typedef void (*pattern_found)(const char *name, const char *value, size_t length, void *data);
/* Tries text (valid UTF-8, already normalized) from *offset on; on a match calls found (may be NULL) for each
 * named part that took part, in the order of the text, and sets *offset (may be NULL) behind the match and
 * *start (may be NULL) to its beginning. */
enum pattern_result pattern_try(struct pattern *pattern, const char *text, size_t length, size_t *offset,
                                size_t *start, pattern_found found, void *data);
const char *pattern_text(const struct pattern *pattern); /* as written */
enum pattern_kind pattern_kind(const struct pattern *pattern);
bool pattern_nocase(const struct pattern *pattern);
/* Whether a {placeholder} begins at the brace, and its length with both braces. */
bool pattern_is_placeholder(const char *brace, size_t *length);
bool pattern_jit_works(void);
