/* The texts of a field, in the form in which conditions see them. */
#include "rules/reading.h"
#include "rules/notice.h"
#include "mail/text.h"

#include <string.h>

static bool in_addresses(struct reading *reading, const char *header, field_text stop, void *data)
{
    g_autoptr(GPtrArray) addresses = reading_addresses(reading, header);
    for (guint i = 0; addresses != NULL && i < addresses->len; i++)
        if (stop(((const struct address *)addresses->pdata[i])->address, data))
            return true;
    return false;
}

static bool in_headers(struct reading *reading, const char *header, field_text stop, void *data)
{
    const char *value;
    for (unsigned n = 0; (value = message_header(reading->message, header, n)) != NULL; n++) {
        g_autofree char *text = text_normalize(value, true);
        if (stop(text, data))
            return true;
    }
    return false;
}

static bool in_attachments(struct reading *reading, field_text stop, void *data)
{
    const GPtrArray *parts = reading_parts(reading);
    for (guint i = 0; i < parts->len; i++) {
        const char *filename = ((const struct part *)parts->pdata[i])->filename;
        g_autofree char *name = filename != NULL ? text_normalize(filename, true) : NULL;
        if (name != NULL && stop(name, data))
            return true;
    }
    return false;
}

/* For whom a mailing list speaks, and who sent it. */
static bool in_senders(struct reading *reading, field_text stop, void *data)
{
    const struct address *from = message_from(reading->message);
    if (reading->auth != NULL && reading->auth->speaker != NULL && stop(reading->auth->speaker, data))
        return true;
    return from != NULL && stop(from->address, data);
}

static bool in_notice(struct reading *reading, const char *name, field_text stop, void *data)
{
    const json_t *value = notice_value(reading, name);
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)value, index, entry)
        if (json_is_string(entry) && stop(json_string_value(entry), data))
            return true;
    return json_is_string(value) && stop(json_string_value(value), data);
}

bool reading_each_text(struct reading *reading, const char *field, const char *header, field_text stop,
                       void *data)
{
    if (strcmp(field, "subject") == 0)
        return stop(reading_subject(reading), data);
    if (strcmp(field, "title") == 0)
        return stop(reading_title(reading), data);
    if (strcmp(field, "body") == 0)
        return stop(reading_body(reading), data);
    if (strcmp(field, "event_type") == 0) {
        const char *type = notice_event_type(reading);
        return type[0] != '\0' && stop(type, data);
    }
    if (strcmp(field, "to") == 0)
        return in_addresses(reading, "To", stop, data) || in_addresses(reading, "Cc", stop, data);
    if (strcmp(field, "header") == 0)
        return in_headers(reading, header, stop, data);
    if (strcmp(field, "notice") == 0)
        return in_notice(reading, header, stop, data);
    if (strcmp(field, "attachment") == 0)
        return in_attachments(reading, stop, data);
    return in_senders(reading, stop, data);
}
