/* Regions, resources and numbers that running text names. Each is one expression, made of its cues, that is
 * tried from place to place; the lists and the tries are bounded. */
#include "rules/notice_inside.h"
#include "base/json.h"

#include <string.h>

enum { TRIES_MAXIMUM = 20000 };

struct value {
    const char *text; /* of the first placeholder; NULL: none took part */
    size_t length;
    bool passed;
};

static void on_value(const char *name, const char *text, size_t length, void *data)
{
    struct value *value = data;
    if (strcmp(name, "pass") == 0)
        value->passed = true;
    else if (value->text == NULL)
        *value = (struct value){text, length, value->passed};
}

/* The next value from *offset on. */
static bool next_value(struct pattern *pattern, const char *text, size_t length, size_t *offset,
                       struct value *value)
{
    *value = (struct value){0};
    return pattern != NULL &&
           pattern_try(pattern, text, length, offset, NULL, on_value, value) == PATTERN_YES;
}

/* As a person would not copy it along. */
static size_t without_end(const char *text, size_t length)
{
    while (length > 0 && strchr(".,;:!?'\"", text[length - 1]) != NULL)
        length--;
    return length;
}

void notice_read_resources(struct reading *reading, const char *text, const bool *needles)
{
    struct pattern *pattern = cue_joined(reading->set->notice->resource, needles);
    const json_t *list = json_object_get(reading->notice, "resources");
    size_t length = strlen(text), offset = 0;
    struct value value;
    for (int i = 0; i < TRIES_MAXIMUM && json_array_size(list) < NOTICE_LIST_MAXIMUM &&
                    next_value(pattern, text, length, &offset, &value);
         i++) {
        size_t bytes = value.text != NULL && !value.passed ? without_end(value.text, value.length) : 0;
        g_autofree char *resource = bytes > 0 ? g_strndup(value.text, bytes) : NULL;
        if (resource != NULL)
            notice_add(reading->notice, "resources", resource);
    }
}

static bool looks_like_code(const char *code)
{
    size_t length = strlen(code);
    return length <= 30 && strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") == length &&
           strchr(code, '-') != NULL && g_ascii_isdigit(code[length - 1]);
}

void notice_add_region(struct reading *reading, const char *text, size_t length)
{
    g_autofree char *given = g_strndup(text, length), *name = g_utf8_strdown(given, -1);
    for (char *at = name; *at != '\0'; at++) /* it may have been wrapped */
        *at = *at == '\n' ? ' ' : *at;
    const char *code = g_hash_table_lookup(reading->set->notice->region_codes, name);
    if (code == NULL && (looks_like_code(name) || strcmp(name, "global") == 0))
        code = name;
    if (code != NULL)
        notice_add(reading->notice, "regions", code);
}

void notice_read_regions(struct reading *reading, const char *text, const bool *needles)
{
    const struct notice_data *data = reading->set->notice;
    struct pattern *region = cue_joined(data->region, needles);
    size_t length = strlen(text), offset = 0;
    struct value value;
    for (int i = 0; i < TRIES_MAXIMUM && next_value(region, text, length, &offset, &value); i++) {
        if (value.text != NULL)
            notice_add_region(reading, value.text, value.length);
        while (i < TRIES_MAXIMUM && next_value(data->further_region, text, length, &offset, &value)) {
            notice_add_region(reading, value.text, value.length);
            i++;
        }
    }
}

static void read_number(struct reading *reading, const char *key, struct pattern *pattern, const char *text)
{
    size_t offset = 0;
    struct value value;
    if (!json_is_null(json_object_get(reading->notice, key)) ||
        !next_value(pattern, text, strlen(text), &offset, &value) || value.text == NULL)
        return;
    json_object_set_new(reading->notice, key, json_stringn(value.text, value.length));
}

void notice_read_numbers(struct reading *reading, const char *text, const bool *needles)
{
    const struct notice_data *data = reading->set->notice;
    read_number(reading, "case", cue_joined(data->case_number, needles), text);
    read_number(reading, "abuse_id", cue_joined(data->abuse_id, needles), text);
}
