/* Listing rules. What is as in most rules is left out, so that the detailed form of 34,000 rules fits a
 * frame, too: mode "live", speaker "aws", final true, general false, and zero tests. */
#include "decider/rule_list.h"
#include "base/json.h"

#include <lua.h>

static json_t *rule_new(const struct rule *rule)
{
    return json_pack("{s:s, s:s, s:i}", "id", rule->id, "file", rule->file, "line", rule->line);
}

/* Replaces the value on top of the stack by what it has under the key, with raw access; nil where it is no
 * table. */
static int raw_field(lua_State *lua, const char *key)
{
    if (!lua_istable(lua, -1)) {
        lua_pop(lua, 1);
        lua_pushnil(lua);
        return LUA_TNIL;
    }
    lua_pushstring(lua, key);
    lua_rawget(lua, -2);
    lua_remove(lua, -2);
    return lua_type(lua, -1);
}

/* How many tests name each rule as the one that they expect: {id: n}. */
static json_t *tests_by_rule(const struct rule_set *set)
{
    lua_State *lua = sandbox_state(set->sandbox);
    json_t *counts = json_object();
    int top = lua_gettop(lua);
    sandbox_push_declarations(set->sandbox);
    raw_field(lua, "tests"); /* -> tests */
    for (lua_Integer i = 1; lua_rawgeti(lua, top + 1, i) == LUA_TTABLE; i++) {
        raw_field(lua, "expect");
        if (raw_field(lua, "rule") == LUA_TSTRING) {
            const char *rule = lua_tostring(lua, -1);
            json_object_set_new(counts, rule, json_integer(json_number(counts, rule, 0) + 1));
        }
        lua_settop(lua, top + 1);
    }
    lua_settop(lua, top);
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
