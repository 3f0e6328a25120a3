/* Loading a sandbox: the shipped language, the shipped scripts, and every rule file in its order.
 *
 * What was declared is a Lua table that the shipped language (scripts/awsift/language.lua) fills. What makes
 * it fail: a shipped script that is broken. Rule files that are broken are recorded, not failed. */
#include "rules/sandbox_inside.h"
#include "rules/lua_json.h"
#include "rules/lua_place.h"
#include "rules/lua_syntax.h"
#include "base/error.h"
#include "base/guard.h"
#include "base/json.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_INSTRUCTIONS 50000000
#define CSV_INSTRUCTIONS 50      /* a byte */
#define FINISH_INSTRUCTIONS 5000 /* a rule, call of an action, or test: what is wrong takes some to say */

static void set_syntax_failure(struct sandbox *sandbox, lua_State *lua, GError **error)
{
    g_autofree char *text = sandbox_error_text(lua, -1), *explained = lua_syntax_explain(text);
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES, "%s", explained);
}

/* Pushes the compiled chunk of a snapshot file; bytecode is refused. */
static bool push_chunk(struct sandbox *sandbox, struct snapshot_file file, int environment, GError **error)
{
    lua_State *lua = sandbox->lua;
    g_autofree char *name = g_strconcat("@", file.name, NULL);
    if (lua_syntax_load(lua, file.bytes, file.size, name, guard_stands("bytecode") ? "t" : "bt") != LUA_OK) {
        set_syntax_failure(sandbox, lua, error);
        lua_pop(lua, 1);
        return false;
    }
    lua_pushvalue(lua, environment);
    lua_setupvalue(lua, -2, 1); /* -> chunk */
    return true;
}

/* Runs a file; leaves one value on success. */
static bool run_file(struct sandbox *sandbox, struct snapshot_file file, GError **error)
{
    lua_State *lua = sandbox->lua;
    sandbox_push_environment(lua);
    bool loaded = push_chunk(sandbox, file, lua_gettop(lua), error);
    if (loaded)
        loaded = sandbox_call(sandbox, 0, 1, LOAD_INSTRUCTIONS, NULL, error);
    if (loaded)
        lua_remove(lua, -2); /* the environment */
    else
        lua_pop(lua, 1);
    return loaded;
}

bool sandbox_run_module(struct sandbox *sandbox, const char *name, GError **error)
{
    struct snapshot_file file = snapshot_find(sandbox->snapshot, name);
    if (file.bytes != NULL)
        return run_file(sandbox, file, error);
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES,
                "%s is missing from the shipped scripts: install awsift again", name);
    return false;
}

/* The prelude: the rule language itself, run with `engine` and a table for what becomes global. */
static bool run_language(struct sandbox *sandbox, GError **error)
{
    lua_State *lua = sandbox->lua;
    if (!sandbox_run_module(sandbox, "awsift/language.lua", error))
        return false; /* -> language */
    lua_getfield(lua, -1, "declarations");
    sandbox->declarations = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_getfield(lua, -1, "finish");
    sandbox->finish = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_getfield(lua, -1, "contacts_csv");
    sandbox->contacts_csv = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_getfield(lua, -1, "actions");
    lua_setfield(lua, LUA_REGISTRYINDEX, SANDBOX_ACTIONS);
    lua_getfield(lua, -1, "people");
    lua_setfield(lua, LUA_REGISTRYINDEX, SANDBOX_PEOPLE);
    lua_getfield(lua, -1, "words");
    lua_rawgeti(lua, LUA_REGISTRYINDEX, sandbox->globals); /* -> language, words, globals */
    lua_newtable(lua);
    lua_getfield(lua, -4, "lookup");
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_pushnil(lua);
    while (lua_next(lua, -3) != 0) { /* -> language, words, globals, key, value */
        lua_pushvalue(lua, -2);
        lua_insert(lua, -2);
        lua_rawset(lua, -4);
    }
    lua_pop(lua, 3);
    return true;
}

static int column_of(struct sandbox *sandbox, const char *file, int line, const char *message)
{
    struct snapshot_file text = snapshot_find(sandbox->snapshot, file);
    const struct source_want want = {.line = line};
    if (text.bytes == NULL || line < 1)
        return 1;
    if (strstr(message, " near ") != NULL)
        return lua_syntax_column(sandbox->lua, text.bytes, text.size, line, message);
    return lua_place_of(sandbox->lua, file, &want).column;
}

static void record_error(struct sandbox *sandbox, const char *file, const char *message)
{
    lua_State *lua = sandbox->lua;
    struct snapshot_file known;
    char name[512];
    int line = 0, consumed = 0;
    /* "rules/0/x.lua:12: what" as Lua writes it */
    if (sscanf(message, "%500[^:]:%d: %n", name, &line, &consumed) >= 2 && consumed > 0) {
        bool cut = g_str_has_prefix(name, "..."), ours = g_str_has_prefix(name, "awsift/");
        if (!cut && !ours && (known = snapshot_find(sandbox->snapshot, name)).bytes != NULL)
            file = known.name; /* the fault is the rule file's also where a word of ours raised */
        if (ours)
            line = 1;
        message += consumed;
    }
    bool syntax =
        strstr(message, " near ") != NULL || strstr(message, " not in UTF-8 ") != NULL; /* explained */
    g_autofree char *explained = syntax ? g_strdup(message) : lua_syntax_explain(message);
    sandbox_push_declarations(sandbox);
    lua_getfield(lua, -1, "errors");
    lua_newtable(lua);
    lua_pushstring(lua, file);
    lua_setfield(lua, -2, "file");
    lua_pushinteger(lua, line > 0 ? line : 1);
    lua_setfield(lua, -2, "line");
    lua_pushinteger(lua, MAX(column_of(sandbox, file, line, message), 1));
    lua_setfield(lua, -2, "column");
    lua_pushstring(lua, syntax ? "syntax" : "raised");
    lua_setfield(lua, -2, "code");
    lua_pushstring(lua, explained);
    lua_setfield(lua, -2, "message");
    lua_rawseti(lua, -2, (lua_Integer)lua_rawlen(lua, -2) + 1);
    lua_pop(lua, 2);
}

static bool is_direct(const char *name, const char *folder)
{
    return g_str_has_prefix(name, folder) && g_str_has_suffix(name, ".lua") &&
           strchr(name + strlen(folder), '/') == NULL;
}

/* "rules/<n>/" of a name, or false. */
static bool folder_of(const char *name, char folder[32])
{
    int length = 0;
    unsigned number;
    if (sscanf(name, "rules/%9u/%n", &number, &length) < 1 || length == 0)
        return false;
    g_snprintf(folder, 32, "rules/%u/", number);
    return true;
}

static bool is_contacts_csv(const char *name)
{
    char folder[32];
    return folder_of(name, folder) && strcmp(name + strlen(folder), "contacts.csv") == 0;
}

static bool is_wanted(const char *name, bool tests)
{
    char folder[32], below[48];
    if (!folder_of(name, folder))
        return false;
    g_snprintf(below, sizeof below, "%stests/", folder);
    return is_direct(name, tests ? below : folder) || (!tests && is_contacts_csv(name));
}

/* Folders by their number, which is not the order of names beyond the tenth; files by their names, as the
 * snapshot has them. */
static int compare_files(const void *left, const void *right, void *data)
{
    const size_t *a = left, *b = right;
    const size_t prefix = strlen("rules/");
    unsigned long first = strtoul(snapshot_get(data, *a).name + prefix, NULL, 10),
                  second = strtoul(snapshot_get(data, *b).name + prefix, NULL, 10);
    return first != second ? (first < second ? -1 : 1) : *a < *b ? -1 : *a > *b;
}

/* What the file began to declare may be cut short. */
static void record_broken(struct sandbox *sandbox, const char *file, const char *message)
{
    lua_State *lua = sandbox->lua;
    record_error(sandbox, file, message);
    sandbox_push_declarations(sandbox);
    lua_getfield(lua, -1, "broken");
    lua_pushboolean(lua, true);
    lua_setfield(lua, -2, file);
    lua_pop(lua, 2);
}

/* Where it may raise: there may be no memory for it. */
static int push_bytes(lua_State *lua)
{
    const struct snapshot_file *file = lua_touserdata(lua, 1);
    lua_pushlstring(lua, file->bytes, file->size);
    return 1;
}

/* The rows of a table are data and cost by their number. */
static bool run_contacts_csv(struct sandbox *sandbox, struct snapshot_file file, GError **error)
{
    lua_State *lua = sandbox->lua;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, sandbox->contacts_csv);
    lua_pushstring(lua, file.name);
    lua_pushcfunction(lua, push_bytes);
    lua_pushlightuserdata(lua, &file);
    if (!sandbox_call(sandbox, 1, 1, LOAD_INSTRUCTIONS, NULL, error)) {
        lua_pop(lua, 2);
        return false;
    } /* -> read, name, bytes */
    return sandbox_call(sandbox, 2, 0, LOAD_INSTRUCTIONS + CSV_INSTRUCTIONS * (int64_t)file.size, NULL,
                        error);
}

/* The shipped rules' own tests are for whoever asks for them: no reload changes what they are about, and
 * reading them takes longer than reading the rules. */
static bool is_left_out(const struct sandbox *sandbox, const char *name)
{
    int64_t shipped = json_number(sandbox->options.names, "shipped_rules", -1);
    g_autofree char *below = g_strdup_printf("rules/%" G_GINT64_FORMAT "/tests/", shipped);
    return !sandbox->options.shipped_tests && g_str_has_prefix(name, below);
}

/* Their places in the snapshot. */
static GArray *files_in_order(const struct sandbox *sandbox, bool tests)
{
    GArray *files = g_array_new(FALSE, FALSE, sizeof(size_t));
    for (size_t i = 0; i < snapshot_count(sandbox->snapshot); i++) {
        const char *name = snapshot_get(sandbox->snapshot, i).name;
        if (is_wanted(name, tests) && !is_left_out(sandbox, name))
            g_array_append_val(files, i);
    }
    g_array_sort_with_data(files, compare_files, (void *)sandbox->snapshot);
    return files;
}

static bool run_rule_file(struct sandbox *sandbox, struct snapshot_file file)
{
    g_autoptr(GError) error = NULL;
    bool csv = is_contacts_csv(file.name);
    if (!(csv ? run_contacts_csv(sandbox, file, &error) : run_file(sandbox, file, &error))) {
        record_broken(sandbox, file.name, error->message);
        return false;
    }
    if (csv)
        return true;
    if (!lua_isnil(sandbox->lua, -1) && g_str_has_suffix(file.name, "/contacts.lua"))
        record_error(sandbox, file.name,
                     "what it returns is read by nobody: write contacts { … } without return");
    lua_pop(sandbox->lua, 1);
    return true;
}

/* false when one of them filled the memory: what comes behind it is not to blame. */
static bool run_rule_files(struct sandbox *sandbox, bool tests)
{
    g_autoptr(GArray) files = files_in_order(sandbox, tests);
    for (guint i = 0; i < files->len; i++) {
        size_t index = g_array_index(files, size_t, i);
        struct snapshot_file file = snapshot_get(sandbox->snapshot, index);
        if (sandbox->options.loading != NULL)
            sandbox->options.loading(index, sandbox->options.data);
        bool good = run_rule_file(sandbox, file);
        if (!sandbox->budget.loading || !budget_is_filled(&sandbox->budget, sandbox->lua))
            continue;
        if (good)
            record_broken(sandbox, file.name, "not enough memory");
        return false;
    }
    return true;
}

static bool run_shipped(struct sandbox *sandbox, GError **error)
{
    for (size_t i = 0; i < snapshot_count(sandbox->snapshot); i++) {
        struct snapshot_file file = snapshot_get(sandbox->snapshot, i);
        if (!is_direct(file.name, "awsift/aws/") && !is_direct(file.name, "awsift/actions/"))
            continue;
        if (!run_file(sandbox, file, error))
            return false;
        lua_getfield(sandbox->lua, LUA_REGISTRYINDEX, "awsift.modules"); /* -> value, modules */
        lua_insert(sandbox->lua, -2);
        lua_setfield(sandbox->lua, -2, file.name); /* what it returned is also its module */
        lua_pop(sandbox->lua, 1);
    }
    return true;
}

static void declare_names(struct sandbox *sandbox)
{
    static const char *const known[] = {"channels",         "commands",     "webhooks", "shipped_rules",
                                        "shipped",          "spools",       "reviewed", "escalations",
                                        "escalation_roles", "channel_kinds"};
    lua_State *lua = sandbox->lua;
    if (sandbox->options.names == NULL)
        return;
    sandbox_push_declarations(sandbox);
    lua_newtable(lua); /* -> declarations, names */
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        const json_t *value = json_object_get(sandbox->options.names, known[i]);
        if (value == NULL)
            continue;
        lua_json_push(lua, value);
        lua_setfield(lua, -2, known[i]);
    }
    lua_setfield(lua, -2, "configured");
    lua_pop(lua, 1);
}

/* What the check of all that was declared may take: it grows with their number. */
static int64_t finish_instructions(struct sandbox *sandbox)
{
    static const char *const lists[] = {"rules", "calls", "tests"};
    lua_State *lua = sandbox->lua;
    int64_t count = 0;
    sandbox_push_declarations(sandbox);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        lua_getfield(lua, -1, lists[i]);
        count += (int64_t)lua_rawlen(lua, -1);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
    return LOAD_INSTRUCTIONS + FINISH_INSTRUCTIONS * count;
}

bool sandbox_load(struct sandbox *sandbox, GError **error)
{
    if (!run_language(sandbox, error) || !run_shipped(sandbox, error))
        return false;
    declare_names(sandbox);
    lua_rawgeti(sandbox->lua, LUA_REGISTRYINDEX, sandbox->globals);
    if (sandbox->options.acting && sandbox->options.extend != NULL) {
        lua_pushcfunction(sandbox->lua, sandbox->options.extend);
        lua_insert(sandbox->lua, -2);
        lua_call(sandbox->lua, 1, 0);
    } else {
        lua_pop(sandbox->lua, 1);
    }
    sandbox->budget.loading = !sandbox->options.acting; /* actors load what a decider could load */
    if (run_rule_files(sandbox, false) && !sandbox->options.acting)
        run_rule_files(sandbox, true);
    sandbox->budget.loading = false;
    if (sandbox->options.loading != NULL)
        sandbox->options.loading(SANDBOX_LOADED, sandbox->options.data);
    lua_rawgeti(sandbox->lua, LUA_REGISTRYINDEX, sandbox->finish);
    sandbox->loaded = true;
    return sandbox_call(sandbox, 0, 0, finish_instructions(sandbox), NULL, error);
}
