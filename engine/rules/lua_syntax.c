/* Lua names what it stumbled over, not what was meant: a sentence with the likely cause is added for each
 * of its messages that rule writers get. Which of several equal tokens of a line is meant, Lua itself tells:
 * a file that is cut off behind one that it accepts breaks off at its end, not at the token. */
#include "rules/lua_syntax.h"
#include "rules/source.h"

#include <glib.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

static bool has(const char *message, const char *part)
{
    return strstr(message, part) != NULL;
}

/* The token behind the last "near", or NULL. An explanation may follow. The caller frees. */
static char *near_token(const char *message)
{
    static const char near[] = " near ";
    const char *at = g_strrstr(message, near);
    if (at == NULL)
        return NULL;
    at += sizeof near - 1;
    const char *end = at[0] == '\'' ? strstr(at + 1, "' (") : strstr(at, " (");
    size_t length = end != NULL ? (size_t)(end - at) + (at[0] == '\'') : strlen(at);
    return at[0] == '\'' && length >= 2 ? g_strndup(at + 1, length - 2) : g_strndup(at, length);
}

/* A closing bracket or "end" was wanted instead of the token. */
static char *explain_unclosed(const char *message, const char *token)
{
    const char *opened = strstr(message, "(to close '");
    char what[16] = "";
    int line = 0;
    if (opened != NULL)
        sscanf(opened, "(to close '%15[^']' at line %d)", what, &line);
    if (strcmp(token, "<eof>") == 0 && line > 0)
        return g_strdup_printf("the '%s' of line %d is never closed: write %s where it ends", what, line,
                               strcmp(what, "{") == 0   ? "}"
                               : strcmp(what, "(") == 0 ? ")"
                                                        : "end");
    if (strcmp(token, "<eof>") == 0)
        return g_strdup("the file ends too early: something that was opened is never closed");
    if (strcmp(token, "=") == 0)
        return g_strdup(
            "a name before = has letters, digits and _ only: write [\"the-name\"] = … for others, and a "
            "comma between two entries");
    return g_strdup_printf("most often a comma is missing before %s, at the end of the entry before it",
                           token);
}

static char *explain_symbol(const char *token)
{
    if (strcmp(token, "<eof>") == 0)
        return g_strdup(
            "the file ends too early: a } or ) or a quote is missing, so that something is never closed");
    if (strcmp(token, "}") == 0 || strcmp(token, ")") == 0)
        return g_strdup_printf("a value is missing before %s, or it closes nothing: one %s too many", token,
                               token);
    if (strcmp(token, ",") == 0)
        return g_strdup("a value is missing before the comma, or a comma stands twice");
    if (strcmp(token, "=") == 0)
        return g_strdup("there is one = too many, or a value is missing before it");
    return g_strdup_printf("%s cannot stand here: something before it is missing or too much", token);
}

/* NULL when nothing is known about it. */
static char *cause_of(const char *message)
{
    g_autofree char *token = near_token(message);
    const char *near = token != NULL ? token : "";
    if (g_str_has_prefix(near, "<\\"))
        return g_strdup(
            "a character that means nothing here stands outside of a text: a curly or full-width quote, "
            "comma or blank perhaps; write texts in plain \"…\"");
    if (strcmp(near, "]") == 0)
        return g_strdup(
            "a text in [[ … ]] ends at the first ]]; write [=[ … ]=] around one that has ]] in it");
    if (has(message, "unfinished string"))
        return g_strdup(
            "a closing quote is missing: a text ends in the line where it begins; for several lines "
            "write [[ … ]]");
    if (has(message, "unfinished long string"))
        return g_strdup("a text that begins with [[ never ends: write ]] behind it");
    if (has(message, "unfinished long comment"))
        return g_strdup("a comment that begins with --[[ never ends: write ]] behind it, or -- alone");
    if (has(message, "invalid escape sequence"))
        return g_strdup(
            "in \"…\" a \\ begins an escape: write a regular expression in [[ … ]], or \\\\ for one \\");
    if (has(message, "malformed number"))
        return g_strdup("write texts in quotes: \"…\"");
    if (has(message, "expected (to close '") || has(message, "'}' expected") || has(message, "')' expected"))
        return explain_unclosed(message, near);
    if (has(message, "unexpected symbol"))
        return explain_symbol(near);
    if (has(message, "syntax error near"))
        return g_strdup("a statement is written like rule \"name\" { … }, its name in quotes");
    if (has(message, "<name> expected near") || has(message, "function arguments expected near"))
        return g_strdup("where a colon stands before it, write =: subject = \"…\"");
    if (has(message, "'<eof>' expected near"))
        return g_strdup_printf("%s closes something that was never opened, or closed already", near);
    if (has(message, "'=' expected near"))
        return g_strdup("a statement is written like rule \"name\" { … }, its name in quotes");
    if (has(message, "attempt to "))
        return g_strdup("a name in this line has no value, or one of another kind: look for a misspelt word");
    if (has(message, "not enough memory"))
        return g_strdup(
            "all rules together may fill a quarter of deciders.memory: look for a table that grows "
            "without end, or raise it in awsift.lua");
    if (has(message, "budget of instructions"))
        return g_strdup("look for a loop that never ends");
    return NULL;
}

char *lua_syntax_explain(const char *message)
{
    g_autofree char *cause = cause_of(message);
    return cause != NULL ? g_strdup_printf("%s (%s)", message, cause) : g_strdup(message);
}

static void push_encoding_error(lua_State *lua, const char *bytes, size_t size, const char *wrong,
                                const char *name)
{
    bool wide = size >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0);
    int line = 1;
    for (const char *at = bytes; at < wrong; at++)
        line += *at == '\n';
    lua_pushfstring(lua, "%s:%d: the file is not in UTF-8 but in %s: save it as UTF-8", name + 1, line,
                    wide ? "UTF-16" : "another encoding, such as Shift_JIS");
}

int lua_syntax_load(lua_State *lua, const char *bytes, size_t size, const char *name, const char *mode)
{
    size_t mark = source_mark(bytes, size);
    const char *wrong = NULL;
    bool is_text = size == 0 || bytes[0] != LUA_SIGNATURE[0];
    if (is_text && !g_utf8_validate_len(bytes, size, &wrong) && *wrong != '\0') {
        push_encoding_error(lua, bytes, size, wrong, name);
        return LUA_ERRSYNTAX;
    }
    return luaL_loadbufferx(lua, bytes + mark, size - mark, name, mode);
}

/* Whether Lua stumbles over what stands before `end`, and not over the end itself. */
static bool stumbles(lua_State *lua, const char *bytes, size_t end)
{
    size_t mark = MIN(source_mark(bytes, end), end);
    bool stumbled = luaL_loadbufferx(lua, bytes + mark, end - mark, "=x", "t") != LUA_OK &&
                    !g_str_has_suffix(lua_tostring(lua, -1), "near <eof>");
    lua_pop(lua, 1);
    return stumbled;
}

/* The first of the places behind which Lua stumbles; it does behind all that follow it. By halving: a file
 * can be one long line. whole: where to cut instead of behind the place's token, or 0. */
static guint first_stumbling(lua_State *lua, const char *bytes, const GArray *places, size_t length,
                             size_t whole)
{
    guint low = 0, high = places->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        size_t cut = whole > 0 ? whole : g_array_index(places, size_t, middle) + length;
        if (stumbles(lua, bytes, cut))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

int lua_syntax_column(lua_State *lua, const char *bytes, size_t size, int line, const char *message)
{
    g_autofree char *token = near_token(message);
    const char *start = source_line(bytes, size, line);
    if (token == NULL || start == NULL || token[0] == '\0')
        return 1;
    unsigned byte;
    if (sscanf(token, "<\\%u>", &byte) == 1 && byte > 0 && byte < 256) { /* as Lua shows what is no ASCII */
        token[0] = (char)byte;
        token[1] = '\0';
    }
    size_t length = strlen(token), begin = (size_t)(start - bytes);
    const char *end = memchr(start, '\n', size - begin);
    size_t line_end = end != NULL ? (size_t)(end - bytes) : size;
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(size_t));
    for (size_t at = begin; at + length <= line_end; at++)
        if (memcmp(bytes + at, token, length) == 0)
            g_array_append_val(places, at);
    /* a quote that is never closed has to see the end of its line */
    size_t whole = has(message, "unfinished string") ? MIN(line_end + 1, size) : 0;
    guint first = first_stumbling(lua, bytes, places, length, whole);
    return first < places->len ? source_column(bytes, g_array_index(places, size_t, first)) : 1;
}
