/* A mail as `inspect --json` prints it. */
#include "mail/message_inside.h"
#include "base/json.h"
#include "base/times.h"

static json_t *address_json(const struct address *address)
{
    return json_pack("{s:o, s:o}", "name", json_text_new(address->name), "address",
                     json_text_new(address->address));
}

static json_t *addresses_json(struct message *message, const char *header)
{
    g_autoptr(GPtrArray) addresses = message_addresses(message, header);
    json_t *list = json_array();
    for (guint i = 0; i < addresses->len; i++)
        json_array_append_new(list, address_json(addresses->pdata[i]));
    return list;
}

static json_t *headers_json(struct message *message)
{
    json_t *list = json_array();
    const char *name, *value, *raw;
    for (unsigned i = 0; (name = message_header_at(message, i, &value, &raw)) != NULL; i++)
        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "name", json_text_new(name), "value",
                                              json_text_new(value), "raw", json_text_new(raw)));
    return list;
}

static json_t *parts_json(struct message *message)
{
    const GPtrArray *parts = message_parts(message);
    json_t *list = json_array();
    for (guint i = 0; i < parts->len; i++) {
        const struct part *part = parts->pdata[i];
        json_t *size = json_integer((json_int_t)message_part_size(message, part));
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "type", json_text_new(part->type), "charset",
                            json_text_new(part->charset), "disposition", json_text_new(part->disposition),
                            "filename", json_text_new(part->filename), "size", size, "text",
                            json_text_new(message_part_text(message, part))));
    }
    return list;
}

json_t *message_inspect(struct message *message)
{
    const struct address *from = message_from(message);
    int64_t date;
    g_autofree char *when = message_date(message, &date) ? time_format(date) : NULL;
    json_t *parts = parts_json(message);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "message_id",
                     json_text_new(message_id(message)), "subject", json_text_new(message_subject(message)),
                     "from", from != NULL ? address_json(from) : json_null(), "to",
                     addresses_json(message, "To"), "cc", addresses_json(message, "Cc"), "date",
                     json_text_new(when), "headers", headers_json(message), "parts", parts, "text",
                     json_text_new(message_text(message)), "defects", message_defects(message));
}
