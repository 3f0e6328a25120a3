/* Text as a person sees it: for matching, showing and sending. */
#include "mail/text.h"

#include <string.h>

enum { MARKS_MAXIMUM = 30 };

bool text_is_bidi(gunichar character)
{
    return character == 0x061c || character == 0x200e || character == 0x200f ||
           (character >= 0x202a && character <= 0x202e) || (character >= 0x2066 && character <= 0x2069);
}

bool text_is_zero_width(gunichar character)
{
    return (character >= 0x200b && character <= 0x200d) || character == 0x2060 || character == 0xfeff;
}

/* Of the Unicode property Default_Ignorable_Code_Point: no glyph, no room. */
static bool is_hidden(gunichar character)
{
    return text_is_bidi(character) || text_is_zero_width(character) || character == 0x00ad ||
           character == 0x034f || character == 0x115f || character == 0x1160 ||
           (character >= 0x180b && character <= 0x180f) || (character >= 0x2061 && character <= 0x206f) ||
           character == 0x3164 || character == 0xffa0 || (character >= 0xfe00 && character <= 0xfe0f) ||
           (character >= 0xe0000 && character <= 0xe0fff);
}

void text_find_hiding(const char *text, bool *bidi, bool *zero_width)
{
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        if ((unsigned char)*text < 0x80)
            continue;
        gunichar character = g_utf8_get_char(text);
        *bidi |= text_is_bidi(character);
        *zero_width |= text_is_zero_width(character);
    }
}

bool text_is_cjk(gunichar character)
{
    return (character >= 0x2e80 && character <= 0x9fff) || (character >= 0xac00 && character <= 0xd7af) ||
           (character >= 0xf900 && character <= 0xfaff) || (character >= 0xff00 && character <= 0xffef) ||
           (character >= 0x20000 && character <= 0x3ffff);
}

static void trim_line(GString *text)
{
    while (text->len > 0 && text->str[text->len - 1] == ' ')
        g_string_truncate(text, text->len - 1);
}

static bool is_seen(gunichar character)
{
    return g_unichar_isspace(character) || (!g_unichar_iscntrl(character) && !is_hidden(character));
}

bool text_says_something(const char *text)
{
    static const gunichar braille_blank = 0x2800;
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        gunichar character = g_utf8_get_char(text);
        if (is_seen(character) && !g_unichar_isspace(character) && character != braille_blank)
            return true;
    }
    return false;
}

/* Whether the character still fits into the row of marks that *row have come of. Marks are put in order in a
 * time that grows with the square of their number; no writing has more than 30 (UAX 15, 13). */
static bool fits_in_row(gunichar character, unsigned *row)
{
    gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    gsize count = g_unichar_fully_decompose(character, TRUE, parts, G_N_ELEMENTS(parts)), leading = 0,
          last = 0;
    count = MIN(count, G_N_ELEMENTS(parts));
    while (leading < count && g_unichar_combining_class(parts[leading]) != 0)
        leading++;
    if (*row + leading > MARKS_MAXIMUM)
        return false;
    while (last < count && g_unichar_combining_class(parts[count - 1 - last]) != 0)
        last++;
    *row = (unsigned)(leading == count ? *row + leading : last);
    return true;
}

/* What nobody sees goes first: left in until the text is composed, it would keep apart a letter and its mark.
 */
static char *without_unseen(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *seen = g_string_sized_new(strlen(valid));
    unsigned row = 0;
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (is_seen(character) && fits_in_row(character, &row))
            g_string_append_unichar(seen, character);
    }
    return g_string_free(seen, FALSE);
}

char *text_normalize(const char *text, bool one_line)
{
    g_autofree char *seen = without_unseen(text);
    g_autofree char *composed = g_utf8_normalize(seen, -1, G_NORMALIZE_ALL_COMPOSE);
    g_autoptr(GString) clean = g_string_sized_new(strlen(text));
    bool blank = true; /* at the beginning of a line */
    for (const char *at = composed != NULL ? composed : seen; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (character == '\n' && !one_line) {
            trim_line(clean);
            g_string_append_c(clean, '\n');
            blank = true;
        } else if (g_unichar_isspace(character)) {
            if (!blank)
                g_string_append_c(clean, ' ');
            blank = true;
        } else {
            g_string_append_unichar(clean, character);
            blank = false;
        }
    }
    trim_line(clean);
    return g_string_free(g_steal_pointer(&clean), FALSE);
}

char *text_one_line(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) line = g_string_new(NULL);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (character == '\n' || character == '\r' || character == '\t' || character == 0x2028 ||
            character == 0x2029)
            g_string_append_c(line, ' ');
        else if (!g_unichar_iscntrl(character) && !(character >= 0x202a && character <= 0x202e) &&
                 !(character >= 0x2066 && character <= 0x2069))
            g_string_append_unichar(line, character);
    }
    return g_string_free(g_steal_pointer(&line), FALSE);
}

char *text_clip(const char *text, size_t bytes)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    if (strlen(valid) <= bytes)
        return g_steal_pointer(&valid);
    size_t room = bytes > 3 ? bytes - 3 : 0;
    const char *end = valid;
    while (*end != '\0' && (size_t)(g_utf8_next_char(end) - valid) <= room)
        end = g_utf8_next_char(end);
    return g_strdup_printf("%.*s…", (int)(end - valid), valid);
}

/* A line is flowed into the next one when it ends in a blank and both are quoted equally deep; "-- " never
 * is. */
char *text_unflow(const char *text, bool delete_space)
{
    GString *joined = g_string_sized_new(strlen(text));
    size_t before = 0;
    bool flowing = false;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n"), depth = strspn(text, ">");
        const char *line = text + depth, *end = text + length;
        line += line < end && *line == ' ';
        bool signature = end - line == 3 && strncmp(line, "-- ", 3) == 0;
        if (flowing && depth == before && !signature) {
            if (delete_space)
                g_string_truncate(joined, joined->len - 1);
        } else {
            if (flowing)
                g_string_append_c(joined, '\n');
            g_string_append_len(joined, text, (gssize)depth);
            if (depth > 0)
                g_string_append_c(joined, ' ');
        }
        g_string_append_len(joined, line, end - line);
        flowing = end > line && end[-1] == ' ' && !signature && *end == '\n';
        if (!flowing && *end == '\n')
            g_string_append_c(joined, '\n');
        before = depth;
        text = end + (*end == '\n');
    }
    if (flowing)
        g_string_append_c(joined, '\n');
    return g_string_free(joined, FALSE);
}
