/* What of HTML a person sees. Only what hides text in every program that follows the standards is believed: a
 * mail must not be able to hide from rules what a person reads. So a box is clipped only where nothing can
 * stick out, and text has the colour of its ground only where nothing else can be its ground. */
#include "mail/html_inside.h"

#include <stdio.h>
#include <string.h>

enum { STYLES_MAXIMUM = 4 << 20 }; /* bytes of all style attributes, copies of gumbo included */

static const char *attribute(const GumboElement *element, const char *name)
{
    const GumboAttribute *found = gumbo_get_attribute(&element->attributes, name);
    return found != NULL ? found->value : NULL;
}

static bool is_one_of(GumboTag tag, const GumboTag *tags, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tags[i] == tag)
            return true;
    return false;
}

/* Boxes of their own lines, that have a height. */
static bool is_block_box(GumboTag tag)
{
    static const GumboTag tags[] = {
        GUMBO_TAG_P,          GUMBO_TAG_DIV,     GUMBO_TAG_UL,      GUMBO_TAG_OL,         GUMBO_TAG_LI,
        GUMBO_TAG_H1,         GUMBO_TAG_H2,      GUMBO_TAG_H3,      GUMBO_TAG_H4,         GUMBO_TAG_H5,
        GUMBO_TAG_H6,         GUMBO_TAG_PRE,     GUMBO_TAG_DL,      GUMBO_TAG_DT,         GUMBO_TAG_DD,
        GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_ARTICLE, GUMBO_TAG_ADDRESS, GUMBO_TAG_CENTER,     GUMBO_TAG_MAIN,
        GUMBO_TAG_NAV,        GUMBO_TAG_FORM,    GUMBO_TAG_FIGURE,  GUMBO_TAG_FIGCAPTION, GUMBO_TAG_SECTION,
        GUMBO_TAG_HEADER,     GUMBO_TAG_FOOTER,  GUMBO_TAG_ASIDE,   GUMBO_TAG_HGROUP,     GUMBO_TAG_DIR,
        GUMBO_TAG_MENU};
    return is_one_of(tag, tags, G_N_ELEMENTS(tags));
}

static bool is_block(GumboTag tag)
{
    static const GumboTag tags[] = {
        GUMBO_TAG_BR,      GUMBO_TAG_HR,       GUMBO_TAG_TABLE,   GUMBO_TAG_TR,      GUMBO_TAG_CAPTION,
        GUMBO_TAG_DETAILS, GUMBO_TAG_FIELDSET, GUMBO_TAG_LEGEND,  GUMBO_TAG_SUMMARY, GUMBO_TAG_OPTION,
        GUMBO_TAG_LISTING, GUMBO_TAG_XMP,      GUMBO_TAG_OPTGROUP};
    return is_block_box(tag) || is_one_of(tag, tags, G_N_ELEMENTS(tags));
}

static bool is_verbatim(GumboTag tag)
{
    static const GumboTag tags[] = {GUMBO_TAG_PRE, GUMBO_TAG_LISTING, GUMBO_TAG_XMP, GUMBO_TAG_PLAINTEXT,
                                    GUMBO_TAG_TEXTAREA};
    return is_one_of(tag, tags, G_N_ELEMENTS(tags));
}

static bool is_never_seen(GumboTag tag)
{
    static const GumboTag tags[] = {GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE, GUMBO_TAG_HEAD, GUMBO_TAG_TITLE,
                                    GUMBO_TAG_TEMPLATE};
    return is_one_of(tag, tags, G_N_ELEMENTS(tags));
}

/* Elements with a size and colours of their own. */
static bool is_control(GumboTag tag)
{
    static const GumboTag tags[] = {GUMBO_TAG_BUTTON, GUMBO_TAG_INPUT, GUMBO_TAG_SELECT, GUMBO_TAG_TEXTAREA};
    return is_one_of(tag, tags, G_N_ELEMENTS(tags));
}

/* Elements of SVG and MathML, and those that gumbo does not know: with a look that no style names. The dialog
 * is one that gumbo knows since 0.11. */
static bool is_foreign(const GumboElement *element)
{
    return element->tag_namespace != GUMBO_NAMESPACE_HTML || element->tag == GUMBO_TAG_UNKNOWN ||
           strcmp(gumbo_normalized_tagname(element->tag), "dialog") == 0;
}

/* Elements whose ground goes with their text, in the text's size. */
static bool is_inline(GumboTag tag)
{
    static const GumboTag tags[] = {GUMBO_TAG_SPAN, GUMBO_TAG_FONT, GUMBO_TAG_B,     GUMBO_TAG_I,
                                    GUMBO_TAG_U,    GUMBO_TAG_EM,   GUMBO_TAG_STRONG};
    return is_one_of(tag, tags, G_N_ELEMENTS(tags));
}

/* ---- colours ---- */

static void write_colour(char *colour, unsigned red, unsigned green, unsigned blue)
{
    snprintf(colour, COLOUR_SIZE, "#%02x%02x%02x", red & 255, green & 255, blue & 255);
}

/* #rgb, #rrggbb, and both with an alpha. */
static void read_digits(char *colour, const char *digits)
{
    size_t length = strlen(digits), each = length < 6 ? 1 : 2;
    unsigned channels[4] = {0, 0, 0, 255};
    if ((length != 3 && length != 4 && length != 6 && length != 8) ||
        strspn(digits, "0123456789abcdef") != length)
        return;
    for (size_t i = 0; i < length / each; i++)
        channels[i] = (unsigned)(g_ascii_xdigit_value(digits[i * each]) * 16 +
                                 g_ascii_xdigit_value(digits[i * each + each - 1]));
    if (channels[3] == 0)
        strcpy(colour, "transparent");
    else if (channels[3] == 255)
        write_colour(colour, channels[0], channels[1], channels[2]);
}

static const char *named_colour(const char *name)
{
    static const char *const names[][2] = {
        {"aqua", "#00ffff"},   {"black", "#000000"}, {"blue", "#0000ff"},   {"fuchsia", "#ff00ff"},
        {"gray", "#808080"},   {"green", "#008000"}, {"lime", "#00ff00"},   {"maroon", "#800000"},
        {"navy", "#000080"},   {"olive", "#808000"}, {"purple", "#800080"}, {"red", "#ff0000"},
        {"silver", "#c0c0c0"}, {"teal", "#008080"},  {"white", "#ffffff"},  {"yellow", "#ffff00"}};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i][0]) == 0)
            return names[i][1];
    return NULL;
}

/* rgb() and rgba() of numbers; the closing bracket is gone. */
static void read_function(char *colour, const char *value)
{
    unsigned red, green, blue;
    int end = 0;
    if (value[strspn(value, "rgba(0123456789, ")] != '\0')
        return;
    if (sscanf(value, "rgb(%3u, %3u, %3u%n", &red, &green, &blue, &end) == 3 && value[end] == '\0')
        write_colour(colour, MIN(red, 255), MIN(green, 255), MIN(blue, 255));
    end = 0;
    if (sscanf(value, "rgba(%3u, %3u, %3u, 0%n", &red, &green, &blue, &end) == 3 && end > 0 &&
        value[end] == '\0')
        strcpy(colour, "transparent");
}

/* One form for equal colours, as far as they are known; "" where there is no saying. */
static void read_colour(char *colour, const char *value)
{
    const char *named = named_colour(value);
    colour[0] = '\0';
    if (named != NULL)
        strcpy(colour, named);
    else if (strcmp(value, "transparent") == 0)
        strcpy(colour, "transparent");
    else if (value[0] == '#')
        read_digits(colour, value + 1);
    else
        read_function(colour, value);
}

/* The colour of an attribute: some leave the '#' out, and there is no alpha (HTML standard, 2.3.6). */
static void read_attribute_colour(char *colour, const char *value)
{
    g_autofree char *lower = g_strstrip(g_ascii_strdown(value, -1));
    const char *digits = lower + (lower[0] == '#'), *named = named_colour(lower);
    size_t length = strlen(digits);
    colour[0] = '\0';
    if (named != NULL)
        strcpy(colour, named);
    else if (length == 6 || (length == 3 && lower[0] == '#'))
        read_digits(colour, digits);
}

static bool is_no_ground(const char *value)
{
    return strcmp(value, "transparent") == 0 || strcmp(value, "none") == 0 || strcmp(value, "initial") == 0;
}

/* ---- the page ---- */

struct survey {
    struct page *page;
    GString *css;
    size_t styles;
    bool simple, several, linked;
};

static const char white[] = "#ffffff";

static void survey_style(struct survey *survey, const GumboElement *element)
{
    const char *text = attribute(element, "style");
    char colour[COLOUR_SIZE];
    struct style style;
    if (text == NULL)
        return;
    survey->styles += strlen(text);
    if (survey->styles > STYLES_MAXIMUM)
        return;
    style_read(&style, text);
    survey->simple &= style.simple && !style.unknown;
    survey->page->shaded |= style.shaded || style.unknown;
    if (style.values[GROUND] != NULL && !is_no_ground(style.values[GROUND])) {
        read_colour(colour, style.values[GROUND]);
        survey->several |= strcmp(colour, white) != 0;
    }
    style_clear(&style);
}

/* Elements with a ground that no style names; a page may be dark by its colour scheme. */
static bool has_own_ground(const GumboElement *element)
{
    return is_foreign(element) || is_control(element->tag) || element->tag == GUMBO_TAG_MARK ||
           attribute(element, "background") != NULL ||
           (element->tag == GUMBO_TAG_META && attribute(element, "name") != NULL &&
            g_ascii_strcasecmp(attribute(element, "name"), "color-scheme") == 0);
}

static void survey_element(struct survey *survey, const GumboElement *element)
{
    const char *ground = attribute(element, "bgcolor");
    char colour[COLOUR_SIZE];
    survey_style(survey, element);
    survey->several |= has_own_ground(element);
    survey->linked |= element->tag == GUMBO_TAG_LINK && attribute(element, "rel") != NULL;
    if (ground != NULL) {
        read_attribute_colour(colour, ground);
        survey->several |= strcmp(colour, white) != 0;
    }
    for (unsigned i = 0; i < element->children.length; i++) {
        const GumboNode *child = element->children.data[i];
        if (child->type == GUMBO_NODE_ELEMENT || child->type == GUMBO_NODE_TEMPLATE)
            survey_element(survey, &child->v.element);
        else if (element->tag == GUMBO_TAG_STYLE && child->type != GUMBO_NODE_DOCUMENT)
            g_string_append(g_string_append_c(survey->css, '\n'), child->v.text.text);
    }
}

void page_read(struct page *page, const GumboNode *root)
{
    g_autoptr(GString) css = g_string_new(NULL);
    struct survey survey = {.page = page, .css = css, .simple = true};
    *page = (struct page){0};
    if (root->type == GUMBO_NODE_ELEMENT)
        survey_element(&survey, &root->v.element);
    sheet_read(&page->sheet, css->str);
    page->sheet.unknown |= survey.linked;
    page->unread = survey.styles > STYLES_MAXIMUM;
    page->shaded |= page->sheet.shaded || page->sheet.unknown || page->sheet.first;
    page->white = survey.simple && page->sheet.simple && !survey.several && !page->unread;
}

/* ---- the look ---- */

/* An element, while its look is found. */
struct seen {
    const struct page *page;
    const GumboElement *element;
    const struct style *style;
};

/* The value that counts, whatever style sheets say; NULL where there is none, "" where they may say another.
 */
static const char *believed(const struct seen *seen, enum property property)
{
    const struct sheet *sheet = &seen->page->sheet;
    const char *value = seen->style->values[property];
    bool overruled =
        (sheet->unknown || (sheet->important & 1u << property) != 0) && !seen->style->important[property];
    return value != NULL && (overruled || seen->style->unknown) ? "" : value;
}

static bool may_be_set(const struct seen *seen, enum property property)
{
    return seen->page->sheet.unknown || (seen->page->sheet.mentioned & 1u << property) != 0;
}

static bool is_value(const char *value, const char *wanted)
{
    return value != NULL && strcmp(value, wanted) == 0;
}

static bool is_gone(const struct seen *seen)
{
    const char *display = believed(seen, DISPLAY), *opacity = believed(seen, OPACITY);
    if (is_never_seen(seen->element->tag) || is_value(display, "none"))
        return true;
    const char *unit = opacity != NULL ? style_zero(opacity) : NULL;
    if (unit != NULL && (unit[0] == '\0' || strcmp(unit, "%") == 0))
        return true;
    bool hidden = attribute(seen->element, "hidden") != NULL;
    return hidden && display == NULL && !seen->style->unknown && !may_be_set(seen, DISPLAY);
}

static bool is_invisible(const struct seen *seen, bool outer)
{
    const char *value = believed(seen, VISIBILITY);
    if (value == NULL)
        return outer && !may_be_set(seen, VISIBILITY);
    if (strcmp(value, "inherit") == 0 || strcmp(value, "unset") == 0)
        return outer;
    return strcmp(value, "hidden") == 0 || strcmp(value, "collapse") == 0;
}

/* Sizes that are reckoned from the one around: of nothing, nothing. */
static bool is_relative(const char *size)
{
    static const char *const words[] = {"inherit", "unset", "larger", "smaller"};
    size_t number = strspn(size, "0123456789.");
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(size, words[i]) == 0)
            return true;
    return number > 0 && (strcmp(size + number, "em") == 0 || strcmp(size + number, "%") == 0);
}

static bool is_tiny(const struct seen *seen, bool outer)
{
    const char *size = believed(seen, FONT_SIZE);
    GumboTag tag = seen->element->tag;
    if (seen->page->sheet.first)
        return false;
    if (size != NULL)
        return style_is_zero_length(size) || is_value(style_zero(size), "%") || (outer && is_relative(size));
    bool own = tag == GUMBO_TAG_TABLE || is_control(tag) || attribute(seen->element, "size") != NULL;
    return outer && !own && !may_be_set(seen, FONT_SIZE);
}

/* Tables have no such height, lines of text have none at all, and what overflows a page is scrolled to. */
static bool has_height(const struct seen *seen)
{
    const char *display = believed(seen, DISPLAY);
    if (display != NULL)
        return strcmp(display, "block") == 0 || strcmp(display, "inline-block") == 0;
    return is_block_box(seen->element->tag) && !may_be_set(seen, DISPLAY);
}

static bool is_clipped(const struct seen *seen, bool outer)
{
    static const enum property stick_out[] = {MIN_HEIGHT, PADDING, POSITION};
    const char *height = believed(seen, HEIGHT), *most = believed(seen, MAX_HEIGHT);
    if (seen->style->values[POSITION] != NULL)
        outer = false;
    bool flat =
        (height != NULL && style_is_zero_length(height)) || (most != NULL && style_is_zero_length(most));
    if (!flat || !is_value(believed(seen, OVERFLOW), "hidden") || !has_height(seen))
        return outer;
    for (size_t i = 0; i < G_N_ELEMENTS(stick_out); i++)
        if (seen->style->values[stick_out[i]] != NULL || may_be_set(seen, stick_out[i]))
            return outer;
    return true;
}

/* The colour of the text: its own, of an attribute, or of the element around. */
static void set_colour(const struct seen *seen, struct look *look)
{
    const char *value = believed(seen, COLOUR);
    GumboTag tag = seen->element->tag;
    const char *legacy = tag == GUMBO_TAG_BODY   ? attribute(seen->element, "text")
                         : tag == GUMBO_TAG_FONT ? attribute(seen->element, "color")
                                                 : NULL;
    bool own = tag == GUMBO_TAG_A || tag == GUMBO_TAG_TABLE || may_be_set(seen, COLOUR);
    if (tag == GUMBO_TAG_MARK || is_control(tag) || is_foreign(seen->element))
        look->colour[0] = '\0';
    else if (value != NULL)
        read_colour(look->colour, value);
    else if (legacy != NULL && !may_be_set(seen, COLOUR))
        read_attribute_colour(look->colour, legacy);
    else if (own)
        look->colour[0] = '\0';
}

static bool is_painted(const struct seen *seen, const struct look *look, bool outer)
{
    const char *value = believed(seen, GROUND);
    char ground[COLOUR_SIZE];
    if (!is_inline(seen->element->tag) || seen->style->values[DISPLAY] != NULL || may_be_set(seen, DISPLAY) ||
        !seen->page->sheet.simple)
        return false;
    if (seen->element->attributes.length == 0)
        return outer && !may_be_set(seen, FONT_SIZE);
    if (value == NULL || believed(seen, COLOUR) == NULL || !seen->style->simple)
        return false;
    read_colour(ground, value);
    return ground[0] != '\0' && strcmp(ground, look->colour) == 0;
}

static bool is_verbatim_now(const struct seen *seen, bool outer)
{
    const char *value = seen->style->values[WHITE_SPACE];
    if (value == NULL)
        return outer || is_verbatim(seen->element->tag);
    return g_str_has_prefix(value, "pre") || strcmp(value, "break-spaces") == 0 ||
           (outer && strcmp(value, "inherit") == 0);
}

static bool is_block_now(const struct seen *seen)
{
    const char *display = seen->style->values[DISPLAY];
    return is_block(seen->element->tag) || is_value(display, "block") || is_value(display, "flex") ||
           is_value(display, "table") || is_value(display, "list-item");
}

void look_begin(struct look *look)
{
    *look = (struct look){.colour = "#000000"};
}

struct look look_within(const struct page *page, const struct look *outer, const GumboElement *element)
{
    struct look look = *outer;
    struct style style;
    struct seen seen = {page, element, &style};
    bool root = element->tag == GUMBO_TAG_BODY || element->tag == GUMBO_TAG_HTML;
    style_read(&style, page->unread ? NULL : attribute(element, "style"));
    look.block = is_block_now(&seen);
    look.cell = element->tag == GUMBO_TAG_TD || element->tag == GUMBO_TAG_TH;
    look.verbatim = is_verbatim_now(&seen, outer->verbatim);
    if (!root) { /* programs that show mail in a page of theirs leave these two out */
        bool foreign = is_foreign(element);
        look.gone = is_gone(&seen);
        look.invisible = !foreign && is_invisible(&seen, outer->invisible);
        look.tiny = !foreign && is_tiny(&seen, outer->tiny);
        look.clipped = !foreign && is_clipped(&seen, outer->clipped);
        set_colour(&seen, &look);
    }
    look.painted = is_painted(&seen, &look, outer->painted);
    style_clear(&style);
    return look;
}

bool look_is_seen(const struct page *page, const struct look *look)
{
    bool coloured = strcmp(look->colour, "transparent") == 0 || look->painted ||
                    (page->white && strcmp(look->colour, white) == 0);
    return !look->gone && !look->invisible && !look->tiny && !look->clipped && (!coloured || page->shaded);
}
