/* Patterns on PCRE2. Literal text is normalized as the text that it is compared with; a blank in it matches a
 * run of blanks with at most one line break, and a line break may stand between two CJK characters, so that
 * hard-wrapped text matches. Every match is bounded (steps, depth, heap); what overruns is reported as such,
 * never as "no match". */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/pattern.h"
#include "base/error.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/guard.h"
#include "mail/text.h"

#include <pcre2.h>
#include <string.h>

enum {
    MATCH_LIMIT = 200000,
    DEPTH_LIMIT = 2000,
    HEAP_LIMIT_KIB = 20000,
    SURELY_COMPILES = 4096 /* bytes of an expression that is never too large */
};

struct pattern {
    enum pattern_kind kind;
    char *text;
    char *address; /* PATTERN_ADDRESS: lower case */
    char *prefix;  /* literal beginning of a template, to refuse quickly; or NULL */
    bool nocase;
    char *regex; /* until it is compiled */
    pcre2_code *code;
    pcre2_match_data *match; /* NULL until it is first tried */
    GArray *names;           /* of struct named, as they stand in the text; or NULL */
    char required;           /* a byte that every match has; 0: none is known */
};

/* A named part of the compiled expression; the name lives as long as the code. */
struct named {
    uint32_t group;
    const char *name;
};

static const struct {
    const char *name;
    enum pattern_kind kind;
} kinds[] = {{"template", PATTERN_TEMPLATE}, {"contains", PATTERN_CONTAINS}, {"starts", PATTERN_STARTS},
             {"ends", PATTERN_ENDS},         {"matches", PATTERN_MATCHES},   {"address", PATTERN_ADDRESS},
             {"glob", PATTERN_GLOB}};

bool pattern_kind_read(const char *name, enum pattern_kind *kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (name != NULL && strcmp(name, kinds[i].name) == 0) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

const char *pattern_kind_name(enum pattern_kind kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return NULL;
}

static pcre2_match_context *match_context(void)
{
    static pcre2_match_context *context;
    if (context == NULL) {
        context = pcre2_match_context_create(NULL);
        pcre2_set_match_limit(context, guard_stands("match-limit") ? MATCH_LIMIT : UINT32_MAX);
        pcre2_set_depth_limit(context, DEPTH_LIMIT);
        pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
        pcre2_jit_stack *stack = pcre2_jit_stack_create(32 * 1024, 1024 * 1024, NULL);
        if (stack != NULL)
            pcre2_jit_stack_assign(context, NULL, stack);
    }
    return context;
}

bool pattern_jit_works(void)
{
    int error;
    PCRE2_SIZE offset;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR) "a", 1, 0, &error, &offset, NULL);
    bool works = code != NULL && pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
    pcre2_code_free(code);
    return works;
}

/* Japanese is wrapped between any two characters. */
#define WRAP "(?: ?\\n ?)?"

static void append_quoted(GString *regex, gunichar character)
{
    if (character < 0x80 && !g_ascii_isalnum((char)character))
        g_string_append_c(regex, '\\');
    g_string_append_unichar(regex, character);
}

/* A literal; with lines, blanks may be line breaks. before: the character that precedes it, 0 for none. */
static gunichar append_literal(GString *regex, const char *literal, bool lines, gunichar before)
{
    for (const char *at = literal; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (!lines) {
            append_quoted(regex, character);
        } else if (character == ' ') {
            bool between =
                before != 0 && text_is_cjk(before) && text_is_cjk(g_utf8_get_char(g_utf8_next_char(at)));
            g_string_append(regex, between ? "(?: ?\\n ?| )?" : "(?: ?\\n ?| )");
        } else {
            if (before != 0 && text_is_cjk(before) && text_is_cjk(character))
                g_string_append(regex, WRAP);
            append_quoted(regex, character);
        }
        before = character;
    }
    return before;
}

bool pattern_is_placeholder(const char *brace, size_t *length)
{
    size_t count = strspn(brace + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
    *length = count + 2;
    return count > 0 && count <= 32 && brace[count + 1] == '}' && !g_ascii_isdigit(brace[1]);
}

static void set_unknown(GError **error, const char *name, GHashTable *placeholders)
{
    g_autoptr(json_t) known = json_array();
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(placeholders), (GCompareFunc)strcmp);
    for (GList *at = names; at != NULL; at = at->next)
        json_array_append_new(known, json_string(at->data));
    const char *near = nearest_name(known, NULL, name);
    g_set_error(
        error, AWSIFT_ERROR, AWSIFT_ERROR_RULES,
        "there is no placeholder {%s}%s%s%s; one of your own is declared with placeholder \"%s\" [[…]]", name,
        near != NULL ? " (did you mean {" : "", near != NULL ? near : "", near != NULL ? "}?)" : "", name);
}

static bool append_placeholder(GString *regex, const char *name, GHashTable *placeholders, GError **error)
{
    const char *expression = g_hash_table_lookup(placeholders, name);
    if (expression == NULL) {
        set_unknown(error, name, placeholders);
        return false;
    }
    g_string_append_printf(regex, "(?<%s>%s)", name, expression);
    return true;
}

/* literal text and {placeholders}; with raw, the literals are PCRE2 themselves (decorations). */
static bool append_template(GString *regex, const char *text, bool raw, bool lines, GHashTable *placeholders,
                            GError **error)
{
    g_autoptr(GString) literal = g_string_new(NULL);
    gunichar before = 0;
    bool behind = false; /* a placeholder */
    const char *at = text;
    while (true) {
        size_t length = 0;
        bool placeholder = *at == '{' && pattern_is_placeholder(at, &length);
        if (*at != '\0' && !placeholder) {
            g_string_append_c(literal, *at++);
            continue;
        }
        if (raw) {
            g_string_append(regex, literal->str);
        } else {
            bool wraps = lines && behind && text_is_cjk(g_utf8_get_char(literal->str));
            g_string_append(regex, wraps ? WRAP : "");
            before = append_literal(regex, literal->str, lines, before);
            g_string_append(regex, lines && placeholder && text_is_cjk(before) ? WRAP : "");
        }
        g_string_truncate(literal, 0);
        if (*at == '\0')
            return true;
        g_autofree char *name = g_strndup(at + 1, length - 2);
        if (!append_placeholder(regex, name, placeholders, error))
            return false;
        before = 0;
        behind = true;
        at += length;
    }
}

/* Behind the class of characters that begins there. */
static const char *behind_class(const char *at)
{
    at += at[1] == '^' ? 2 : 1;
    at += *at == ']';
    while (*at != '\0' && *at != ']') {
        const char *named = g_str_has_prefix(at, "[:") ? strstr(at, ":]") : NULL;
        at = named != NULL ? named + 2 : at + (*at == '\\' && at[1] != '\0' ? 2 : 1);
    }
    return *at == ']' ? at + 1 : at;
}

static void append_class(GString *regex, const char *at, const char *end)
{
    for (; at < end; at++)
        if (*at == ' ')
            g_string_append(regex, " \\n");
        else
            g_string_append_c(regex, *at);
}

/* As append_literal, of an expression: what stands for itself in it may be wrapped. */
static char *wrapping(const char *expression)
{
    GString *text = g_string_new(NULL);
    gunichar before = 0;
    for (const char *at = expression, *after; *at != '\0'; at = after) {
        gunichar character = strchr("\\[", *at) == NULL ? g_utf8_get_char(at) : 0;
        after = *at == '[' ? behind_class(at) : g_utf8_next_char(*at == '\\' && at[1] != '\0' ? at + 1 : at);
        if (before != 0 && text_is_cjk(before) && text_is_cjk(character))
            g_string_append(text, WRAP);
        if (character == ' ')
            g_string_append(text, "(?: ?\n ?| )");
        else if (*at == '[')
            append_class(text, at, after);
        else
            g_string_append_len(text, at, after - at);
        before = character;
    }
    return g_string_free(text, FALSE);
}

static void append_glob(GString *regex, const char *text)
{
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        if (*text == '*')
            g_string_append(regex, ".*");
        else if (*text == '?')
            g_string_append_c(regex, '.');
        else
            append_quoted(regex, g_utf8_get_char(text));
    }
}

/* Normalizes as text_normalize, but keeps one blank at each end: in a needle they are meant. */
static char *normalize_needle(const char *text, bool one_line)
{
    g_autofree char *inner = text_normalize(text, one_line);
    bool head = g_ascii_isspace(text[0]), tail = text[0] != '\0' && g_ascii_isspace(text[strlen(text) - 1]);
    return g_strconcat(head ? " " : "", inner, tail && inner[0] != '\0' ? " " : "", NULL);
}

static bool build_regex(struct pattern *pattern, GString *regex, GHashTable *placeholders, GError **error)
{
    g_autofree char *text =
        normalize_needle(pattern->text, pattern->kind == PATTERN_TEMPLATE || pattern->kind == PATTERN_GLOB);
    switch (pattern->kind) {
    case PATTERN_TEMPLATE:
        g_string_append(regex, "\\A");
        if (!append_template(regex, text, false, false, placeholders, error))
            return false;
        g_string_append(regex, "\\z");
        return true;
    case PATTERN_CAPTURE:
        return append_template(regex, text, false, true, placeholders, error);
    case PATTERN_CONTAINS:
    case PATTERN_STARTS:
    case PATTERN_ENDS:
        if (pattern->kind == PATTERN_STARTS)
            g_string_append(regex, "\\A");
        append_literal(regex, text, true, 0);
        if (pattern->kind == PATTERN_ENDS)
            g_string_append(regex, "\\z");
        return true;
    case PATTERN_GLOB:
        g_string_append(regex, "\\A");
        append_glob(regex, text);
        g_string_append(regex, "\\z");
        return true;
    case PATTERN_HEAD:
    case PATTERN_TAIL:
        g_string_append(regex, pattern->kind == PATTERN_HEAD ? "\\A ?(?:" : " ?(?:");
        if (!append_template(regex, pattern->text, true, false, placeholders, error))
            return false;
        g_string_append(regex, pattern->kind == PATTERN_HEAD ? ") ?" : ") ?\\z");
        return true;
    case PATTERN_CUE: {
        g_autofree char *wrapped = wrapping(pattern->text);
        return append_template(regex, wrapped, true, false, placeholders, error);
    }
    default:
        g_string_append(regex, pattern->text);
        return true;
    }
}

static int compare_groups(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    return a->group < b->group ? -1 : a->group > b->group;
}

/* PCRE2 lists names by alphabet; whoever asks for the first one means the first in the text. */
static void list_names(struct pattern *pattern)
{
    uint32_t count = 0, size = 0;
    PCRE2_SPTR table = NULL;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &table);
    pattern->names = g_array_new(FALSE, FALSE, sizeof(struct named));
    for (uint32_t i = 0; i < count; i++) {
        PCRE2_SPTR entry = table + i * size;
        struct named named = {(uint32_t)entry[0] << 8 | entry[1], (const char *)entry + 2};
        g_array_append_val(pattern->names, named);
    }
    g_array_sort(pattern->names, compare_groups);
}

/* PCRE2 asks for it only where it interprets. Of a letter, the other case might do. */
static void find_required(struct pattern *pattern)
{
    uint32_t type = 0, unit = 0;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_LASTCODETYPE, &type);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_LASTCODEUNIT, &unit);
    pattern->required = type == 1 && unit < 0x80 && !g_ascii_isalpha((char)unit) ? (char)unit : '\0';
}

/* It ends a match before all of the expression matched, and what is known of literals would not hold. */
static bool has_accept(const struct pattern *pattern, GError **error)
{
    if (strstr(pattern->regex, "(*ACCEPT") == NULL)
        return false;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES,
                "the regular expression '%s' has (*ACCEPT), which is not allowed", pattern->text);
    return true;
}

static bool compile(struct pattern *pattern, GError **error)
{
    int number;
    if (has_accept(pattern, error))
        return false;
    g_autofree char *regex = g_steal_pointer(&pattern->regex);
    PCRE2_SIZE at;
    uint32_t options = PCRE2_UTF | PCRE2_DUPNAMES | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY;
    if (pattern->nocase)
        options |= PCRE2_CASELESS;
    if (pattern->kind == PATTERN_MATCHES)
        options |= PCRE2_MULTILINE;
    pattern->code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, options, &number, &at, NULL);
    if (pattern->code == NULL) {
        char why[200];
        pcre2_get_error_message(number, (PCRE2_UCHAR *)why, sizeof why);
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES,
                    "the regular expression '%s' is wrong at character %d: %s", pattern->text, (int)at + 1,
                    why);
        return false;
    }
    return true;
}

/* What only a text to be matched needs, which most patterns never see: machine code takes as long to make as
 * all the rest. False when the pattern did not compile: it is too large. */
static bool make_ready(struct pattern *pattern)
{
    if (pattern->match != NULL)
        return true;
    if (pattern->regex != NULL)
        compile(pattern, NULL);
    if (pattern->code == NULL)
        return false;
    pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    pattern->match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
    list_names(pattern);
    find_required(pattern);
    return true;
}

static void set_prefix(struct pattern *pattern)
{
    if (pattern->kind != PATTERN_TEMPLATE || pattern->nocase)
        return;
    g_autofree char *text = text_normalize(pattern->text, true);
    const char *brace = text;
    size_t length;
    while ((brace = strchr(brace, '{')) != NULL && !pattern_is_placeholder(brace, &length))
        brace++;
    pattern->prefix = brace == NULL ? g_steal_pointer(&text) : g_strndup(text, (size_t)(brace - text));
}

/* What is made of literals and placeholders that compile, compiles, unless it is too large: it is left until
 * a text that has its literals comes, since most of many thousand templates never see one. */
static bool is_of_sound_pieces(enum pattern_kind kind, const char *regex)
{
    bool made = kind == PATTERN_TEMPLATE || kind == PATTERN_CONTAINS || kind == PATTERN_STARTS ||
                kind == PATTERN_ENDS || kind == PATTERN_GLOB;
    return made && strlen(regex) < SURELY_COMPILES;
}

struct pattern *pattern_new(enum pattern_kind kind, const char *text, bool nocase, GHashTable *placeholders,
                            GError **error)
{
    struct pattern *made = g_new0(struct pattern, 1);
    made->kind = kind;
    made->text = g_strdup(text);
    made->nocase = nocase;
    if (kind == PATTERN_ADDRESS) {
        made->address = g_ascii_strdown(text, -1);
        if (strchr(text, '@') != NULL)
            return made;
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES, "'%s' is neither an address nor @domain", text);
        pattern_free(made);
        return NULL;
    }
    g_autoptr(GString) regex = g_string_new(NULL);
    bool good = build_regex(made, regex, placeholders, error);
    made->regex = g_strdup(regex->str);
    if (!good || (!is_of_sound_pieces(kind, regex->str) && !compile(made, error))) {
        pattern_free(made);
        return NULL;
    }
    set_prefix(made);
    return made;
}

void pattern_free(struct pattern *pattern)
{
    if (pattern == NULL)
        return;
    g_clear_pointer(&pattern->names, g_array_unref);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    g_free(pattern->address);
    g_free(pattern->prefix);
    g_free(pattern->regex);
    g_free(pattern->text);
    g_free(pattern);
}

const char *pattern_text(const struct pattern *pattern)
{
    return pattern->text;
}

enum pattern_kind pattern_kind(const struct pattern *pattern)
{
    return pattern->kind;
}

bool pattern_nocase(const struct pattern *pattern)
{
    return pattern->nocase;
}

static enum pattern_result try_address(const struct pattern *pattern, const char *text)
{
    const char *compared = pattern->address[0] == '@' ? strrchr(text, '@') : text;
    return compared != NULL && g_ascii_strcasecmp(compared, pattern->address) == 0 ? PATTERN_YES : PATTERN_NO;
}

static void tell_names(struct pattern *pattern, const char *text, pattern_found found, void *data)
{
    const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(pattern->match);
    for (guint i = 0; i < pattern->names->len; i++) {
        struct named named = g_array_index(pattern->names, struct named, i);
        if (ovector[2 * named.group] != PCRE2_UNSET)
            found(named.name, text + ovector[2 * named.group],
                  ovector[2 * named.group + 1] - ovector[2 * named.group], data);
    }
}

enum pattern_result pattern_try(struct pattern *pattern, const char *text, size_t length, size_t *offset,
                                size_t *start, pattern_found found, void *data)
{
    if (pattern->kind == PATTERN_ADDRESS)
        return try_address(pattern, text);
    if (pattern->prefix != NULL && strncmp(text, pattern->prefix, strlen(pattern->prefix)) != 0)
        return PATTERN_NO;
    size_t from = offset != NULL ? *offset : 0;
    if (from > length)
        return PATTERN_NO;
    if (!make_ready(pattern))
        return PATTERN_OVERRAN;
    if (pattern->required != '\0' && memchr(text + from, pattern->required, length - from) == NULL)
        return PATTERN_NO;
    int matched = pcre2_match(pattern->code, (PCRE2_SPTR)text, length, from, PCRE2_NO_UTF_CHECK,
                              pattern->match, match_context());
    if (matched == PCRE2_ERROR_NOMATCH)
        return PATTERN_NO;
    if (matched < 0)
        return PATTERN_OVERRAN;
    const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(pattern->match);
    if (offset != NULL)
        *offset = ovector[1];
    if (start != NULL)
        *start = ovector[0];
    if (found != NULL)
        tell_names(pattern, text, found, data);
    return PATTERN_YES;
}
