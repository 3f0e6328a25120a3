/* Encoded words (RFC 2047) and transfer encodings (RFC 2045), decoded leniently: padding inside, line noise
 * and truncation lose no text behind them. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <glib.h>

/* Base64 that reads on behind padding; other bytes are skipped. */
GByteArray *decode_base64(const char *bytes, size_t length);
/* Quoted-printable; with underscores, '_' is a blank (RFC 2047). */
GByteArray *decode_quoted_printable(const char *bytes, size_t length, bool underscores);
/* A raw header value: unfolded, encoded words decoded, adjacent words of one charset joined before decoding;
 * controls other than blanks removed. Valid UTF-8; the caller frees. *damaged and *controls are set, never
 * cleared. */
char *decode_header(const char *raw, size_t length, bool *damaged, bool *controls);
