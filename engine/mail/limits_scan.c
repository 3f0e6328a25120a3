/* The scan. GMime recurses without bound over colons in address fields, takes quadratic time over parameters,
 * and has no limit on parts; none of that may reach it, so what it gets is a copy that is within bounds. */
#include "mail/limits_scan.h"
#include "base/json.h"

#include <string.h>

void defect_add(json_t *defects, const char *word)
{
    size_t index;
    json_t *entry;
    json_array_foreach(defects, index, entry)
        if (strcmp(json_string_value(entry), word) == 0)
            return;
    json_array_append_new(defects, json_string(word));
}

size_t limits_header_end(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool line_start = i == 0 || bytes[i - 1] == '\n';
        if (line_start && bytes[i] == '\n')
            return i + 1;
        if (line_start && bytes[i] == '\r' && i + 1 < length && bytes[i + 1] == '\n')
            return i + 2;
    }
    return length;
}

/* The end of the line at i: behind its LF. */
static size_t line_end(const char *bytes, size_t length, size_t i)
{
    const char *end = memchr(bytes + i, '\n', length - i);
    return end == NULL ? length : (size_t)(end - bytes) + 1;
}

/* The end of a field with its continuation lines. */
static size_t field_end(const char *bytes, size_t length, size_t i)
{
    size_t end = line_end(bytes, length, i);
    while (end < length && (bytes[end] == ' ' || bytes[end] == '\t'))
        end = line_end(bytes, length, end);
    return end;
}

static bool is_address_field(const char *field, size_t length)
{
    static const char *const names[] = {"from:",
                                        "to:",
                                        "cc:",
                                        "bcc:",
                                        "reply-to:",
                                        "sender:",
                                        "resent-from:",
                                        "resent-to:",
                                        "resent-cc:",
                                        "resent-sender:",
                                        "disposition-notification-to:"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (length > strlen(names[i]) && g_ascii_strncasecmp(field, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static size_t count_colons(const char *field, size_t length)
{
    size_t count = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (field[i] == '"' && (i == 0 || field[i - 1] != '\\'))
            quoted = !quoted;
        count += field[i] == ':' && !quoted;
    }
    return count;
}

static void append_field(GByteArray *out, const char *field, size_t length, const struct limits *limits,
                         json_t *defects)
{
    if (is_address_field(field, length) && count_colons(field, length) > limits->colons) {
        defect_add(defects, "too-many-colons");
        return;
    }
    size_t kept = MIN(length, limits->header_field);
    if (kept < length)
        defect_add(defects, "header-too-long");
    guint start = out->len;
    g_byte_array_append(out, (const guint8 *)field, (guint)kept);
    if (kept < length)
        g_byte_array_append(out, (const guint8 *)"\n", 1);
    for (guint i = start; i < out->len; i++)
        if (out->data[i] == '\0') {
            out->data[i] = '?';
            defect_add(defects, "nul-in-header");
        }
}

/* Fields from i on, up to the blank line or `end`; returns where it stopped. */
static size_t append_fields(GByteArray *out, const char *bytes, size_t i, size_t end, size_t count,
                            const struct limits *limits, json_t *defects)
{
    size_t start = out->len;
    while (i < end && bytes[i] != '\n' && !(bytes[i] == '\r' && i + 1 < end && bytes[i + 1] == '\n')) {
        size_t next = field_end(bytes, end, i);
        if (count == 0) {
            defect_add(defects, "too-many-headers");
        } else if (out->len - start > limits->header_block) {
            defect_add(defects, "header-block-too-long");
        } else {
            append_field(out, bytes + i, next - i, limits, defects);
            count--;
        }
        i = next;
    }
    return i;
}

GByteArray *limits_header(const char *bytes, size_t length, const struct limits *limits, json_t *defects)
{
    GByteArray *out = g_byte_array_new();
    size_t start = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (start > 0)
        defect_add(defects, "byte-order-mark");
    size_t end = limits_header_end(bytes, length);
    if (memchr(bytes, '\n', length) == NULL && memchr(bytes, '\r', length) != NULL)
        defect_add(defects, "cr-only");
    append_fields(out, bytes, start, end, limits->headers, limits, defects);
    g_byte_array_append(out, (const guint8 *)"\n", 1);
    return out;
}

GByteArray *limits_message(const char *bytes, size_t length, const struct limits *limits, json_t *defects)
{
    GByteArray *out = limits_header(bytes, length, limits, defects);
    size_t boundaries = 0, i = limits_header_end(bytes, length);
    while (i < length) {
        size_t end = line_end(bytes, length, i);
        bool boundary = end - i > 2 && bytes[i] == '-' && bytes[i + 1] == '-' && bytes[i + 2] != ' ';
        if (boundary && ++boundaries > limits->parts * 4) {
            defect_add(defects, "too-many-parts");
            break;
        }
        g_byte_array_append(out, (const guint8 *)bytes + i, (guint)(end - i));
        i = boundary ? append_fields(out, bytes, end, length, 64, limits, defects) : end;
    }
    return out;
}
