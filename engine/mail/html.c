/* The text of HTML. gumbo builds the tree; it has no limit on depth and frees recursively, and compares each
 * attribute of a tag with all before it, so what is nested too deep or has tags too rich is not given to it:
 * then the tags are simply left out. */
#include "mail/text.h"

#include <gumbo.h>
#include <setjmp.h>
#include <stdlib.h>
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

/* From each '<' by itself, as what looks like a tag to us may be a comment or a script's text to gumbo. */
static bool has_tags_too_rich(const char *html)
{
    long scanned = 0, comparisons = 0;
    for (const char *at = html; (at = strchr(at, '<')) != NULL; at++) {
        const char *name = at + 1 + (at[1] == '/');
        if (!g_ascii_isalpha(*name))
            continue;
        long count = count_attributes(name, &scanned);
        comparisons += count * count / 2;
        if (comparisons > COMPARISONS_MAXIMUM || scanned > SCAN_MAXIMUM)
            return true;
    }
    return false;
}

char *text_without_tags(const char *html)
{
    GString *text = g_string_new(NULL);
    const char *last = html + strlen(html);
    while (html < last) {
        const char *open = memchr(html, '<', (size_t)(last - html));
        g_string_append_len(text, html, (open == NULL ? last : open) - html);
        const char *close = open != NULL ? memchr(open, '>', (size_t)(last - open)) : NULL;
        if (close == NULL)
            break;
        g_string_append_c(text, ' ');
        html = close + 1;
    }
    return g_string_free(text, FALSE);
}

static bool is_block(GumboTag tag)
{
    switch (tag) {
    case GUMBO_TAG_P:
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_BR:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_FOOTER:
        return true;
    default:
        return false;
    }
}

static bool is_unseen(const GumboElement *element)
{
    switch (element->tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_HEAD:
    case GUMBO_TAG_TITLE:
    case GUMBO_TAG_TEMPLATE:
        return true;
    default:
        break;
    }
    const GumboAttribute *style = gumbo_get_attribute(&element->attributes, "style");
    if (gumbo_get_attribute(&element->attributes, "hidden") != NULL)
        return true;
    g_autofree char *compact = style != NULL ? g_ascii_strdown(style->value, -1) : NULL;
    if (compact == NULL)
        return false;
    char *to = compact;
    for (const char *from = compact; *from != '\0'; from++)
        if (!g_ascii_isspace(*from))
            *to++ = *from;
    *to = '\0';
    return strstr(compact, "display:none") != NULL || strstr(compact, "visibility:hidden") != NULL;
}

static void new_line(GString *text)
{
    if (text->len > 0 && text->str[text->len - 1] != '\n')
        g_string_append_c(text, '\n');
}

static void append_text(GString *text, const char *words)
{
    for (const char *at = words; *at != '\0'; at++) {
        bool blank = g_ascii_isspace(*at);
        if (!blank)
            g_string_append_c(text, *at);
        else if (text->len > 0 && text->str[text->len - 1] != ' ' && text->str[text->len - 1] != '\n')
            g_string_append_c(text, ' ');
    }
}

static void append_node(GString *text, const GumboNode *node);

static void append_link(GString *text, const GumboElement *element, size_t from)
{
    const GumboAttribute *target = gumbo_get_attribute(&element->attributes, "href");
    if (target == NULL || g_ascii_strncasecmp(target->value, "http", 4) != 0 ||
        strstr(text->str + from, target->value) != NULL)
        return;
    g_string_append_printf(text, " <%s>", target->value);
}

static void append_element(GString *text, const GumboElement *element)
{
    if (is_unseen(element))
        return;
    bool block = is_block(element->tag), cell = element->tag == GUMBO_TAG_TD || element->tag == GUMBO_TAG_TH;
    if (block)
        new_line(text);
    size_t from = text->len;
    for (unsigned i = 0; i < element->children.length; i++)
        append_node(text, element->children.data[i]);
    if (element->tag == GUMBO_TAG_A)
        append_link(text, element, from);
    if (block)
        new_line(text);
    else if (cell)
        g_string_append_c(text, ' ');
}

/* Recursive, bounded by DEPTH_MAXIMUM through is_too_deep. */
static void append_node(GString *text, const GumboNode *node)
{
    if (node->type == GUMBO_NODE_ELEMENT)
        append_element(text, &node->v.element);
    else if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
             node->type == GUMBO_NODE_CDATA)
        append_text(text, node->v.text.text);
}

enum { MEMORY_MAXIMUM = 64 << 20 };

/* gumbo copies an element that was left open, with its attributes, into every block behind it: a few
 * kilobytes may become gigabytes. So its memory is counted, and when too much is held it is left by a jump.
 */
struct memory {
    GQueue blocks; /* of struct block */
    size_t held;
    jmp_buf full;
};

struct block {
    GList link;
    size_t size;
    max_align_t bytes[];
};

static void *memory_take(void *data, size_t size)
{
    struct memory *memory = data;
    size += sizeof(struct block);
    if (size > MEMORY_MAXIMUM - memory->held)
        longjmp(memory->full, 1);
    struct block *block = g_malloc(size);
    block->link = (GList){.data = block};
    block->size = size;
    memory->held += size;
    g_queue_push_head_link(&memory->blocks, &block->link);
    return block->bytes;
}

static void memory_give(void *data, void *bytes)
{
    struct memory *memory = data;
    if (bytes == NULL)
        return;
    struct block *block = (struct block *)((char *)bytes - offsetof(struct block, bytes));
    memory->held -= block->size;
    g_queue_unlink(&memory->blocks, &block->link);
    g_free(block);
}

static void memory_clear(struct memory *memory)
{
    GList *link;
    while ((link = g_queue_pop_head_link(&memory->blocks)) != NULL)
        g_free(link->data);
}

static GumboOutput *parse(struct memory *memory, const char *html)
{
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = memory_take;
    options.deallocator = memory_give;
    options.userdata = memory;
    return setjmp(memory->full) == 0 ? gumbo_parse_with_options(&options, html, strlen(html)) : NULL;
}

char *text_from_html(const char *html)
{
    if (is_too_deep(html) || has_tags_too_rich(html))
        return text_without_tags(html);
    struct memory memory = {.blocks = G_QUEUE_INIT};
    GumboOutput *output = parse(&memory, html);
    if (output == NULL) {
        memory_clear(&memory);
        return text_without_tags(html);
    }
    GString *text = g_string_new(NULL);
    append_node(text, output->root);
    memory_clear(&memory);
    char *said = g_string_free(text, FALSE);
    if (g_utf8_validate(said, -1, NULL))
        return said;
    char *valid = g_utf8_make_valid(said, -1); /* seen with damaged tags */
    g_free(said);
    return valid;
}
