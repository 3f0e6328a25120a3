/* The text of HTML, as a person reads it. gumbo builds the tree; what html_bounds keeps from it, and what
 * needs too much memory, is read without its tags. */
#include "mail/text.h"
#include "mail/html_inside.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum { ANCHORS_MAXIMUM = 5000 };

struct reading {
    struct page page;
    GString *text;
    GPtrArray *anchors; /* NULL: nobody asks for them */
    char *base;         /* what the targets of links are relative to; NULL: they are whole */
};

static void anchor_free(void *data)
{
    struct anchor *anchor = data;
    g_free(anchor->shown);
    g_free(anchor->target);
    g_free(anchor);
}

GPtrArray *text_anchors_new(void)
{
    return g_ptr_array_new_with_free_func(anchor_free);
}

static void add_anchor(GPtrArray *anchors, const char *shown, const char *target)
{
    if (anchors == NULL || anchors->len >= ANCHORS_MAXIMUM)
        return;
    struct anchor *anchor = g_new0(struct anchor, 1);
    anchor->shown = g_utf8_make_valid(shown, MIN((gssize)strlen(shown), TEXT_ANCHOR_SHOWN));
    anchor->target = g_utf8_make_valid(target, -1);
    g_ptr_array_add(anchors, anchor);
}

/* The addresses in a tag, whatever it is; what is shown of them nobody knows. */
static void add_addresses(GPtrArray *anchors, const char *tag, size_t length)
{
    for (const char *at = tag, *mark; (mark = g_strstr_len(at, tag + length - at, "://")) != NULL;) {
        const char *begin = mark;
        while (begin > at && g_ascii_isalpha(begin[-1]))
            begin--;
        at = mark + strcspn(mark, " \t\r\n\"'<>");
        g_autofree char *target = g_strndup(begin, (size_t)(at - begin));
        add_anchor(anchors, "", target);
    }
}

char *text_without_tags(const char *html, GPtrArray *anchors)
{
    GString *text = g_string_new(NULL);
    const char *last = html + strlen(html);
    while (html < last) {
        const char *open = memchr(html, '<', (size_t)(last - html));
        g_string_append_len(text, html, (open == NULL ? last : open) - html);
        const char *close = open != NULL ? memchr(open, '>', (size_t)(last - open)) : NULL;
        if (close == NULL)
            break;
        add_addresses(anchors, open, (size_t)(close - open));
        g_string_append_c(text, ' ');
        html = close + 1;
    }
    return g_string_free(text, FALSE);
}

static void new_line(GString *text)
{
    if (text->len > 0 && text->str[text->len - 1] != '\n')
        g_string_append_c(text, '\n');
}

static void append_text(GString *text, const char *words, bool verbatim)
{
    for (const char *at = words; *at != '\0'; at++) {
        bool blank = g_ascii_isspace(*at);
        if (!blank || (verbatim && *at != '\r'))
            g_string_append_c(text, *at);
        else if (text->len > 0 && text->str[text->len - 1] != ' ' && text->str[text->len - 1] != '\n')
            g_string_append_c(text, ' ');
    }
}

/* An attribute's address as browsers take it: without blanks around it, and without line ends and tabs. What
 * would end it in the text is encoded. */
static char *address_in(const GumboElement *element, const char *attribute)
{
    const GumboAttribute *found = gumbo_get_attribute(&element->attributes, attribute);
    const char *at = found != NULL ? found->value : "", *end = at + strlen(at);
    while (*at > '\0' && *at <= ' ')
        at++;
    while (end > at && end[-1] > '\0' && end[-1] <= ' ')
        end--;
    GString *address = g_string_new(NULL);
    for (; at < end; at++) {
        if ((*at > '\0' && *at <= ' ') || *at == '<' || *at == '>' || *at == 0x7f) {
            if (strchr("\t\r\n", *at) == NULL)
                g_string_append_printf(address, "%%%02X", (unsigned)*at);
        } else {
            g_string_append_c(address, *at);
        }
    }
    return g_string_free(address, FALSE);
}

static bool is_whole(const char *address)
{
    return g_ascii_strncasecmp(address, "http:", 5) == 0 || g_ascii_strncasecmp(address, "https:", 6) == 0;
}

/* Where it leads; NULL: nowhere. */
static char *target_in(const struct reading *reading, const GumboElement *element, const char *attribute)
{
    g_autofree char *address = address_in(element, attribute);
    if (is_whole(address))
        return g_steal_pointer(&address);
    if (g_str_has_prefix(address, "//"))
        return g_strconcat("https:", address, NULL);
    if (reading->base == NULL || address[0] == '\0' || address[0] == '#')
        return NULL;
    char *target = g_uri_resolve_relative(reading->base, address, G_URI_FLAGS_NONE, NULL);
    if (target != NULL && !is_whole(target))
        g_clear_pointer(&target, g_free);
    return target;
}

/* Unless the text from there on is the target itself. */
static void append_link(struct reading *reading, const GumboElement *element, size_t from)
{
    GString *text = reading->text;
    g_autofree char *target = target_in(reading, element, "href");
    g_autofree char *shown = g_strstrip(g_strdup(text->str + from));
    if (target == NULL)
        return;
    if (strcmp(shown, target) != 0)
        g_string_append_printf(text, " <%s>", target);
    add_anchor(reading->anchors, shown, target);
}

/* What leads elsewhere without being a link with a text: it is no part of the text. */
static void add_other_link(struct reading *reading, const GumboElement *element)
{
    static const struct {
        GumboTag tag;
        const char *attribute;
    } others[] = {{GUMBO_TAG_AREA, "href"},
                  {GUMBO_TAG_FORM, "action"},
                  {GUMBO_TAG_BUTTON, "formaction"},
                  {GUMBO_TAG_INPUT, "formaction"}};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (element->tag != others[i].tag)
            continue;
        g_autofree char *target = target_in(reading, element, others[i].attribute);
        if (target != NULL)
            add_anchor(reading->anchors, "", target);
    }
}

/* The first one counts (HTML 4.2.3); it stands in the head, which is not shown. */
static void read_base(struct reading *reading, const GumboElement *head)
{
    for (unsigned i = 0; i < head->children.length && reading->base == NULL; i++) {
        const GumboNode *child = head->children.data[i];
        if (child->type == GUMBO_NODE_ELEMENT && child->v.element.tag == GUMBO_TAG_BASE)
            reading->base = target_in(reading, &child->v.element, "href");
    }
}

static void append_node(struct reading *reading, const struct look *look, const GumboNode *node);

static void append_element(struct reading *reading, const struct look *outer, const GumboElement *element)
{
    struct look look = look_within(&reading->page, outer, element);
    GString *text = reading->text;
    if (element->tag == GUMBO_TAG_HEAD)
        read_base(reading, element);
    if (look.gone)
        return;
    add_other_link(reading, element);
    if (look.block)
        new_line(text);
    size_t from = text->len;
    for (unsigned i = 0; i < element->children.length; i++)
        append_node(reading, &look, element->children.data[i]);
    if (element->tag == GUMBO_TAG_A && (text->len > from || look_is_seen(&reading->page, &look)))
        append_link(reading, element, from);
    if (look.block)
        new_line(text);
    else if (look.cell)
        g_string_append_c(text, ' ');
}

/* Recursive, as deep as html_bounds lets a tree be. */
static void append_node(struct reading *reading, const struct look *look, const GumboNode *node)
{
    if (node->type == GUMBO_NODE_ELEMENT)
        append_element(reading, look, &node->v.element);
    else if ((node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
              node->type == GUMBO_NODE_CDATA) &&
             look_is_seen(&reading->page, look))
        append_text(reading->text, node->v.text.text, look->verbatim);
}

static char *read_tree(const GumboNode *root, GPtrArray *anchors)
{
    struct reading reading = {.text = g_string_new(NULL), .anchors = anchors};
    struct look look;
    page_read(&reading.page, root);
    look_begin(&look);
    append_node(&reading, &look, root);
    g_free(reading.base);
    return g_string_free(reading.text, FALSE);
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

char *text_from_html(const char *html, GPtrArray *anchors)
{
    if (!html_is_within_bounds(html))
        return text_without_tags(html, anchors);
    struct memory memory = {.blocks = G_QUEUE_INIT};
    GumboOutput *output = parse(&memory, html);
    if (output == NULL) {
        memory_clear(&memory);
        return text_without_tags(html, anchors);
    }
    char *said = read_tree(output->root, anchors);
    memory_clear(&memory);
    if (g_utf8_validate(said, -1, NULL))
        return said;
    char *valid = g_utf8_make_valid(said, -1); /* seen with damaged tags */
    g_free(said);
    return valid;
}
