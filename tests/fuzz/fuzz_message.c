/* A mail from bytes, and all that `inspect` reads. The last byte picks the limits: an even one, such as the
 * line end that closes a real mail, the shipped limits; an odd one limits so small that every mail meets
 * them. */
#include "normalize.h"
#include "mail/message.h"

#include <string.h>

static const struct limits shipped = LIMITS_DEFAULT;
static const struct limits small = {.bytes = 2000,
                                    .header_block = 600,
                                    .header_field = 100,
                                    .colons = 3,
                                    .headers = 8,
                                    .parts = 3,
                                    .depth = 2,
                                    .text = 64};

static void check_address(const struct address *address)
{
    must_be_one_line(address->name);
    must_be_text(address->address);
    const char *at = strrchr(address->address, '@');
    must(address->address[0] != '\0' && at != address->address, "an address has something before its @");
    for (; at != NULL && *at != '\0'; at++)
        must(!g_ascii_isupper(*at), "an address's domain is in lower case");
}

static void check_headers(struct message *message, const struct limits *limits)
{
    static const char *const addressed[] = {"From", "To", "Cc", "Reply-To", "Sender", "Delivered-To"};
    const char *name, *value, *raw;
    unsigned count = 0;
    for (; (name = message_header_at(message, count, &value, &raw)) != NULL; count++) {
        must_be_text(name);
        must_be_one_line(value);
        must(strlen(raw) <= limits->header_field, "a field is within its limit");
        must_normalize(value);
        must(message_header(message, name, 0) != NULL, "a listed field is found by its name");
    }
    must(count <= limits->headers, "fields are within their limit");
    for (size_t i = 0; i < G_N_ELEMENTS(addressed); i++) {
        g_autoptr(GPtrArray) addresses = message_addresses(message, addressed[i]);
        for (guint j = 0; j < addresses->len; j++)
            check_address(addresses->pdata[j]);
    }
}

static void check_head(struct message *message)
{
    const struct address *from = message_from(message);
    const char *id = message_id(message);
    int64_t date;
    must_be_one_line(message_subject(message));
    must_normalize(message_subject(message));
    if (from != NULL)
        check_address(from);
    if (id != NULL)
        must_be_one_line(id);
    if (message_date(message, &date))
        must(date >= -2208988800000 - 86400000 && date <= 4133980800000 + 86400000,
             "a date is of 1900 to 2100");
    must(!message_is_whole(message), "the head is read without the body");
}

static void check_parts(struct message *message, const struct limits *limits)
{
    const GPtrArray *parts = message_parts(message);
    must(parts->len <= limits->parts, "parts are within their limit");
    for (guint i = 0; i < parts->len; i++) {
        const struct part *part = parts->pdata[i];
        const char *text = message_part_text(message, part);
        const char *const words[] = {part->type, part->charset, part->disposition, text};
        for (size_t j = 0; j < G_N_ELEMENTS(words); j++)
            if (words[j] != NULL)
                must_be_text(words[j]);
        must(part->type != NULL, "a part has a type");
        must(message_part_size(message, part) <= limits->bytes,
             "a part is no larger than what is read of the mail");
        if (part->filename != NULL)
            must_be_one_line(part->filename);
        if (text != NULL) { /* a byte may become the three of U+FFFD */
            must(strlen(text) <= limits->text * 4 * 3, "a part's text is within its limit");
            must(strchr(text, '\r') == NULL, "lines end in LF");
        }
    }
    must_be_text(message_text(message));
    must(strlen(message_text(message)) <= limits->text, "the text that rules see is within its limit");
    must_normalize(message_text(message));
}

static void check_defects(struct message *message)
{
    json_t *defects = message_defects(message);
    for (size_t i = 0; i < json_array_size(defects); i++) {
        const char *word = json_string_value(json_array_get(defects, i));
        must_be_one_line(word);
        must(i == 0 || strcmp(json_string_value(json_array_get(defects, i - 1)), word) < 0,
             "defects are sorted, each once");
    }
    json_decref(defects);
}

/* What was asked before changes nothing but the defects, which grow as more is read. */
static void check_equal(json_t *late, json_t *early)
{
    json_t *more = json_object_get(late, "defects"), *less = json_object_get(early, "defects");
    for (size_t i = 0, found = 0; i < json_array_size(less); i++, found = 0) {
        for (size_t j = 0; j < json_array_size(more); j++)
            found += (size_t)json_equal(json_array_get(less, i), json_array_get(more, j));
        must(found == 1, "a defect is found again when more was asked");
    }
    json_object_del(late, "defects");
    json_object_del(early, "defects");
    must(json_equal(late, early), "the same bytes read the same, whatever was asked before");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct limits *limits = size > 0 && data[size - 1] % 2 == 1 ? &small : &shipped;
    g_autoptr(GBytes) raw = g_bytes_new(data, size);
    g_autoptr(message) message = message_new(raw, limits), fresh = message_new(raw, limits);
    check_head(message);
    check_headers(message, limits);
    check_parts(message, limits);
    check_defects(message);
    json_t *late = message_inspect(message), *early = message_inspect(fresh);
    must_serialise(late);
    check_equal(late, early);
    json_decref(late);
    json_decref(early);
    return 0;
}
