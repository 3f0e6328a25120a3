/* The texts of a field, in the form in which conditions see them. */
#include "rules/reading.h"
#include "rules/notice.h"
#include "mail/text.h"

#include <string.h>

static void each_address(struct reading *reading, const char *header, field_text each, void *data)
{
    g_autoptr(GPtrArray) addresses = reading_addresses(reading, header);
    for (guint i = 0; addresses != NULL && i < addresses->len; i++)
        each(((const struct address *)addresses->pdata[i])->address, data);
}

static void each_header(struct reading *reading, const char *header, field_text each, void *data)
{
    const char *value;
    for (unsigned n = 0; (value = message_header(reading->message, header, n)) != NULL; n++) {
        g_autofree char *text = text_normalize(value, true);
        each(text, data);
    }
}

static void each_attachment(struct reading *reading, field_text each, void *data)
{
    const GPtrArray *parts = reading_parts(reading);
    for (guint i = 0; i < parts->len; i++) {
        const char *filename = ((const struct part *)parts->pdata[i])->filename;
        g_autofree char *name = filename != NULL ? text_normalize(filename, true) : NULL;
        if (name != NULL)
            each(name, data);
    }
}

/* For whom a mailing list speaks, and who sent it. */
static void each_sender(struct reading *reading, field_text each, void *data)
{
    const struct address *from = message_from(reading->message);
    if (reading->auth != NULL && reading->auth->speaker != NULL)
        each(reading->auth->speaker, data);
    each(from != NULL ? from->address : "", data);
}

void reading_each_text(struct reading *reading, const char *field, const char *header, field_text each,
                       void *data)
{
    if (strcmp(field, "subject") == 0) {
        each(reading_subject(reading), data);
    } else if (strcmp(field, "title") == 0) {
        each(reading_title(reading), data);
    } else if (strcmp(field, "body") == 0) {
        each(reading_body(reading), data);
    } else if (strcmp(field, "event_type") == 0) {
        each(notice_event_type(reading), data);
    } else if (strcmp(field, "to") == 0) {
        each_address(reading, "To", each, data);
        each_address(reading, "Cc", each, data);
    } else if (strcmp(field, "header") == 0) {
        each_header(reading, header, each, data);
    } else if (strcmp(field, "attachment") == 0) {
        each_attachment(reading, each, data);
    } else {
        each_sender(reading, each, data);
    }
}
