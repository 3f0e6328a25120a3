/* What of HTML is given to gumbo: it has no limit on depth and frees recursively, and compares each attribute
 * of a tag with all before it. Upper bounds of both, by a look at the tags. */
#include "mail/html_inside.h"

#include <string.h>

enum {
    NAME_MAXIMUM = 40,
    DEPTH_MAXIMUM = 1000,
    WORK_MAXIMUM = 5000000,
    COMPARISONS_MAXIMUM = 5000000,
    SCAN_MAXIMUM = 20000000,
};

/* Elements that end by themselves, at the next one of their kind at the latest. */
static bool is_void(const char *name)
{
    static const char *const names[] = {"area", "base", "br", "col", "hr", "img", "input",  "link", "meta",
                                        "p",    "li",   "td", "tr",  "th", "wbr", "option", "dt",   "dd"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* An upper bound of how deep the tree gets, and of the work to build it: an end tag counts only where an
 * element of that name is open, and one that was left open is opened again in every block behind it. */
static bool is_too_deep(const char *html)
{
    g_autoptr(GHashTable) open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    long depth = 0, work = 0;
    const char *last = html + strlen(html);
    for (const char *at = html; (at = memchr(at, '<', (size_t)(last - at))) != NULL; at++) {
        bool end = at[1] == '/';
        const char *word = at + 1 + end;
        size_t length = 0;
        while (length < NAME_MAXIMUM && word[length] > ' ' && word[length] != '/' && word[length] != '>')
            length++;
        if (!g_ascii_isalpha(*word))
            continue;
        g_autofree char *name = g_ascii_strdown(word, (gssize)length);
        long count = GPOINTER_TO_INT(g_hash_table_lookup(open, name));
        if (!is_void(name) && (!end || count > 0)) {
            depth += end ? -1 : 1;
            g_hash_table_insert(open, g_steal_pointer(&name), GINT_TO_POINTER((int)(count + (end ? -1 : 1))));
        }
        work += depth + 1;
        if (depth > DEPTH_MAXIMUM || work > WORK_MAXIMUM)
            return true;
    }
    return false;
}

/* The states of a tag, by the HTML standard (13.2.5.8 and on): what stands at `at` leads from one to the
 * next. */
enum tag_state { TAG_NAME, BETWEEN, ATTRIBUTE, BEHIND_ATTRIBUTE, BEFORE_VALUE, VALUE };

static enum tag_state tag_step(enum tag_state state, char character)
{
    bool blank = g_ascii_isspace(character);
    switch (state) {
    case TAG_NAME:
        return blank || character == '/' ? BETWEEN : TAG_NAME;
    case BEFORE_VALUE:
        return blank ? BEFORE_VALUE : VALUE;
    case VALUE:
        return blank ? BETWEEN : VALUE;
    default:
        break;
    }
    if (character == '/')
        return BETWEEN;
    if (blank)
        return state == ATTRIBUTE ? BEHIND_ATTRIBUTE : state;
    return character == '=' && state != BETWEEN ? BEFORE_VALUE : ATTRIBUTE;
}

/* How many attributes the tag has whose name begins here. *scanned grows by what was looked at. */
static long count_attributes(const char *at, long *scanned)
{
    enum tag_state state = TAG_NAME;
    long count = 0;
    while (*at != '\0' && *at != '>' && *scanned <= SCAN_MAXIMUM) {
        const char *from = at;
        if (state == BEFORE_VALUE && (*at == '"' || *at == '\'')) {
            at = strchr(at + 1, *at);
            if (at == NULL)
                return count; /* the rest is this value */
            state = BETWEEN;
        } else {
            enum tag_state next = tag_step(state, *at);
            count += next == ATTRIBUTE && state != ATTRIBUTE;
            state = next;
        }
        *scanned += at - from + 1;
        at++;
    }
    return count;
}

/* Whether the tag is one whose attributes all go to the first of its kind (HTML standard, 13.2.6.4.7). */
static bool is_merged(const char *name)
{
    static const char *const names[] = {"html", "body"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strncasecmp(name, names[i], 4) == 0)
            return true;
    return false;
}

/* From each '<' by itself, as what looks like a tag to us may be a comment or a script's text to gumbo. */
static bool has_tags_too_rich(const char *html)
{
    long scanned = 0, comparisons = 0, merged = 0;
    const char *last = html + strlen(html);
    for (const char *at = html; (at = memchr(at, '<', (size_t)(last - at))) != NULL; at++) {
        const char *name = at + 1 + (at[1] == '/');
        if (!g_ascii_isalpha(*name))
            continue;
        long count = count_attributes(name, &scanned);
        comparisons += count * count / 2;
        if (is_merged(name)) {
            merged += count;
            comparisons += count * merged;
        }
        if (comparisons > COMPARISONS_MAXIMUM || scanned > SCAN_MAXIMUM)
            return true;
    }
    return false;
}

bool html_is_within_bounds(const char *html)
{
    return !is_too_deep(html) && !has_tags_too_rich(html);
}
