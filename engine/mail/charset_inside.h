/* Inside of the charset files only. A charset's name is iconv's, or one of those below. */
#pragma once
#include "mail/charset.h"

#define CHARSET_UTF_8 "utf-8"
#define CHARSET_ASCII "us-ascii"
#define CHARSET_JIS "jis"       /* ISO-2022-JP with all its extensions */
#define CHARSET_HZ "hz"         /* RFC 1843 */
#define CHARSET_UTF_16 "utf-16" /* in either order of bytes, with or without a mark */
#define CHARSET_UTF_32 "utf-32"

/* All names that labels lead to, each at least once; NULL past the end. */
const char *charset_name_at(size_t index);
/* The name that a label means; NULL when it means none. */
const char *charset_name(const char *label);

/* Bytes of a charset of that name as valid UTF-8; what is none is U+FFFD and sets *damaged. */
char *charset_convert(const char *name, const char *bytes, size_t length, bool *damaged);

/* Whether there is an escape of ISO-2022-JP that is more than ASCII's. */
bool charset_has_escapes(const char *bytes, size_t length);
char *charset_from_jis(const char *bytes, size_t length, bool *damaged);
char *charset_from_hz(const char *bytes, size_t length, bool *damaged);

bool charset_is_japanese(const char *name);
/* The name of what bytes most likely are that declare nothing and are not UTF-8; hint is a name, or NULL.
 * *sure when they read too well as that to be anything else. */
const char *charset_guess(const char *hint, const char *bytes, size_t length, bool *sure);
