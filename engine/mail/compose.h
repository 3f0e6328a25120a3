/* Composing what awsift sends: a correct message (RFC 5322, 2045, 2047), 7-bit but for addresses that are
 * not. */
#pragma once
#include <stdint.h>
#include <glib.h>

struct outgoing {
    const char *from;      /* "addr-spec" or "Name <addr-spec>" */
    const char *from_name; /* or NULL: as `from` says */
    const char *const *to; /* each as `from`, NULL-terminated; one that mailbox_address refuses is left out */
    const char *subject;   /* UTF-8 */
    const char *message_id;     /* without <> */
    int64_t date;               /* ms */
    const char *text;           /* the note, UTF-8, LF lines */
    const char *const *headers; /* further "Name", "value" pairs (ASCII names), NULL-terminated; or NULL */
    GBytes *original;           /* the mail told of, or NULL */
};
/* multipart/mixed with the note (base64 UTF-8, CRLF lines inside) and the original as message/rfc822 where it
 * is 7-bit with lines up to 998 that all end alike, else as base64 original.eml, byte for byte. LF line ends,
 * for a Maildir. `Auto-Submitted: auto-generated` is always set. Control characters in any header value
 * become blanks or go. Holds about 1.4 times the original beside it. */
GBytes *compose(const struct outgoing *outgoing);
/* One field of a header. name: ASCII. The value is folded, or encoded where it has to be. */
void compose_append_header(GString *out, const char *name, const char *value);
/* From, of outgoing's from and from_name. */
void compose_append_from(GString *out, const struct outgoing *outgoing);
/* Date, of ms. */
void compose_append_date(GString *out, int64_t date);
/* The addr-spec of a mailbox as it may stand in a header: the domain in ASCII (IDNA), the local part quoted
 * where it must be. A local part may be other than ASCII (RFC 6532); the mail's header then is, too. NULL
 * when there is none (blanks, a second address, …). The caller frees. */
char *mailbox_address(const char *mailbox);
