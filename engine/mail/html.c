/* The text of HTML. gumbo builds the tree; it has no limit on depth and frees recursively, so what is nested
 * too deep is not given to it: then the tags are simply left out. */
#include "mail/text.h"

#include <gumbo.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAXIMUM = 1000 };

static bool is_void(const char *name)
{
    static const char *const names[] = {"area", "base", "br", "col", "hr", "img", "input",  "link", "meta",
                                        "p",    "li",   "td", "tr",  "th", "wbr", "option", "dt",   "dd"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        size_t length = strlen(names[i]);
        if (g_ascii_strncasecmp(name, names[i], length) == 0 && !g_ascii_isalnum(name[length]))
            return true;
    }
    return false;
}

static bool is_too_deep(const char *html)
{
    long depth = 0, all = 0;
    for (const char *at = html; (at = strchr(at, '<')) != NULL; at++) {
        if (at[1] == '/')
            depth = MAX(0, depth - 1);
        else if (g_ascii_isalpha(at[1])) {
            depth += !is_void(at + 1);
            all++;
        }
        if (depth > DEPTH_MAXIMUM || all > 200000)
            return true;
    }
    return false;
}

static char *strip_tags(const char *html)
{
    GString *text = g_string_new(NULL);
    while (*html != '\0') {
        const char *open = strchr(html, '<');
        g_string_append_len(text, html, open == NULL ? -1 : open - html);
        if (open == NULL)
            break;
        const char *close = strchr(open, '>');
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
        if (*from != ' ')
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
    if (target == NULL || !g_str_has_prefix(target->value, "http") ||
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
    if (is_too_deep(html))
        return strip_tags(html);
    struct memory memory = {.blocks = G_QUEUE_INIT};
    GumboOutput *output = parse(&memory, html);
    if (output == NULL) {
        memory_clear(&memory);
        return strip_tags(html);
    }
    GString *text = g_string_new(NULL);
    append_node(text, output->root);
    memory_clear(&memory);
    return g_string_free(text, FALSE);
}
