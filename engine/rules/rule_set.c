/* Compiling what rule files declared. The shapes were checked by the shipped Lua (finish.lua); what is read
 * here is read with raw access, and what cannot be compiled becomes an error with file and line of its rule.
 */
#include "rules/rule_set.h"
#include "rules/lasting.h"
#include "rules/lua_json.h"
#include "rules/lua_place.h"
#include "rules/pattern_index.h"
#include "base/json.h"

#include <lauxlib.h>
#include <string.h>

/* Of contacts, above all: some values for each of many accounts. What is cut would be an account that nobody
 * knows, and which one would be chance. */
enum { DECLARED_MAXIMUM = 2000000 };

/* about: where in its file the problem stands; its rule may be NULL. */
static void add_error(struct rule_set *set, const char *file, const struct source_want *about,
                      const char *rule, const char *message)
{
    struct source_place place = lua_place_of(sandbox_state(set->sandbox), file, about);
    json_t *error = json_pack("{s:s, s:i, s:s, s:o, s:o}", "file", file, "line", place.line, "code",
                              "pattern", "rule", json_text_new(rule), "message", json_text_new(message));
    if (place.column > 0)
        json_object_set_new(error, "column", json_integer(place.column));
    json_array_append_new(set->errors, error);
}

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

/* NULL when absent, and when it is more than anybody declares. */
static json_t *raw_json(lua_State *lua, int table, const char *key)
{
    lua_pushstring(lua, key);
    lua_rawget(lua, table);
    json_t *value = lua_isnil(lua, -1) ? NULL : lua_json_read_all(lua, -1, DECLARED_MAXIMUM);
    lua_pop(lua, 1);
    return value;
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
        add_error(set, place.file, &about, rule->id, message);
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
    add_error(set, file != NULL ? file : rule->file, &about, rule->id, message);
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
        condition->value = raw_json(lua, index, "value");
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
    g_autoptr(json_t) list = raw_json(lua, table, key);
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
            add_error(set, json_text_or(entry, "file", rule->file), &about, rule->id, message);
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
    rule->group = raw_json(lua, table, "group");
    rule->tags = raw_json(lua, table, "tags");
    rule->advice = raw_json(lua, table, "advice");
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

static void rules_read(struct rule_set *set, int declarations)
{
    lua_State *lua = sandbox_state(set->sandbox);
    lua_getfield(lua, declarations, "rules");
    for (lua_Integer i = 1; lua_rawgeti(lua, -1, i) == LUA_TTABLE; i++) {
        struct rule *rule = rule_read(set, lua_gettop(lua));
        rule->number = (uint32_t)i;
        g_ptr_array_add(set->rules, rule);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 2);
}

static void placeholders_read(struct rule_set *set, int declarations)
{
    set->placeholders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(json_t) placeholders = raw_json(sandbox_state(set->sandbox), declarations, "placeholders"),
                      places = raw_json(sandbox_state(set->sandbox), declarations, "placeholder_places");
    const char *name;
    json_t *text;
    json_object_foreach(placeholders, name, text) {
        g_autoptr(GError) error = NULL;
        g_autoptr(pattern) probe =
            pattern_new(PATTERN_MATCHES, json_string_value(text), false, set->placeholders, &error);
        if (probe == NULL) {
            g_autofree char *message = g_strdup_printf("placeholder '%s': %s", name, error->message);
            const json_t *place = json_object_get(places, name);
            const struct source_want about = {
                .line = (int)json_number(place, "line", 1), .name = name, .text = json_string_value(text)};
            add_error(set, json_text_or(place, "file", "rules"), &about, NULL, message);
            continue;
        }
        g_hash_table_insert(set->placeholders, g_strdup(name), g_strdup(json_string_value(text)));
    }
}

static void decoration_free(void *data)
{
    struct decoration *decoration = data;
    g_free(decoration->name);
    pattern_free(decoration->head);
    pattern_free(decoration->tail);
    g_free(decoration);
}

static void decorations_read(struct rule_set *set, int declarations)
{
    g_autoptr(json_t) list = raw_json(sandbox_state(set->sandbox), declarations, "decorations");
    size_t index;
    json_t *entry;
    set->decorations = g_ptr_array_new_with_free_func(decoration_free);
    json_array_foreach(list, index, entry) {
        g_autoptr(GError) error = NULL;
        struct decoration *decoration = g_new0(struct decoration, 1);
        decoration->name = g_strdup(json_text_or(entry, "name", ""));
        decoration->head =
            pattern_new(PATTERN_HEAD, json_text_or(entry, "text", ""), true, set->placeholders, &error);
        if (decoration->head != NULL)
            decoration->tail =
                pattern_new(PATTERN_TAIL, json_text_or(entry, "text", ""), true, set->placeholders, &error);
        const struct source_want about = {.line = (int)json_number(entry, "line", 1),
                                          .word = "decoration",
                                          .name = json_text(entry, "name"),
                                          .text = json_text(entry, "text")};
        if (error != NULL)
            add_error(set, json_text_or(entry, "file", "rules"), &about, NULL, error->message);
        if (error != NULL)
            decoration_free(decoration);
        else
            g_ptr_array_add(set->decorations, decoration);
    }
}

static void free_pattern(void *data)
{
    pattern_free(data);
}

/* Patterns of the notice: what counts as a resource, labels before account numbers. */
static void notice_read(struct rule_set *set)
{
    static const char *const resources[] = {"instance", "volume", "arn", "dxcon"};
    /* "Account:" alone may be a bank's */
    static const char label[] = "(?<!\\w)(?:AWS (?:account )?(?:IDs?|numbers?)|AWS accounts?|account IDs?|"
                                "AWS ?アカウント ?(?:ID|番号)?|アカウント ?ID) ?:\\s?(?<account>%s)";
    /* A subject has little room for a bank's: the colon may be missing */
    static const char in_subject[] =
        "(?<!\\w)(?:AWS (?:accounts?(?: (?:IDs?|numbers?))?|IDs?)|account (?:IDs?|numbers?)|(?<=\\[)account|"
        "AWS ?アカウント ?(?:ID|番号)?|アカウント ?(?:ID|番号)) ?:?\\s?(?<account>%s)";
    set->resources = g_ptr_array_new_with_free_func(free_pattern);
    for (size_t i = 0; i < G_N_ELEMENTS(resources); i++) {
        const char *expression = g_hash_table_lookup(set->placeholders, resources[i]);
        if (expression == NULL)
            continue;
        g_autofree char *text = g_strdup_printf("(?<![0-9A-Za-z-])(?<resource>%s)", expression);
        struct pattern *made = pattern_new(PATTERN_MATCHES, text, false, set->placeholders, NULL);
        if (made != NULL)
            g_ptr_array_add(set->resources, made);
    }
    const char *account = g_hash_table_lookup(set->placeholders, "account");
    g_autofree char *labelled = account != NULL ? g_strdup_printf(label, account) : NULL;
    if (labelled != NULL)
        set->labelled_account = pattern_new(PATTERN_MATCHES, labelled, true, set->placeholders, NULL);
    g_autofree char *named = account != NULL ? g_strdup_printf(in_subject, account) : NULL;
    if (named != NULL)
        set->account_in_subject = pattern_new(PATTERN_MATCHES, named, true, set->placeholders, NULL);
    set->link = pattern_new(PATTERN_MATCHES, "(?<link>https?://[^\\s<>\"'()\\[\\]]+)", false,
                            set->placeholders, NULL);
}

static void actions_read(struct rule_set *set, int declarations)
{
    g_autoptr(json_t) declared = raw_json(sandbox_state(set->sandbox), declarations, "actions");
    const char *name;
    json_t *action;
    set->actions = json_object();
    json_object_foreach(declared, name, action) {
        bool shipped = g_strcmp0(json_text(action, "origin"), "shipped") == 0;
        json_object_set_new(set->actions, name, json_string(shipped ? "courier" : "custom"));
    }
}

static int compare_places(const void *left, const void *right)
{
    const json_t *a = *(json_t *const *)left, *b = *(json_t *const *)right;
    int order = g_strcmp0(json_text(a, "file"), json_text(b, "file"));
    order = order != 0 ? order : (int)(json_number(a, "line", 0) - json_number(b, "line", 0));
    return order != 0 ? order : (int)(json_number(a, "column", 0) - json_number(b, "column", 0));
}

void rule_set_sort(json_t *list)
{
    g_autoptr(GPtrArray) places = g_ptr_array_new();
    size_t index;
    json_t *place;
    json_array_foreach(list, index, place)
        g_ptr_array_add(places, json_incref(place));
    g_ptr_array_sort(places, compare_places);
    json_array_clear(list);
    for (guint i = 0; i < places->len; i++)
        json_array_append_new(list, places->pdata[i]);
}

/* Whose root address a mail came to that several accounts have cannot be told. */
static void root_add(struct rule_set *set, const char *address, const char *account)
{
    char *key = g_ascii_strdown(address, -1);
    const char *known = g_hash_table_lookup(set->roots, key);
    bool several = known != NULL && strcmp(known, account) != 0;
    g_hash_table_replace(set->roots, key, g_strdup(several ? "" : account));
}

/* Ten thousand of them: what is not needed for deciding stays with Lua. */
static void contacts_read(struct rule_set *set, int declarations)
{
    lua_State *lua = sandbox_state(set->sandbox);
    set->contacts = json_object();
    set->roots = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    lua_pushliteral(lua, "contacts");
    lua_rawget(lua, declarations); /* -> contacts */
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) { /* -> contacts, account, contact */
        const char *account = lua_tostring(lua, -2);
        int contact = lua_gettop(lua);
        json_object_set_new(set->contacts, account, json_true());
        lua_pushliteral(lua, "root");
        if (lua_rawget(lua, contact) == LUA_TTABLE)
            for (lua_Integer i = 1; lua_rawgeti(lua, contact + 1, i) == LUA_TSTRING; i++) {
                root_add(set, lua_tostring(lua, -1), account);
                lua_pop(lua, 1);
            }
        lua_settop(lua, contact - 1);
    }
    lua_pop(lua, 1);
}

/* What was declared under the key, by name. */
static json_t *declared(struct rule_set *set, int declarations, const char *key)
{
    json_t *value = raw_json(sandbox_state(set->sandbox), declarations, key);
    if (json_is_object(value))
        return value;
    if (value == NULL) {
        g_autofree char *message =
            g_strdup_printf("the %s have more than %d values, which is the most", key, DECLARED_MAXIMUM);
        const struct source_want about = {.line = 1};
        add_error(set, "rules", &about, NULL, message);
    }
    json_decref(value);
    return json_object();
}

struct rule_set *rule_set_new(struct sandbox *sandbox)
{
    struct rule_set *set = g_new0(struct rule_set, 1);
    lua_State *lua = sandbox_state(sandbox);
    set->sandbox = sandbox;
    set->numbers = 1;
    set->rules = g_ptr_array_new_with_free_func(rule_free);
    sandbox_push_declarations(sandbox);
    int declarations = lua_gettop(lua);
    set->errors = raw_json(lua, declarations, "errors");
    set->warnings = raw_json(lua, declarations, "warnings");
    if (!json_is_array(set->errors)) {
        json_decref(set->errors);
        set->errors = json_array();
    }
    if (!json_is_array(set->warnings)) {
        json_decref(set->warnings);
        set->warnings = json_array();
    }
    set->categories = declared(set, declarations, "categories");
    contacts_read(set, declarations);
    set->time_zones = declared(set, declarations, "time_zones");
    placeholders_read(set, declarations);
    decorations_read(set, declarations);
    notice_read(set);
    actions_read(set, declarations);
    g_autoptr(json_t) senders = raw_json(lua, declarations, "senders");
    set->senders = auth_senders_new(senders);
    rules_read(set, declarations);
    set->index = pattern_index_new(set->rules);
    set->disabled = raw_json(lua, declarations, "disabled");
    lua_settop(lua, declarations - 1);
    rule_set_sort(set->errors);
    rule_set_sort(set->warnings);
    return set;
}

void rule_set_free(struct rule_set *set)
{
    if (set == NULL)
        return;
    pattern_index_free(set->index);
    g_ptr_array_unref(set->rules);
    g_ptr_array_unref(set->decorations);
    g_ptr_array_unref(set->resources);
    pattern_free(set->labelled_account);
    pattern_free(set->account_in_subject);
    pattern_free(set->link);
    g_hash_table_unref(set->placeholders);
    auth_senders_free(set->senders);
    json_decref(set->disabled);
    json_decref(set->categories);
    json_decref(set->contacts);
    g_hash_table_unref(set->roots);
    json_decref(set->time_zones);
    json_decref(set->actions);
    json_decref(set->errors);
    json_decref(set->warnings);
    g_free(set);
}

/* "aws+prod@example.jp" is told apart from "aws@example.jp": AWS has one root address an account. */
const char *rule_set_account_of(const struct rule_set *set, const char *address)
{
    g_autofree char *key = g_ascii_strdown(address, -1);
    const char *account = g_hash_table_lookup(set->roots, key);
    return account != NULL && account[0] != '\0' ? account : NULL;
}
