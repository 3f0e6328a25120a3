/* Composing: the note as base64 UTF-8, since that survives every relay; the original behind it, byte for
 * byte. */
#include "mail/compose_inside.h"

#include <stdbool.h>
#include <string.h>

enum { LINE_MAXIMUM = 998 };

static void append_base64(GString *out, const void *bytes, size_t length)
{
    for (size_t done = 0; done < length; done += 57) {
        g_autofree char *line = g_base64_encode((const guchar *)bytes + done, MIN((size_t)57, length - done));
        g_string_append(out, line);
        g_string_append_c(out, '\n');
    }
}

static bool turns_text_around(gunichar character)
{
    return (character >= 0x202a && character <= 0x202e) || (character >= 0x2066 && character <= 0x2069);
}

/* The canonical form of text (RFC 2045, 6.8): CRLF between lines whatever stood there; and no control that a
 * terminal or a mail reader would obey, since the note quotes strangers. */
static char *canonical_text(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *lines = g_string_sized_new(strlen(valid) + 1024);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (character == '\n' || (character == '\r' && at[1] != '\n'))
            g_string_append(lines, "\r\n");
        else if (character == '\t' || (!g_unichar_iscntrl(character) && !turns_text_around(character)))
            g_string_append_unichar(lines, character);
    }
    return g_string_free(lines, FALSE);
}

/* Whether the bytes begin with "Name:", not with a blank line, "From " or words. */
static bool begins_with_a_field(const char *bytes, size_t length)
{
    size_t name = 0;
    while (name < length && bytes[name] > 0x20 && bytes[name] < 0x7f && bytes[name] != ':')
        name++;
    return name > 0 && name < length && bytes[name] == ':';
}

/* Whether the original may stand as message/rfc822: 7-bit, no NUL, no bare CR, lines up to 998 that all end
 * alike (a relay makes them so, and then they would not be what came), and a header. */
static bool fits_as_message(const char *bytes, size_t length)
{
    size_t line = 0;
    bool ends_in_lf = false, ends_in_crlf = false;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == 0 || byte > 0x7e || (byte == '\r' && (i + 1 == length || bytes[i + 1] != '\n')))
            return false;
        if (byte == '\n') {
            bool crlf = i > 0 && bytes[i - 1] == '\r';
            ends_in_crlf |= crlf;
            ends_in_lf |= !crlf;
            line = 0;
        } else if (byte != '\r' && ++line > LINE_MAXIMUM) {
            return false;
        }
    }
    return !(ends_in_lf && ends_in_crlf) && begins_with_a_field(bytes, length);
}

/* The line end before the next boundary belongs to that (RFC 2046, 5.1.1), so none is added. */
static void append_original(GString *out, GBytes *original)
{
    gsize length;
    const char *bytes = g_bytes_get_data(original, &length);
    if (bytes != NULL && fits_as_message(bytes, length)) {
        g_string_append(out, "Content-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n"
                             "Content-Disposition: attachment; filename=\"original.eml\"\n\n");
        g_string_append_len(out, bytes, (gssize)length);
        return;
    }
    g_string_append(
        out,
        "Content-Type: application/octet-stream; name=\"original.eml\"\nContent-Transfer-Encoding: base64\n"
        "Content-Disposition: attachment; filename=\"original.eml\"\n\n");
    append_base64(out, bytes, length);
}

/* A boundary that depends on nothing but the message and cannot occur in the original. */
static char *make_boundary(const struct outgoing *outgoing)
{
    gsize length = 0;
    const char *bytes = outgoing->original != NULL ? g_bytes_get_data(outgoing->original, &length) : NULL;
    for (unsigned number = 0;; number++) {
        g_autofree char *seed = g_strdup_printf("%s %u", outgoing->message_id, number);
        g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, seed, -1);
        char *boundary = g_strdup_printf("=_awsift_%.32s", hash);
        if (bytes == NULL || memmem(bytes, length, boundary, strlen(boundary)) == NULL)
            return boundary;
        g_free(boundary);
    }
}

static void append_headers(GString *out, const struct outgoing *outgoing)
{
    compose_append_date(out, outgoing->date);
    compose_append_from(out, outgoing);
    compose_append_recipients(out, outgoing);
    compose_append_header(out, "Subject", outgoing->subject);
    compose_append_message_id(out, outgoing->message_id);
    g_string_append(out, "Auto-Submitted: auto-generated\n");
    for (const char *const *pair = outgoing->headers; pair != NULL && pair[0] != NULL && pair[1] != NULL;
         pair += 2)
        compose_append_header(out, pair[0], pair[1]);
}

/* What the result will take, so that a large one is not copied while it grows. */
static size_t room_for(const struct outgoing *outgoing, const char *text)
{
    size_t original = outgoing->original != NULL ? g_bytes_get_size(outgoing->original) : 0;
    return original + original / 57 * 20 + strlen(text) * 3 / 2 + 8192;
}

GBytes *compose(const struct outgoing *outgoing)
{
    g_autofree char *boundary = make_boundary(outgoing), *text = canonical_text(outgoing->text);
    GString *out = g_string_sized_new(room_for(outgoing, text));
    append_headers(out, outgoing);
    g_string_append_printf(out,
                           "MIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=\"%s\"\n\n--%s\n",
                           boundary, boundary);
    g_string_append(out, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n");
    append_base64(out, text, strlen(text));
    if (outgoing->original != NULL) {
        g_string_append_printf(out, "\n--%s\n", boundary);
        append_original(out, outgoing->original);
    }
    g_string_append_printf(out, "\n--%s--\n", boundary);
    return g_string_free_to_bytes(out);
}
