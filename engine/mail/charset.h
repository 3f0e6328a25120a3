/* Charsets as they really occur, to valid UTF-8. All converters are opened by charset_start and kept: in the
 * jail nothing can be opened any more. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <glib.h>

void charset_start(void);
/* Decodes; what cannot be decoded is U+FFFD. label as declared, or NULL (UTF-8 where valid, else a guess).
 * *damaged is set (never cleared) when something could not be decoded, *unknown when the label names no
 * charset that we know. The caller frees; the result has no NUL (NUL becomes U+FFFD). */
char *charset_decode(const char *label, const char *bytes, size_t length, bool *damaged, bool *unknown);
/* Bytes that declare nothing; hint is the label of what stands near them, such as a body's, or NULL. */
char *charset_decode_near(const char *hint, const char *bytes, size_t length, bool *damaged);
