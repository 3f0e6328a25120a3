/* What explain says besides the rules' own record. It looks at what was decided and changes none of it: a
 * rule that is evaluated only because somebody asked for it gets copies of all that it could add to. */
#include "rules/explain.h"
#include "rules/account.h"
#include "rules/notice.h"
#include "rules/offering.h"
#include "rules/step.h"
#include "base/json.h"

#include <string.h>

json_t *explain_why(struct reading *reading, const struct rule *rule)
{
    return reading->trace != NULL && reading->offering != NULL ? offering_why(reading->offering, rule) : NULL;
}

struct absent {
    const struct reading *reading;
    const struct condition *condition;
};

static bool on_text(const char *text, void *data)
{
    const struct absent *absent = data;
    trace_text(absent->reading->trace, absent->reading->set, absent->condition, text, PATTERN_NO, 0, 0);
    return false;
}

void explain_absent(struct reading *reading, const struct condition *condition)
{
    struct absent absent = {reading, condition};
    if (reading->trace == NULL)
        return;
    trace_absent(reading->trace);
    reading_each_text(reading, condition->field, condition->header, on_text, &absent);
}

void explain_read(struct reading *reading)
{
    if (reading->trace != NULL && message_is_whole(reading->message))
        trace_read(reading->trace, message_parts(reading->message)->len, message_decoded(reading->message));
}

/* Follows account_of, which goes through the same places in this order. */
static char *found_by(struct reading *reading, const char *account, bool conflict)
{
    const json_t *notice = notice_of(reading, true);
    const char *recipient = account_recipient(reading);
    if (conflict)
        return g_strdup_printf("the mail names one account and came to the address of another%s%s",
                               recipient != NULL ? ": " : "", recipient != NULL ? recipient : "");
    if (account == NULL)
        return g_strdup(json_array_size(json_object_get(notice, "accounts")) > 1
                            ? "the mail is about several accounts"
                            : "the mail names no account, and no address that it came to is in the contacts");
    if (g_strcmp0(json_text(reading->found, "account"), account) == 0)
        return g_strdup("found by a rule as {account}");
    if (!json_lists(json_object_get(notice, "accounts"), account))
        return g_strdup_printf("the contacts have the address that the mail came to%s%s",
                               recipient != NULL ? ": " : "", recipient != NULL ? recipient : "");
    if (strstr(reading_subject(reading), account) != NULL)
        return g_strdup("the subject names it");
    bool metadata = json_object_size(json_object_get(notice, "metadata")) > 0;
    return g_strdup(metadata ? "the mail's metadata names it" : "a labelled number in the body");
}

void explain_account(struct reading *reading, const char *account, const char *contact, bool conflict)
{
    if (reading->trace == NULL)
        return;
    g_autofree char *by = found_by(reading, account, conflict);
    trace_account(reading->trace, account, contact, by);
}

static void evaluate(struct reading *reading, const struct rule *rule)
{
    json_t *found = reading->found, *errors = reading->errors, *tags = reading->tags;
    reading->found = json_deep_copy(found);
    reading->errors = json_array();
    reading->tags = json_array();
    reading->rule = rule;
    step_enter(rule->number);
    trace_rule_begin(reading->trace, rule, json_string("asked"));
    bool holds = reading_holds(reading, rule->condition);
    if (holds) {
        reading_capture(reading, rule);
        trace_captures(reading->trace, rule, reading->found);
    }
    trace_rule_end(reading->trace, holds ? "holds" : "no");
    step_enter(0);
    json_decref(reading->found);
    json_decref(reading->errors);
    json_decref(reading->tags);
    reading->found = found;
    reading->errors = errors;
    reading->tags = tags;
}

static bool is_wanted(const struct reading *reading, const struct rule *rule, const char *const *skip)
{
    bool passed = skip != NULL && g_strv_contains(skip, rule->id);
    return !passed && !trace_has(reading->trace, rule);
}

/* Those that are named come first: there may be no room for all. */
void explain_asked(struct reading *reading, const char *const *ids, const char *const *skip)
{
    const GPtrArray *rules = reading->set->rules;
    if (reading->trace == NULL || ids == NULL || ids[0] == NULL)
        return;
    trace_step(reading->trace, "asked");
    for (guint i = 0; i < rules->len; i++)
        if (g_strv_contains(ids, ((struct rule *)rules->pdata[i])->id) &&
            is_wanted(reading, rules->pdata[i], skip))
            evaluate(reading, rules->pdata[i]);
    for (guint i = 0; i < rules->len && g_strv_contains(ids, "*"); i++) {
        if (!is_wanted(reading, rules->pdata[i], skip))
            continue;
        if (trace_is_full(reading->trace))
            trace_leave_out(reading->trace, rules->pdata[i]);
        else
            evaluate(reading, rules->pdata[i]);
    }
}
