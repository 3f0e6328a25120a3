/* Planning actions. A rule's own actions replace what its category tells; `also` adds. Rules' functions run
 * here, within their budget; what they yield is checked by the shipped Lua and read with raw access. `call`,
 * `page` and `exec` are held, and the operators told instead, unless the mail is proven, recent and of an
 * account in the directory. */
#include "rules/plan.h"
#include "rules/budget.h"
#include "rules/lua_json.h"
#include "rules/lua_message.h"
#include "rules/render.h"
#include "rules/step.h"
#include "base/guard.h"
#include "base/json.h"

#include <lauxlib.h>
#include <string.h>

#define RECENT (3 * 24 * 3600 * INT64_C(1000))
enum { ACTIONS_MAXIMUM = 50, ROUNDS_MAXIMUM = 2 };

struct planning {
    struct reading *reading;
    const struct rule *rule;
    const json_t *decision, *values;
    json_t *actions;
    size_t dropped;
    const struct rule *overdone; /* the first whose action found no room */
    bool held;
};

bool plan_is_powerful(const char *action)
{
    return strcmp(action, "call") == 0 || strcmp(action, "page") == 0 || strcmp(action, "exec") == 0;
}

const char *plan_held(struct reading *reading, const struct rule *rule, const json_t *decision)
{
    int64_t date;
    const char *account = json_text(decision, "account");
    if (rule != NULL && rule->general)
        return "the rule is a general one";
    if (rule != NULL && rule->unproven)
        return NULL;
    if (reading->auth->verdict != AUTH_PROVEN)
        return "the mail is not proven to come from AWS";
    if (!message_date(reading->message, &date) || date < reading->arrival - RECENT ||
        date > reading->arrival + RECENT)
        return "the mail's date is not within three days of its arrival";
    if (account == NULL ||
        (!reading->every_account && json_object_get(reading->set->contacts, account) == NULL))
        return "the account is not in the directory of contacts";
    return NULL;
}

static bool is_captured(const struct rule *rule, const char *name)
{
    for (guint i = 0; rule != NULL && i < rule->captures->len; i++)
        if (strcmp(((struct capture *)rule->captures->pdata[i])->name, name) == 0)
            return true;
    return false;
}

static void on_trouble(const char *name, const char *why, void *data)
{
    struct planning *planning = data;
    g_autofree char *message =
        why != NULL ? g_strdup_printf("the placeholder {%s}: %s", name, why)
        : is_captured(planning->rule, name)
            ? g_strdup_printf("the capture '%s' found nothing in the body: {%s} is left out of the texts",
                              name, name)
            : g_strdup_printf("nothing fills the placeholder {%s}: it is left out of the texts", name);
    reading_error(planning->reading, "placeholder", message);
}

/* Takes out the last action without power; false when all that are left have it. */
static bool make_room(json_t *actions)
{
    for (size_t i = json_array_size(actions); i > 0; i--)
        if (!plan_is_powerful(json_text_or(json_array_get(actions, i - 1), "action", ""))) {
            json_array_remove(actions, i - 1);
            return true;
        }
    return false;
}

/* The first ones count; what rings a person, or says why nobody was rung, takes the place of one that does
 * not. */
static void add_action(struct planning *planning, const char *action, json_t *args, bool must_stay)
{
    bool full = guard_stands("actions") && json_array_size(planning->actions) >= ACTIONS_MAXIMUM;
    if (full && planning->dropped++ == 0)
        planning->overdone = planning->rule;
    if (full && !(must_stay && make_room(planning->actions))) {
        json_decref(args);
        return;
    }
    json_t *added = json_pack("{s:s, s:o}", "action", action, "args", args);
    json_array_append_new(planning->actions, added);
    trace_action(planning->reading->trace, planning->rule, added);
}

static void tell(struct planning *planning, const char *role)
{
    if (role != NULL)
        add_action(planning, "forward", json_pack("{s:s}", "to", role), false);
}

/* planned: what numbers the actions, where they are a list's; or NULL. */
static void add_checked(struct planning *planning, const json_t *list, const struct planned *planned)
{
    const struct render_ear ear = {on_trouble, planning};
    size_t index;
    json_t *call;
    json_array_foreach((json_t *)list, index, call) {
        const char *action = json_text_or(call, "action", "");
        const char *why = plan_is_powerful(action)
                              ? plan_held(planning->reading, planning->rule, planning->decision)
                              : NULL;
        if (why == NULL) {
            if (planned != NULL && index < planned->count)
                reading_reach(planning->reading, planned->first + (unsigned)index);
            add_action(planning, action,
                       render_args(json_object_get(call, "args"), json_object_get(call, "kinds"),
                                   planning->values, &ear),
                       plan_is_powerful(action));
            continue;
        }
        if (planning->held)
            continue;
        planning->held = true;
        json_array_append_new(planning->reading->tags, json_string("held"));
        g_autofree char *text = g_strdup_printf("%s was held back: %s.", action, why);
        add_action(planning, "forward",
                   json_pack("{s:s, s:o}", "to", "operators", "text", json_text_new(text)), true);
    }
}

/* Runs the shipped check over the value on top of the stack (popped). What a function yielded draws on the
 * mail's budget; what stands in a file does not, so that no other rule can use it up. Returns the list, or
 * NULL with an error recorded. */
static json_t *check_list(struct planning *planning, bool is_yielded)
{
    struct sandbox *sandbox = planning->reading->set->sandbox;
    lua_State *lua = sandbox_state(sandbox);
    g_autoptr(GError) error = NULL;
    lua_getfield(lua, LUA_REGISTRYINDEX, SANDBOX_ACTIONS);
    lua_insert(lua, -2);
    const char *kind = NULL;
    bool good = is_yielded ? sandbox_call_for_mail(sandbox, 1, 2, &kind, &error)
                           : sandbox_call(sandbox, 1, 2, CALL_INSTRUCTIONS, &kind, &error);
    if (!good) {
        reading_error(planning->reading, kind, error->message);
        return NULL;
    }
    json_t *list = NULL;
    if (lua_istable(lua, -2)) {
        list = lua_json_read_result(lua, -2);
        if (list == NULL)
            reading_error(planning->reading, "limit",
                          "the actions hold more than a decision can: none are taken");
    } else {
        reading_error(planning->reading, "actions",
                      lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "no list");
    }
    lua_pop(lua, 2);
    return list;
}

/* The actions that a reference (a list or a function) stands for; false when the function failed. */
static bool add_reference(struct planning *planning, int reference)
{
    struct sandbox *sandbox = planning->reading->set->sandbox;
    lua_State *lua = sandbox_state(sandbox);
    g_autoptr(GError) error = NULL;
    const char *kind = NULL;
    bool good = true, runs;
    const struct planned *planned = reference == planning->rule->actions ? &planning->rule->actions_planned
                                                                         : &planning->rule->also_planned;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, reference);
    step_enter(planning->rule->number);
    runs = lua_isfunction(lua, -1);
    if (runs) {
        lua_message_push(lua, planning->reading);
        good = sandbox_call_for_mail(sandbox, 2, 1, &kind, &error);
        lua_message_end(lua);
        if (good)
            reading_reach(planning->reading, planned->first);
        planned = NULL;
    }
    if (!good) {
        reading_error(planning->reading, kind, error->message);
        reading_put_back(planning->reading, reference);
        step_enter(0);
        return false;
    }
    g_autoptr(json_t) list = check_list(planning, runs);
    reading_put_back(planning->reading, reference);
    if (list != NULL) /* what it costs to fill texts is the doing of whoever wrote them */
        add_checked(planning, list, planned);
    step_enter(0);
    return list != NULL;
}

/* How often a mail has gone round: awsift writes 1 into what it sends about a mail, 2 into what it sends
 * about that. What is proven to be AWS's own cannot carry it, so there the mark is a stranger's and says
 * nothing. */
static int64_t times_round(struct reading *reading)
{
    const char *mark = message_header(reading->message, "X-Awsift-Loop", 0);
    if (mark == NULL || reading->auth->verdict == AUTH_PROVEN)
        return 0;
    return CLAMP(g_ascii_strtoll(mark, NULL, 10), 1, ROUNDS_MAXIMUM);
}

/* A forward that came back into the spool: the operators are told once, and of what comes back of that,
 * nobody is. */
static void tell_of_loop(struct planning *planning, int64_t rounds)
{
    json_array_append_new(planning->reading->tags, json_string("loop"));
    if (rounds < ROUNDS_MAXIMUM)
        add_action(
            planning, "forward",
            json_pack("{s:s, s:s, s:I}", "to", "operators", "text",
                      "This is a mail that awsift sent itself and that came back into a spool: take its "
                      "address out of what is delivered there.",
                      "rounds", (json_int_t)rounds),
            true);
}

static const char *told_role(const struct planning *planning)
{
    const json_t *category =
        json_object_get(planning->reading->set->categories, json_text_or(planning->decision, "category", ""));
    return json_text(category, "tell");
}

static void say_dropped(struct planning *planning)
{
    g_autofree char *message = g_strdup_printf("%zu actions were wanted, %d are the most: %zu are left out",
                                               json_array_size(planning->actions) + planning->dropped,
                                               ACTIONS_MAXIMUM, planning->dropped);
    planning->reading->rule = planning->overdone;
    reading_error(planning->reading, "limit", message);
    planning->reading->rule = planning->rule;
}

json_t *plan_actions(struct reading *reading, const struct rule *rule, GPtrArray *passing, json_t *decision,
                     const json_t *values, bool by_person)
{
    struct planning planning = {
        .reading = reading, .rule = rule, .decision = decision, .values = values, .actions = json_array()};
    int64_t rounds = by_person ? 0 : times_round(reading);
    if (rounds > 0) {
        tell_of_loop(&planning, rounds);
        return planning.actions;
    }
    if (reading->auth->verdict == AUTH_FORGED && !by_person) {
        tell(&planning, "operators");
        return planning.actions;
    }
    for (guint i = 0; i < passing->len; i++) {
        planning.rule = reading->rule = passing->pdata[i];
        if (planning.rule->actions != LUA_NOREF)
            add_reference(&planning, planning.rule->actions);
        if (planning.rule->also != LUA_NOREF)
            add_reference(&planning, planning.rule->also);
    }
    planning.rule = reading->rule = rule;
    if (rule == NULL || rule->actions == LUA_NOREF)
        tell(&planning, told_role(&planning));
    else if (!add_reference(&planning, rule->actions))
        tell(&planning,
             told_role(&planning) != NULL ? told_role(&planning) : "operators"); /* never silently untold */
    if (rule != NULL && rule->also != LUA_NOREF)
        add_reference(&planning, rule->also);
    if (planning.dropped > 0)
        say_dropped(&planning);
    return planning.actions;
}
