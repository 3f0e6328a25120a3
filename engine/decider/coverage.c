/* What the tests reach: deciding marked numbers while they ran, and here the rules are walked to say whose
 * numbers stayed unmarked. A condition is reached by a mail for which it held: evaluation ends at the first
 * of a list that does, so a later one needs a mail for which it is the one. A rule is reached when all its
 * conditions held, through the whole set: in shadow and with final = false too. What is in an override counts
 * where it stands. */
#include "decider/coverage.h"
#include "base/json.h"
#include "mail/text.h"

#include <lua.h>
#include <stdio.h>
#include <string.h>

enum { COMPLAINTS_MAXIMUM = 1000, UNREACHED_MAXIMUM = 20000, TEXT_MAXIMUM = 160 };

/* One thing that a test can reach. */
struct point {
    const struct rule *rule;
    const char *kind, *file;
    int line;
    unsigned number;
    const char *text; /* what it is, for people; NULL for the rule itself */
};
typedef void (*visit)(const struct point *point, void *data);

struct walk {
    const struct coverage *coverage;
    const struct rule *rule;
    visit each;
    void *data;
};

static int folder_of(const char *file)
{
    int number = -1;
    return sscanf(file, "rules/%9d/", &number) == 1 ? number : -1;
}

static bool is_covered(const struct coverage *coverage, const char *file)
{
    int folder = folder_of(file);
    return folder >= 0 && folder != coverage->shipped;
}

static void meet(const struct walk *walk, const char *kind, const char *file, int line, unsigned number,
                 const char *text)
{
    struct point point = {walk->rule, kind, file, line, number, text};
    if (is_covered(walk->coverage, file))
        walk->each(&point, walk->data);
}

/* The word before a text that is not compared as its field is without one. */
static const char *match_word(const struct condition *condition)
{
    bool searched = g_str_equal(condition->field, "body") || g_str_equal(condition->field, "header");
    switch (condition->match) {
    case PATTERN_STARTS:
        return "starts ";
    case PATTERN_ENDS:
        return "ends ";
    case PATTERN_MATCHES:
        return "matches ";
    case PATTERN_CONTAINS:
        return searched ? "" : "contains ";
    default:
        return "";
    }
}

static char *condition_text(const struct condition *condition)
{
    static const char *const words[] = {
        [CONDITION_ALL] = "all of ", [CONDITION_ANY] = "any of ", [CONDITION_NONE] = "none of "};
    if (condition->operation == CONDITION_WHEN)
        return g_strdup("when");
    if (condition->operation == CONDITION_NOTICE) {
        g_autofree char *value = json_canonical(condition->value);
        return g_strdup_printf("notice %s = %s", condition->field, value);
    }
    if (condition->operation == CONDITION_TEXT)
        return g_strdup_printf("%s%s%s %s%s\"%s\"", condition->field, condition->header != NULL ? " " : "",
                               condition->header != NULL ? condition->header : "",
                               condition->nocase ? "nocase " : "", match_word(condition),
                               condition->pattern != NULL ? pattern_text(condition->pattern) : "");
    g_autoptr(GString) text = g_string_new(words[condition->operation]);
    for (guint i = 0; i < condition->inner->len && text->len < TEXT_MAXIMUM; i++) {
        g_autofree char *inner = condition_text(condition->inner->pdata[i]);
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", inner);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void meet_condition(const struct walk *walk, const struct condition *condition)
{
    g_autofree char *whole = condition_text(condition), *line = text_one_line(whole),
                    *text = text_clip(line, TEXT_MAXIMUM);
    meet(walk, "condition", walk->rule->file, condition->line, condition->number, text);
}

/* branch: one of several, each of which should be the one some time. */
static void walk_condition(const struct walk *walk, const struct condition *condition, bool branch)
{
    if (condition->inner == NULL) {
        meet_condition(walk, condition);
        return;
    }
    if (branch && condition->operation == CONDITION_ALL && condition->inner->len > 1)
        meet_condition(walk, condition);
    for (guint i = 0; i < condition->inner->len; i++)
        walk_condition(walk, condition->inner->pdata[i], condition->operation != CONDITION_ALL);
}

static void walk_captures(const struct walk *walk, const GPtrArray *captures, const char *word)
{
    for (guint i = 0; i < captures->len; i++) {
        const struct capture *capture = captures->pdata[i];
        g_autofree char *whole = g_strdup_printf("%s %s = \"%s\"", word, capture->name,
                                                 pattern_text(capture->pattern)),
                        *line = text_one_line(whole), *text = text_clip(line, TEXT_MAXIMUM);
        meet(walk, "capture", capture->file, capture->line, capture->number, text);
    }
}

/* The i-th action of the list at the top of the stack. */
static void meet_action(const struct walk *walk, lua_State *lua, const struct planned *planned, unsigned i,
                        const char *word)
{
    const char *name = "?";
    int line = planned->line, top = lua_gettop(lua);
    if (lua_rawgeti(lua, -1, (lua_Integer)i + 1) == LUA_TTABLE) {
        lua_pushliteral(lua, "action");
        if (lua_rawget(lua, top + 1) == LUA_TSTRING)
            name = lua_tostring(lua, -1);
        lua_pushliteral(lua, "line");
        if (lua_rawget(lua, top + 1) == LUA_TNUMBER)
            line = (int)lua_tointeger(lua, -1);
    }
    g_autofree char *text = g_strdup_printf("%s %s", word, name);
    lua_settop(lua, top);
    meet(walk, "action", planned->file, line, planned->first + i, text);
}

static void walk_actions(const struct walk *walk, int reference, const struct planned *planned,
                         const char *word)
{
    lua_State *lua = sandbox_state(walk->coverage->set->sandbox);
    g_autofree char *function = g_strdup_printf("the function of %s", word);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, reference);
    if (lua_isfunction(lua, -1))
        meet(walk, "action", planned->file, planned->line, planned->first, function);
    else
        for (unsigned i = 0; i < planned->count; i++)
            meet_action(walk, lua, planned, i, word);
    lua_pop(lua, 1);
}

static void walk_rules(const struct coverage *coverage, visit each, void *data)
{
    for (guint i = 0; i < coverage->set->rules->len; i++) {
        const struct rule *rule = coverage->set->rules->pdata[i];
        struct walk walk = {coverage, rule, each, data};
        meet(&walk, "rule", rule->file, rule->line, rule->condition->number, NULL);
        walk_condition(&walk, rule->condition, false);
        walk_captures(&walk, rule->captures, "capture");
        walk_captures(&walk, rule->collects, "collect");
        walk_actions(&walk, rule->actions, &rule->actions_planned, "actions:");
        walk_actions(&walk, rule->also, &rule->also_planned, "also:");
    }
}

struct report {
    const struct coverage *coverage;
    json_t *files, *unreached; /* files: by name */
    json_int_t left_out;
};

static json_t *nothing_counted(void)
{
    return json_pack("{s:i, s:i}", "reached", 0, "all", 0);
}

static json_t *counts_of(struct report *report, const struct point *point)
{
    static const char *const keys[] = {"rules", "conditions", "captures", "actions"};
    json_t *file = json_object_get(report->files, point->file);
    if (file == NULL) {
        file = json_pack("{s:s}", "file", point->file);
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
            json_object_set_new(file, keys[i], nothing_counted());
        json_object_set_new(report->files, point->file, file);
    }
    g_autofree char *key = g_strconcat(point->kind, "s", NULL);
    return json_object_get(file, key);
}

static void count(json_t *counts, const char *key)
{
    json_object_set_new(counts, key, json_integer((json_int_t)json_number(counts, key, 0) + 1));
}

static bool is_unreached(const struct coverage *coverage, const struct rule *rule)
{
    return is_covered(coverage, rule->file) && !coverage->reached[rule->condition->number];
}

static void list_unreached(struct report *report, json_t *entry)
{
    if (json_array_size(report->unreached) >= UNREACHED_MAXIMUM) {
        report->left_out++;
        json_decref(entry);
    } else {
        json_array_append_new(report->unreached, entry);
    }
}

static void report_point(const struct point *point, void *data)
{
    struct report *report = data;
    const unsigned char *reached = report->coverage->reached;
    json_t *counts = counts_of(report, point);
    count(counts, "all");
    if (reached[point->number])
        count(counts, "reached");
    else
        list_unreached(report, json_pack("{s:s, s:i, s:s, s:b, s:s, s:o}", "file", point->file, "line",
                                         point->line, "rule", point->rule->id, "of_unreached",
                                         is_unreached(report->coverage, point->rule), "kind", point->kind,
                                         "text", json_text_new(point->text)));
}

/* The action of that name, whose declaration is on top of the stack. */
static void report_sends(struct report *report, lua_State *lua, const char *name)
{
    lua_getfield(lua, -1, "file");
    lua_getfield(lua, -2, "line");
    const char *file = lua_tostring(lua, -2);
    const struct point point = {.kind = "action", .file = file};
    if (file != NULL && is_covered(report->coverage, file)) {
        json_t *counts = counts_of(report, &point);
        count(counts, "all");
        if (json_object_get(report->coverage->performed, name) != NULL)
            count(counts, "reached");
        else
            list_unreached(report,
                           json_pack("{s:s, s:i, s:n, s:s, s:b, s:s, s:s}", "file", file, "line",
                                     (int)lua_tointeger(lua, -1), "rule", "action", name, "of_unreached", 0,
                                     "kind", "sends", "text", "what it sends (expect.sends)"));
    }
    lua_pop(lua, 2);
}

static void report_actions(struct report *report)
{
    struct sandbox *sandbox = report->coverage->set->sandbox;
    lua_State *lua = sandbox_state(sandbox);
    sandbox_push_declarations(sandbox);
    lua_getfield(lua, -1, "actions");
    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1))
        report_sends(report, lua, lua_tostring(lua, -2));
    lua_pop(lua, 2);
}

json_t *coverage_report(const struct coverage *coverage)
{
    struct report report = {coverage, json_object(), json_array(), 0};
    walk_rules(coverage, report_point, &report);
    report_actions(&report);
    json_t *files = json_array(), *file;
    const char *name;
    json_object_foreach(report.files, name, file)
        json_array_append(files, file);
    json_decref(report.files);
    return json_pack("{s:o, s:o, s:I}", "files", files, "unreached", report.unreached, "left_out",
                     report.left_out);
}

static void complain_of(const struct rule *rule, bool must, json_t *list, size_t count)
{
    const char *rest = must ? ", as require_tests demands" : "";
    g_autofree char *message = NULL;
    if (count > COMPLAINTS_MAXIMUM)
        return;
    if (count == COMPLAINTS_MAXIMUM)
        message = g_strdup_printf("rule '%s' and others: no test has a mail that reaches them; awsift test "
                                  "--coverage lists them%s",
                                  rule->id, rest);
    else
        message =
            g_strdup_printf("rule '%s': no test has a mail that reaches it; write one into tests/ beside "
                            "it%s",
                            rule->id, rest);
    json_array_append_new(list,
                          json_pack("{s:s, s:i, s:s, s:s, s:o}", "file", rule->file, "line", rule->line,
                                    "code", "untested", "rule", rule->id, "message", json_text_new(message)));
}

void coverage_complain(const struct coverage *coverage, const json_t *required, json_t *errors,
                       json_t *warnings)
{
    size_t counts[2] = {0};
    for (guint i = 0; i < coverage->set->rules->len; i++) {
        const struct rule *rule = coverage->set->rules->pdata[i];
        int folder = folder_of(rule->file);
        if (!is_unreached(coverage, rule))
            continue;
        bool must = json_is_true(json_array_get(required, (size_t)folder));
        complain_of(rule, must, must ? errors : warnings, ++counts[must]);
    }
}
