/* Looking things up in the text of a rule file. The statement that a place is about is read token by token,
 * as Lua would: comments and long brackets are known, texts are compared by what they mean, not by how they
 * are quoted. What a rule takes from variables does not stand in its statement; then the statement's own
 * place is the answer. Never fails: broken text ends the search. */
#include "rules/source.h"

#include <glib.h>
#include <string.h>

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_TEXT, TOKEN_OTHER };

struct scan {
    const char *at, *end;
    struct source_place place; /* of `at` */
    enum token_kind kind;
    const char *start; /* of the token */
    size_t length;
    struct source_place token; /* its place */
    GString *text;             /* TOKEN_TEXT: what it means */
};

static void move(struct scan *scan, size_t bytes)
{
    for (; bytes > 0 && scan->at < scan->end; bytes--, scan->at++) {
        if (*scan->at == '\n')
            scan->place = (struct source_place){scan->place.line + 1, 1};
        else
            scan->place.column += ((unsigned char)scan->at[0] & 0xC0) != 0x80;
    }
}

static char peek(const struct scan *scan, size_t ahead)
{
    return (size_t)(scan->end - scan->at) > ahead ? scan->at[ahead] : '\0';
}

/* The number of "=" of a long bracket that opens here, or -1. */
static int long_level(const struct scan *scan)
{
    int level = 0;
    while (peek(scan, (size_t)level + 1) == '=')
        level++;
    return peek(scan, 0) == '[' && peek(scan, (size_t)level + 1) == '[' ? level : -1;
}

/* Goes behind a long bracket; what it means is put into the text. */
static void read_long(struct scan *scan, int level)
{
    g_autofree char *equals = g_strnfill((gsize)level, '='), *close = g_strdup_printf("]%s]", equals);
    move(scan, (size_t)level + 2);
    if (peek(scan, 0) == '\n')
        move(scan, 1);
    const char *last = g_strstr_len(scan->at, scan->end - scan->at, close);
    size_t length = (size_t)((last != NULL ? last : scan->end) - scan->at);
    g_string_truncate(scan->text, 0);
    g_string_append_len(scan->text, scan->at, (gssize)length);
    move(scan, length + strlen(close));
}

/* Behind the backslash of a text in quotes. */
static void read_escape(struct scan *scan)
{
    static const char letters[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
    char letter = peek(scan, 0);
    const char *known = letter != '\0' ? strchr(letters, letter) : NULL;
    guint code = 0;
    if (known != NULL) {
        g_string_append_c(scan->text, values[known - letters]);
        move(scan, 1);
    } else if (letter == 'z') {
        for (move(scan, 1); g_ascii_isspace(peek(scan, 0));)
            move(scan, 1);
    } else if (letter == 'x') {
        move(scan, 1);
        for (int i = 0; i < 2 && g_ascii_isxdigit(peek(scan, 0)); i++, move(scan, 1))
            code = code * 16 + (guint)g_ascii_xdigit_value(peek(scan, 0));
        g_string_append_c(scan->text, (char)code);
    } else if (letter == 'u' && peek(scan, 1) == '{') {
        for (move(scan, 2); g_ascii_isxdigit(peek(scan, 0)) && code < 0x110000; move(scan, 1))
            code = code * 16 + (guint)g_ascii_xdigit_value(peek(scan, 0));
        g_string_append_unichar(scan->text, code);
        move(scan, 1);
    } else if (g_ascii_isdigit(letter)) {
        for (int i = 0; i < 3 && g_ascii_isdigit(peek(scan, 0)); i++, move(scan, 1))
            code = code * 10 + (guint)(peek(scan, 0) - '0');
        g_string_append_c(scan->text, (char)code);
    } else {
        g_string_append_c(scan->text, letter);
        move(scan, 1);
    }
}

static void read_quoted(struct scan *scan)
{
    char quote = peek(scan, 0);
    g_string_truncate(scan->text, 0);
    move(scan, 1);
    while (scan->at < scan->end && *scan->at != quote && *scan->at != '\n') {
        if (*scan->at == '\\') {
            move(scan, 1);
            read_escape(scan);
        } else {
            g_string_append_c(scan->text, *scan->at);
            move(scan, 1);
        }
    }
    move(scan, 1);
}

static void pass_blanks(struct scan *scan)
{
    while (scan->at < scan->end) {
        if (g_ascii_isspace(*scan->at)) {
            move(scan, 1);
        } else if (peek(scan, 0) == '-' && peek(scan, 1) == '-') {
            move(scan, 2);
            int level = long_level(scan);
            if (level >= 0)
                read_long(scan, level);
            else
                while (scan->at < scan->end && *scan->at != '\n')
                    move(scan, 1);
        } else {
            return;
        }
    }
}

static enum token_kind next_token(struct scan *scan)
{
    pass_blanks(scan);
    scan->start = scan->at;
    scan->token = scan->place;
    char first = peek(scan, 0);
    int level = long_level(scan);
    if (scan->at >= scan->end) {
        scan->kind = TOKEN_END;
    } else if (level >= 0) {
        scan->kind = TOKEN_TEXT;
        read_long(scan, level);
    } else if (first == '"' || first == '\'') {
        scan->kind = TOKEN_TEXT;
        read_quoted(scan);
    } else if (g_ascii_isalpha(first) || first == '_') {
        scan->kind = TOKEN_NAME;
        while (g_ascii_isalnum(peek(scan, 0)) || peek(scan, 0) == '_')
            move(scan, 1);
    } else {
        scan->kind = TOKEN_OTHER;
        move(scan, 1);
    }
    scan->length = (size_t)(scan->at - scan->start);
    return scan->kind;
}

static bool is_name(const struct scan *scan, const char *name)
{
    return scan->kind == TOKEN_NAME && strlen(name) == scan->length &&
           strncmp(scan->start, name, scan->length) == 0;
}

static bool is_other(const struct scan *scan, char character)
{
    return scan->kind == TOKEN_OTHER && *scan->start == character;
}

size_t source_mark(const char *bytes, size_t size)
{
    return size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

const char *source_line(const char *bytes, size_t size, int line)
{
    const char *at = bytes + source_mark(bytes, size), *end = bytes + size;
    for (; line > 1 && at != NULL; line--) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at != NULL ? at + 1 : NULL;
    }
    return at != NULL && at <= end ? at : NULL;
}

int source_column(const char *bytes, size_t offset)
{
    int column = 1;
    for (size_t first = source_mark(bytes, offset); offset > first && bytes[offset - 1] != '\n'; offset--)
        column += ((unsigned char)bytes[offset - 1] & 0xC0) != 0x80;
    return column;
}

/* Whether the statement of word and name begins with the token in hand; looks ahead on a copy. */
static bool begins(const struct scan *scan, const struct source_want *want)
{
    if (scan->kind != TOKEN_NAME || (want->word != NULL && !is_name(scan, want->word)))
        return false;
    if (want->name == NULL)
        return true;
    struct scan ahead = *scan;
    g_autoptr(GString) text = g_string_new(NULL);
    ahead.text = text;
    next_token(&ahead);
    if (is_other(&ahead, '('))
        next_token(&ahead);
    return ahead.kind == TOKEN_TEXT && strcmp(text->str, want->name) == 0;
}

/* Goes to where the statement begins: on its line by word and name, else by word, else its first token. */
static void enter(struct scan *scan, const struct source_want *want)
{
    const struct scan first = *scan;
    const struct source_want by_word = {.line = want->line, .word = want->word};
    for (int attempt = 0; attempt < 2; attempt++) {
        const struct source_want *wanted = attempt == 0 ? want : &by_word;
        if (wanted->word == NULL && wanted->name == NULL)
            continue;
        *scan = first;
        while (next_token(scan) != TOKEN_END && scan->token.line == want->line)
            if (begins(scan, wanted))
                return;
    }
    *scan = first;
    next_token(scan);
}

/* To the next token of the statement, or of the entry of a table; false at its end. */
static bool within(struct scan *scan, bool entry, int *depth)
{
    bool was_name = scan->kind == TOKEN_NAME;
    next_token(scan);
    if (scan->kind == TOKEN_OTHER && strchr("({[", *scan->start) != NULL)
        ++*depth;
    else if (scan->kind == TOKEN_OTHER && strchr(")}]", *scan->start) != NULL)
        return --*depth >= 0;
    else if (*depth == 0 && !entry && scan->kind == TOKEN_NAME && !was_name)
        return false; /* a name behind a whole call begins the next statement */
    else if (*depth == 0 && scan->kind == TOKEN_OTHER && strchr(entry ? ",;" : ",;=", *scan->start) != NULL)
        return false;
    return scan->kind != TOKEN_END;
}

static bool is_key(struct scan *scan, const char *key)
{
    if (!is_name(scan, key) && !(scan->kind == TOKEN_TEXT && strcmp(scan->text->str, key) == 0))
        return false;
    struct scan ahead = *scan;
    g_autoptr(GString) text = g_string_new(NULL);
    bool bracket = scan->kind == TOKEN_TEXT;
    ahead.text = text;
    next_token(&ahead);
    if (bracket && !is_other(&ahead, ']'))
        return false;
    if (bracket)
        next_token(&ahead);
    return is_other(&ahead, '=') && peek(&ahead, 0) != '=';
}

/* Looks for keys and text in the statement that begins with the token in hand. */
static bool look(struct scan *scan, const struct source_want *want, struct source_place *place)
{
    const char *const *key = want->keys;
    unsigned left = want->skipped;
    int depth = is_other(scan, '[');
    do {
        if (key != NULL && *key != NULL) {
            if (is_key(scan, *key)) {
                *place = scan->token;
                key++;
            }
        } else if (want->text == NULL) {
            return true;
        } else if (scan->kind == TOKEN_TEXT && strcmp(scan->text->str, want->text) == 0 && left-- == 0) {
            *place = scan->token;
            return true;
        }
    } while (within(scan, want->column > 0, &depth));
    return (key == NULL || *key == NULL) && want->text == NULL;
}

bool source_find(const char *bytes, size_t size, const struct source_want *want, struct source_place *place)
{
    const char *line = source_line(bytes, size, want->line);
    if (line == NULL)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct scan scan = {.at = line, .end = bytes + size, .place = {want->line, 1}, .text = text};
    if (want->column > 0) {
        while (scan.place.column < want->column && scan.place.line == want->line && scan.at < scan.end)
            move(&scan, 1);
        while (((unsigned char)peek(&scan, 0) & 0xC0) == 0x80)
            move(&scan, 1);
        next_token(&scan);
    } else {
        enter(&scan, want);
    }
    *place = scan.token.line == want->line ? scan.token : (struct source_place){want->line, 1};
    look(&scan, want, place);
    return true;
}

/* The name in hand where it is the key of an entry: name = …; NULL otherwise. The caller frees. */
static char *key_in_hand(const struct scan *scan)
{
    if (scan->kind != TOKEN_NAME)
        return NULL;
    struct scan ahead = *scan;
    g_autoptr(GString) text = g_string_new(NULL);
    ahead.text = text;
    next_token(&ahead);
    return is_other(&ahead, '=') && peek(&ahead, 0) != '=' ? g_strndup(scan->start, scan->length) : NULL;
}

/* The keys of a table that is open; of a function's body nothing is taken for a key. */
static GHashTable *keys_of_table(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void free_keys(void *keys)
{
    g_hash_table_unref(keys);
}

char *source_twice(const char *bytes, size_t size, const struct source_want *want, struct source_place *place)
{
    const char *line = source_line(bytes, size, want->line);
    if (line == NULL)
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) open = g_ptr_array_new_with_free_func(free_keys);
    struct scan scan = {.at = line, .end = bytes + size, .place = {want->line, 1}, .text = text};
    int depth = 0;
    enter(&scan, want);
    do {
        if (is_name(&scan, "function"))
            return NULL;
        if (is_other(&scan, '{') || is_other(&scan, '(') || is_other(&scan, '['))
            g_ptr_array_add(open, keys_of_table());
        else if ((is_other(&scan, '}') || is_other(&scan, ')') || is_other(&scan, ']')) && open->len > 0)
            g_ptr_array_remove_index(open, open->len - 1);
        g_autofree char *key = open->len > 0 ? key_in_hand(&scan) : NULL;
        if (key != NULL && !g_hash_table_add(open->pdata[open->len - 1], g_strdup(key))) {
            *place = scan.token;
            return g_steal_pointer(&key);
        }
    } while (within(&scan, false, &depth));
    return NULL;
}
