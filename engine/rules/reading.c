/* Evaluating conditions over one mail. Every text is normalized as text_normalize says before it is compared.
 * The order of evaluation is the order in which conditions.lua wrote them: cheap ones first, so that most
 * bodies are never decoded. */
#include "rules/reading.h"
#include "rules/lasting.h"
#include "rules/lua_message.h"
#include "rules/notice.h"
#include "rules/offering.h"
#include "rules/step.h"
#include "base/json.h"
#include "mail/text.h"

#include <lauxlib.h>
#include <string.h>

#define WHEN_INSTRUCTIONS 1000000
enum { COLLECT_MAXIMUM = 500 };

void reading_start(struct reading *reading, const struct rule_set *set, struct message *message)
{
    memset(reading, 0, sizeof *reading);
    reading->set = set;
    reading->message = message;
    reading->found = json_object();
    reading->tags = json_array();
    reading->errors = json_array();
}

void reading_clear(struct reading *reading)
{
    json_decref(reading->found);
    json_decref(reading->tags);
    json_decref(reading->errors);
    json_decref(reading->notice);
    g_free(reading->subject);
    g_free(reading->title);
    g_free(reading->body);
}

const char *reading_subject(struct reading *reading)
{
    if (reading->subject == NULL) {
        uint32_t left = step_leave();
        reading->subject = text_normalize(message_subject(reading->message), true);
        step_return(left);
    }
    return reading->subject;
}

const char *reading_title(struct reading *reading)
{
    if (reading->title == NULL)
        reading->title = g_strdup(json_text_or(notice_of(reading, false), "title", ""));
    return reading->title;
}

const char *reading_body(struct reading *reading)
{
    if (reading->body == NULL) {
        uint32_t left = step_leave();
        reading->body = text_normalize(message_text(reading->message), false);
        step_return(left);
    }
    return reading->body;
}

const GPtrArray *reading_parts(struct reading *reading)
{
    uint32_t left = step_leave();
    const GPtrArray *parts = message_parts(reading->message);
    step_return(left);
    return parts;
}

GPtrArray *reading_addresses(struct reading *reading, const char *header)
{
    uint32_t left = step_leave();
    GPtrArray *addresses = message_addresses(reading->message, header);
    step_return(left);
    return addresses;
}

void reading_error(struct reading *reading, const char *kind, const char *message)
{
    json_t *error = json_pack("{s:o, s:s, s:o}", "rule",
                              json_text_new(reading->rule != NULL ? reading->rule->id : NULL), "kind", kind,
                              "message", json_text_new(message)),
           *known;
    size_t index;
    bool again = false;
    json_array_foreach(reading->errors, index, known)
        again = again || json_equal(known, error);
    if (again)
        json_decref(error);
    else
        json_array_append_new(reading->errors, error);
}

void reading_trace(struct reading *reading, int depth, const char *format, ...)
{
    if (reading->trace == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_string_append_printf(reading->trace, "%*s", depth * 2, "");
    g_string_append_vprintf(reading->trace, format, arguments);
    g_string_append_c(reading->trace, '\n');
    va_end(arguments);
}

void reading_found(const char *name, const char *value, size_t length, void *data)
{
    struct reading *reading = data;
    if (json_object_get(reading->found, name) == NULL)
        json_object_set_new(reading->found, name, json_stringn(value, length));
}

/* Objects keep the order of insertion, and nothing is replaced while conditions are tried. */
void reading_forget(struct reading *reading, size_t size)
{
    while (json_object_size(reading->found) > size) {
        void *at = json_object_iter(reading->found);
        for (size_t i = 0; i < size; i++)
            at = json_object_iter_next(reading->found, at);
        g_autofree char *name = g_strdup(json_object_iter_key(at));
        json_object_del(reading->found, name);
    }
}

static void too_many_steps(struct reading *reading, const struct pattern *pattern)
{
    g_autofree char *message = g_strdup_printf("the pattern '%s' took too many steps", pattern_text(pattern));
    reading_error(reading, "steps", message);
}

static bool try_text(struct reading *reading, const struct condition *condition, const char *text, int depth)
{
    enum pattern_result result =
        pattern_try(condition->pattern, text, strlen(text), NULL, NULL, reading_found, reading);
    if (result == PATTERN_OVERRAN)
        too_many_steps(reading, condition->pattern);
    if (reading->trace != NULL) {
        g_autofree char *shown = text_clip(text, 60), *line = text_one_line(shown);
        reading_trace(reading, depth, "%s %s \"%s\": saw \"%s\"", result == PATTERN_YES ? "+" : "-",
                      condition->field, pattern_text(condition->pattern), line);
    }
    return result == PATTERN_YES;
}

static bool try_addresses(struct reading *reading, const struct condition *condition,
                          const char *const *headers, int depth)
{
    for (; *headers != NULL; headers++) {
        g_autoptr(GPtrArray) addresses = reading_addresses(reading, *headers);
        for (guint i = 0; addresses != NULL && i < addresses->len; i++) {
            const struct address *address = addresses->pdata[i];
            if (try_text(reading, condition, address->address, depth))
                return true;
        }
    }
    return false;
}

static bool try_headers(struct reading *reading, const struct condition *condition, int depth)
{
    const char *value;
    for (unsigned n = 0; (value = message_header(reading->message, condition->header, n)) != NULL; n++) {
        g_autofree char *text = text_normalize(value, true);
        if (try_text(reading, condition, text, depth))
            return true;
    }
    reading_trace(reading, depth, "- header %s", condition->header);
    return false;
}

static bool try_attachments(struct reading *reading, const struct condition *condition, int depth)
{
    const GPtrArray *parts = reading_parts(reading);
    for (guint i = 0; i < parts->len; i++) {
        const struct part *part = parts->pdata[i];
        g_autofree char *name = part->filename != NULL ? text_normalize(part->filename, true) : NULL;
        if (name != NULL && try_text(reading, condition, name, depth))
            return true;
    }
    return false;
}

static bool text_holds(struct reading *reading, const struct condition *condition, int depth)
{
    static const char *const to[] = {"To", "Cc", NULL};
    if (strcmp(condition->field, "subject") == 0)
        return try_text(reading, condition, reading_subject(reading), depth);
    if (strcmp(condition->field, "title") == 0)
        return try_text(reading, condition, reading_title(reading), depth);
    if (strcmp(condition->field, "body") == 0)
        return try_text(reading, condition, reading_body(reading), depth);
    if (strcmp(condition->field, "event_type") == 0)
        return try_text(reading, condition, notice_event_type(reading), depth);
    if (strcmp(condition->field, "to") == 0)
        return try_addresses(reading, condition, to, depth);
    if (strcmp(condition->field, "header") == 0)
        return try_headers(reading, condition, depth);
    if (strcmp(condition->field, "attachment") == 0)
        return try_attachments(reading, condition, depth);
    const struct address *from = message_from(reading->message);
    const char *speaker =
        reading->auth != NULL ? reading->auth->speaker : NULL; /* for whom a mailing list speaks */
    return (speaker != NULL && try_text(reading, condition, speaker, depth)) ||
           try_text(reading, condition, from != NULL ? from->address : "", depth);
}

/* One search answers for all rules which texts are not in a field. */
static bool text_may_hold(struct reading *reading, const struct condition *condition, int depth)
{
    if (reading->offering == NULL || offering_may_hold(reading->offering, condition))
        return true;
    reading_trace(reading, depth, "- %s \"%s\": its text is not there", condition->field,
                  pattern_text(condition->pattern));
    return false;
}

static bool notice_holds(struct reading *reading, const struct condition *condition, int depth)
{
    const json_t *value = json_object_get(notice_of(reading, true), condition->field);
    bool holds = json_equal(value, condition->value);
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)value, index, entry)
        holds = holds || json_equal(entry, condition->value);
    reading_trace(reading, depth, "%s notice %s", holds ? "+" : "-", condition->field);
    return holds;
}

void reading_put_back(struct reading *reading, int reference)
{
    g_autofree char *names = lasting_restore(sandbox_state(reading->set->sandbox), reference);
    if (names == NULL)
        return;
    g_autofree char *message =
        g_strdup_printf("its function changes %s, which would outlive the mail and was put back: keep such "
                        "values in local variables inside the function",
                        names);
    reading_error(reading, "state", message);
}

static bool when_holds(struct reading *reading, const struct condition *condition, int depth)
{
    lua_State *lua = sandbox_state(reading->set->sandbox);
    g_autoptr(GError) error = NULL;
    bool overran = false, holds = false;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, condition->test);
    lua_message_push(lua, reading);
    if (sandbox_call(reading->set->sandbox, 2, 1, WHEN_INSTRUCTIONS, &overran, &error)) {
        holds = lua_toboolean(lua, -1);
        lua_pop(lua, 1);
    } else {
        reading_error(reading, overran ? "instructions" : "raised", error->message);
    }
    lua_message_end(lua);
    reading_put_back(reading, condition->test);
    reading_trace(reading, depth, "%s when%s%s", holds ? "+" : "-", error != NULL ? ": " : "",
                  error != NULL ? error->message : "");
    return holds;
}

static bool inner_holds(struct reading *reading, const struct condition *condition, int depth)
{
    bool any = condition->operation != CONDITION_ALL;
    bool holds = !any;
    for (guint i = 0; i < condition->inner->len; i++) {
        holds = reading_holds(reading, condition->inner->pdata[i], depth + 1);
        if (holds == any)
            break;
    }
    return condition->operation == CONDITION_NONE ? !holds : holds;
}

static bool condition_holds(struct reading *reading, const struct condition *condition, int depth)
{
    switch (condition->operation) {
    case CONDITION_TEXT:
        return condition->pattern != NULL && text_may_hold(reading, condition, depth) &&
               text_holds(reading, condition, depth);
    case CONDITION_NOTICE:
        return notice_holds(reading, condition, depth);
    case CONDITION_WHEN:
        return when_holds(reading, condition, depth);
    default:
        return inner_holds(reading, condition, depth);
    }
}

void reading_reach(struct reading *reading, unsigned number)
{
    if (reading->reached != NULL)
        reading->reached[number] = 1;
}

bool reading_holds(struct reading *reading, const struct condition *condition, int depth)
{
    size_t before = json_object_size(reading->found);
    bool holds = condition_holds(reading, condition, depth);
    if (holds)
        reading_reach(reading, condition->number);
    else
        reading_forget(reading, before);
    return holds;
}

/* The value of a capture is that of the first placeholder of its template, of the whole text without one. */
static void on_captured(const char *name, const char *value, size_t length, void *data)
{
    char **first = data;
    if (*first == NULL)
        *first = g_strndup(value, length);
}

/* The next value from *offset on, trimmed; NULL when there is none. */
static char *capture_next(struct reading *reading, const struct capture *capture, size_t *offset)
{
    const char *body = reading_body(reading);
    size_t start = 0;
    char *value = NULL;
    enum pattern_result result =
        pattern_try(capture->pattern, body, strlen(body), offset, &start, on_captured, &value);
    if (result == PATTERN_OVERRAN)
        too_many_steps(reading, capture->pattern);
    if (result != PATTERN_YES)
        return NULL;
    return g_strstrip(value != NULL ? value : g_strndup(body + start, *offset - start));
}

static json_t *collect_all(struct reading *reading, const struct capture *collect)
{
    json_t *list = json_array();
    for (size_t offset = 0, before = SIZE_MAX; offset != before && json_array_size(list) < COLLECT_MAXIMUM;) {
        before = offset;
        g_autofree char *value = capture_next(reading, collect, &offset);
        if (value == NULL)
            break;
        json_array_append_new(list, json_text_new(value));
    }
    return list;
}

void reading_capture(struct reading *reading, const struct rule *rule)
{
    for (guint i = 0; i < rule->captures->len; i++) {
        const struct capture *capture = rule->captures->pdata[i];
        size_t offset = 0;
        g_autofree char *value = capture_next(reading, capture, &offset);
        if (value == NULL)
            continue;
        reading_reach(reading, capture->number);
        json_object_set_new(reading->found, capture->name, json_text_new(value));
    }
    for (guint i = 0; i < rule->collects->len; i++) {
        const struct capture *collect = rule->collects->pdata[i];
        json_t *all = collect_all(reading, collect);
        if (json_array_size(all) > 0)
            reading_reach(reading, collect->number);
        json_object_set_new(reading->found, collect->name, all);
    }
}
