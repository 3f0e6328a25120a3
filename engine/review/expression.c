/* Reading a regular expression into a tree: sequences, choices, repetitions, sets of characters, and what has
 * no width. What a set holds is asked of PCRE2 itself, so that classes are read by one engine only. Fails,
 * with NULL, where something stands that is not understood. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "review/expression_inside.h"

#include <pcre2.h>
#include <string.h>

enum { DEPTH_MAXIMUM = 50 };

struct parse {
    const char *at;
    bool nocase, extended;
    int depth;
};

static struct expression *node_new(enum expression_kind kind)
{
    struct expression *node = g_new0(struct expression, 1);
    node->kind = kind;
    if (kind == EXPRESSION_SEQUENCE || kind == EXPRESSION_CHOICE || kind == EXPRESSION_REPEAT ||
        kind == EXPRESSION_LOOK)
        node->inner = g_ptr_array_new_with_free_func((GDestroyNotify)expression_free);
    return node;
}

void expression_free(struct expression *node)
{
    if (node == NULL)
        return;
    g_clear_pointer(&node->inner, g_ptr_array_unref);
    pcre2_code_free(node->set);
    g_free(node);
}

bool expression_holds(const struct expression *node, gunichar character)
{
    if (node->literal != 0)
        return node->literal == character ||
               (node->nocase && g_unichar_tolower(node->literal) == g_unichar_tolower(character));
    char text[8];
    int length = g_unichar_to_utf8(character, text);
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    int matched = pcre2_match(node->set, (PCRE2_SPTR)text, (PCRE2_SIZE)length, 0, 0, match, NULL);
    pcre2_match_data_free(match);
    return matched >= 0;
}

/* A set of the characters that this piece of an expression matches. */
static struct expression *set_new(const char *piece, size_t length, bool nocase)
{
    g_autofree char *text = g_strdup_printf("\\A(?:%.*s)\\z", (int)length, piece);
    int error;
    PCRE2_SIZE offset;
    struct expression *node = node_new(EXPRESSION_SET);
    node->set = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                              PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | (nocase ? PCRE2_CASELESS : 0), &error,
                              &offset, NULL);
    if (node->set != NULL)
        return node;
    expression_free(node);
    return NULL;
}

static struct expression *literal_new(gunichar character, bool nocase)
{
    struct expression *node = node_new(EXPRESSION_SET);
    node->literal = character;
    node->nocase = nocase;
    return node;
}

/* The length of a class [ … ], or 0. */
static size_t class_length(const char *at)
{
    const char *end = at + 1;
    end += *end == '^';
    end += *end == ']';
    for (; *end != '\0' && *end != ']'; end++) {
        if (*end == '\\' && end[1] != '\0')
            end++;
        else if (*end == '[' && end[1] == ':') {
            const char *close = strstr(end, ":]");
            end = close != NULL ? close + 1 : end;
        }
    }
    return *end == ']' ? (size_t)(end + 1 - at) : 0;
}

static struct expression *parse_choice(struct parse *parse);

/* What begins with a backslash. */
static struct expression *parse_escape(struct parse *parse)
{
    const char *at = parse->at;
    char letter = at[1];
    size_t length = 2;
    if (letter == '\0' || (letter & 0x80) != 0 || (g_ascii_isdigit(letter) && letter != '0') ||
        strchr("gkKQECXRGoNu", letter) != NULL)
        return NULL;
    parse->at += 2;
    if (strchr("bBAzZ", letter) != NULL)
        return node_new(EXPRESSION_LOOK);
    if (letter == 'p' || letter == 'P' || letter == 'x') {
        const char *close = at[2] == '{' ? strchr(at, '}') : NULL;
        if (close != NULL)
            length = (size_t)(close + 1 - at);
        else if (letter == 'x')
            length +=
                strspn(at + 2, "0123456789abcdefABCDEF") > 1 ? 2 : strspn(at + 2, "0123456789abcdefABCDEF");
        else
            length += at[2] != '\0';
        parse->at = at + length;
    }
    return g_ascii_isalnum(letter) ? set_new(at, length, parse->nocase)
                                   : literal_new((gunichar)letter, parse->nocase);
}

/* Options such as (?i) and (?i: … ; false when not understood. */
static bool parse_options(struct parse *parse)
{
    bool on = true;
    for (; *parse->at != ':' && *parse->at != ')'; parse->at++) {
        if (*parse->at == '-')
            on = false;
        else if (*parse->at == 'i')
            parse->nocase = on;
        else if (*parse->at == 'x')
            parse->extended = on;
        else if (strchr("smnJ", *parse->at) == NULL || *parse->at == '\0')
            return false;
    }
    return true;
}

/* Behind "(?": what kind of group; its name or options are passed over. false: not understood. */
static bool parse_group_head(struct parse *parse, bool *look, bool *atomic, bool *empty)
{
    const char *at = parse->at;
    if (g_str_has_prefix(at, "<=") || g_str_has_prefix(at, "<!")) {
        *look = true;
        parse->at += 2;
    } else if (*at == '=' || *at == '!') {
        *look = true;
        parse->at++;
    } else if (*at == '>') {
        *atomic = true;
        parse->at++;
    } else if (*at == '<' || *at == '\'' || g_str_has_prefix(at, "P<")) {
        const char *close = strpbrk(at + 1, ">'");
        if (close == NULL)
            return false;
        parse->at = close + 1;
    } else {
        if (!parse_options(parse))
            return false;
        *empty = *parse->at == ')';
        parse->at += *parse->at == ':';
    }
    return true;
}

static struct expression *parse_group(struct parse *parse)
{
    bool look = false, atomic = false, empty = false, nocase = parse->nocase, extended = parse->extended;
    parse->at++;
    if (*parse->at == '*' || ++parse->depth > DEPTH_MAXIMUM)
        return NULL;
    if (*parse->at == '?') {
        parse->at++;
        if (!parse_group_head(parse, &look, &atomic, &empty))
            return NULL;
    }
    struct expression *inner = empty ? node_new(EXPRESSION_SEQUENCE) : parse_choice(parse);
    if (inner == NULL || *parse->at != ')') {
        expression_free(inner);
        return NULL;
    }
    parse->at++;
    parse->depth--;
    if (!empty) {
        parse->nocase = nocase;
        parse->extended = extended;
    }
    inner->atomic = atomic;
    if (!look)
        return inner;
    struct expression *node = node_new(EXPRESSION_LOOK);
    g_ptr_array_add(node->inner, inner);
    return node;
}

static struct expression *parse_atom(struct parse *parse)
{
    size_t length;
    switch (*parse->at) {
    case '(':
        return parse_group(parse);
    case '[':
        length = class_length(parse->at);
        parse->at += length;
        return length > 0 ? set_new(parse->at - length, length, parse->nocase) : NULL;
    case '\\':
        return parse_escape(parse);
    case '.':
        parse->at++;
        return set_new(".", 1, false);
    case '^':
    case '$':
        parse->at++;
        return node_new(EXPRESSION_LOOK);
    case '*':
    case '+':
    case '?':
        return NULL;
    default: {
        gunichar character = g_utf8_get_char(parse->at);
        parse->at = g_utf8_next_char(parse->at);
        return literal_new(character, parse->nocase);
    }
    }
}

/* Reads * + ? {n,m}; false when none stands here. */
static bool parse_count(struct parse *parse, unsigned *least, unsigned *most)
{
    const char *at = parse->at;
    *least = *at == '+';
    *most = *at == '?' ? 1 : EXPRESSION_ENDLESS;
    if (*at == '*' || *at == '+' || *at == '?') {
        parse->at++;
        return true;
    }
    if (*at != '{' || !g_ascii_isdigit(at[1]))
        return false;
    char *end;
    *least = (unsigned)g_ascii_strtoull(at + 1, &end, 10);
    *most = *least;
    if (*end == ',') {
        const char *second = end + 1;
        *most = g_ascii_isdigit(*second) ? (unsigned)g_ascii_strtoull(second, &end, 10) : EXPRESSION_ENDLESS;
        if (*most == EXPRESSION_ENDLESS)
            end = (char *)second;
    }
    if (*end != '}')
        return false;
    parse->at = end + 1;
    return true;
}

/* The node with a count behind it, which + makes possessive and ? lazy. */
static struct expression *repeated(struct parse *parse, struct expression *node, unsigned least,
                                   unsigned most)
{
    struct expression *repeat = node_new(EXPRESSION_REPEAT);
    repeat->least = least;
    repeat->most = most;
    repeat->atomic = *parse->at == '+';
    g_ptr_array_add(repeat->inner, node);
    parse->at += *parse->at == '+' || *parse->at == '?';
    return repeat;
}

static struct expression *parse_piece(struct parse *parse)
{
    struct expression *node = parse_atom(parse);
    unsigned least, most;
    if (node == NULL)
        return NULL;
    while (parse_count(parse, &least, &most))
        node = repeated(parse, node, least, most);
    return node;
}

/* Blanks and comments of an extended expression. */
static void pass_extended(struct parse *parse)
{
    while (parse->extended && *parse->at != '\0' && (g_ascii_isspace(*parse->at) || *parse->at == '#'))
        parse->at += *parse->at == '#' ? strcspn(parse->at, "\n") : 1;
}

static struct expression *parse_sequence(struct parse *parse)
{
    struct expression *sequence = node_new(EXPRESSION_SEQUENCE);
    for (pass_extended(parse); *parse->at != '\0' && *parse->at != '|' && *parse->at != ')';
         pass_extended(parse)) {
        struct expression *piece = parse_piece(parse);
        if (piece == NULL) {
            expression_free(sequence);
            return NULL;
        }
        g_ptr_array_add(sequence->inner, piece);
    }
    return sequence;
}

static struct expression *parse_choice(struct parse *parse)
{
    struct expression *choice = node_new(EXPRESSION_CHOICE);
    while (true) {
        struct expression *sequence = parse_sequence(parse);
        if (sequence == NULL) {
            expression_free(choice);
            return NULL;
        }
        g_ptr_array_add(choice->inner, sequence);
        if (*parse->at != '|')
            return choice;
        parse->at++;
    }
}

struct expression *expression_parse(const char *text, bool nocase)
{
    struct parse parse = {.at = text, .nocase = nocase};
    if (text[0] == '\0' || !g_utf8_validate(text, -1, NULL))
        return NULL;
    struct expression *tree = parse_choice(&parse);
    if (tree != NULL && *parse.at == '\0')
        return tree;
    expression_free(tree);
    return NULL;
}

size_t expression_placeholder(const char *text)
{
    size_t length = 0;
    return text[0] == '{' && pattern_is_placeholder(text, &length) ? length - 2 : 0;
}

struct expression *expression_of_template(const char *text, bool nocase, GHashTable *placeholders)
{
    struct expression *sequence = node_new(EXPRESSION_SEQUENCE);
    while (*text != '\0') {
        size_t length = expression_placeholder(text);
        g_autofree char *name = length > 0 ? g_strndup(text + 1, length) : NULL;
        const char *expression = name != NULL ? g_hash_table_lookup(placeholders, name) : NULL;
        struct expression *piece = NULL;
        if (name == NULL)
            piece = literal_new(g_utf8_get_char(text), nocase);
        else if (expression != NULL)
            piece = expression_parse(expression, nocase);
        if (piece == NULL) {
            expression_free(sequence);
            return NULL;
        }
        g_ptr_array_add(sequence->inner, piece);
        text = name != NULL ? text + length + 2 : g_utf8_next_char(text);
    }
    return sequence;
}
