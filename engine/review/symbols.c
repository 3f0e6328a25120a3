/* Reasoning about patterns without mail. Each placeholder has a symbol of its own, long, and with a blank in
 * it when its values may have one; where a value may be empty, there is a text for that as well. Patterns are
 * compiled a second time with placeholders that also match their own symbol; of all others only {any}, {line}
 * and {word} may take one, since these take whatever stands there (how long a value is, is not compared), and
 * only as a whole: a value may be one character, or have no blank, where its symbol has many.
 * Conservative: what is not understood matches nothing. */
#include "review/symbols.h"
#include "review/expression_inside.h"
#include "rules/lua_json.h"
#include "base/json.h"
#include "mail/text.h"

#include <string.h>

enum { FIRST = 0xE000, ANYTHING = 0xF8FF, LENGTH = 20, CHOICES = 4 };

struct symbol {
    char *text;     /* what stands for a value */
    bool may_empty; /* a value may be empty */
    bool wide;      /* takes whatever stands there */
    char *examples[3];
};

struct symbols {
    const struct rule_set *set;
    GHashTable *known;          /* name -> struct symbol */
    GHashTable *placeholders;   /* name -> PCRE2 that matches the symbol, too */
    GHashTable *compiled;       /* condition -> pattern */
    GHashTable *normal;         /* condition -> text */
    GHashTable *texts, *titles; /* condition -> what symbols_of, symbols_as_titles answer */
    GPtrArray *decorations;     /* of struct decoration; NULL until asked */
};

static void symbol_free(void *data)
{
    struct symbol *symbol = data;
    for (size_t i = 0; i < G_N_ELEMENTS(symbol->examples); i++)
        g_free(symbol->examples[i]);
    g_free(symbol->text);
    g_free(symbol);
}

static void free_texts(void *data)
{
    if (data != NULL)
        g_ptr_array_unref(data);
}

static char *symbol_text(gunichar character, bool blank)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 2 * LENGTH; i++) {
        if (blank && i == LENGTH)
            g_string_append_c(text, ' ');
        g_string_append_unichar(text, character);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool is_symbol(gunichar character)
{
    return character >= FIRST && character <= ANYTHING;
}

static bool has_symbol(const char *text, size_t length)
{
    for (const char *at = text; at < text + length; at = g_utf8_next_char(at))
        if (is_symbol(g_utf8_get_char(at)))
            return true;
    return false;
}

/* Whether the expression matches all of the text. */
static bool matches_whole(const char *expression, const char *text)
{
    g_autofree char *whole = g_strdup_printf("\\A(?:%s)\\z", expression);
    g_autoptr(pattern) pattern = pattern_new(PATTERN_MATCHES, whole, false, NULL, NULL);
    return pattern != NULL && pattern_try(pattern, text, strlen(text), NULL, NULL, NULL, NULL) == PATTERN_YES;
}

/* A given example, else one that the expression yields; NULL when there is none that it matches. */
static char *example_of(const json_t *given, const char *expression, const struct expression *tree,
                        unsigned variant)
{
    const char *nice = json_string_value(json_array_get(given, variant));
    if (nice != NULL && matches_whole(expression, nice))
        return g_strdup(nice);
    for (unsigned other = 0; tree != NULL && other < 3; other++) {
        g_autofree char *example = expression_example(tree, (variant + other) % 3);
        if (example != NULL && matches_whole(expression, example))
            return g_steal_pointer(&example);
    }
    return NULL;
}

static bool is_wide(const char *name, const char *expression)
{
    static const char *const wide[] = {".*", ".*?", ".+", ".+?", "\\S+", "\\S*", "[^\\n]*", "[^\\n]+"};
    if (strcmp(name, "any") == 0 || strcmp(name, "line") == 0 || strcmp(name, "word") == 0)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(wide); i++)
        if (strcmp(expression, wide[i]) == 0)
            return true;
    return false;
}

static void add_symbol(struct symbols *symbols, const char *name, const char *expression,
                       const json_t *examples, gunichar character)
{
    g_autoptr(expression) tree = expression_parse(expression, false);
    struct symbol *symbol = g_new0(struct symbol, 1);
    symbol->text = symbol_text(character, tree == NULL || expression_takes_blank(tree));
    symbol->may_empty = matches_whole(expression, "");
    symbol->wide = is_wide(name, expression);
    for (unsigned i = 0; i < G_N_ELEMENTS(symbol->examples); i++)
        symbol->examples[i] = example_of(examples, expression, tree, i);
    g_hash_table_insert(symbols->known, g_strdup(name), symbol);
    g_hash_table_insert(symbols->placeholders, g_strdup(name),
                        g_strdup_printf("%s|%s", symbol->text, expression));
}

/* What aws/examples.lua returned. */
static json_t *shipped_examples(lua_State *lua)
{
    lua_getfield(lua, LUA_REGISTRYINDEX, "awsift.modules");
    json_t *examples = NULL;
    if (lua_getfield(lua, -1, "awsift/aws/examples.lua") == LUA_TTABLE)
        examples = lua_json_read(lua, -1);
    lua_pop(lua, 2);
    return examples;
}

struct symbols *symbols_new(const struct rule_set *set)
{
    g_autoptr(json_t) examples = shipped_examples(sandbox_state(set->sandbox));
    struct symbols *symbols = g_new0(struct symbols, 1);
    gunichar character = FIRST;
    symbols->set = set;
    symbols->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, symbol_free);
    symbols->placeholders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    symbols->compiled = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)pattern_free);
    symbols->normal = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    symbols->texts = g_hash_table_new_full(NULL, NULL, NULL, free_texts);
    symbols->titles = g_hash_table_new_full(NULL, NULL, NULL, free_texts);
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(set->placeholders), (GCompareFunc)strcmp);
    for (GList *at = names; at != NULL && character < ANYTHING; at = at->next, character++)
        add_symbol(symbols, at->data, g_hash_table_lookup(set->placeholders, at->data),
                   json_object_get(examples, at->data), character);
    return symbols;
}

void symbols_free(struct symbols *symbols)
{
    if (symbols == NULL)
        return;
    g_hash_table_unref(symbols->known);
    g_hash_table_unref(symbols->placeholders);
    g_hash_table_unref(symbols->compiled);
    g_hash_table_unref(symbols->normal);
    g_hash_table_unref(symbols->texts);
    g_hash_table_unref(symbols->titles);
    g_clear_pointer(&symbols->decorations, g_ptr_array_unref);
    g_free(symbols);
}

/* One more text for each of the values that what stands next may have. */
static GPtrArray *branch(GPtrArray *texts, const char *const *values, size_t count)
{
    GPtrArray *made = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < texts->len; i++)
        for (size_t j = 0; j < count; j++)
            g_ptr_array_add(made, g_strconcat(texts->pdata[i], values[j], NULL));
    g_ptr_array_unref(texts);
    return made;
}

static GPtrArray *texts_of_template(struct symbols *symbols, const char *text)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(texts, g_strdup(""));
    for (unsigned choices = 0; *text != '\0';) {
        size_t length = expression_placeholder(text);
        g_autofree char *name = length > 0 ? g_strndup(text + 1, length) : NULL;
        const struct symbol *symbol = name != NULL ? g_hash_table_lookup(symbols->known, name) : NULL;
        const char *next = g_utf8_next_char(text);
        g_autofree char *literal = g_strndup(text, (gsize)(next - text));
        choices += symbol != NULL && symbol->may_empty;
        if ((name != NULL && symbol == NULL) || choices > CHOICES) {
            g_ptr_array_unref(texts);
            return NULL;
        }
        const char *values[] = {symbol != NULL ? symbol->text : literal, ""};
        texts = branch(texts, values, symbol != NULL && symbol->may_empty ? 2 : 1);
        text = name != NULL ? text + length + 2 : next;
    }
    return texts;
}

static GPtrArray *texts_of_glob(const char *text)
{
    g_autofree char *any = symbol_text(ANYTHING, true), *one = g_strdup("\xEF\xA3\xBF"); /* ANYTHING */
    const char *const values[] = {"", one, any};
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(texts, g_strdup(""));
    for (unsigned stars = 0; *text != '\0'; text = g_utf8_next_char(text)) {
        g_autofree char *literal = g_strndup(text, (gsize)(g_utf8_next_char(text) - text));
        const char *const exact[] = {*text == '?' ? one : literal};
        stars += *text == '*';
        if (stars > 3) {
            g_ptr_array_unref(texts);
            return NULL;
        }
        texts = *text == '*' ? branch(texts, values, 3) : branch(texts, exact, 1);
    }
    return texts;
}

/* A needle, with anything where it says nothing. A blank beside CJK characters may be missing in the text, so
 * needles with one are left. */
static GPtrArray *texts_of_needle(const char *written, const char *needle, bool before, bool behind)
{
    g_autofree char *any = symbol_text(ANYTHING, true);
    const char *const values[] = {any, ""}, *const exact[] = {needle};
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(texts, g_strdup(""));
    bool plain = g_str_is_ascii(needle) || strchr(needle, ' ') == NULL;
    if (!plain || g_ascii_isspace(written[0]) || g_ascii_isspace(written[strlen(written) - 1])) {
        g_ptr_array_unref(texts);
        return NULL;
    }
    texts = before ? branch(texts, values, 2) : texts;
    texts = branch(texts, exact, 1);
    return behind ? branch(texts, values, 2) : texts;
}

/* A text of several lines, or of none, stands as no symbol does. */
static bool is_one_line(const char *field)
{
    return strcmp(field, "body") != 0;
}

/* Texts that no mail can have in the field are left out: a value that is empty may leave two blanks. */
static GPtrArray *only_normal(GPtrArray *texts, bool one_line)
{
    for (guint i = texts != NULL ? texts->len : 0; i-- > 0;) {
        g_autofree char *normal = text_normalize(texts->pdata[i], one_line);
        if (strcmp(normal, texts->pdata[i]) != 0)
            g_ptr_array_remove_index(texts, i);
    }
    if (texts != NULL && texts->len == 0)
        g_clear_pointer(&texts, g_ptr_array_unref);
    return texts;
}

static GPtrArray *texts_of(struct symbols *symbols, const struct condition *condition)
{
    const char *written = pattern_text(condition->pattern);
    bool one_line = is_one_line(condition->field);
    g_autofree char *text = text_normalize(written, one_line), *domain = NULL;
    g_autofree char *any = symbol_text(ANYTHING, false);
    switch (pattern_kind(condition->pattern)) {
    case PATTERN_TEMPLATE:
        return only_normal(texts_of_template(symbols, text), one_line);
    case PATTERN_GLOB:
        return only_normal(texts_of_glob(written), one_line);
    case PATTERN_CONTAINS:
        return only_normal(texts_of_needle(written, text, true, true), one_line);
    case PATTERN_STARTS:
        return only_normal(texts_of_needle(written, text, false, true), one_line);
    case PATTERN_ENDS:
        return only_normal(texts_of_needle(written, text, true, false), one_line);
    case PATTERN_ADDRESS: {
        GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(texts, g_strconcat(written[0] == '@' ? any : "", written, NULL));
        return texts;
    }
    default:
        return NULL;
    }
}

const char *symbols_normal(struct symbols *symbols, const struct condition *condition)
{
    char *known = g_hash_table_lookup(symbols->normal, condition);
    if (known == NULL) {
        known = text_normalize(pattern_text(condition->pattern), true);
        g_hash_table_insert(symbols->normal, (void *)condition, known);
    }
    return known;
}

/* What is kept for the condition, NULL too, or is made now. */
static const GPtrArray *kept(GHashTable *table, struct symbols *symbols, const struct condition *condition,
                             GPtrArray *(*make)(struct symbols *, const struct condition *))
{
    void *known = NULL;
    if (condition->pattern == NULL)
        return NULL;
    if (!g_hash_table_lookup_extended(table, condition, NULL, &known)) {
        known = make(symbols, condition);
        g_hash_table_insert(table, (void *)condition, known);
    }
    return known;
}

const GPtrArray *symbols_of(struct symbols *symbols, const struct condition *condition)
{
    return kept(symbols->texts, symbols, condition, texts_of);
}

static void read_decorations(struct symbols *symbols)
{
    symbols->decorations = g_ptr_array_new_with_free_func((GDestroyNotify)decoration_free);
    for (guint i = 0; i < symbols->set->decorations->len; i++) {
        const struct decoration *shipped = symbols->set->decorations->pdata[i];
        struct decoration *made = g_new0(struct decoration, 1);
        const char *text = pattern_text(shipped->head);
        made->head = pattern_new(PATTERN_HEAD, text, true, symbols->placeholders, NULL);
        made->tail = pattern_new(PATTERN_TAIL, text, true, symbols->placeholders, NULL);
        g_ptr_array_add(symbols->decorations, made);
    }
}

/* Takes one decoration off; as the notice does. */
static bool peel(struct symbols *symbols, GString *title)
{
    for (guint i = 0; i < symbols->decorations->len; i++) {
        const struct decoration *decoration = symbols->decorations->pdata[i];
        struct pattern *const sides[] = {decoration->head, decoration->tail};
        for (size_t side = 0; side < G_N_ELEMENTS(sides); side++) {
            size_t offset = 0, start = 0;
            if (sides[side] == NULL ||
                pattern_try(sides[side], title->str, title->len, &offset, &start, NULL, NULL) != PATTERN_YES)
                continue;
            if (offset - start == 0 || offset - start == title->len)
                break;
            g_string_erase(title, (gssize)start, (gssize)(offset - start));
            return true;
        }
    }
    return false;
}

/* Whether no value of its placeholders can be taken for a decoration, or a part of one. */
static bool is_never_decoration(const char *text)
{
    static const char *const plain[] = {"account",  "case",  "n",    "instance", "volume",
                                        "snapshot", "image", "date", "time",     "region"};
    for (; *text != '\0'; text++) {
        size_t length = expression_placeholder(text);
        bool good = length == 0;
        for (size_t i = 0; !good && i < G_N_ELEMENTS(plain); i++)
            good = strlen(plain[i]) == length && strncmp(plain[i], text + 1, length) == 0;
        if (!good)
            return false;
    }
    return true;
}

static GPtrArray *titles_of(struct symbols *symbols, const struct condition *condition)
{
    if (pattern_kind(condition->pattern) != PATTERN_TEMPLATE ||
        !is_never_decoration(pattern_text(condition->pattern)))
        return NULL;
    GPtrArray *texts = texts_of(symbols, condition);
    if (symbols->decorations == NULL)
        read_decorations(symbols);
    for (guint i = 0; texts != NULL && i < texts->len; i++) {
        g_autoptr(GString) title = g_string_new(texts->pdata[i]);
        for (int left = 32; left > 0 && peel(symbols, title); left--)
            ;
        g_free(texts->pdata[i]);
        texts->pdata[i] = g_strdup(g_strstrip(title->str));
    }
    return texts;
}

const GPtrArray *symbols_as_titles(struct symbols *symbols, const struct condition *condition)
{
    return kept(symbols->titles, symbols, condition, titles_of);
}

bool symbols_never_title(struct symbols *symbols, const struct condition *condition)
{
    if (pattern_kind(condition->pattern) != PATTERN_TEMPLATE || strcmp(condition->field, "title") != 0)
        return false;
    const GPtrArray *texts = symbols_of(symbols, condition);
    if (symbols->decorations == NULL)
        read_decorations(symbols);
    for (guint i = 0; texts != NULL && i < texts->len; i++) {
        g_autoptr(GString) title = g_string_new(texts->pdata[i]);
        if (!peel(symbols, title))
            return false;
    }
    return texts != NULL;
}

struct check {
    const struct symbols *symbols;
    const char *text;
    bool good;
};

/* The character of the symbol that stands before the place, its blank aside, or 0. */
static gunichar symbol_before(const char *text, const char *at)
{
    at -= at > text && at[-1] == ' ';
    gunichar character = at > text ? g_utf8_get_char(g_utf8_prev_char(at)) : 0;
    return is_symbol(character) ? character : 0;
}

/* Whether the place may be inside a symbol. */
static bool divides(const char *text, const char *at)
{
    gunichar before = symbol_before(text, at);
    return before != 0 && g_utf8_get_char(at + (*at == ' ')) == before;
}

/* A placeholder may take its own symbol as a whole, and a wide one whatever stands there, whole. */
static void check_part(const char *name, const char *value, size_t length, void *data)
{
    struct check *check = data;
    const struct symbol *symbol = g_hash_table_lookup(check->symbols->known, name);
    if (divides(check->text, value) || divides(check->text, value + length))
        check->good = false;
    if (!has_symbol(value, length) || (symbol != NULL && symbol->wide))
        return;
    if (symbol == NULL || strlen(symbol->text) != length || strncmp(symbol->text, value, length) != 0)
        check->good = false;
}

bool symbols_match(struct symbols *symbols, const struct condition *condition, const char *text)
{
    enum pattern_kind kind = pattern_kind(condition->pattern);
    if (kind == PATTERN_MATCHES && has_symbol(text, strlen(text)))
        return false;
    struct pattern *pattern = g_hash_table_lookup(symbols->compiled, condition);
    if (pattern == NULL) {
        pattern = pattern_new(kind, pattern_text(condition->pattern), pattern_nocase(condition->pattern),
                              symbols->placeholders, NULL);
        if (pattern == NULL)
            return false;
        g_hash_table_insert(symbols->compiled, (void *)condition, pattern);
    }
    struct check check = {symbols, text, true};
    return pattern_try(pattern, text, strlen(text), NULL, NULL, check_part, &check) == PATTERN_YES &&
           check.good;
}

char *symbols_example(struct symbols *symbols, const struct condition *condition, unsigned variant)
{
    static const char *const fillers[] = {"X", "SOMETHING", "A_B"};
    const char *filler = fillers[variant % 3];
    enum pattern_kind kind = pattern_kind(condition->pattern);
    const char *text = pattern_text(condition->pattern);
    g_autoptr(GString) made = g_string_new(kind == PATTERN_ENDS || kind == PATTERN_CONTAINS ? "x " : "");
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        size_t length = kind == PATTERN_TEMPLATE ? expression_placeholder(at) : 0;
        g_autofree char *name = g_strndup(at + 1, length);
        const struct symbol *symbol = length > 0 ? g_hash_table_lookup(symbols->known, name) : NULL;
        if (length > 0 && (symbol == NULL || symbol->examples[variant % 3] == NULL))
            return NULL;
        if (symbol != NULL)
            g_string_append(made, symbol->examples[variant % 3]);
        else if (kind == PATTERN_GLOB && (*at == '*' || *at == '?'))
            g_string_append(made, *at == '*' ? filler : "X");
        else
            g_string_append_unichar(made, g_utf8_get_char(at));
        at += length > 0 ? length + 1 : 0;
    }
    g_string_append(made, kind == PATTERN_STARTS || kind == PATTERN_CONTAINS ? " x" : "");
    if (kind == PATTERN_ADDRESS && text[0] == '@')
        g_string_prepend(made, "someone");
    g_autofree char *normal = text_normalize(made->str, is_one_line(condition->field));
    bool matches =
        pattern_try(condition->pattern, normal, strlen(normal), NULL, NULL, NULL, NULL) == PATTERN_YES;
    return matches ? g_steal_pointer(&normal) : NULL;
}
