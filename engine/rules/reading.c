/* Evaluating conditions over one mail. Every text is normalized as text_normalize says before it is compared.
 * The order of evaluation is the order in which conditions.lua wrote them: cheap ones first, so that most
 * bodies are never decoded. */
#include "rules/reading.h"
#include "rules/explain.h"
#include "rules/lasting.h"
#include "rules/lua_message.h"
#include "rules/notice.h"
#include "rules/offering.h"
#include "rules/step.h"
#include "base/json.h"
#include "mail/text.h"

#include <lauxlib.h>
#include <string.h>

enum { COLLECT_MAXIMUM = 500, ERRORS_MAXIMUM = 500 };

void reading_start(struct reading *reading, const struct rule_set *set, struct message *message)
{
    memset(reading, 0, sizeof *reading);
    reading->set = set;
    reading->message = message;
    reading->found = json_object();
    reading->tags = json_array();
    reading->errors = json_array();
    reading->unfound = json_object();
    reading->shadows = g_ptr_array_new();
}

void reading_clear(struct reading *reading)
{
    json_decref(reading->found);
    json_decref(reading->tags);
    json_decref(reading->errors);
    json_decref(reading->unfound);
    json_decref(reading->notice);
    g_ptr_array_unref(reading->shadows);
    g_free(reading->subject);
    g_free(reading->title);
    g_free(reading->body);
    g_clear_pointer(&reading->halves, g_hash_table_unref);
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
    trace_error(reading->trace, message);
    json_array_foreach(reading->errors, index, known)
        again = again || json_equal(known, error);
    if (again || index >= ERRORS_MAXIMUM)
        json_decref(error);
    else
        json_array_append_new(reading->errors, error);
}

void reading_found(const char *name, const char *value, size_t length, void *data)
{
    struct reading *reading = data;
    trace_found(reading->trace, name, value, length);
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
    reading->failures++;
    reading_error(reading, "steps", message);
}

static bool try_text(struct reading *reading, const struct condition *condition, const char *text)
{
    size_t start = 0, end = 0;
    enum pattern_result result =
        pattern_try(condition->pattern, text, strlen(text), &end, &start, reading_found, reading);
    if (result == PATTERN_OVERRAN)
        too_many_steps(reading, condition->pattern);
    trace_text(reading->trace, reading->set, condition, text, result, start, end);
    return result == PATTERN_YES;
}

struct trial {
    struct reading *reading;
    const struct condition *condition;
};

static bool on_text(const char *text, void *data)
{
    struct trial *trial = data;
    return try_text(trial->reading, trial->condition, text);
}

static bool text_holds(struct reading *reading, const struct condition *condition)
{
    struct trial trial = {reading, condition};
    return reading_each_text(reading, condition->field, condition->header, on_text, &trial);
}

/* One search answers for all rules which texts are not in a field. */
static bool text_may_hold(struct reading *reading, const struct condition *condition)
{
    if (reading->offering == NULL || offering_may_hold(reading->offering, condition))
        return true;
    explain_absent(reading, condition);
    return false;
}

static bool notice_holds(struct reading *reading, const struct condition *condition)
{
    const json_t *value = notice_value(reading, condition->field);
    bool holds = json_equal(value, condition->value);
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)value, index, entry)
        holds = holds || json_equal(entry, condition->value);
    trace_saw_value(reading->trace, value);
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

static bool when_holds(struct reading *reading, const struct condition *condition)
{
    lua_State *lua = sandbox_state(reading->set->sandbox);
    g_autoptr(GError) error = NULL;
    const char *kind = NULL;
    bool holds = false;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, condition->test);
    lua_message_push(lua, reading);
    if (sandbox_call_for_mail(reading->set->sandbox, 2, 1, &kind, &error)) {
        holds = lua_toboolean(lua, -1);
        lua_pop(lua, 1);
    } else {
        reading->failures++;
        reading_error(reading, kind, error->message);
    }
    lua_message_end(lua);
    reading_put_back(reading, condition->test);
    return holds;
}

static bool inner_holds(struct reading *reading, const struct condition *condition)
{
    bool any = condition->operation != CONDITION_ALL;
    bool holds = !any;
    unsigned failures = reading->failures;
    guint i = 0;
    for (; i < condition->inner->len && (i == 0 || holds != any); i++)
        holds = reading_holds(reading, condition->inner->pdata[i]);
    for (; i < condition->inner->len; i++)
        trace_skipped(reading->trace, condition->inner->pdata[i]);
    if (condition->operation ==
        CONDITION_NONE) /* of what could not be tried, nobody knows that it is not so */
        return !holds && reading->failures == failures;
    return holds;
}

static bool condition_holds(struct reading *reading, const struct condition *condition)
{
    switch (condition->operation) {
    case CONDITION_TEXT:
        return condition->pattern != NULL && text_may_hold(reading, condition) &&
               text_holds(reading, condition);
    case CONDITION_NOTICE:
        return notice_holds(reading, condition);
    case CONDITION_WHEN:
        return when_holds(reading, condition);
    default:
        return inner_holds(reading, condition);
    }
}

void reading_reach(struct reading *reading, unsigned number)
{
    if (reading->reached != NULL)
        reading->reached[number] = 1;
}

bool reading_holds(struct reading *reading, const struct condition *condition)
{
    size_t before = json_object_size(reading->found);
    trace_condition_begin(reading->trace, condition);
    bool holds = condition_holds(reading, condition);
    trace_condition_end(reading->trace, holds);
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
    g_autofree char *found = value != NULL ? value : g_strndup(body + start, *offset - start);
    return g_strstrip(text_one_line(found)); /* it may have been wrapped */
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

static void note_unfound(struct reading *reading, const char *name)
{
    if (json_object_get(reading->found, name) == NULL)
        json_object_set_new(reading->unfound, name, json_true());
}

/* The account and its like are the same whoever finds them; a {date} is not the mail's own. */
static void note_unfound_of(struct reading *reading, const struct condition *condition)
{
    static const char *const same[] = {"account", "case", "abuse_id", NULL};
    bool template = condition->operation == CONDITION_TEXT && condition->pattern != NULL &&
                    pattern_kind(condition->pattern) == PATTERN_TEMPLATE;
    const char *at = template ? pattern_text(condition->pattern) : "";
    for (size_t length; (at = strchr(at, '{')) != NULL; at++) {
        g_autofree char *name = pattern_is_placeholder(at, &length) ? g_strndup(at + 1, length - 2) : NULL;
        if (name != NULL && !g_strv_contains(same, name))
            note_unfound(reading, name);
    }
    for (guint i = 0; condition->inner != NULL && i < condition->inner->len; i++)
        note_unfound_of(reading, condition->inner->pdata[i]);
}

void reading_capture(struct reading *reading, const struct rule *rule)
{
    note_unfound_of(reading, rule->condition);
    for (guint i = 0; i < rule->captures->len; i++) {
        const struct capture *capture = rule->captures->pdata[i];
        size_t offset = 0;
        g_autofree char *value = capture_next(reading, capture, &offset);
        if (value == NULL) {
            note_unfound(reading, capture->name);
            continue;
        }
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
