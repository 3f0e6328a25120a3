/* Reading the notice: in two steps, subject and headers first and the body when somebody asks for what stands
 * there, each once a mail. The subject's decorations are peeled from both ends until none fits; what a half
 * of a bilingual subject says goes with it into the facts. */
#include "rules/notice_inside.h"
#include "rules/step.h"
#include "base/json.h"
#include "mail/text.h"

#include <string.h>

enum { PEEL_MAXIMUM = 32 };

void notice_add(json_t *notice, const char *list_name, const char *value)
{
    json_t *list = json_object_get(notice, list_name);
    size_t low = 0, high = json_array_size(list);
    if (high >= NOTICE_LIST_MAXIMUM)
        return;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(value, json_string_value(json_array_get(list, middle)));
        if (order == 0)
            return;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    json_array_insert_new(list, low, json_text_new(value));
}

static void on_decoration(const char *name, const char *value, size_t length, void *data)
{
    struct reading *reading = data;
    g_autofree char *text = g_strndup(value, length);
    if (strcmp(name, "account") == 0)
        notice_add(reading->notice, "accounts", text);
    else if (strcmp(name, "region") == 0)
        notice_add_region(reading, value, length);
    else if (strcmp(name, "case") == 0 || strcmp(name, "abuse_id") == 0)
        json_object_set_new(reading->notice, name, json_text_new(text));
}

/* Where the decoration stands; false when it does not, and when nothing else would be left. */
static bool find_decoration(struct reading *reading, const struct decoration *decoration,
                            const GString *title, size_t *start, size_t *end)
{
    struct pattern *const sides[] = {decoration->head, decoration->tail};
    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
        *start = *end = 0;
        if (pattern_try(sides[i], title->str, title->len, end, start, on_decoration, reading) == PATTERN_YES)
            return *end - *start > 0 && *end - *start < title->len;
    }
    return false;
}

static bool peel_once(struct reading *reading, GString *title, GString *half)
{
    for (guint i = 0; i < reading->set->decorations->len; i++) {
        const struct decoration *decoration = reading->set->decorations->pdata[i];
        size_t start, end;
        if (!find_decoration(reading, decoration, title, &start, &end))
            continue;
        if (strcmp(decoration->name, "bilingual") == 0)
            g_string_append_len(half, title->str + start, (gssize)(end - start));
        g_string_erase(title, (gssize)start, (gssize)(end - start));
        if (json_is_boolean(json_object_get(reading->notice, decoration->name)))
            json_object_set_new(reading->notice, decoration->name, json_true());
        return true;
    }
    return false;
}

/* half: takes what was the title in another language, with its own decorations. */
static void peel(struct reading *reading, GString *title, GString *half)
{
    for (int i = 0; i < PEEL_MAXIMUM && peel_once(reading, title, half); i++)
        ;
}

static void read_title(struct reading *reading)
{
    g_autoptr(GString) title = g_string_new(reading_subject(reading)), half = g_string_new(NULL),
                       none = g_string_new(NULL);
    peel(reading, title, half);
    json_object_set_new(reading->notice, "title", json_text_new(g_strstrip(title->str)));
    g_strstrip(g_strdelimit(half->str, "|", ' '));
    half->len = strlen(half->str);
    if (half->len > 0)
        peel(reading, half, none);
}

static void read_subject(struct reading *reading)
{
    const char *subject = reading_subject(reading);
    g_autofree bool *needles = cue_needles_in(reading->set->notice, subject);
    read_title(reading);
    notice_read_account_of_subject(reading);
    notice_read_regions(reading, subject, needles);
    notice_read_resources(reading, subject, needles);
    notice_read_numbers(reading, subject, needles);
    notice_read_service_of_title(reading);
}

static void read_headers(struct reading *reading)
{
    const char *type = message_header(reading->message, "X-SM-COMMUNICATION-TYPE", 0);
    if (type == NULL)
        return;
    g_autofree char *text = text_normalize(type, true);
    json_object_set_new(reading->notice, "event_type", json_text_new(text));
    notice_read_service_of_type(reading);
}

static json_t *notice_new(void)
{
    return json_pack("{s:s, s:b, s:b, s:b, s:[], s:[], s:n, s:n, s:n, s:n, s:[], s:n, s:n, s:n, s:n, s:[], "
                     "s:{}, s:n}",
                     "title", "", "action_required", 0, "reminder", 0, "final_notice", 0, "accounts",
                     "regions", "service", "event_type", "case", "abuse_id", "resources", "starts", "ends",
                     "deadline", "status", "links", "metadata", "language");
}

static void read_body(struct reading *reading)
{
    const char *body = reading_body(reading);
    g_autofree bool *needles = cue_needles_in(reading->set->notice, body);
    if (!notice_read_block(reading, body))
        notice_read_service_of_type(reading);
    notice_read_regions(reading, body, needles);
    notice_read_resources(reading, body, needles);
    notice_read_numbers(reading, body, needles);
    notice_read_times(reading, body, needles);
    notice_read_status(reading, body, needles);
    notice_read_links(reading, body);
    notice_read_language(reading);
    if (json_array_size(json_object_get(reading->notice, "accounts")) == 0)
        notice_read_accounts(reading, body);
}

json_t *notice_of(struct reading *reading, bool body)
{
    uint32_t left = step_leave();
    if (reading->notice == NULL) {
        reading->notice = notice_new();
        read_subject(reading);
        read_headers(reading);
    }
    if (body && !reading->notice_has_body) {
        reading->notice_has_body = true;
        read_body(reading);
    }
    step_return(left);
    return reading->notice;
}

const char *notice_event_type(struct reading *reading)
{
    const char *type = json_string_value(notice_value(reading, "event_type"));
    return type != NULL ? type : "";
}

const json_t *notice_value(struct reading *reading, const char *key)
{
    static const char *const of_subject[] = {"title", "action_required", "reminder", "final_notice", NULL};
    /* Of these the subject or a header has the last word where it says anything. */
    static const char *const first_there[] = {"event_type", "case", "abuse_id", NULL};
    uint32_t left = step_leave();
    const json_t *value = json_object_get(notice_of(reading, false), key);
    bool known =
        g_strv_contains(of_subject, key) || (g_strv_contains(first_there, key) && !json_is_null(value));
    if (!known)
        value = json_object_get(notice_of(reading, true), key);
    step_return(left);
    return value;
}
