/* A mail, header first. GMime parses a copy of the header block that is within limits; the body is parsed
 * when asked for. Where GMime disagrees with itself over repeated fields, the first one counts and the
 * repetition is a defect. */
#include "mail/message_inside.h"
#include "mail/charset.h"
#include "mail/decode.h"
#include "mail/limits_scan.h"
#include "mail/text.h"
#include "base/json.h"

#include <string.h>

void mail_start(void)
{
    static bool started;
    if (!started) {
        g_mime_init();
        charset_start();
    }
    started = true;
}

static void field_free(void *data)
{
    struct field *field = data;
    g_free(field->name);
    g_free(field->value);
    g_free(field->raw);
    g_free(field);
}

GMimeMessage *message_parse(GByteArray *bytes)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer((const char *)bytes->data, bytes->len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_persist_stream(parser, FALSE);
    g_mime_parser_set_format(parser, GMIME_FORMAT_MESSAGE);
    GMimeMessage *parsed = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    return parsed;
}

void message_add_faults(struct message *message, const struct decode_faults *faults)
{
    if (faults->damaged)
        defect_add(message->defects, "undecodable-header");
    if (faults->controls)
        defect_add(message->defects, "control-in-header");
    if (faults->bidi)
        defect_add(message->defects, "bidi-control");
    if (faults->zero_width)
        defect_add(message->defects, "zero-width");
}

static void take_fields(struct message *message, GMimeHeaderList *list)
{
    g_autofree char *near = message_charset(message);
    for (int i = 0; list != NULL && i < g_mime_header_list_get_count(list); i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        const char *raw = g_mime_header_get_raw_value(header);
        struct decode_faults faults = {0};
        struct field *field = g_new0(struct field, 1);
        field->name = g_utf8_make_valid(g_mime_header_get_name(header), -1);
        field->raw = g_strdup(raw != NULL ? raw : "");
        field->raw_length = strlen(field->raw);
        field->value = decode_header_near(near, field->raw, field->raw_length, &faults);
        message_add_faults(message, &faults);
        g_ptr_array_add(message->fields, field);
    }
}

/* GMime keeps Content-* fields apart: puts all of them into the order of the header block. */
static void order_fields(struct message *message, const GByteArray *header)
{
    const char *at = (const char *)header->data, *end = at + header->len;
    GPtrArray *fields = message->fields;
    for (guint next = 0; at < end && next < fields->len;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at)), *start = at;
        size_t length = feed != NULL ? (size_t)(feed - at) : (size_t)(end - at);
        at += length + 1;
        for (guint i = next; i < fields->len; i++) {
            const struct field *field = fields->pdata[i];
            size_t named = strlen(field->name), colon = named;
            while (colon < length && (start[colon] == ' ' || start[colon] == '\t'))
                colon++;
            if (colon >= length || start[colon] != ':' || strncmp(field->name, start, named) != 0)
                continue;
            g_ptr_array_insert(fields, (gint)next++, g_ptr_array_steal_index(fields, i));
            break;
        }
    }
}

static void find_repeated(struct message *message)
{
    static const char *const names[][2] = {{"From", "duplicate-from"},
                                           {"Subject", "duplicate-subject"},
                                           {"Date", "duplicate-date"},
                                           {"Content-Type", "duplicate-content-type"}};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (message_header(message, names[i][0], 1) != NULL)
            defect_add(message->defects, names[i][1]);
    if (message_header(message, "From", 0) == NULL)
        defect_add(message->defects, "no-from");
}

struct message *message_new(GBytes *raw, const struct limits *limits)
{
    struct message *message = g_new0(struct message, 1);
    mail_start();
    message->limits = *limits;
    message->defects = json_array();
    message->fields = g_ptr_array_new_with_free_func(field_free);
    message->bytes = limits_prepare(raw, limits, message->defects);
    gsize length;
    const char *bytes = g_bytes_get_data(message->bytes, &length);
    g_autoptr(GByteArray) header =
        limits_header(bytes != NULL ? bytes : "", length, limits, message->defects);
    message->header = message_parse(header);
    if (message->header != NULL) {
        take_fields(message, g_mime_object_get_header_list(GMIME_OBJECT(message->header)));
        GMimeObject *part = g_mime_message_get_mime_part(message->header);
        if (part != NULL)
            take_fields(message, g_mime_object_get_header_list(part));
        order_fields(message, header);
    }
    find_repeated(message);
    return message;
}

void message_free(struct message *message)
{
    if (message == NULL)
        return;
    g_clear_pointer(&message->parts, g_ptr_array_unref);
    g_clear_pointer(&message->from, g_ptr_array_unref);
    g_ptr_array_unref(message->fields);
    g_clear_object(&message->header);
    g_clear_object(&message->whole);
    json_decref(message->defects);
    g_bytes_unref(message->bytes);
    g_free(message->subject);
    g_free(message->id);
    g_free(message->plain);
    g_free(message->html);
    g_free(message->text);
    g_free(message);
}

static const struct field *find_field(struct message *message, const char *name, unsigned n)
{
    for (guint i = 0; i < message->fields->len; i++) {
        const struct field *field = message->fields->pdata[i];
        if (g_ascii_strcasecmp(field->name, name) == 0 && n-- == 0)
            return field;
    }
    return NULL;
}

const char *message_header(struct message *message, const char *name, unsigned n)
{
    const struct field *field = find_field(message, name, n);
    return field != NULL ? field->value : NULL;
}

const char *message_header_raw(struct message *message, const char *name, unsigned n)
{
    const struct field *field = find_field(message, name, n);
    return field != NULL ? field->raw : NULL;
}

const char *message_header_at(struct message *message, unsigned index, const char **value, const char **raw)
{
    if (index >= message->fields->len)
        return NULL;
    const struct field *field = message->fields->pdata[index];
    if (value != NULL)
        *value = field->value;
    if (raw != NULL)
        *raw = field->raw;
    return field->name;
}

const char *message_subject(struct message *message)
{
    if (message->subject == NULL) {
        const char *value = message_header(message, "Subject", 0);
        message->subject = text_one_line(value != NULL ? value : "");
    }
    return message->subject;
}

const char *message_id(struct message *message)
{
    if (message->id == NULL) {
        const char *value = message_header(message, "Message-ID", 0);
        const char *open = value != NULL ? strchr(value, '<') : NULL,
                   *close = open != NULL ? strchr(open, '>') : NULL;
        if (close != NULL)
            message->id = g_strndup(open + 1, (size_t)(close - open - 1));
        else if (value != NULL && value[0] != '\0')
            message->id = g_strdup(value);
    }
    return message->id;
}

bool message_date(struct message *message, int64_t *date)
{
    const char *value = message_header(message, "Date", 0);
    return value != NULL && message_parse_date(value, date);
}

/* The topmost Received, which the last server wrote: its date stands behind the last semicolon. */
static bool received_date(struct message *message, int64_t *date)
{
    const char *value = message_header(message, "Received", 0);
    const char *mark = value != NULL ? strrchr(value, ';') : NULL;
    return mark != NULL && message_parse_date(mark + 1, date);
}

bool message_best_date(struct message *message, int64_t *date)
{
    static const int64_t first = INT64_C(631152000000), later = INT64_C(3) * 24 * 3600 * 1000; /* 1990 */
    int64_t received;
    bool dated = message_date(message, date);
    if (!received_date(message, &received) || (dated && *date >= first && *date <= received + later))
        return dated;
    *date = received;
    return true;
}

bool message_is_whole(const struct message *message)
{
    return message->whole != NULL;
}

const GPtrArray *message_parts(struct message *message)
{
    if (message->parts == NULL) {
        message->parts = g_ptr_array_new_with_free_func(part_free);
        parts_read(message);
    }
    return message->parts;
}

unsigned message_decoded(const struct message *message)
{
    return message->decoded;
}

static int compare_words(const void *left, const void *right)
{
    return strcmp(json_string_value(*(json_t *const *)left), json_string_value(*(json_t *const *)right));
}

json_t *message_defects(struct message *message)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    size_t index;
    json_t *word, *sorted = json_array();
    json_array_foreach(message->defects, index, word)
        g_ptr_array_add(words, word);
    g_ptr_array_sort(words, compare_words);
    for (guint i = 0; i < words->len; i++)
        json_array_append(sorted, words->pdata[i]);
    return sorted;
}
