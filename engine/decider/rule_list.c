/* Listing rules. What is as in most rules is left out, so that the detailed form of 34,000 rules fits a
 * frame, too: mode "live", speaker "aws", final true, general false, and zero tests. */
#include "decider/rule_list.h"
#include "rules/lua_json.h"
#include "base/json.h"

#include <lua.h>

static json_t *rule_new(const struct rule *rule)
{
    return json_pack("{s:s, s:s, s:i}", "id", rule->id, "file", rule->file, "line", rule->line);
}

/* How many tests name each rule as the one that they expect: {id: n}. */
static json_t *tests_by_rule(const struct rule_set *set)
{
    lua_State *lua = sandbox_state(set->sandbox);
    sandbox_push_declarations(set->sandbox);
    lua_getfield(lua, -1, "tests");
    g_autoptr(json_t) tests = lua_json_read(lua, -1);
    lua_pop(lua, 2);
    json_t *counts = json_object(), *test;
    size_t index;
    json_array_foreach(tests, index, test) {
        const char *rule = json_text(json_object_get(test, "expect"), "rule");
        if (rule != NULL)
            json_object_set_new(counts, rule, json_integer(json_number(counts, rule, 0) + 1));
    }
    return counts;
}

struct counts {
    int templates, conditions;
};

/* Conditions are what looks at something; templates are those among them that look at the whole of a text. */
static void count_conditions(const struct condition *condition, struct counts *counts)
{
    bool looks = condition->inner == NULL;
    counts->conditions += looks;
    counts->templates +=
        looks && condition->pattern != NULL && pattern_kind(condition->pattern) == PATTERN_TEMPLATE;
    for (guint i = 0; !looks && i < condition->inner->len; i++)
        count_conditions(condition->inner->pdata[i], counts);
}

static void add_details(const struct rule_set *set, const struct rule *rule, const json_t *tests,
                        json_t *entry)
{
    struct counts counts = {0};
    const char *priority = rule->priority != NULL
                               ? rule->priority
                               : json_text(json_object_get(set->categories, rule->category), "priority");
    count_conditions(rule->condition, &counts);
    json_object_set_new(entry, "category", json_text_new(rule->category));
    json_object_set_new(entry, "priority", json_text_new(priority));
    json_object_set_new(entry, "service", json_text_new(rule->service));
    json_object_set_new(entry, "templates", json_integer(counts.templates));
    json_object_set_new(entry, "conditions", json_integer(counts.conditions));
    if (rule->shadow)
        json_object_set_new(entry, "mode", json_string("shadow"));
    if (rule->any_speaker)
        json_object_set_new(entry, "speaker", json_string("any"));
    if (!rule->final)
        json_object_set_new(entry, "final", json_false());
    if (rule->general)
        json_object_set_new(entry, "general", json_true());
    if (json_object_get(tests, rule->id) != NULL)
        json_object_set(entry, "tests", json_object_get(tests, rule->id));
}

json_t *rule_list(const struct rule_set *set, bool detailed)
{
    g_autoptr(json_t) tests = detailed ? tests_by_rule(set) : NULL;
    json_t *list = json_array();
    for (guint i = 0; i < set->rules->len; i++) {
        const struct rule *rule = set->rules->pdata[i];
        json_t *entry = rule_new(rule);
        if (detailed)
            add_details(set, rule, tests, entry);
        json_array_append_new(list, entry);
    }
    return list;
}

json_t *rule_list_disabled(const struct rule_set *set)
{
    return json_is_array(set->disabled) ? json_incref(set->disabled) : json_array();
}
