/* Recording one decision as a tree. What was recorded is bounded: of a rule set so large that its tree would
 * fit no frame, rules that did not hold are counted and left out. Texts of the mail are clipped to what is
 * near, on one line and without controls. While the mail itself is read (step.h), the clock of rules and
 * conditions stands: whoever asks first for a body must not look slow. */
#include "rules/trace.h"
#include "rules/step.h"
#include "rules/trace_near.h"
#include "base/json.h"
#include "mail/text.h"

#include <string.h>

enum {
    SIZE_MAXIMUM = 3 << 20, /* bytes of texts, about: a frame holds 16 MiB, and 500,000 values */
    NODE_SIZE = 100,
    RULE_SIZE = 200,
    TEXT_MAXIMUM = 300, /* bytes of a text that is shown */
    CAPTURE_MAXIMUM = 4000
};

struct timed {
    json_t *node;
    int64_t since, idle;
};

struct trace {
    json_t *explain, *rule; /* rule: the one in hand, until it ends */
    const struct rule *evaluated;
    GHashTable *entries; /* struct rule -> what is recorded of it; NULL: it is left out */
    GArray *nodes;       /* of struct timed: the conditions in hand, outermost first */
    const char *step;
    struct timed timed_step, timed_rule;
    size_t begun;             /* rules */
    size_t size, size_before; /* of all, and without the rule in hand */
    struct near *near;
    int64_t recording; /* microseconds that went into looking what is near */
};

/* What counts for nobody: reading the mail, and recording. */
static int64_t idle(const struct trace *trace)
{
    return step_outside() + trace->recording;
}

static struct timed start_clock(const struct trace *trace, json_t *node)
{
    return (struct timed){node, g_get_monotonic_time(), idle(trace)};
}

static int64_t elapsed(const struct trace *trace, const struct timed *timed)
{
    return g_get_monotonic_time() - timed->since - (idle(trace) - timed->idle);
}

/* A text on one line, clipped, and counted. */
static json_t *shown(struct trace *trace, const char *text)
{
    g_autofree char *line = text_one_line(text), *clipped = text_clip(line, TEXT_MAXIMUM);
    trace->size += strlen(clipped);
    return json_text_new(clipped);
}

struct trace *trace_new(int64_t since)
{
    struct trace *trace = g_new0(struct trace, 1);
    step_time();
    trace->explain = json_pack("{s:[], s:[], s:i, s:i, s:n, s:n}", "steps", "offered", "not_offered", 0,
                               "left_out", 0, "read", "account");
    trace->nodes = g_array_new(FALSE, FALSE, sizeof(struct timed));
    trace->near = near_new();
    trace->entries = g_hash_table_new(NULL, NULL);
    trace->step = "read";
    trace->timed_step = (struct timed){.since = since};
    return trace;
}

static void add_step(struct trace *trace, const char *name, int64_t microseconds)
{
    json_array_append_new(json_object_get(trace->explain, "steps"),
                          json_pack("{s:s, s:I}", "name", name, "microseconds", (json_int_t)microseconds));
}

void trace_step(struct trace *trace, const char *name)
{
    if (trace == NULL)
        return;
    add_step(trace, trace->step, elapsed(trace, &trace->timed_step));
    trace->step = name;
    trace->timed_step = start_clock(trace, NULL);
}

json_t *trace_free(struct trace *trace)
{
    if (trace == NULL)
        return NULL;
    add_step(trace, trace->step, elapsed(trace, &trace->timed_step));
    add_step(trace, "text", step_outside()); /* of the mail, for whoever asked */
    json_t *explain = trace->explain;
    g_array_unref(trace->nodes);
    near_free(trace->near);
    g_hash_table_unref(trace->entries);
    g_free(trace);
    return explain;
}

void trace_read(struct trace *trace, unsigned parts, unsigned decoded)
{
    if (trace != NULL)
        json_object_set_new(
            trace->explain, "read",
            json_pack("{s:I, s:I}", "parts", (json_int_t)parts, "decoded", (json_int_t)decoded));
}

void trace_account(struct trace *trace, const char *account, const char *contact, const char *by)
{
    if (trace != NULL)
        json_object_set_new(trace->explain, "account",
                            json_pack("{s:o, s:o, s:o}", "account", json_text_new(account), "contact",
                                      json_text_new(contact), "by", json_text_new(by)));
}

static void count(struct trace *trace, const char *key, size_t more)
{
    json_t *counted = json_object_get(trace->explain, key);
    json_integer_set(counted, json_integer_value(counted) + (json_int_t)more);
}

void trace_considered(struct trace *trace, size_t all)
{
    if (trace != NULL)
        count(trace, "not_offered", all - MIN(all, trace->begun));
}

void trace_rule_begin(struct trace *trace, const struct rule *rule, json_t *why)
{
    if (trace == NULL) {
        json_decref(why);
        return;
    }
    trace->begun++;
    trace->evaluated = rule;
    trace->size_before = trace->size;
    trace->size += RULE_SIZE + strlen(rule->id) + strlen(rule->file);
    trace->rule = json_pack("{s:s, s:s, s:i, s:o, s:n, s:{}, s:[]}", "rule", rule->id, "file", rule->file,
                            "line", rule->line, "why", why != NULL ? why : json_string("always"), "condition",
                            "captures", "actions");
    trace->timed_rule = start_clock(trace, trace->rule);
}

void trace_rule_end(struct trace *trace, const char *outcome)
{
    if (trace == NULL || trace->rule == NULL)
        return;
    bool needed = strcmp(outcome, "no") != 0 || g_strcmp0(json_text(trace->rule, "why"), "asked") == 0;
    if (trace->size > (needed ? 2 : 1) * SIZE_MAXIMUM) {
        trace->size = trace->size_before;
        count(trace, "left_out", 1);
        g_clear_pointer(&trace->rule, json_decref);
    } else {
        json_object_set_new(trace->rule, "outcome", json_string(outcome));
        json_object_set_new(trace->rule, "microseconds", json_integer(elapsed(trace, &trace->timed_rule)));
        json_array_append_new(json_object_get(trace->explain, "offered"), trace->rule);
    }
    g_hash_table_insert(trace->entries, (void *)trace->evaluated, trace->rule);
    trace->rule = NULL;
}

/* What was captured, or of a long text its beginning. */
static json_t *captured(struct trace *trace, json_t *value)
{
    g_autofree char *text = value != NULL ? json_canonical(value) : NULL;
    if (text == NULL)
        return json_null();
    g_autofree char *clipped = text_clip(text, CAPTURE_MAXIMUM);
    trace->size += strlen(clipped);
    return strlen(text) > CAPTURE_MAXIMUM ? json_text_new(clipped) : json_incref(value);
}

void trace_captures(struct trace *trace, const struct rule *rule, const json_t *found)
{
    if (trace == NULL || trace->rule == NULL)
        return;
    json_t *captures = json_object_get(trace->rule, "captures");
    const GPtrArray *lists[] = {rule->captures, rule->collects};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        for (guint j = 0; j < lists[i]->len; j++) {
            const char *name = ((struct capture *)lists[i]->pdata[j])->name;
            json_object_set_new(captures, name, captured(trace, json_object_get(found, name)));
        }
}

bool trace_is_full(const struct trace *trace)
{
    return trace != NULL && trace->size > SIZE_MAXIMUM;
}

void trace_leave_out(struct trace *trace, const struct rule *rule)
{
    if (trace == NULL)
        return;
    count(trace, "left_out", 1);
    g_hash_table_insert(trace->entries, (void *)rule, NULL);
}

bool trace_has(const struct trace *trace, const struct rule *rule)
{
    return trace != NULL && g_hash_table_contains(trace->entries, rule);
}

void trace_action(struct trace *trace, const struct rule *rule, json_t *action)
{
    json_t *entry = trace != NULL && rule != NULL ? g_hash_table_lookup(trace->entries, rule) : NULL;
    if (entry != NULL)
        json_array_append(json_object_get(entry, "actions"), action);
}

static json_t *node_new(struct trace *trace, const struct condition *condition)
{
    static const char *const names[] = {[CONDITION_ALL] = "all",
                                        [CONDITION_ANY] = "any",
                                        [CONDITION_NONE] = "none",
                                        [CONDITION_WHEN] = "when"};
    const char *name = condition->operation == CONDITION_TEXT     ? condition->field
                       : condition->operation == CONDITION_NOTICE ? "notice"
                                                                  : names[condition->operation];
    json_t *node = json_pack("{s:s}", "condition", name);
    trace->size += NODE_SIZE;
    if (condition->inner != NULL)
        json_object_set_new(node, "inner", json_array());
    if (condition->operation == CONDITION_TEXT && condition->pattern != NULL) {
        json_object_set_new(node, "match", json_string(pattern_kind_name(pattern_kind(condition->pattern))));
        json_object_set_new(node, "wanted", shown(trace, pattern_text(condition->pattern)));
        json_object_set_new(node, "saw", json_null());
        if (pattern_nocase(condition->pattern))
            json_object_set_new(node, "nocase", json_true());
    }
    if (condition->header != NULL)
        json_object_set_new(node, "header", shown(trace, condition->header));
    if (condition->operation == CONDITION_NOTICE) {
        g_autofree char *wanted = json_is_string(condition->value)
                                      ? g_strdup(json_string_value(condition->value))
                                      : json_canonical(condition->value);
        json_object_set_new(node, "field", shown(trace, condition->field));
        json_object_set_new(node, "wanted", shown(trace, wanted != NULL ? wanted : ""));
    }
    return node;
}

static json_t *in_hand(struct trace *trace)
{
    if (trace == NULL || trace->rule == NULL || trace->nodes->len == 0)
        return NULL;
    return g_array_index(trace->nodes, struct timed, trace->nodes->len - 1).node;
}

/* Into the list around it, or as the rule's own. What does not hold is left out where there is no room. */
static void put(struct trace *trace, json_t *node, bool holds)
{
    json_t *around = in_hand(trace);
    if (around == NULL) {
        json_object_set_new(trace->rule, "condition", node);
    } else if (holds || trace->size < SIZE_MAXIMUM) {
        json_array_append_new(json_object_get(around, "inner"), node);
    } else {
        json_object_set_new(around, "left_out", json_integer(json_number(around, "left_out", 0) + 1));
        json_decref(node);
    }
}

void trace_condition_begin(struct trace *trace, const struct condition *condition)
{
    if (trace == NULL || trace->rule == NULL)
        return;
    struct timed timed = start_clock(trace, node_new(trace, condition));
    g_array_append_val(trace->nodes, timed);
}

void trace_condition_end(struct trace *trace, bool holds)
{
    json_t *node = in_hand(trace);
    if (node == NULL)
        return;
    struct timed timed = g_array_index(trace->nodes, struct timed, trace->nodes->len - 1);
    g_array_set_size(trace->nodes, trace->nodes->len - 1);
    json_object_set_new(node, "holds", json_boolean(holds));
    json_object_set_new(node, "microseconds", json_integer(elapsed(trace, &timed)));
    put(trace, node, holds);
}

void trace_skipped(struct trace *trace, const struct condition *condition)
{
    if (trace == NULL || trace->rule == NULL)
        return;
    json_t *node = node_new(trace, condition);
    json_object_set_new(node, "skipped", json_true());
    json_object_set_new(node, "holds", json_false());
    put(trace, node, false);
}

/* Further texts of one condition (addresses, headers, names of attachments) follow the first. */
static void add_saw(struct trace *trace, json_t *node, const char *text)
{
    const char *before = json_text(node, "saw");
    g_autofree char *joined = before != NULL ? g_strconcat(before, ", ", text, NULL) : NULL;
    if (before == NULL || strlen(before) < TEXT_MAXIMUM)
        json_object_set_new(node, "saw", shown(trace, joined != NULL ? joined : text));
}

void trace_text(struct trace *trace, const struct rule_set *set, const struct condition *condition,
                const char *text, enum pattern_result result, size_t start, size_t end)
{
    json_t *node = in_hand(trace);
    if (node == NULL)
        return;
    if (result == PATTERN_YES) {
        g_autofree char *line = near_match(text, start, end);
        json_object_set_new(node, "saw", shown(trace, line));
        return;
    }
    struct near_miss miss = {0};
    int64_t since = g_get_monotonic_time();
    near_find(trace->near, set, condition, text, &miss);
    trace->recording += g_get_monotonic_time() - since;
    add_saw(trace, node, miss.saw);
    if (miss.fits != NULL && json_object_get(node, "fits") == NULL) {
        json_object_set_new(node, "fits", shown(trace, miss.fits));
        json_object_set_new(node, "then", shown(trace, miss.then));
    }
    near_miss_clear(&miss);
}

void trace_absent(struct trace *trace)
{
    json_t *node = in_hand(trace);
    if (node == NULL)
        return;
    json_object_set_new(node, "skipped", json_true());
    json_object_set_new(node, "absent", json_true());
}

void trace_found(struct trace *trace, const char *name, const char *value, size_t length)
{
    json_t *node = in_hand(trace);
    if (node == NULL)
        return;
    g_autofree char *text = g_strndup(value, length);
    json_t *found = json_object_get(node, "found");
    if (found == NULL)
        json_object_set_new(node, "found", found = json_object());
    if (json_object_get(found, name) == NULL)
        json_object_set_new(found, name, shown(trace, text));
}

void trace_saw_value(struct trace *trace, const json_t *value)
{
    json_t *node = in_hand(trace);
    if (node == NULL)
        return;
    g_autofree char *text =
        json_is_string(value) ? g_strdup(json_string_value(value)) : json_canonical(value);
    json_object_set_new(node, "saw", text != NULL ? shown(trace, text) : json_null());
}

void trace_error(struct trace *trace, const char *message)
{
    json_t *node = in_hand(trace);
    if (node != NULL)
        json_object_set_new(node, "error", shown(trace, message));
}
