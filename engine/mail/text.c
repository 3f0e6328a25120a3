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

/* Characters of Japanese that every form of Unicode leaves as they are, and that no mark stands in: kana,
 * ideographs, and the punctuation between them. */
static bool is_plain_japanese(gunichar character)
{
    return (character >= 0x4e00 && character <= 0x9fff) || (character >= 0x3041 && character <= 0x3096) ||
           (character >= 0x30a1 && character <= 0x30fe) || (character >= 0x3001 && character <= 0x3002) ||
           (character >= 0x3008 && character <= 0x3011);
}

/* Whether to compose the line would change nothing, as most lines are: of ASCII and such characters alone,
 * each well written in UTF-8. */
static bool is_composed(const char *text, const char *end)
{
    for (; text < end; text++) {
        const guchar *at = (const guchar *)text;
        if (at[0] < 0x80)
            continue;
        if (at[0] < 0xe3 || at[0] > 0xe9 || end - text < 3 || (at[1] & 0xc0) != 0x80 ||
            (at[2] & 0xc0) != 0x80 ||
            !is_plain_japanese((gunichar)(at[0] & 0x0f) << 12 | (gunichar)(at[1] & 0x3f) << 6 |
                               (at[2] & 0x3f)))
            return false;
        text += 2;
    }
    return true;
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

/* Of a line that has more than ASCII. What nobody sees goes first: left in until the text is composed, it
 * would keep apart a letter and its mark. The caller frees. */
static char *compose(const char *line, size_t length)
{
    g_autofree char *valid = g_utf8_make_valid(line, (gssize)length);
    g_autoptr(GString) seen = g_string_sized_new(length);
    unsigned row = 0;
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (is_seen(character) && fits_in_row(character, &row))
            g_string_append_unichar(seen, character);
    }
    return g_utf8_normalize(seen->str, (gssize)seen->len, G_NORMALIZE_ALL_COMPOSE);
}

static bool is_blank(gunichar character)
{
    if (character < 0x80)
        return character == ' ' || character == '\t' || character == '\n' || character == '\r' ||
               character == '\f';
    return g_unichar_isspace(character);
}

/* Runs of blanks become one, none at the beginning of a line; *blank: whether the text ends in one already.
 */
static void append_line(GString *clean, const char *line, const char *end, bool one_line, bool *blank)
{
    for (const char *at = line; at < end; at = g_utf8_next_char(at)) {
        gunichar character = (guchar)*at < 0x80 ? (guchar)*at : g_utf8_get_char(at);
        if (character == '\n' && !one_line) {
            trim_line(clean);
            g_string_append_c(clean, '\n');
            *blank = true;
        } else if (is_blank(character)) {
            if (!*blank)
                g_string_append_c(clean, ' ');
            *blank = true;
        } else if (character >= 0x80) {
            g_string_append_unichar(clean, character);
            *blank = false;
        } else if (!g_ascii_iscntrl((char)character)) {
            g_string_append_c(clean, (char)character);
            *blank = false;
        }
    }
}

/* Line by line, since a line end is composed with nothing. */
char *text_normalize(const char *text, bool one_line)
{
    GString *clean = g_string_sized_new(strlen(text));
    bool blank = true; /* at the beginning of a line */
    for (const char *line = text, *end; *line != '\0'; line = end) {
        size_t length = strcspn(line, "\n");
        end = line + length + (line[length] == '\n');
        if (is_composed(line, end)) {
            append_line(clean, line, end, one_line, &blank);
        } else {
            g_autofree char *composed = compose(line, (size_t)(end - line));
            append_line(clean, composed, composed + strlen(composed), one_line, &blank);
        }
    }
    trim_line(clean);
    return g_string_free(clean, FALSE);
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
