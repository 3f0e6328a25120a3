/* Making plans. The configuration has every escalation unrolled into steps already (scripts/awsift/
 * escalation.lua), so all that is left is to choose one and to say what it is about. By day or by night is
 * chosen once, when it begins. Roles and channels are named here, and never addressed. */
#include "keeper/escalation.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/action.h"

#include <string.h>

enum { DAY_MINUTES = 24 * 60, STEPS_MOST = 200 };
/* ms: 366 days. What is longer nobody waits for; a decider may say anything. */
#define ANSWER_LONGEST INT64_C(31622400000)
#define ANY_ROLE "*" /* in the plan that is used where none is configured: the role of the call */

static bool is_day(const json_t *hours, int weekday)
{
    const json_t *flag = json_array_get(json_object_get(hours, "days"), (size_t)weekday);
    return flag == NULL || json_is_true(flag);
}

bool hours_contain(const json_t *hours, int64_t now)
{
    const char *name = json_text_or(hours, "timezone", "UTC");
    g_autoptr(GTimeZone) known = g_time_zone_new_identifier(name);
    g_autoptr(GTimeZone) zone = known != NULL ? g_time_zone_ref(known) : g_time_zone_new_utc();
    g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(now / 1000);
    g_autoptr(GDateTime) here = moment != NULL ? g_date_time_to_timezone(moment, zone) : NULL;
    if (here == NULL)
        return false;
    int64_t from = json_number(hours, "from", 0), to = json_number(hours, "to", DAY_MINUTES),
            minute = g_date_time_get_hour(here) * 60 + g_date_time_get_minute(here);
    int today = g_date_time_get_day_of_week(here) - 1, yesterday = (today + 6) % 7;
    if (from < to)
        return is_day(hours, today) && minute >= from && minute < to;
    return (minute >= from && is_day(hours, today)) || (minute < to && is_day(hours, yesterday));
}

const json_t *escalation_for(const json_t *config, const char *name, const char *role, const char *account,
                             const char **found)
{
    const char *key;
    json_t *entry, *all = json_object_get(config, "escalations"),
                   *chosen = name != NULL ? json_object_get(all, name) : NULL;
    *found = chosen != NULL ? name : NULL;
    bool own = chosen != NULL;
    json_object_foreach(all, key, entry) {
        const json_t *accounts = json_object_get(entry, "accounts");
        bool for_account = json_lists(accounts, account);
        if (own || strcmp(json_text_or(entry, "to", ""), role) != 0 || (accounts != NULL && !for_account) ||
            (chosen != NULL && !for_account))
            continue;
        own = for_account;
        chosen = entry;
        *found = key;
    }
    return chosen;
}

/* A step's actions with what the call itself says. */
static json_t *actions_of(const json_t *step, const json_t *args)
{
    json_t *list = json_deep_copy(json_object_get(step, "actions")), *entry;
    const char *role = json_text(args, "to"), *text = json_text(args, "text");
    size_t index;
    json_array_foreach(list, index, entry) {
        json_t *own = json_object_get(entry, "args");
        if (role != NULL && g_strcmp0(json_text(own, "to"), ANY_ROLE) == 0)
            json_object_set_new(own, "to", json_string(role));
        if (text != NULL && json_text(own, "text") == NULL &&
            strcmp(json_text_or(entry, "action", ""), "call") == 0)
            json_object_set_new(own, "text", json_string(text));
    }
    return list != NULL ? list : json_array();
}

/* Appends the steps of an escalation, so many ms later than it has them. */
static void add_steps(json_t *steps, const json_t *source, const json_t *args, int64_t later)
{
    size_t index;
    json_t *step;
    json_array_foreach((json_t *)source, index, step) {
        if (json_array_size(steps) == STEPS_MOST)
            return;
        json_t *copy = json_pack("{s:I, s:o}", "after", (json_int_t)(json_number(step, "after", 0) + later),
                                 "actions", actions_of(step, args));
        if (json_flag(step, "alert"))
            json_object_set_new(copy, "alert", json_true());
        json_array_append_new(steps, copy);
    }
}

static json_t *plan_new(const json_t *config, const char *name)
{
    const json_t *limits = json_object_get(config, "paging");
    return json_pack("{s:s, s:{s:I, s:I}, s:[]}", "name", name, "limits", "rule",
                     (json_int_t)json_number(limits, "rule_per_hour", 60), "all",
                     (json_int_t)json_number(limits, "per_hour", 300), "steps");
}

/* The steps by day or by night, which the plan then says; NULL for an escalation that makes no difference. */
static const json_t *steps_now(const json_t *escalation, json_t *plan, int64_t now)
{
    const json_t *hours = json_object_get(escalation, "hours");
    if (hours == NULL)
        return json_object_get(escalation, "steps");
    const char *which = hours_contain(hours, now) ? "day" : "night";
    json_object_set_new(plan, "hours", json_string(which));
    return json_object_get(escalation, which);
}

/* It begins when it is written down, unless it says otherwise. */
static json_t *opened(const char *kind, const char *key, const json_t *telling, json_t *plan)
{
    return json_pack("{s:s, s:s, s:O?, s:o}", "kind", kind, "key", key, "telling", telling, "plan", plan);
}

static json_t *call_opened(const json_t *config, const json_t *context, const json_t *action, int64_t now)
{
    const json_t *args = json_object_get(action, "args");
    const char *role = json_text_or(args, "to", ""), *name;
    const json_t *escalation =
        escalation_for(config, json_text(args, "escalation"), role, json_text(context, "account"), &name);
    json_t *plan = plan_new(config, name != NULL ? name : role);
    if (escalation == NULL)
        escalation = json_object_get(config, "escalation");
    add_steps(json_object_get(plan, "steps"), steps_now(escalation, plan, now), args, 0);
    return opened("call", json_text_or(action, "key", ""), json_object_get(action, "telling"), plan);
}

/* The page itself, under its own key. Whether it may be done the decider has judged, as with a call. */
static json_t *page_opened(const json_t *config, const json_t *action)
{
    json_t *plan = plan_new(config, json_text_or(json_object_get(action, "args"), "channel", ""));
    json_array_append_new(json_object_get(plan, "steps"),
                          json_pack("{s:i, s:[{s:s, s:O, s:O}]}", "after", 0, "actions", "action", "page",
                                    "args", json_object_get(action, "args"), "key",
                                    json_object_get(action, "key")));
    return opened("page", json_text_or(action, "key", ""), json_object_get(action, "telling"), plan);
}

/* Those who were told of the mail, and the operators. */
static json_t *reminders(const json_t *decision, const char *stage, const char *until)
{
    g_autoptr(json_t) roles = json_object();
    json_t *list = json_array(), *entry;
    const char *role;
    size_t index;
    json_array_foreach(json_object_get(decision, "actions"), index, entry)
        if (strcmp(json_text_or(entry, "action", ""), "forward") == 0 &&
            json_text(json_object_get(entry, "args"), "to") != NULL)
            json_object_set_new(roles, json_text(json_object_get(entry, "args"), "to"), json_true());
    json_object_set_new(roles, "operators", json_true());
    json_object_foreach(roles, role, entry)
        json_array_append_new(list, json_pack("{s:s, s:{s:s, s:s, s:s}}", "action", "remind", "args", "to",
                                              role, "stage", stage, "until", until));
    return list;
}

static int by_after(const void *left, const void *right)
{
    int64_t a = json_number(*(json_t *const *)left, "after", 0),
            b = json_number(*(json_t *const *)right, "after", 0);
    return a < b ? -1 : a > b;
}

static json_t *sorted(const json_t *steps)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    json_t *result = json_array(), *step;
    size_t index;
    json_array_foreach((json_t *)steps, index, step)
        g_ptr_array_add(list, step);
    g_ptr_array_sort(list, by_after); /* GLib's is stable */
    for (guint i = 0; i < list->len; i++)
        json_array_append(result, list->pdata[i]);
    return result;
}

/* Reminded at half time and at the end, where the escalation "answer" begins, or so long before it as it
 * says. What was over when the mail was decided has its half time behind it. */
static json_t *answer_opened(const json_t *config, const json_t *body, int64_t within, int64_t now)
{
    const json_t *context = json_object_get(body, "context"), *decision = json_object_get(body, "decision");
    g_autoptr(json_t) nothing = json_object(), steps = json_array();
    int64_t began = now;
    time_parse(json_text_or(context, "arrived", ""), &began);
    g_autofree char *until = time_format(began + within),
                    *key = action_key(json_text(body, "sha256"), json_text(body, "recipient"), "answer",
                                      nothing, 0);
    const char *name;
    const json_t *escalation = escalation_for(config, NULL, "answer", json_text(context, "account"), &name);
    json_t *plan = plan_new(config, name != NULL ? name : "answer");
    if (json_text(context, "held") != NULL)
        json_object_set(plan, "held", json_object_get(context, "held"));
    if (now < began + within)
        json_array_append_new(steps, json_pack("{s:I, s:o}", "after", (json_int_t)(within / 2), "actions",
                                               reminders(decision, "half", until)));
    json_array_append_new(steps, json_pack("{s:I, s:o, s:b}", "after", (json_int_t)within, "actions",
                                           reminders(decision, "over", until), "alert", escalation == NULL));
    if (escalation != NULL)
        add_steps(steps, steps_now(escalation, plan, began + within), nothing,
                  MAX(within - json_number(escalation, "before", 0), 0));
    json_object_set_new(plan, "steps", sorted(steps));
    g_autoptr(json_t) said = json_pack("{s:O}", "answer", json_object_get(context, "answer"));
    g_autofree char *telling = action_telling(decision, json_text(body, "body_sha256"), "call", said, 0);
    g_autoptr(json_t) same = json_text_new(telling);
    json_t *entry = opened("answer", key, same, plan);
    json_object_set_new(entry, "began", json_integer(began));
    json_object_set_new(entry, "until", json_integer(began + within));
    return entry;
}

json_t *escalation_owed(const json_t *config, const json_t *body, json_t *actions, int64_t now)
{
    const json_t *context = json_object_get(body, "context");
    const char *answer = json_text(context, "answer");
    json_t *list = json_array(), *action;
    int64_t within;
    size_t index;
    json_array_foreach(actions, index, action) {
        const char *name = json_text_or(action, "action", "");
        bool calls = strcmp(name, "call") == 0;
        if (!calls && strcmp(name, "page") != 0)
            continue;
        json_object_set_new(action, "owed", json_true());
        json_array_append_new(list, calls ? call_opened(config, context, action, now)
                                          : page_opened(config, action));
    }
    bool own = json_lists(json_object_get(json_object_get(body, "decision"), "tags"),
                          "loop"); /* it came back to us */
    if (answer != NULL && !own && duration_parse(answer, &within) && within > 0)
        json_array_append_new(list, answer_opened(config, body, MIN(within, ANSWER_LONGEST), now));
    return list;
}
