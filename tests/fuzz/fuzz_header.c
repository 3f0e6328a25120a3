/* Encoded words (RFC 2047), parameters (RFC 2231), transfer encodings and charsets. The first line is also
 * taken as the label of a charset for what follows. */
#include "normalize.h"
#include "mail/charset.h"
#include "mail/decode.h"
#include "mail/message.h"

#include <string.h>

static void check_transfer(const char *bytes, size_t size)
{
    g_autoptr(GByteArray) base64 = decode_base64(bytes, size);
    must(base64->len <= size / 4 * 3 + 3, "base64 shrinks");
    for (int underscores = 0; underscores <= 1; underscores++) {
        g_autoptr(GByteArray) quoted = decode_quoted_printable(bytes, size, underscores);
        must(quoted->len <= size, "quoted-printable never grows");
    }
}

static void check_charset(const char *bytes, size_t size)
{
    bool damaged = false, unknown = false;
    const char *end = memchr(bytes, '\n', size);
    size_t length = end != NULL ? (size_t)(end - bytes) : 0;
    g_autofree char *label = end != NULL ? g_strndup(bytes, length) : NULL;
    const char *rest = end != NULL ? end + 1 : bytes;
    size_t left = size - (size_t)(rest - bytes);
    g_autofree char *text = charset_decode(label, rest, left, &damaged, &unknown);
    must_be_text(text);
    must(strlen(text) <= left * 3 + 3, "a byte becomes no more than U+FFFD");
    for (size_t limit = 3; limit < 100; limit += 13) {
        g_autofree char *clipped = text_clip(text, limit);
        must_be_text(clipped);
        must(strlen(clipped) <= limit, "clipped text is within its limit");
    }
}

/* A mail whose head is `before`, the bytes, and a blank line. */
static struct message *message_around(const char *before, const char *bytes, size_t size)
{
    static const struct limits limits = LIMITS_DEFAULT;
    GByteArray *mail = g_byte_array_new();
    g_byte_array_append(mail, (const guint8 *)before, (guint)strlen(before));
    g_byte_array_append(mail, (const guint8 *)bytes, (guint)size);
    g_byte_array_append(mail, (const guint8 *)"\n\n", 2);
    g_autoptr(GBytes) raw = g_byte_array_free_to_bytes(mail);
    return message_new(raw, &limits);
}

static void check_words(const char *bytes, size_t size)
{
    g_autoptr(message) message = message_around("From: ", bytes, size);
    const char *name, *value, *raw;
    for (unsigned i = 0; (name = message_header_at(message, i, &value, &raw)) != NULL; i++) {
        must_be_text(name);
        must_be_one_line(value);
        must(strlen(value) <= strlen(raw) * 3 + 3, "a header does not grow beyond measure");
        must_normalize(value);
        g_autofree char *line = text_one_line(value);
        must_be_one_line(line);
    }
    g_autoptr(GPtrArray) addresses = message_addresses(message, "From");
    for (guint i = 0; i < addresses->len; i++) {
        const struct address *address = addresses->pdata[i];
        must_be_one_line(address->name);
        must_be_text(address->address);
    }
}

static void check_parameters(const char *bytes, size_t size)
{
    g_autoptr(message) message = message_around(
        "Content-Type: application/octet-stream\nContent-Disposition: attachment; ", bytes, size);
    const GPtrArray *parts = message_parts(message);
    for (guint i = 0; i < parts->len; i++) {
        const struct part *part = parts->pdata[i];
        must_be_text(part->type);
        if (part->charset != NULL)
            must_be_text(part->charset);
        if (part->filename != NULL)
            must_be_one_line(part->filename);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *bytes = g_memdup2(size > 0 ? data : (const uint8_t *)"", MAX(size, 1));
    check_words(bytes, size);
    check_transfer(bytes, size);
    check_charset(bytes, size);
    check_parameters(bytes, size);
    return 0;
}
