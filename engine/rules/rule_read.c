/* Reading the rules that were declared: conditions, captures, and where a list or function of actions stands.
 * A text that does not compile becomes an error with file and line, and a condition that never holds. */
#include "rules/rule_set_inside.h"
#include "rules/lasting.h"
#include "base/json.h"
#include "mail/text.h"

#include <lauxlib.h>
#include <string.h>

static const char *raw_text(lua_State *lua, int table, const char *key)
{
    lua_pushstring(lua, key);
    lua_rawget(lua, table);
    const char *text = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : NULL;
    lua_pop(lua, 1);
    return text; /* lives as long as its table */
}

static bool raw_flag(lua_State *lua, int table, const char *key)
{
    lua_pushstring(lua, key);
    lua_rawget(lua, table);
    bool flag = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return flag;
}

static int raw_line(lua_State *lua, int table)
{
    lua_pushliteral(lua, "line");
    lua_rawget(lua, table);
    int line = (int)lua_tointeger(lua, -1);
    lua_pop(lua, 1);
    return line;
}

struct place {
    const char *file; /* owned by Lua's tables, or the rule */
    int line;
};

/* Where an override said what stands under the key, else where the rule stands. */
static struct place place_of(lua_State *lua, const struct rule *rule, int table, const char *key)
{
    struct place place = {rule->file, rule->line};
    int top = lua_gettop(lua);
    lua_pushliteral(lua, "places");
    if (lua_rawget(lua, table) == LUA_TTABLE) {
        lua_pushstring(lua, key);
        if (lua_rawget(lua, -2) == LUA_TTABLE)
            place = (struct place){raw_text(lua, top + 2, "file"), raw_line(lua, top + 2)};
    }
    lua_settop(lua, top);
    return place;
}

static int raw_reference(lua_State *lua, int table, const char *key)
{
    lua_pushstring(lua, key);
    lua_rawget(lua, table);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        return LUA_NOREF;
    }
    return luaL_ref(lua, LUA_REGISTRYINDEX);
}

/* A function, or a list that may reach one. LUA_NOREF when absent. */
static int read_reference(struct rule_set *set, const struct rule *rule, int table, const char *key)
{
    lua_State *lua = sandbox_state(set->sandbox);
    int reference = raw_reference(lua, table, key);
    g_autofree char *why = lasting_keep(lua, reference);
    if (why != NULL) {
        g_autofree char *message = g_strdup_printf("rule '%s': %s: %s", rule->id, key, why);
        struct place place = place_of(lua, rule, table, key);
        const char *keys[] = {key, NULL};
        const struct source_want about = {.line = place.line, .name = rule->id, .keys = keys};
        rule_set_error(set, place.file, &about, rule->id, message);
    }
    return reference;
}

static void condition_free(void *data)
{
    struct condition *condition = data;
    if (condition == NULL)
        return;
    g_clear_pointer(&condition->inner, g_ptr_array_unref);
    g_free(condition->field);
    g_free(condition->header);
    pattern_free(condition->pattern);
    json_decref(condition->value);
    g_free(condition);
}

static struct condition *condition_read(struct rule_set *set, const struct rule *rule, int index);

static void text_read(struct rule_set *set, const struct rule *rule, struct condition *condition, int index)
{
    lua_State *lua = sandbox_state(set->sandbox);
    enum pattern_kind kind = PATTERN_CONTAINS;
    g_autoptr(GError) error = NULL;
    const char *file = raw_text(lua, index, "file");
    condition->operation = CONDITION_TEXT;
    condition->nocase = raw_flag(lua, index, "nocase");
    condition->field = g_strdup(raw_text(lua, index, "field"));
    condition->header = g_strdup(raw_text(lua, index, "header"));
    if (!pattern_kind_read(raw_text(lua, index, "match"), &kind))
        g_assert_not_reached();
    condition->match = kind;
    condition->pattern =
        pattern_new(kind, raw_text(lua, index, "text"), condition->nocase, set->placeholders, &error);
    if (condition->pattern != NULL)
        return;
    g_autofree char *message =
        g_strdup_printf("rule '%s': %s: %s", rule->id, condition->field, error->message);
    const struct source_want about = {
        .line = raw_line(lua, index), .name = rule->id, .text = raw_text(lua, index, "text")};
    rule_set_error(set, file != NULL ? file : rule->file, &about, rule->id, message);
}

static void inner_read(struct rule_set *set, const struct rule *rule, struct condition *condition, int index)
{
    lua_State *lua = sandbox_state(set->sandbox);
    condition->inner = g_ptr_array_new_with_free_func(condition_free);
    for (lua_Integer i = 1; lua_rawgeti(lua, index, i) == LUA_TTABLE; i++) {
        struct condition *inner = condition_read(set, rule, lua_gettop(lua));
        g_ptr_array_add(condition->inner, inner);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

static struct condition *condition_read(struct rule_set *set, const struct rule *rule, int index)
{
    lua_State *lua = sandbox_state(set->sandbox);
    luaL_checkstack(lua, 8, "conditions nested too deep");
    struct condition *condition = g_new0(struct condition, 1);
    const char *operation = raw_text(lua, index, "op");
    condition->test = LUA_NOREF;
    condition->number = set->numbers++;
    condition->line = raw_line(lua, index);
    if (condition->line == 0)
        condition->line = rule->line;
    if (g_strcmp0(operation, "text") == 0) {
        text_read(set, rule, condition, index);
    } else if (g_strcmp0(operation, "notice") == 0) {
        condition->operation = CONDITION_NOTICE;
        condition->field = g_strdup(raw_text(lua, index, "field"));
        condition->value = rule_set_json(lua, index, "value");
        if (json_is_string(condition->value)) { /* as the notice's own texts are */
            g_autofree char *normal = text_normalize(json_string_value(condition->value), true);
            json_decref(condition->value);
            condition->value = json_text_new(normal);
        }
    } else if (g_strcmp0(operation, "when") == 0) {
        condition->operation = CONDITION_WHEN;
        condition->test = read_reference(set, rule, index, "test");
    } else {
        condition->operation = g_strcmp0(operation, "any") == 0    ? CONDITION_ANY
                               : g_strcmp0(operation, "none") == 0 ? CONDITION_NONE
                                                                   : CONDITION_ALL;
        inner_read(set, rule, condition, index);
    }
    return condition;
}

static void capture_free(void *data)
{
    struct capture *capture = data;
    g_free(capture->name);
    g_free(capture->file);
    pattern_free(capture->pattern);
    g_free(capture);
}

static GPtrArray *captures_read(struct rule_set *set, const struct rule *rule, int table, const char *key)
{
    lua_State *lua = sandbox_state(set->sandbox);
    GPtrArray *captures = g_ptr_array_new_with_free_func(capture_free);
    g_autoptr(json_t) list = rule_set_json(lua, table, key);
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry) {
        g_autoptr(GError) error = NULL;
        struct pattern *pattern =
            pattern_new(PATTERN_CAPTURE, json_text_or(entry, "text", ""), false, set->placeholders, &error);
        if (pattern == NULL) {
            g_autofree char *message =
                g_strdup_printf("rule '%s': %s: %s", rule->id, json_text(entry, "name"), error->message);
            const struct source_want about = {.line = (int)json_number(entry, "line", rule->line),
                                              .name = rule->id,
                                              .text = json_text(entry, "text")};
            rule_set_error(set, json_text_or(entry, "file", rule->file), &about, rule->id, message);
            continue;
        }
        struct capture *capture = g_new0(struct capture, 1);
        capture->name = g_strdup(json_text(entry, "name"));
        capture->file = g_strdup(json_text_or(entry, "file", rule->file));
        capture->line = (int)json_number(entry, "line", rule->line);
        capture->number = set->numbers++;
        capture->pattern = pattern;
        g_ptr_array_add(captures, capture);
    }
    return captures;
}

static void planned_read(struct rule_set *set, const struct rule *rule, int table, const char *key,
                         int reference, struct planned *planned)
{
    lua_State *lua = sandbox_state(set->sandbox);
    struct place place = place_of(lua, rule, table, key);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, reference);
    planned->count = lua_istable(lua, -1) ? (unsigned)lua_rawlen(lua, -1) : lua_isfunction(lua, -1);
    lua_pop(lua, 1);
    planned->file = g_strdup(place.file);
    planned->line = place.line;
    planned->first = set->numbers;
    set->numbers += planned->count;
}

static void rule_free(void *data)
{
    struct rule *rule = data;
    condition_free(rule->condition);
    g_ptr_array_unref(rule->captures);
    g_ptr_array_unref(rule->collects);
    json_decref(rule->tags);
    json_decref(rule->advice);
    json_decref(rule->group);
    g_free(rule->category);
    g_free(rule->service);
    g_free(rule->priority);
    g_free(rule->answer);
    g_free(rule->actions_planned.file);
    g_free(rule->also_planned.file);
    g_free(rule->id);
    g_free(rule->file);
    g_free(rule);
}

static struct rule *rule_read(struct rule_set *set, int table)
{
    lua_State *lua = sandbox_state(set->sandbox);
    struct rule *rule = g_new0(struct rule, 1);
    rule->id = g_strdup(raw_text(lua, table, "id"));
    rule->file = g_strdup(raw_text(lua, table, "file"));
    rule->line = raw_line(lua, table);
    rule->category = g_strdup(raw_text(lua, table, "category"));
    rule->service = g_strdup(raw_text(lua, table, "service"));
    rule->priority = g_strdup(raw_text(lua, table, "priority"));
    rule->answer = g_strdup(raw_text(lua, table, "answer"));
    rule->group = rule_set_json(lua, table, "group");
    rule->tags = rule_set_json(lua, table, "tags");
    rule->advice = rule_set_json(lua, table, "advice");
    rule->captures = captures_read(set, rule, table, "captures");
    rule->collects = captures_read(set, rule, table, "collects");
    rule->actions = read_reference(set, rule, table, "actions");
    rule->also = read_reference(set, rule, table, "also");
    planned_read(set, rule, table, "actions", rule->actions, &rule->actions_planned);
    planned_read(set, rule, table, "also", rule->also, &rule->also_planned);
    rule->final = raw_flag(lua, table, "final");
    rule->general = raw_flag(lua, table, "general");
    rule->unproven = raw_flag(lua, table, "unproven");
    rule->any_speaker = g_strcmp0(raw_text(lua, table, "speaker"), "any") == 0;
    rule->shadow = g_strcmp0(raw_text(lua, table, "mode"), "shadow") == 0;
    lua_pushliteral(lua, "condition");
    lua_rawget(lua, table);
    rule->condition = condition_read(set, rule, lua_gettop(lua));
    lua_pop(lua, 1);
    return rule;
}

void rule_set_read_rules(struct rule_set *set, int declarations)
{
    lua_State *lua = sandbox_state(set->sandbox);
    set->rules = g_ptr_array_new_with_free_func(rule_free);
    lua_getfield(lua, declarations, "rules");
    for (lua_Integer i = 1; lua_rawgeti(lua, -1, i) == LUA_TTABLE; i++) {
        struct rule *rule = rule_read(set, lua_gettop(lua));
        rule->number = (uint32_t)i;
        g_ptr_array_add(set->rules, rule);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 2);
}
