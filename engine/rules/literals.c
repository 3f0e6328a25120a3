/* Literal runs of patterns, for the index that leaves rules out whose text is nowhere in the mail.
 *
 * What is said here must hold for every text that the pattern matches; to say less is always right. So runs
 * end at whatever is not plainly a literal, a regular expression with an alternative or an option at its top
 * has none, and without case only letters count that have no partner outside ASCII and no case beyond it
 * (PCRE2 lets k match the Kelvin sign, and s the long s). */
#include "rules/literals.h"
#include "mail/text.h"

#include <string.h>

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

char *literals_squeeze(const char *text)
{
    char *squeezed = g_malloc(strlen(text) + 1), *end = squeezed;
    for (; *text != '\0'; text++) {
        *end = *text >= 'A' && *text <= 'Z' ? (char)(*text | 0x20) : *text;
        end += !is_blank(*text);
    }
    *end = '\0';
    return squeezed;
}

struct collecting {
    GPtrArray *runs;
    GString *run;
    size_t last; /* bytes that the last character added */
    bool nocase;
};

static void end_run(struct collecting *collecting)
{
    if (collecting->run->len >= LITERALS_LEAST)
        g_ptr_array_add(collecting->runs, g_strdup(collecting->run->str));
    g_string_truncate(collecting->run, 0);
    collecting->last = 0;
}

static bool has_one_case(gunichar character)
{
    return character < 0x80 ? strchr("kKsS", (int)character) == NULL : text_is_cjk(character);
}

static void add_character(struct collecting *collecting, gunichar character)
{
    size_t before = collecting->run->len;
    if (collecting->nocase && !has_one_case(character)) {
        end_run(collecting);
        return;
    }
    if (character >= 0x80)
        g_string_append_unichar(collecting->run, character);
    else if (!is_blank((char)character))
        g_string_append_c(collecting->run, g_ascii_tolower((char)character));
    collecting->last = collecting->run->len - before;
}

static void drop_last(struct collecting *collecting)
{
    g_string_truncate(collecting->run, collecting->run->len - collecting->last);
}

static void add_template(struct collecting *collecting, const char *written, bool one_line)
{
    g_autofree char *normal = text_normalize(written, one_line);
    const char *text = normal;
    size_t length;
    while (*text != '\0') {
        if (*text == '{' && pattern_is_placeholder(text, &length)) {
            end_run(collecting);
            text += length;
        } else {
            add_character(collecting, g_utf8_get_char(text));
            text = g_utf8_next_char(text);
        }
    }
}

/* ends: the bytes that stand for other text. */
static void add_literal(struct collecting *collecting, const char *written, const char *ends)
{
    g_autofree char *text = text_normalize(written, false);
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        if (strchr(ends, *at) != NULL)
            end_run(collecting);
        else
            add_character(collecting, g_utf8_get_char(at));
    }
}

/* Behind a named class such as [:alpha:] that begins at the bracket, at its last character; else the same. */
static const char *behind_named(const char *at)
{
    size_t length = at[1] == ':' ? strspn(at + 2, "abcdefghijklmnopqrstuvwxyz^<>") : 0;
    return length > 0 && at[2 + length] == ':' && at[3 + length] == ']' ? at + length + 3 : at;
}

/* Behind a character class that begins at the bracket; NULL when it does not end, or when an escape in it may
 * mean the bracket that seems to end it (\c], \Q]\E). */
static const char *behind_class(const char *at)
{
    at += at[1] == '^' ? 2 : 1;
    if (*at == ']')
        at++;
    for (; *at != '\0' && *at != ']'; at++) {
        if (at[0] == '\\' && (at[1] == 'c' || at[1] == 'Q'))
            return NULL;
        if (*at == '[')
            at = behind_named(at);
        else if (at[0] == '\\' && at[1] != '\0')
            at++;
    }
    return *at == ']' ? at + 1 : NULL;
}

/* Whether what follows a parenthesis may be anything but a group that ends with its own one: a verb such as
 * (*ACCEPT), which ends the match wherever it stands, (?x), behind which parentheses may stand in comments,
 * a callout, whose text may have some. */
static bool is_beyond_us(const char *at)
{
    if (at[1] != '?')
        return at[1] == '*';
    const char *behind = at + 2 + strspn(at + 2, "imsnJU^-");
    return *behind == '[' || (g_ascii_isalpha(*behind) && *behind != 'P');
}

/* Behind a group that begins at the parenthesis; NULL when it does not end, or when it changes what follows
 * (an option such as (?i)). */
static const char *behind_group(const char *at)
{
    int depth = 0;
    bool option = at[1] == '?' && (g_ascii_isalpha(at[2]) || at[2] == '^' || at[2] == '-') && at[2] != 'P';
    if (option)
        return NULL;
    while (at != NULL && *at != '\0') {
        if (at[0] == '\\' && (at[1] == 'Q' || at[1] == 'E' || at[1] == 'c'))
            return NULL;
        if (*at == '(' && is_beyond_us(at))
            return NULL;
        if (*at == '[') {
            at = behind_class(at);
            continue;
        }
        if (g_str_has_prefix(at, "(?#")) { /* it ends at the first one, and hides all else */
            if ((at = strchr(at, ')')) == NULL)
                return NULL;
            depth++;
        }
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
        if (depth == 0)
            return at + 1;
        at += at[0] == '\\' && at[1] != '\0' ? 2 : 1;
    }
    return NULL;
}

/* Behind an escape that stands for one place or a class of characters; NULL for one whose meaning is not
 * plain. */
static const char *behind_escape(const char *at)
{
    if (strchr("dDwWsSbBAzZhHvVRXGntrfea", at[1]) != NULL)
        return at + 2;
    if (at[1] != 'p' && at[1] != 'P')
        return NULL;
    const char *end = at[2] == '{' ? strchr(at, '}') : at + 2;
    return end != NULL && *end != '\0' ? end + 1 : NULL;
}

/* Behind {2}, {1,}, {,3}; the same place when the brace is a literal. */
static const char *behind_count(const char *at)
{
    size_t length = strspn(at + 1, "0123456789, \t");
    return length > 0 && at[1 + length] == '}' ? at + length + 2 : at;
}

/* One step through a regular expression; NULL when nothing can be known of it. */
static const char *step(struct collecting *collecting, const char *at)
{
    const char *behind = at[0] == '{' ? behind_count(at) : at;
    if (behind != at || *at == '*' || *at == '?') {
        drop_last(collecting);
        end_run(collecting);
        return behind != at ? behind : at + 1;
    }
    if (g_str_has_prefix(at, "(?#")) /* a count behind a comment is of what stands before it */
        drop_last(collecting);
    if (at[0] == '\\' && (g_ascii_isalnum(at[1]) || at[1] == '\0')) {
        end_run(collecting);
        return at[1] != '\0' ? behind_escape(at) : NULL;
    }
    if (strchr(".^$+", *at) != NULL || *at == '[' || *at == '(') {
        end_run(collecting);
        return *at == '[' ? behind_class(at) : *at == '(' ? behind_group(at) : at + 1;
    }
    if (*at == '|' || *at == ')')
        return NULL;
    at += *at == '\\';
    add_character(collecting, g_utf8_get_char(at));
    return g_utf8_next_char(at);
}

static void add_regex(struct collecting *collecting, const char *text)
{
    const char *at = text;
    while (at != NULL && *at != '\0')
        at = step(collecting, at);
    if (at == NULL) {
        g_ptr_array_set_size(collecting->runs, 0);
        g_string_truncate(collecting->run, 0);
    }
}

/* The expression with a group, of which nothing is known, for each {placeholder}. */
static char *without_placeholders(const char *text)
{
    GString *plain = g_string_new(NULL);
    while (*text != '\0') {
        size_t length = strcspn(text, "{");
        g_string_append_len(plain, text, (gssize)length);
        text += length;
        if (*text == '\0')
            break;
        bool placeholder = pattern_is_placeholder(text, &length);
        g_string_append(plain, placeholder ? "(.)" : "{");
        text += placeholder ? length : 1;
    }
    return g_string_free(plain, FALSE);
}

GPtrArray *literals_of(enum pattern_kind kind, const char *text, bool nocase)
{
    g_autoptr(GString) run = g_string_new(NULL);
    struct collecting collecting = {
        .runs = g_ptr_array_new_with_free_func(g_free), .run = run, .nocase = nocase};
    switch (kind) {
    case PATTERN_TEMPLATE:
    case PATTERN_CAPTURE:
        add_template(&collecting, text, kind == PATTERN_TEMPLATE);
        break;
    case PATTERN_CONTAINS:
    case PATTERN_STARTS:
    case PATTERN_ENDS:
        add_literal(&collecting, text, "");
        break;
    case PATTERN_ADDRESS: { /* compared without case, of ASCII letters alone */
        g_autofree char *squeezed = literals_squeeze(text);
        g_string_assign(run, squeezed);
        break;
    }
    case PATTERN_GLOB:
        add_literal(&collecting, text, "*?");
        break;
    case PATTERN_MATCHES:
        add_regex(&collecting, text);
        break;
    case PATTERN_CUE: {
        g_autofree char *expression = without_placeholders(text);
        add_regex(&collecting, expression);
        break;
    }
    case PATTERN_HEAD:
    case PATTERN_TAIL:
        break;
    }
    end_run(&collecting);
    return collecting.runs;
}
