/* Declarations of CSS, as far as they hide text (CSS Syntax 3). The last valid one of a property wins, and an
 * important one over all others; a value that is not understood counts as one that shows. Escapes, comments,
 * strings, url() and brackets are respected, since both what hides and what shows may be written with them.
 * Blocks and at-rules have no place in an attribute, and browsers disagree over them: such a style is not
 * read. Style sheets are not matched with elements: what they may say is known, so that nothing is believed
 * of an attribute that they may overrule. Linear in the text. */
#include "mail/html_inside.h"

#include <stdlib.h>
#include <string.h>

enum { STYLE_MAXIMUM = 4096, BRACKETS_MAXIMUM = 16, VALUE_MAXIMUM = 200 };

/* Properties that matter, and those that cannot lay text over something else. Sorted by name. */
static const struct known {
    const char *name;
    int property; /* -1: none of ours */
    bool simple;
} known[] = {
    {"all", ALL, false},
    {"background", GROUND, true},
    {"background-color", GROUND, true},
    {"border-collapse", -1, true},
    {"color", COLOUR, true},
    {"direction", -1, true},
    {"display", DISPLAY, true},
    {"font", FONT_SIZE, true},
    {"font-family", -1, true},
    {"font-size", FONT_SIZE, true},
    {"font-style", -1, true},
    {"font-weight", -1, true},
    {"height", HEIGHT, false},
    {"max-height", MAX_HEIGHT, false},
    {"min-height", MIN_HEIGHT, false},
    {"mso-hide", -1, true},
    {"opacity", OPACITY, true},
    {"overflow", OVERFLOW, false},
    {"overflow-x", OVERFLOW, false},
    {"overflow-y", OVERFLOW, false},
    {"padding", PADDING, true},
    {"padding-bottom", PADDING, true},
    {"padding-left", PADDING, true},
    {"padding-right", PADDING, true},
    {"padding-top", PADDING, true},
    {"position", POSITION, false},
    {"text-align", -1, true},
    {"text-decoration", -1, true},
    {"visibility", VISIBILITY, true},
    {"white-space", WHITE_SPACE, true},
};

static int compare_known(const void *name, const void *entry)
{
    return strcmp(name, ((const struct known *)entry)->name);
}

static const struct known *find_known(const char *name)
{
    return bsearch(name, known, G_N_ELEMENTS(known), sizeof known[0], compare_known);
}

static bool is_shading(const char *name)
{
    static const char *const words[] = {"shadow", "stroke", "fill",     "filter",
                                        "blend",  "clip",   "emphasis", "mask"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(name, words[i]) != NULL)
            return true;
    return false;
}

const char *style_zero(const char *value)
{
    size_t zeros = strspn(value, "0"), fraction = value[zeros] == '.' ? strspn(value + zeros + 1, "0") : 0;
    if (value[zeros] == '.')
        return fraction > 0 ? value + zeros + 1 + fraction : NULL;
    return zeros > 0 ? value + zeros : NULL;
}

bool style_is_zero_length(const char *value)
{
    static const char *const units[] = {"",   "px", "pt",  "pc", "in", "cm", "mm",
                                        "em", "ex", "rem", "ch", "vw", "vh"};
    const char *unit = style_zero(value);
    for (size_t i = 0; unit != NULL && i < G_N_ELEMENTS(units); i++)
        if (strcmp(unit, units[i]) == 0)
            return true;
    return false;
}

/* The text of one declaration, while it is read. */
struct reader {
    const char *at;
    GString *name, *value, *out; /* out is one of both */
    char open[BRACKETS_MAXIMUM]; /* the brackets that are to close */
    unsigned depth;
    bool unknown;
};

static void put(struct reader *reader, char character)
{
    GString *out = reader->out;
    if (g_ascii_isspace(character)) {
        if (out->len > 0 && out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    } else {
        g_string_append_c(out, g_ascii_tolower(character));
    }
}

/* A line end is one character, whichever it is. */
static void skip_one(struct reader *reader)
{
    reader->at += reader->at[0] == '\r' && reader->at[1] == '\n' ? 2 : 1;
}

/* Behind a backslash: up to six digits and a blank, or the character itself. What it stands for is part of a
 * word, whatever it is. */
static void read_escape(struct reader *reader)
{
    unsigned code = 0, digits = 0;
    for (; digits < 6 && g_ascii_isxdigit(*reader->at); digits++)
        code = code * 16 + (unsigned)g_ascii_xdigit_value(*reader->at++);
    if (digits > 0 && g_ascii_isspace(*reader->at))
        skip_one(reader);
    if (digits == 0 && *reader->at != '\0')
        code = (unsigned char)*reader->at++;
    put(reader, code < 0x80 && (g_ascii_isalnum((char)code) || code == '-') ? (char)code : '_');
}

static void skip_string(struct reader *reader, char quote)
{
    put(reader, '"');
    while (*reader->at != '\0' && strchr("\n\r\f", *reader->at) == NULL) {
        char character = *reader->at++;
        if (character == quote)
            return;
        if (character == '\\' && *reader->at != '\0')
            skip_one(reader);
    }
}

/* The address of a url() that is not in quotes: whatever stands before the bracket. */
static void skip_address(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t\r\n\f");
    if (*reader->at == '"' || *reader->at == '\'') {
        reader->open[reader->depth++] = ')';
        return;
    }
    while (*reader->at != '\0' && *reader->at++ != ')')
        if (reader->at[-1] == '\\' && *reader->at != '\0')
            reader->at++;
}

static bool is_of_name(char character)
{
    return g_ascii_isalnum(character) || character == '-' || character == '_' ||
           (unsigned char)character > 0x7f;
}

/* Whether what was read ends in the word url, and in no longer one. */
static bool ends_in_url(const GString *out)
{
    size_t before = out->len - 3;
    return g_str_has_suffix(out->str, "url") &&
           (before == 0 || (!is_of_name(out->str[before - 1]) && out->str[before - 1] != '#'));
}

static void open_bracket(struct reader *reader, char character)
{
    bool address = character == '(' && ends_in_url(reader->out);
    put(reader, character);
    if (reader->depth == BRACKETS_MAXIMUM)
        reader->unknown = true;
    else if (address)
        skip_address(reader);
    else
        reader->open[reader->depth++] = character == '(' ? ')' : ']';
}

/* It parts words, as a blank does. */
static void skip_comment(struct reader *reader)
{
    put(reader, ' ');
    const char *end = strstr(reader->at, "*/");
    reader->at = end != NULL ? end + 2 : reader->at + strlen(reader->at);
}

/* Reads up to a semicolon or the end. */
static void read_declaration(struct reader *reader)
{
    g_string_truncate(reader->name, 0);
    g_string_truncate(reader->value, 0);
    reader->out = reader->name;
    while (*reader->at != '\0' && !reader->unknown) {
        char character = *reader->at++;
        if (character == ';' && reader->depth == 0)
            return;
        if (character == '/' && *reader->at == '*')
            skip_comment(reader);
        else if (character == '\\')
            read_escape(reader);
        else if (character == '"' || character == '\'')
            skip_string(reader, character);
        else if (strchr("{}@", character) != NULL)
            reader->unknown = true;
        else if (character == '(' || character == '[')
            open_bracket(reader, character);
        else if (reader->depth > 0 && character == reader->open[reader->depth - 1])
            reader->depth--;
        else if (character == ':' && reader->depth == 0 && reader->out == reader->name)
            reader->out = reader->value;
        else
            put(reader, character);
    }
}

/* Cuts "!important" off. */
static bool take_important(char *value)
{
    char *mark = strrchr(value, '!');
    if (mark == NULL || strcmp(g_strchug(mark + 1), "important") != 0)
        return false;
    *mark = '\0';
    g_strchomp(value);
    return true;
}

/* "font: 0/0 a" makes text vanish; what is less simple may be no valid value. */
static const char *font_size(const char *value)
{
    static const char *const vague[] = {"inherit", "initial", "unset", "default", "revert"};
    g_auto(GStrv) words = g_strsplit(value, " ", 4);
    if (g_strv_length(words) != 2 || !g_ascii_isalpha(words[1][0]))
        return "font";
    for (size_t i = 0; i < G_N_ELEMENTS(vague); i++)
        if (strcmp(words[1], vague[i]) == 0)
            return "font";
    char *height = strchr(words[0], '/');
    if (height != NULL)
        *height++ = '\0';
    return style_is_zero_length(words[0]) && (height == NULL || style_is_zero_length(height)) ? "0" : "font";
}

static void set(struct style *style, enum property property, const char *value, bool important)
{
    if (style->important[property] && !important)
        return;
    g_free(style->values[property]);
    style->values[property] = g_strdup(value);
    style->important[property] = important;
}

/* Margins push other text away, unless they are negative; a height of lines may let them run together. */
static bool is_simple(const char *name, const char *value, const struct known *entry)
{
    if (g_str_has_prefix(name, "margin"))
        return strpbrk(value, "-(") == NULL;
    return entry != NULL && entry->simple && (strcmp(name, "font") != 0 || strchr(value, '/') == NULL);
}

static void take_declaration(struct style *style, const char *name, char *value)
{
    const struct known *entry = find_known(name);
    bool important = take_important(value);
    if (value[0] == '\0')
        return;
    style->shaded |= is_shading(name);
    style->simple &= is_simple(name, value, entry);
    if (entry == NULL || entry->property < 0)
        return;
    if (entry->property == ALL)
        for (int property = 0; property < PROPERTIES; property++)
            set(style, (enum property)property, value, important);
    else if (entry->property != PADDING || !style_is_zero_length(value))
        set(style, (enum property)entry->property, strcmp(name, "font") == 0 ? font_size(value) : value,
            important);
}

void style_read(struct style *style, const char *text)
{
    *style = (struct style){.simple = true};
    if (text == NULL)
        return;
    if (strlen(text) > STYLE_MAXIMUM) {
        style->unknown = true;
        return;
    }
    g_autoptr(GString) name = g_string_new(NULL), value = g_string_new(NULL);
    struct reader reader = {.at = text, .name = name, .value = value};
    while (*reader.at != '\0' && !reader.unknown) {
        read_declaration(&reader);
        take_declaration(style, g_strchomp(name->str), g_strstrip(value->str));
    }
    style->unknown = reader.unknown;
}

void style_clear(struct style *style)
{
    for (int property = 0; property < PROPERTIES; property++)
        g_free(style->values[property]);
}

/* In lower case, comments replaced by blanks. */
static char *plain_css(const char *css)
{
    const char *last = css + strlen(css), *end;
    GString *plain = g_string_sized_new((gsize)(last - css));
    for (; css != NULL && css < last; css = end != NULL ? end + 2 : NULL) {
        const char *comment = memmem(css, (size_t)(last - css), "/*", 2),
                   *within = comment != NULL ? comment + 2 : last;
        end = memmem(within, (size_t)(last - within), "*/", 2);
        g_string_append_len(plain, css, comment != NULL ? comment - css : last - css);
        g_string_append_c(plain, ' ');
    }
    g_string_ascii_down(plain);
    return g_string_free(plain, FALSE);
}

/* Whether it can only hide. */
static bool is_hiding(enum property property, const char *value)
{
    const char *word = property == DISPLAY ? "none" : property == VISIBILITY ? "hidden" : "\n";
    size_t length = strlen(word);
    return strncmp(value, word, length) == 0 && !is_of_name(value[length]);
}

/* What a sheet declares under that name, at whichever place. */
static void note_declaration(struct sheet *sheet, const char *name, const char *text)
{
    const struct known *entry = find_known(name);
    g_autofree char *value = g_strchug(g_strndup(text, VALUE_MAXIMUM));
    size_t length = strcspn(value, ";}");
    bool important = value[length] == '\0' || memchr(value, '!', length) != NULL;
    value[length] = '\0';
    g_strchomp(value);
    sheet->shaded |= is_shading(name);
    sheet->simple &= is_simple(name, value, entry) &&
                     (entry == NULL || (entry->property != GROUND && entry->property != COLOUR));
    if (entry == NULL || entry->property < 0 || is_hiding((enum property)entry->property, value) ||
        (entry->property == PADDING && style_is_zero_length(value)))
        return;
    unsigned bit = entry->property == ALL ? ~0u : 1u << entry->property;
    sheet->mentioned |= bit;
    sheet->important |= important ? bit : 0;
}

/* Whatever stands before a colon may be a property. */
static void note_declarations(struct sheet *sheet, const char *css)
{
    for (const char *colon = css; (colon = strchr(colon, ':')) != NULL; colon++) {
        const char *end = colon, *start;
        while (end > css && g_ascii_isspace(end[-1]))
            end--;
        for (start = end; start > css && is_of_name(start[-1]);)
            start--;
        g_autofree char *name = g_strndup(start, MIN((size_t)(end - start), VALUE_MAXIMUM));
        note_declaration(sheet, name, colon + 1);
    }
}

void sheet_read(struct sheet *sheet, const char *css)
{
    g_autofree char *plain = plain_css(css);
    *sheet = (struct sheet){.simple = true};
    sheet->first = strstr(plain, "first-l") != NULL;
    sheet->unknown =
        strchr(plain, '\\') != NULL || strstr(plain, "@import") != NULL || strstr(plain, "keyframes") != NULL;
    note_declarations(sheet, plain);
}
