/* Compiling what rule files declared: the rules (rule_read.c), and here all that they are read by. The shapes
 * were checked by the shipped Lua (finish.lua); what is read here is read with raw access, and what cannot be
 * compiled becomes an error with file and line. */
#include "rules/rule_set_inside.h"
#include "rules/lua_json.h"
#include "rules/lua_place.h"
#include "rules/near.h"
#include "rules/notice_data.h"
#include "rules/pattern_index.h"
#include "rules/silenced.h"
#include "base/json.h"

#include <lauxlib.h>
#include <string.h>

/* Of contacts, above all: some values for each of many accounts. What is cut would be an account that nobody
 * knows, and which one would be chance. */
enum { DECLARED_MAXIMUM = 2000000, ACCOUNT_DIGITS = 12, ADDRESS_MAXIMUM = 254 };

void rule_set_error(struct rule_set *set, const char *file, const struct source_want *about, const char *rule,
                    const char *message)
{
    struct source_place place = lua_place_of(sandbox_state(set->sandbox), file, about);
    json_t *error = json_pack("{s:s, s:i, s:s, s:o, s:o}", "file", file, "line", place.line, "code",
                              "pattern", "rule", json_text_new(rule), "message", json_text_new(message));
    if (place.column > 0)
        json_object_set_new(error, "column", json_integer(place.column));
    json_array_append_new(set->errors, error);
}

json_t *rule_set_json(lua_State *lua, int table, const char *key)
{
    lua_pushstring(lua, key);
    lua_rawget(lua, table);
    json_t *value = lua_isnil(lua, -1) ? NULL : lua_json_read_all(lua, -1, DECLARED_MAXIMUM);
    lua_pop(lua, 1);
    return value;
}

/* Why it cannot be a placeholder's expression, or NULL: by itself, or in a template, where what it leaves
 * open would go on behind it. The caller frees. */
static char *fault_of_placeholder(const struct rule_set *set, const char *name, const char *expression)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GHashTable) alone = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *template = g_strdup_printf("{%s}", name);
    g_autoptr(pattern) probe = pattern_new(PATTERN_MATCHES, expression, false, set->placeholders, &error);
    if (probe == NULL)
        return g_strdup(error->message);
    g_hash_table_insert(alone, (void *)name, (void *)expression);
    g_autoptr(pattern) inside = pattern_new(PATTERN_CAPTURE, template, false, alone, NULL);
    return inside != NULL
               ? NULL
               : g_strdup_printf("the regular expression '%s' leaves something open at its end, or begins "
                                 "with what may stand at the very beginning alone: close \\Q with \\E and "
                                 "a comment with a line end, and write (?i) instead of (*…)",
                                 expression);
}

static void placeholders_read(struct rule_set *set, int declarations)
{
    set->placeholders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(json_t) placeholders = rule_set_json(sandbox_state(set->sandbox), declarations, "placeholders"),
                      places = rule_set_json(sandbox_state(set->sandbox), declarations, "placeholder_places");
    const char *name;
    json_t *text;
    json_object_foreach(placeholders, name, text) {
        g_autofree char *fault = fault_of_placeholder(set, name, json_string_value(text));
        if (fault != NULL) {
            g_autofree char *message = g_strdup_printf("placeholder '%s': %s", name, fault);
            const json_t *place = json_object_get(places, name);
            const struct source_want about = {
                .line = (int)json_number(place, "line", 1), .name = name, .text = json_string_value(text)};
            rule_set_error(set, json_text_or(place, "file", "rules"), &about, NULL, message);
            continue;
        }
        g_hash_table_insert(set->placeholders, g_strdup(name), g_strdup(json_string_value(text)));
    }
}

void decoration_free(struct decoration *decoration)
{
    g_free(decoration->name);
    pattern_free(decoration->head);
    pattern_free(decoration->tail);
    g_free(decoration);
}

static void decorations_read(struct rule_set *set, int declarations)
{
    g_autoptr(json_t) list = rule_set_json(sandbox_state(set->sandbox), declarations, "decorations");
    size_t index;
    json_t *entry;
    set->decorations = g_ptr_array_new_with_free_func((GDestroyNotify)decoration_free);
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
            rule_set_error(set, json_text_or(entry, "file", "rules"), &about, NULL, error->message);
        if (error != NULL)
            decoration_free(decoration);
        else
            g_ptr_array_add(set->decorations, decoration);
    }
}

static void actions_read(struct rule_set *set, int declarations)
{
    g_autoptr(json_t) declared = rule_set_json(sandbox_state(set->sandbox), declarations, "actions");
    const char *name;
    json_t *action;
    set->actions = json_object();
    set->retries = json_object();
    json_object_foreach(declared, name, action) {
        bool shipped = g_strcmp0(json_text(action, "origin"), "shipped") == 0;
        json_object_set_new(set->actions, name, json_string(shipped ? "courier" : "custom"));
        if (json_is_object(json_object_get(action, "retry")))
            json_object_set(set->retries, name, json_object_get(action, "retry"));
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
        lua_pushliteral(lua, "group");
        bool grouped = lua_rawget(lua, contact) == LUA_TSTRING;
        g_autofree char *group = grouped ? g_strconcat("@", lua_tostring(lua, -1), NULL) : NULL;
        lua_pop(lua, 1);
        if (account[0] != '@')
            json_object_set_new(set->contacts, account, group != NULL ? json_text_new(group) : json_true());
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
    json_t *value = rule_set_json(sandbox_state(set->sandbox), declarations, key);
    if (json_is_object(value))
        return value;
    if (value == NULL) {
        g_autofree char *message =
            g_strdup_printf("the %s have more than %d values, which is the most", key, DECLARED_MAXIMUM);
        const struct source_want about = {.line = 1};
        rule_set_error(set, "rules", &about, NULL, message);
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
    sandbox_push_declarations(sandbox);
    int declarations = lua_gettop(lua);
    set->errors = rule_set_json(lua, declarations, "errors");
    set->warnings = rule_set_json(lua, declarations, "warnings");
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
    set->notice = notice_data_new(set, declarations);
    actions_read(set, declarations);
    g_autoptr(json_t) senders = rule_set_json(lua, declarations, "senders");
    set->senders = auth_senders_new(senders);
    g_autoptr(json_t) links = rule_set_json(lua, declarations, "links");
    set->links = links_new(links);
    rule_set_read_rules(set, declarations);
    set->silences = silences_read(set, declarations);
    set->index = pattern_index_new(set->rules);
    set->near_known = near_known_new(set->rules, set->placeholders);
    set->disabled = rule_set_json(lua, declarations, "disabled");
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
    near_known_free(set->near_known);
    g_ptr_array_unref(set->rules);
    g_ptr_array_unref(set->decorations);
    notice_data_free(set->notice);
    g_hash_table_unref(set->placeholders);
    auth_senders_free(set->senders);
    links_free(set->links);
    json_decref(set->disabled);
    json_decref(set->categories);
    json_decref(set->silences);
    json_decref(set->contacts);
    g_hash_table_unref(set->roots);
    json_decref(set->time_zones);
    json_decref(set->actions);
    json_decref(set->retries);
    json_decref(set->errors);
    json_decref(set->warnings);
    g_free(set);
}

/* The account's own name in the directory, which outlives a mail; NULL when it is not listed, or not in the
 * group: that somebody wrote an account's digits into an address makes it no customer of ours, nor of them.
 */
static const char *listed(const struct rule_set *set, const char *account, const char *owner)
{
    void *entry = json_object_iter_at(set->contacts, account);
    const char *group = entry != NULL ? json_string_value(json_object_iter_value(entry)) : NULL;
    bool theirs = owner[0] == '*' || g_strcmp0(group, owner) == 0;
    return entry != NULL && theirs ? json_object_iter_key(entry) : NULL;
}

/* "aws+123456789012@example.jp" by a root address "aws+{account}@example.jp" of "*" or of a group. */
static const char *account_in(const struct rule_set *set, const char *address)
{
    size_t end = strcspn(address, "@");
    if (strlen(address) > ADDRESS_MAXIMUM)
        return NULL;
    for (const char *at = address; at < address + end;) {
        size_t digits = strspn(at, "0123456789");
        if (digits == ACCOUNT_DIGITS) {
            g_autofree char *account = g_strndup(at, digits),
                            *before = g_strndup(address, (gsize)(at - address)),
                            *key = g_strconcat(before, "{account}", at + digits, NULL);
            const char *owner = g_hash_table_lookup(set->roots, key);
            if (owner != NULL && (owner[0] == '*' || owner[0] == '@'))
                return listed(set, account, owner);
        }
        at += MAX(digits, 1);
    }
    return NULL;
}

/* "aws-prod+anything@example.jp" by an account's root address "aws-prod+*@example.jp". */
static const char *account_with_any_tag(const struct rule_set *set, const char *address)
{
    const char *plus = strchr(address, '+'), *domain = strrchr(address, '@');
    if (plus == NULL || domain == NULL || plus > domain)
        return NULL;
    g_autofree char *before = g_strndup(address, (gsize)(plus - address)),
                    *key = g_strconcat(before, "+*", domain, NULL);
    return g_hash_table_lookup(set->roots, key);
}

/* "aws+prod@example.jp" is told apart from "aws@example.jp": AWS has one root address an account. */
const char *rule_set_account_of(const struct rule_set *set, const char *address)
{
    g_autofree char *key = g_ascii_strdown(address, -1);
    const char *account = g_hash_table_lookup(set->roots, key);
    if (account == NULL)
        account = account_in(set, key);
    if (account == NULL)
        account = account_with_any_tag(set, key);
    return account != NULL && g_ascii_isdigit(account[0]) ? account : NULL;
}
