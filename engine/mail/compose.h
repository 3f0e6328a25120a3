/* Composing what awsift sends: a correct 7-bit message (RFC 5322, 2045, 2047, 2231). */
#pragma once
#include <stdint.h>
#include <glib.h>

struct outgoing {
    const char *from;           /* addr-spec */
    const char *from_name;      /* or NULL */
    const char *const *to;      /* addr-specs, NULL-terminated */
    const char *subject;        /* UTF-8 */
    const char *message_id;     /* without <> */
    int64_t date;               /* ms */
    const char *text;           /* the note, UTF-8, LF lines */
    const char *const *headers; /* further "Name", "value" pairs (ASCII names), NULL-terminated; or NULL */
    GBytes *original;           /* the mail told of, or NULL */
};
/* multipart/mixed with the note (base64 or quoted-printable UTF-8) and the original as message/rfc822 where
 * it is 7-bit with CRLF or LF lines up to 998, else as base64 original.eml, byte for byte. LF line ends, for
 * a Maildir. `Auto-Submitted: auto-generated` is always set. Control characters in any header value become
 * blanks. */
GBytes *compose(const struct outgoing *outgoing);
