/* The service: as the metadata block says, else as the event type, else as the title names it; always by the
 * code that rules use, so that both forms of a notice say the same. */
#include "rules/notice_inside.h"
#include "base/json.h"

#include <string.h>

void notice_set_service(struct reading *reading, const char *code)
{
    g_autofree char *upper = g_ascii_strup(code, -1);
    const char *known = g_hash_table_lookup(reading->set->notice->service_codes, upper);
    g_autofree char *name = g_utf8_strdown(code, -1);
    if (known == NULL)
        known = g_hash_table_lookup(reading->set->notice->service_names, name);
    json_object_set_new(reading->notice, "service", json_text_new(known != NULL ? known : code));
}

/* AWS_EC2_INSTANCE_…: what stands behind the first word; other types name none. */
void notice_read_service_of_type(struct reading *reading)
{
    const char *type = json_text_or(reading->notice, "event_type", "");
    if (!g_str_has_prefix(type, "AWS_"))
        return;
    size_t length = strcspn(type + 4, "_");
    g_autofree char *code = g_strndup(type + 4, length);
    if (length > 0 && type[4 + length] == '_')
        notice_set_service(reading, code);
}

static void on_name(const char *name, const char *value, size_t length, void *data)
{
    struct reading *reading = data;
    g_autofree char *text = g_strndup(value, length), *key = g_utf8_strdown(text, -1);
    const char *code = g_hash_table_lookup(reading->set->notice->service_names, key);
    json_object_set_new(reading->notice, "service", json_text_new(code));
}

void notice_read_service_of_title(struct reading *reading)
{
    const char *title = json_text_or(reading->notice, "title", "");
    size_t offset = 0;
    if (reading->set->notice->service != NULL)
        pattern_try(reading->set->notice->service, title, strlen(title), &offset, NULL, on_name, reading);
}
