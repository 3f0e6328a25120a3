/* Composing: the note as base64 UTF-8, since that survives every relay; the original behind it, byte for
 * byte. */
#include "mail/compose.h"
#include "mail/text.h"

#include <string.h>

enum { LINE_WORDS = 76, LINE_MAXIMUM = 998 };

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
            return false;
    return true;
}

static void append_base64(GString *out, const void *bytes, size_t length)
{
    for (size_t done = 0; done < length; done += 57) {
        g_autofree char *line = g_base64_encode((const guchar *)bytes + done, MIN((size_t)57, length - done));
        g_string_append(out, line);
        g_string_append_c(out, '\n');
    }
}

/* UTF-8 as encoded words, cut between characters; a line that holds one has at most 76 characters (RFC 2047).
 * column: where the first one begins. */
static void append_words(GString *out, size_t column, const char *text)
{
    bool first = true;
    while (*text != '\0') {
        size_t before = first ? MIN(column, (size_t)LINE_WORDS - 20) : 1;
        size_t room = (LINE_WORDS - 12 - before) / 4 * 3;
        const char *end = text;
        while (*end != '\0' && (size_t)(g_utf8_next_char(end) - text) <= room)
            end = g_utf8_next_char(end);
        g_autofree char *encoded = g_base64_encode((const guchar *)text, (gsize)(end - text));
        g_string_append_printf(out, "%s=?UTF-8?B?%s?=", first ? "" : "\n ", encoded);
        first = false;
        text = end;
    }
}

/* Plain text folded at blanks below 78 columns. */
static void append_folded(GString *out, size_t column, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (size_t i = 0; words[i] != NULL; i++) {
        size_t length = strlen(words[i]);
        if (i > 0 && column + 1 + length > 76 && length > 0) {
            g_string_append(out, "\n ");
            column = 1;
        } else if (i > 0) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, words[i]);
        column += length;
    }
}

static void append_header(GString *out, const char *name, const char *value)
{
    g_autofree char *line = text_one_line(value);
    g_string_append_printf(out, "%s: ", name);
    if (is_plain(line) && strstr(line, "=?") == NULL && strlen(line) < 900)
        append_folded(out, strlen(name) + 2, line);
    else
        append_words(out, strlen(name) + 2, line);
    g_string_append_c(out, '\n');
}

static void append_from(GString *out, const struct outgoing *outgoing)
{
    g_autofree char *address = text_one_line(outgoing->from);
    g_string_append(out, "From: ");
    if (outgoing->from_name != NULL && outgoing->from_name[0] != '\0') {
        g_autofree char *name = text_one_line(outgoing->from_name);
        if (is_plain(name) && strpbrk(name, "\"\\<>@,;:()[]") == NULL)
            g_string_append_printf(out, "\"%s\"", name);
        else
            append_words(out, strlen("From: "), name);
        g_string_append_c(out, ' ');
    }
    g_string_append_printf(out, "<%s>\n", address);
}

static void append_recipients(GString *out, const struct outgoing *outgoing)
{
    for (size_t i = 0; outgoing->to[i] != NULL; i++) {
        g_autofree char *address = text_one_line(outgoing->to[i]);
        g_string_append_printf(out, "%s<%s>", i == 0 ? "To: " : ",\n ", address);
    }
    g_string_append_c(out, '\n');
}

static void append_date(GString *out, int64_t date)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(date / 1000);
    if (moment == NULL)
        return;
    g_string_append_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\n",
                           days[g_date_time_get_day_of_week(moment) - 1],
                           g_date_time_get_day_of_month(moment), months[g_date_time_get_month(moment) - 1],
                           g_date_time_get_year(moment), g_date_time_get_hour(moment),
                           g_date_time_get_minute(moment), g_date_time_get_second(moment));
}

/* Whether the original may stand as message/rfc822: 7-bit, no NUL, no bare CR, lines up to 998, and a header.
 */
static bool fits_as_message(const char *bytes, size_t length)
{
    size_t line = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == 0 || byte > 0x7e || (byte == '\r' && (i + 1 == length || bytes[i + 1] != '\n')))
            return false;
        line = byte == '\n' ? 0 : line + 1;
        if (line > LINE_MAXIMUM)
            return false;
    }
    return length > 0 && memchr(bytes, ':', MIN(length, (size_t)1000)) != NULL && bytes[0] != '\n' &&
           bytes[0] != '\r';
}

static void append_original(GString *out, GBytes *original)
{
    gsize length;
    const char *bytes = g_bytes_get_data(original, &length);
    if (bytes != NULL && fits_as_message(bytes, length)) {
        g_string_append(out, "Content-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n"
                             "Content-Disposition: attachment; filename=\"original.eml\"\n\n");
        g_string_append_len(out, bytes, (gssize)length);
        if (bytes[length - 1] != '\n')
            g_string_append_c(out, '\n');
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

GBytes *compose(const struct outgoing *outgoing)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *boundary = make_boundary(outgoing), *id = text_one_line(outgoing->message_id);
    append_date(out, outgoing->date);
    append_from(out, outgoing);
    append_recipients(out, outgoing);
    append_header(out, "Subject", outgoing->subject);
    g_string_append_printf(out, "Message-ID: <%s>\nAuto-Submitted: auto-generated\n", id);
    for (size_t i = 0;
         outgoing->headers != NULL && outgoing->headers[i] != NULL && outgoing->headers[i + 1] != NULL;
         i += 2)
        append_header(out, outgoing->headers[i], outgoing->headers[i + 1]);
    g_string_append_printf(out,
                           "MIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=\"%s\"\n\n--%s\n",
                           boundary, boundary);
    g_string_append(out, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n");
    append_base64(out, outgoing->text, strlen(outgoing->text));
    if (outgoing->original != NULL) {
        g_string_append_printf(out, "\n--%s\n", boundary);
        append_original(out, outgoing->original);
    }
    g_string_append_printf(out, "\n--%s--\n", boundary);
    return g_bytes_new(out->str, out->len);
}
