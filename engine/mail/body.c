/* The text that a person is shown, which is what rules match on: of alternatives one, of everything else all
 * text that is no attachment, in order. A mail may hide from rules what it shows, and show what is no text of
 * the sender (a mailing list's footer, a server's remark), so no part stands for the others. A part is
 * decoded when its turn comes, and none behind the limit of text. */
#include "mail/message_inside.h"
#include "mail/limits_scan.h"
#include "mail/text.h"

#include <string.h>

static bool is_of_type(const struct part *part, const char *type)
{
    return strcmp(part->type, type) == 0;
}

/* A file is no text of the mail, unless it is meant to be shown: as an alternative, or as what the mail
 * begins with where nobody said that it is attached. */
static bool is_file(const struct message *message, const struct part *part)
{
    if (part->disposition != NULL && strcmp(part->disposition, "attachment") == 0)
        return true;
    bool in_line = g_strcmp0(part->disposition, "inline") == 0 || part->content->alternative ||
                   (part->disposition == NULL && message->parts->pdata[0] == part);
    return part->filename != NULL && !in_line && message->parts->len > 1;
}

static char *read_as_shown(const struct part *part, const char *text)
{
    if (!is_of_type(part, "text/html"))
        return part->flowed ? text_unflow(text, part->delete_space) : g_strdup(text);
    part->content->anchors = text_anchors_new();
    if (part->content->simple)
        return text_without_tags(text, part->content->anchors);
    return text_from_html(text, part->content->anchors);
}

static bool is_text(const struct message *message, const struct part *part)
{
    return (is_of_type(part, "text/plain") || is_of_type(part, "text/html")) && !is_file(message, part);
}

/* NULL where the part is no text, a file, or has nothing to see. */
static const char *shown_of(struct message *message, const struct part *part)
{
    struct part_content *content = part->content;
    if (content->shown_known)
        return content->shown;
    content->shown_known = true;
    const char *source = is_text(message, part) ? message_part_text(message, part) : NULL;
    if (source != NULL) {
        content->shown = read_as_shown(part, source);
        if (!text_says_something(content->shown))
            g_clear_pointer(&content->shown, g_free);
    }
    return content->shown;
}

const char *message_part_shown(struct message *message, const struct part *part)
{
    return shown_of(message, part);
}

const GPtrArray *message_part_anchors(struct message *message, const struct part *part)
{
    shown_of(message, part);
    return part->content->anchors;
}

bool message_part_is_file(struct message *message, const struct part *part)
{
    return is_file(message, part);
}

enum content { NOTHING, OTHER, WANTED };

/* What the first text within is that shows something; of type NULL all is wanted. What is of another type is
 * not decoded to find out. */
static enum content first_content(struct message *message, GMimeObject *object, const char *type)
{
    const struct part *part = part_of(object);
    if (part != NULL && type != NULL && !is_of_type(part, type))
        return is_text(message, part) ? OTHER : NOTHING;
    if (part != NULL)
        return shown_of(message, part) != NULL ? WANTED : NOTHING;
    enum content found = NOTHING;
    int count = GMIME_IS_MULTIPART(object) ? g_mime_multipart_get_count(GMIME_MULTIPART(object)) : 0;
    for (int i = 0; i < count && found == NOTHING; i++)
        found = first_content(message, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), type);
    return found;
}

/* Plain text is what rules are written for; of two the last one is the richer (RFC 2046, 5.1.4). NULL where
 * none says anything. */
static GMimeObject *choose_alternative(struct message *message, GMimeMultipart *multipart)
{
    static const char *const types[] = {"text/plain", "text/html", NULL};
    for (size_t type = 0; type < G_N_ELEMENTS(types); type++)
        for (int i = g_mime_multipart_get_count(multipart) - 1; i >= 0; i--) {
            GMimeObject *object = g_mime_multipart_get_part(multipart, i);
            if (first_content(message, object, types[type]) == WANTED)
                return object;
        }
    return NULL;
}

static void append_leaf(struct message *message, GString *text, const struct part *part)
{
    const char *shown = shown_of(message, part);
    if (shown == NULL)
        return;
    if (text->len > 0 && text->str[text->len - 1] != '\n')
        g_string_append_c(text, '\n');
    g_string_append(text, shown);
}

/* Recursive, bounded by the number of multiparts that the scan lets through. */
static void append_shown(struct message *message, GString *text, GMimeObject *object)
{
    if (object == NULL || text->len > message->limits.text)
        return;
    const struct part *part = part_of(object);
    GMimeMultipart *multipart = GMIME_IS_MULTIPART(object) ? GMIME_MULTIPART(object) : NULL;
    if (part != NULL)
        append_leaf(message, text, part);
    else if (multipart != NULL &&
             g_mime_content_type_is_type(g_mime_object_get_content_type(object), "multipart", "alternative"))
        append_shown(message, text, choose_alternative(message, multipart));
    else if (multipart != NULL)
        for (int i = 0; i < g_mime_multipart_get_count(multipart); i++)
            append_shown(message, text, g_mime_multipart_get_part(multipart, i));
}

/* What rules match on, within its limit; what hides in it is told. */
static char *clip(struct message *message, const char *text)
{
    bool bidi = false, zero_width = false;
    char *clipped = text_clip(text, message->limits.text);
    if (strlen(text) > message->limits.text)
        defect_add(message->defects, "text-too-long");
    text_find_hiding(clipped, &bidi, &zero_width);
    if (bidi)
        defect_add(message->defects, "bidi-control-in-text");
    if (zero_width)
        defect_add(message->defects, "zero-width-in-text");
    return clipped;
}

static char *first_shown(struct message *message, const char *type)
{
    const GPtrArray *parts = message_parts(message);
    for (guint i = 0; i < parts->len; i++) {
        const struct part *part = parts->pdata[i];
        const char *shown = is_of_type(part, type) ? shown_of(message, part) : NULL;
        if (shown != NULL)
            return clip(message, shown);
    }
    return NULL;
}

const char *message_plain(struct message *message)
{
    if (!message->plain_sought)
        message->plain = first_shown(message, "text/plain");
    message->plain_sought = true;
    return message->plain;
}

const char *message_html(struct message *message)
{
    if (!message->html_sought)
        message->html = first_shown(message, "text/html");
    message->html_sought = true;
    return message->html;
}

const char *message_text(struct message *message)
{
    if (message->text == NULL) {
        g_autoptr(GString) text = g_string_new(NULL);
        message_parts(message);
        if (message->whole != NULL)
            append_shown(message, text, g_mime_message_get_mime_part(message->whole));
        message->text = clip(message, text->str);
    }
    return message->text;
}
