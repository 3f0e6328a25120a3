/* Encoded words (RFC 2047) and transfer encodings (RFC 2045), decoded leniently: padding inside, line noise
 * and truncation lose no text behind them. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <glib.h>

/* Base64 that reads on behind padding; other bytes are skipped. */
GByteArray *decode_base64(const char *bytes, size_t length);
/* Where plain text begins that a mailing list put behind base64 (its footer); `length` when there is none. */
size_t decode_base64_end(const char *bytes, size_t length);
/* Quoted-printable; with underscores, '_' is a blank (RFC 2047). */
GByteArray *decode_quoted_printable(const char *bytes, size_t length, bool underscores);
/* What was wrong with a header value; set, never cleared. */
struct decode_faults {
    bool damaged;    /* something could not be decoded */
    bool controls;   /* control characters, removed */
    bool bidi;       /* marks that turn the direction of writing, removed */
    bool zero_width; /* characters that nobody sees; they stay */
};
/* A raw header value: unfolded, encoded words decoded, adjacent words of one charset joined before decoding;
 * controls other than blanks removed. Valid UTF-8; the caller frees. */
char *decode_header(const char *raw, size_t length, struct decode_faults *faults);
/* The same where its raw bytes are likely of the charset with this label, such as the body's; NULL for none.
 */
char *decode_header_near(const char *near, const char *raw, size_t length, struct decode_faults *faults);
/* A raw value as valid UTF-8 with its structure, and its encoded words, as they are: halves of characters of
 * Shift_JIS and ISO-2022-JP look like quotes, brackets and backslashes. *changed when it was not UTF-8. */
char *decode_raw(const char *near, const char *raw, size_t length, bool *changed,
                 struct decode_faults *faults);
/* Bytes of the charset with that label, cleaned as a header is. */
char *decode_text(const char *label, const char *bytes, size_t length, struct decode_faults *faults);
/* The length of the encoded word at the beginning, 0 when there is none. */
size_t decode_word_length(const char *text, size_t length);
