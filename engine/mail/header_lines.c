/* Where the header of a mail ends, and what its lines are. Mails come without the blank line, and with lines
 * in their header that are none of it; both readings of a mail, of the header alone and of all of it, ask
 * here, so that they agree. Linear in the bytes looked at. */
#include "mail/header_lines.h"

#include <string.h>
#include <glib.h>

size_t line_end(const char *bytes, size_t length, size_t i)
{
    const char *end = memchr(bytes + i, '\n', length - i);
    return end == NULL ? length : (size_t)(end - bytes) + 1;
}

size_t field_end(const char *bytes, size_t length, size_t i)
{
    size_t end = line_end(bytes, length, i);
    while (end < length && (bytes[end] == ' ' || bytes[end] == '\t'))
        end = line_end(bytes, length, end);
    return end;
}

bool line_is_blank(const char *bytes, size_t length, size_t i)
{
    return i < length && (bytes[i] == '\n' || (bytes[i] == '\r' && i + 1 < length && bytes[i + 1] == '\n'));
}

/* A line of blanks alone. */
static bool is_white_line(const char *bytes, size_t length, size_t i)
{
    size_t start = i;
    while (i < length && (bytes[i] == ' ' || bytes[i] == '\t'))
        i++;
    return i > start && (i == length || line_is_blank(bytes, length, i));
}

/* "Name:" as RFC 5322 has it (3.6.8); blanks before the colon are obsolete, and still seen. What begins as a
 * boundary does is none, whatever the boundary is made of. */
bool line_is_field(const char *bytes, size_t length, size_t i)
{
    size_t start = i;
    if (length - i >= 2 && memcmp(bytes + i, "--", 2) == 0)
        return false;
    while (i < length && bytes[i] > ' ' && bytes[i] < 0x7f && bytes[i] != ':')
        i++;
    bool named = i > start;
    while (i < length && (bytes[i] == ' ' || bytes[i] == '\t'))
        i++;
    return named && i < length && bytes[i] == ':';
}

static bool is_mbox_line(const char *bytes, size_t length, size_t i)
{
    return (length - i >= 5 && memcmp(bytes + i, "From ", 5) == 0) ||
           (length - i >= 6 && memcmp(bytes + i, ">From ", 6) == 0);
}

bool line_begins_header(const char *bytes, size_t length, size_t i)
{
    return i < length && (line_is_field(bytes, length, i) || is_mbox_line(bytes, length, i));
}

bool field_is_named(const char *field, size_t length, const char *name)
{
    size_t i = strlen(name);
    if (length <= i || g_ascii_strncasecmp(field, name, i) != 0)
        return false;
    while (i < length && (field[i] == ' ' || field[i] == '\t'))
        i++;
    return i < length && field[i] == ':';
}

/* Of the fields that say what a mail is: the bit of the one that begins here, or 0. */
static unsigned main_field(const char *bytes, size_t length, size_t i)
{
    static const char *const names[] = {"from", "subject", "content-type"};
    for (size_t name = 0; name < G_N_ELEMENTS(names); name++)
        if (field_is_named(bytes + i, length - i, names[name]))
            return 1u << name;
    return 0;
}

/* The first main field from i on that the header lacks so far, before a blank line or a boundary; `length`
 * where there is none. */
static size_t find_lacking(const char *bytes, size_t length, size_t i, unsigned seen)
{
    while (i < length && !line_is_blank(bytes, length, i) &&
           memcmp(bytes + i, "--", MIN(2, length - i)) != 0) {
        if ((main_field(bytes, length, i) & ~seen) != 0)
            return i;
        i = line_end(bytes, length, i);
    }
    return length;
}

static bool is_separator(const char *bytes, size_t length, size_t i)
{
    return line_is_blank(bytes, length, i) || is_white_line(bytes, length, i);
}

/* Fields end at the blank line. At a line that neither is a field nor continues one the body begins, but not
 * where the mail's From, Subject or Content-Type stand only behind it. A field may go on behind a line of
 * blanks alone (RFC 5322, 4.2): that line ends the header only where no blank line does. */
struct header_extent header_find(const char *bytes, size_t length)
{
    struct header_extent header = {0};
    if (!line_begins_header(bytes, length, 0)) {
        header.body = line_is_blank(bytes, length, 0) ? line_end(bytes, length, 0) : 0;
        return header;
    }
    size_t i = 0, white = length, lacking = 0;
    unsigned seen = 0;
    while (i < length && is_mbox_line(bytes, length, i) && !line_is_field(bytes, length, i))
        i = line_end(bytes, length, i);
    while (i < length && !line_is_blank(bytes, length, i)) {
        if (is_white_line(bytes, length, i)) {
            white = MIN(white, i);
        } else if (line_is_field(bytes, length, i)) {
            seen |= main_field(bytes, length, i);
        } else if (bytes[i] != ' ' && bytes[i] != '\t') {
            header.damaged = true;
            lacking = i < lacking ? lacking : find_lacking(bytes, length, i, seen);
            if (lacking == length)
                break;
            white = length;
        }
        i = line_end(bytes, length, i);
    }
    header.fields = i < length && line_is_blank(bytes, length, i) ? i : MIN(i, white);
    bool separated = is_separator(bytes, length, header.fields);
    header.body = separated ? line_end(bytes, length, header.fields) : header.fields;
    header.damaged |= header.body < length && !line_is_blank(bytes, length, header.fields);
    return header;
}
