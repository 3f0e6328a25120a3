/* The parts: structure is GMime's, decoding is ours. */
#include "mail/message_inside.h"
#include "mail/charset.h"
#include "mail/decode.h"
#include "mail/limits_scan.h"
#include "mail/parameters.h"
#include "mail/text.h"

#include <string.h>

enum {
    NESTING_MAXIMUM = 2,     /* mails within mails that are read */
    HTML_PARTS_MAXIMUM = 16, /* of which a tree is built, and … */
    HTML_TEXTS_MAXIMUM = 8,  /* … the limit of text so many times */
};

static GByteArray *raw_content(GMimePart *part)
{
    GMimeDataWrapper *wrapper = g_mime_part_get_content(part);
    GMimeStream *stream = wrapper != NULL ? g_mime_data_wrapper_get_stream(wrapper) : NULL;
    GByteArray *bytes = g_byte_array_new();
    char buffer[8192];
    ssize_t got;
    if (stream == NULL)
        return bytes;
    g_mime_stream_reset(stream);
    while ((got = g_mime_stream_read(stream, buffer, sizeof buffer)) > 0)
        g_byte_array_append(bytes, (const guint8 *)buffer, (guint)got);
    return bytes;
}

/* Behind blanks, quotes and comments. */
static const char *skip_to_word(const char *text)
{
    int depth = 0;
    for (; *text != '\0'; text++) {
        if (*text == '(')
            depth++;
        else if (*text == ')' && depth > 0)
            depth--;
        else if (depth == 0 && strchr(" \t\r\n\"'", *text) == NULL)
            break;
    }
    return text;
}

/* The transfer encoding as people write it: quoted, with a tail, in any case. */
static GByteArray *decoded_content(GMimePart *part, bool text)
{
    g_autoptr(GByteArray) raw = raw_content(part);
    const char *header = g_mime_object_get_header(GMIME_OBJECT(part), "Content-Transfer-Encoding");
    header = header != NULL ? skip_to_word(header) : NULL;
    if (header != NULL && g_ascii_strncasecmp(header, "base64", 6) == 0) {
        size_t end = text ? decode_base64_end((const char *)raw->data, raw->len) : raw->len;
        GByteArray *bytes = decode_base64((const char *)raw->data, end);
        return g_byte_array_append(bytes, raw->data + end, (guint)(raw->len - end));
    }
    if (header != NULL && g_ascii_strncasecmp(header, "quoted-printable", 16) == 0)
        return decode_quoted_printable((const char *)raw->data, raw->len, false);
    return g_steal_pointer(&raw);
}

static void with_lf(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from == '\r' && from[1] == '\n')
            continue;
        *to++ = *from == '\r' ? '\n' : *from;
    }
    *to = '\0';
}

/* The mark of the order of bytes is no text (RFC 3629, 6). */
static void without_mark(char *text)
{
    if (g_str_has_prefix(text, "\xef\xbb\xbf"))
        memmove(text, text + 3, strlen(text + 3) + 1);
}

/* The declared charset; else what a browser takes from the HTML, but what is valid as UTF-8 is that. */
static char *charset_or_hint(const struct part *part, const char *bytes, size_t length)
{
    bool hinted = part->charset == NULL && strcmp(part->type, "text/html") == 0 &&
                  !g_utf8_validate_len(bytes, length, NULL);
    return hinted ? html_charset(bytes, length) : g_strdup(part->charset);
}

static char *decoded_text(struct message *message, const struct part *part, const GByteArray *bytes)
{
    bool damaged = false, unknown = false;
    size_t length = MIN(bytes->len, message->limits.text * 4);
    if (length < bytes->len)
        defect_add(message->defects, "text-too-long");
    g_autofree char *charset = charset_or_hint(part, (const char *)bytes->data, length);
    char *text = charset_decode(charset, (const char *)bytes->data, length, &damaged, &unknown);
    if (damaged)
        defect_add(message->defects, "undecodable-text");
    if (unknown)
        defect_add(message->defects, "charset-unknown");
    with_lf(text);
    without_mark(text);
    return text;
}

static char *named_in(GMimeObject *object, const char *field, const char *parameter, const char *near)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(object);
    GMimeHeader *header = list != NULL ? g_mime_header_list_get_header(list, field) : NULL;
    const char *raw = header != NULL ? g_mime_header_get_raw_value(header) : NULL;
    struct decode_faults faults = {0};
    return raw != NULL ? parameter_decode(near, raw, parameter, &faults) : NULL;
}

static char *file_name(GMimeObject *object, const char *near)
{
    if (!GMIME_IS_PART(object))
        return NULL;
    char *name = named_in(object, "Content-Disposition", "filename", near);
    return name != NULL ? name : named_in(object, "Content-Type", "name", near);
}

/* The type in lower case, without what the scan put behind it. What names no type is text (RFC 2045, 5.2);
 * GMime would have it opaque. */
static char *type_of(GMimeObject *object, bool in_digest)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);
    const char *written = g_mime_object_get_header(object, "Content-Type");
    g_autofree char *mime = type != NULL ? g_mime_content_type_get_mime_type(type) : g_strdup("text/plain");
    char *lower = g_ascii_strdown(mime, -1);
    if (written == NULL && in_digest) {
        g_free(lower);
        return g_strdup("message/rfc822");
    }
    bool named = written == NULL || written[strcspn(written, "/;")] == '/';
    if (strcmp(lower, "application/octet-stream") == 0 && !named) {
        g_free(lower);
        return g_strdup("text/plain");
    }
    if (g_str_has_suffix(lower, LIMITS_UNREAD))
        lower[strlen(lower) - strlen(LIMITS_UNREAD)] = '\0';
    return lower;
}

/* As declared, in lower case; NULL where what is declared can be no name. */
static char *charset_of(GMimeContentType *type)
{
    const char *declared = type != NULL ? g_mime_content_type_get_parameter(type, "charset") : NULL;
    if (declared == NULL)
        return NULL;
    g_autofree char *name = g_strdelimit(g_ascii_strdown(declared, -1), "\\\"'", ' ');
    g_strstrip(name);
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.:+()");
    return length == 0 || name[length] != '\0' ? NULL : g_steal_pointer(&name);
}

char *message_charset(const struct message *message)
{
    GMimeObject *part = message->header != NULL ? g_mime_message_get_mime_part(message->header) : NULL;
    return part != NULL ? charset_of(g_mime_object_get_content_type(part)) : NULL;
}

static bool has_parameter(GMimeContentType *type, const char *name, const char *value)
{
    const char *given = type != NULL ? g_mime_content_type_get_parameter(type, name) : NULL;
    return given != NULL && g_ascii_strcasecmp(given, value) == 0;
}

/* Counts the part: trees are built of so many parts, and of so much HTML, as it stands in the mail. */
static bool is_beyond_trees(struct message *message, GMimeObject *object)
{
    GMimeDataWrapper *wrapper = GMIME_IS_PART(object) ? g_mime_part_get_content(GMIME_PART(object)) : NULL;
    GMimeStream *stream = wrapper != NULL ? g_mime_data_wrapper_get_stream(wrapper) : NULL;
    gint64 length = stream != NULL ? g_mime_stream_length(stream) : 0;
    bool beyond = message->html_parts++ >= HTML_PARTS_MAXIMUM ||
                  message->html_bytes > HTML_TEXTS_MAXIMUM * message->limits.text;
    message->html_bytes += (size_t)MAX(length, 0);
    return beyond;
}

static const char part_key[] = "awsift-part";

struct part *part_of(GMimeObject *object)
{
    return g_object_get_data(G_OBJECT(object), part_key);
}

static struct part *add_leaf(struct message *message, GMimeObject *object, bool in_digest)
{
    struct part *part = g_new0(struct part, 1);
    GMimeContentType *type = g_mime_object_get_content_type(object);
    const char *disposition = g_mime_object_get_disposition(object);
    g_autofree char *near = message_charset(message);
    part->type = type_of(object, in_digest);
    part->charset = charset_of(type);
    part->disposition = disposition != NULL ? g_ascii_strdown(disposition, -1) : NULL;
    part->filename = file_name(object, near);
    part->flowed = has_parameter(type, "format", "flowed");
    part->delete_space = has_parameter(type, "delsp", "yes");
    part->content = g_new0(struct part_content, 1);
    part->content->object = object;
    if (strcmp(part->type, "text/html") == 0)
        part->content->simple = is_beyond_trees(message, object);
    g_object_set_data(G_OBJECT(object), part_key, part);
    g_ptr_array_add(message->parts, part);
    return part;
}

void part_free(void *data)
{
    struct part *part = data;
    g_free(part->type);
    g_free(part->charset);
    g_free(part->disposition);
    g_free(part->filename);
    g_free(part->content->text);
    g_free(part->content->shown);
    if (part->content->anchors != NULL)
        g_ptr_array_unref(part->content->anchors);
    message_free(part->content->message);
    g_free(part->content);
    g_free(part);
}

static bool is_text(const struct part *part)
{
    return g_str_has_prefix(part->type, "text/");
}

static void decode(struct message *message, const struct part *part)
{
    struct part_content *content = part->content;
    if (content->decoded || !GMIME_IS_PART(content->object))
        return;
    g_autoptr(GByteArray) bytes = decoded_content(GMIME_PART(content->object), is_text(part));
    content->decoded = true;
    content->size = bytes->len;
    content->head_length = MIN(bytes->len, sizeof content->head);
    if (content->head_length > 0)
        memcpy(content->head, bytes->data, content->head_length);
    if (is_text(part))
        content->text = decoded_text(message, part, bytes);
    message->decoded++;
}

size_t message_part_size(struct message *message, const struct part *part)
{
    decode(message, part);
    return part->content->size;
}

const char *message_part_head(struct message *message, const struct part *part, size_t *length)
{
    decode(message, part);
    *length = part->content->head_length;
    return part->content->head;
}

const char *message_part_text(struct message *message, const struct part *part)
{
    if (is_text(part))
        decode(message, part);
    return part->content->text;
}

struct message *message_part_message(struct message *message, const struct part *part)
{
    struct part_content *content = part->content;
    if (strcmp(part->type, "message/rfc822") != 0 || !GMIME_IS_PART(content->object))
        return NULL;
    if (content->message == NULL && message->nesting >= NESTING_MAXIMUM) {
        defect_add(message->defects, "too-deep");
    } else if (content->message == NULL) {
        g_autoptr(GBytes) raw =
            g_byte_array_free_to_bytes(decoded_content(GMIME_PART(content->object), false));
        content->message = message_new(raw, &message->limits);
        content->message->nesting = message->nesting + 1;
        message->decoded++;
    }
    return content->message;
}

/* No part was found: the boundary is missing or never used. What is there may still be read. */
static void keep_loose_text(struct message *message, struct part *part, GMimeMultipart *multipart)
{
    const char *text = g_mime_multipart_get_prologue(multipart);
    bool damaged = false;
    defect_add(message->defects, "multipart-without-parts");
    if (text == NULL)
        return;
    part->content->shown_known = true;
    part->content->shown = charset_decode(NULL, text, strlen(text), &damaged, NULL);
    with_lf(part->content->shown);
    without_mark(part->content->shown);
}

/* A multipart without parts is a leaf of its own type. `around` is the type of the multipart around. */
static void walk(struct message *message, GMimeObject *object, size_t depth, const char *around)
{
    GMimeMultipart *multipart = GMIME_IS_MULTIPART(object) ? GMIME_MULTIPART(object) : NULL;
    int count = multipart != NULL ? g_mime_multipart_get_count(multipart) : 0;
    if (message->parts->len >= message->limits.parts) {
        defect_add(message->defects, "too-many-parts");
    } else if (count == 0) {
        struct part *part = add_leaf(message, object, strcmp(around, "multipart/digest") == 0);
        part->content->alternative = strcmp(around, "multipart/alternative") == 0;
        if (multipart != NULL)
            keep_loose_text(message, part, multipart);
    } else if (depth >= message->limits.depth) {
        defect_add(message->defects, "too-deep");
    } else {
        g_autofree char *type = type_of(object, false);
        for (int i = 0; i < count; i++)
            walk(message, g_mime_multipart_get_part(multipart, i), depth + 1, type);
    }
}

void parts_read(struct message *message)
{
    gsize length;
    const char *bytes = g_bytes_get_data(message->bytes, &length);
    g_autoptr(GByteArray) bounded =
        limits_message(bytes != NULL ? bytes : "", length, &message->limits, message->defects);
    message->whole = message_parse(bounded);
    GMimeObject *root = message->whole != NULL ? g_mime_message_get_mime_part(message->whole) : NULL;
    if (root != NULL)
        walk(message, root, 0, "");
}
