/* An explained decision for people: what was decided; the rules, each with the tree of its conditions (+
 * held, - did not, . was not tried), where a rule that did not hold is one line about the condition that
 * failed; who the mail is about and who is told; what would be done; and where the time went. Nothing here
 * decides anything. */
#include "commands/explain_text.h"
#include "commands/near_text.h"
#include "commands/told_text.h"
#include "commands/page.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

enum { STEP = 2, FAILED_SHOWN = 3, NAMES = 11, FITTING = 4 /* less fits by chance */ };

struct printing {
    struct page page;
    const struct explain_view *view;
    const json_t *decision, *context, *explain;
};

static char *joined(const json_t *list)
{
    GString *text = g_string_new(NULL);
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)list, index, entry)
        g_string_append_printf(text, "%s%s", index > 0 ? ", " : "", json_string_value(entry));
    return g_string_free(text, FALSE);
}

/* A value as people read it: texts bare, lists with commas, the rest as JSON. */
static char *value_text(const json_t *value)
{
    size_t index;
    json_t *entry;
    bool texts = json_is_array(value);
    json_array_foreach((json_t *)value, index, entry)
        texts = texts && json_is_string(entry);
    return json_is_string(value) ? g_strdup(json_string_value(value))
           : texts               ? joined(value)
           : json_is_null(value) ? g_strdup("nothing")
                                 : json_canonical(value);
}

static char *duration_text(int64_t microseconds)
{
    return microseconds >= 10000 ? g_strdup_printf("%.1f ms", (double)microseconds / 1000)
                                 : g_strdup_printf("%d µs", (int)microseconds);
}

static bool is_list(const json_t *node)
{
    return json_is_array(json_object_get(node, "inner"));
}

/* What others had settled; a text that is nowhere in its field was looked for. */
static bool is_untried(const json_t *node)
{
    return json_flag(node, "skipped") && !json_flag(node, "absent");
}

/* Lists of one say nothing that the one does not, save none. */
static const json_t *unwrapped(const json_t *node)
{
    while (is_list(node) && json_array_size(json_object_get(node, "inner")) == 1 &&
           json_object_get(node, "left_out") == NULL &&
           strcmp(json_text_or(node, "condition", ""), "none") != 0)
        node = json_array_get(json_object_get(node, "inner"), 0);
    return node;
}

/* body contains "x"; header X-Tag starts "x"; notice status = "updated" */
static char *condition_text(const json_t *node)
{
    const char *name = json_text_or(node, "condition", ""), *match = json_text(node, "match"),
               *wanted = json_text(node, "wanted"), *which = json_text(node, "header");
    if (strcmp(name, "notice") == 0)
        which = json_text(node, "field");
    static const char *const plain[] = {"template", "glob", "address", NULL};
    bool said = match != NULL && !g_strv_contains(plain, match);
    GString *text = g_string_new(name);
    if (which != NULL)
        g_string_append_printf(text, " %s", which);
    if (said)
        g_string_append_printf(text, " %s", match);
    if (wanted != NULL)
        g_string_append_printf(text, "%s \"%s\"", match == NULL ? " is" : "", wanted);
    if (json_flag(node, "nocase"))
        g_string_append(text, ", upper or lower case");
    return g_string_free(text, FALSE);
}

/* What came instead; NULL when there is nothing to say. */
static char *miss_text(const json_t *node)
{
    const char *fits = json_text(node, "fits"), *then = json_text(node, "then"),
               *saw = json_text(node, "saw"), *error = json_text(node, "error");
    if (error != NULL)
        return g_strdup_printf("error: %s", error);
    if (fits != NULL && strlen(fits) >= FITTING)
        return g_strdup_printf("fits up to \"%s\", then came %s%s%s", fits, *then != '\0' ? "\"" : "",
                               *then != '\0' ? then : "the end", *then != '\0' ? "\"" : "");
    if (strcmp(json_text_or(node, "condition", ""), "body") == 0)
        return g_strdup("nothing like it is in the body");
    if (strcmp(json_text_or(node, "condition", ""), "when") == 0)
        return NULL;
    return saw != NULL && *saw != '\0' ? g_strdup_printf("saw \"%s\"", saw) : g_strdup("saw nothing");
}

static void print_node(const struct printing *printing, const json_t *node, int indent);

/* Of many alternatives that did not hold, the first few, unless all are wanted. */
static void print_inner(const struct printing *printing, const json_t *node, int indent)
{
    size_t index;
    json_t *inner;
    int64_t left = json_number(node, "left_out", 0);
    int failed = 0;
    json_array_foreach(json_object_get(node, "inner"), index, inner) {
        bool few = printing->view->all || json_flag(inner, "holds") || failed++ < FAILED_SHOWN;
        if (few)
            print_node(printing, inner, indent);
        else
            left++;
    }
    if (left > 0) {
        g_autofree char *text = g_strdup_printf("… %d more that did not hold or were not tried", (int)left);
        page_line(&printing->page, indent, "", PAGE_DIM, text);
    }
}

static void print_found(const struct printing *printing, const json_t *node, int indent)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(node, "found"), name, value) {
        g_autofree char *text = g_strdup_printf("%s = %s", name, json_string_value(value));
        page_line(&printing->page, indent, "", PAGE_PLAIN, text);
    }
}

static void print_node(const struct printing *printing, const json_t *node, int indent)
{
    node = unwrapped(node);
    bool holds = json_flag(node, "holds"), skipped = is_untried(node);
    const char *mark = skipped ? ". " : holds ? "+ " : "- ";
    enum page_color color = skipped ? PAGE_DIM : holds ? PAGE_GREEN : PAGE_RED;
    g_autofree char *text = condition_text(node);
    page_line(&printing->page, indent, mark, color, text);
    if (skipped)
        return;
    if (is_list(node)) {
        print_inner(printing, node, indent + STEP);
        return;
    }
    const char *saw = json_text(node, "saw");
    g_autofree char *miss = holds ? NULL : miss_text(node);
    if (holds && saw != NULL && g_strcmp0(saw, json_text(node, "wanted")) != 0)
        page_line(&printing->page, indent + STEP, "", PAGE_PLAIN, saw);
    if (miss != NULL)
        page_line(&printing->page, indent + STEP, "", PAGE_PLAIN, miss);
    print_found(printing, node, indent + STEP);
}

/* The condition for which a rule did not hold: of alternatives, the one that came closest. */
static const json_t *culprit(const json_t *node)
{
    node = unwrapped(node);
    if (!is_list(node))
        return node;
    bool none = strcmp(json_text_or(node, "condition", ""), "none") == 0;
    const json_t *closest = NULL;
    size_t index, most = 0;
    json_t *inner;
    json_array_foreach(json_object_get(node, "inner"), index, inner) {
        if (is_untried(inner) || json_flag(inner, "holds") != none)
            continue;
        const json_t *one = none ? unwrapped(inner) : culprit(inner);
        size_t close = 1 + strlen(json_text_or(one, "fits", ""));
        if (close > most) {
            closest = one;
            most = close;
        }
    }
    return closest != NULL ? closest : node;
}

static char *why_not(const json_t *rule)
{
    const json_t *node = culprit(json_object_get(rule, "condition"));
    bool near = strlen(json_text_or(node, "fits", "")) >= FITTING;
    g_autofree char *condition = condition_text(node), *miss = near ? miss_text(node) : NULL;
    return g_strdup_printf("%s: %s%s%s", json_text(rule, "rule"),
                           near ? json_text(node, "condition") : condition,
                           json_flag(node, "holds") ? " holds, and must not"
                           : near                   ? " "
                                                    : "",
                           near ? miss : "");
}

/* Whether a tree has an error in it. */
static bool has_error(const json_t *node)
{
    size_t index;
    json_t *inner;
    if (json_text(node, "error") != NULL)
        return true;
    json_array_foreach(json_object_get(node, "inner"), index, inner)
        if (has_error(inner))
            return true;
    return false;
}

static void print_captures(const struct printing *printing, const json_t *rule)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(rule, "captures"), name, value) {
        bool none = json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0);
        g_autofree char *shown = none ? g_strdup("nothing") : value_text(value);
        g_autofree char *text = g_strdup_printf("capture %s = %s", name, shown);
        page_line(&printing->page, 2 * STEP, none ? "- " : "+ ", none ? PAGE_RED : PAGE_GREEN, text);
    }
}

/* Which texts they are stands in the tree. */
static void print_why(const struct printing *printing, const json_t *rule)
{
    g_autoptr(json_t) fields = json_array();
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(rule, "why"), index, entry) {
        size_t last = json_array_size(fields);
        const char *field = json_text_or(entry, "field", "");
        if (last == 0 || strcmp(json_string_value(json_array_get(fields, last - 1)), field) != 0)
            json_array_append_new(fields, json_string(field));
    }
    g_autofree char *list = joined(fields),
                    *text = g_strdup_printf("considered: a text that it needs is in %s", list);
    if (*list != '\0')
        page_line(&printing->page, 2 * STEP, "", PAGE_DIM, text);
}

static bool is_asked(const struct printing *printing, const json_t *rule)
{
    return printing->view->rules != NULL &&
           g_strv_contains(printing->view->rules, json_text_or(rule, "rule", ""));
}

static void print_rule(const struct printing *printing, const json_t *rule)
{
    const char *outcome = json_text_or(rule, "outcome", "");
    bool no = strcmp(outcome, "no") == 0;
    const json_t *condition = json_object_get(rule, "condition");
    if (no && !printing->view->all && !is_asked(printing, rule) && !has_error(condition)) {
        g_autofree char *line = why_not(rule);
        page_short(&printing->page, STEP, "- ", PAGE_RED, line);
        return;
    }
    static const char *const said[][2] = {
        {"decides", "decides"},
        {"adds", "adds"},
        {"no", "does not hold"},
        {"shadow", "holds, in shadow: recorded, not acted on"},
        {"another speaker", "is for what AWS says, and somebody else at Amazon speaks"},
        {"passed over", "was passed over"},
        {"holds", "would hold; it was not its turn"}};
    bool overruled = strcmp(outcome, "decides") == 0 && json_text(printing->decision, "rule") == NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        if (strcmp(said[i][0], outcome) == 0)
            outcome = said[i][1];
    if (overruled)
        outcome = "holds, and does not decide: nothing proves that AWS speaks";
    g_autofree char *took = duration_text(json_number(rule, "microseconds", 0));
    g_autofree char *line = g_strdup_printf("%s %s (%s)", json_text_or(rule, "rule", ""), outcome, took),
                    *place = g_strdup_printf("%s:%d", json_text_or(rule, "file", ""),
                                             (int)json_number(rule, "line", 0));
    page_line(&printing->page, STEP, no ? "- " : "+ ", no ? PAGE_RED : PAGE_GREEN, line);
    page_line(&printing->page, 2 * STEP, "", PAGE_DIM, place);
    print_why(printing, rule);
    if (is_list(condition))
        print_inner(printing, condition, 2 * STEP);
    print_captures(printing, rule);
}

static void print_heading(const struct printing *printing, const char *text)
{
    page_line(&printing->page, 0, "", PAGE_BOLD, text);
}

static void print_rules(const struct printing *printing)
{
    size_t index;
    json_t *rule;
    print_heading(printing, "rules");
    json_array_foreach(json_object_get(printing->explain, "offered"), index, rule)
        print_rule(printing, rule);
    static const char *const counts[][2] = {
        {"not_offered", "not considered, lacking a text that they need (--all shows them)"},
        {"left_out", "left out for want of room; name those that matter with --rule"}};
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        int64_t count = json_number(printing->explain, counts[i][0], 0);
        g_autofree char *text = g_strdup_printf("%d rules: %s", (int)count, counts[i][1]);
        if (count > 0)
            page_line(&printing->page, STEP, "", PAGE_DIM, text);
    }
    const json_t *read = json_object_get(printing->explain, "read");
    g_autofree char *text =
        json_is_object(read)
            ? g_strdup_printf("read for the rules: the header and %d of %d parts",
                              (int)json_number(read, "decoded", 0), (int)json_number(read, "parts", 0))
            : g_strdup("read for the rules: the header");
    page_line(&printing->page, STEP, "", PAGE_DIM, text);
}

static void print_fact(const struct printing *printing, const char *name, const char *value)
{
    if (value != NULL && *value != '\0')
        page_value(&printing->page, STEP, NAMES, name, value);
}

static void print_values(const struct printing *printing, const char *name, const json_t *values)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)values, key, value) {
        bool empty = json_is_null(value) || json_is_false(value) ||
                     (json_is_array(value) && json_array_size(value) == 0) ||
                     (json_is_object(value) && json_object_size(value) == 0);
        g_autofree char *shown = empty ? NULL : value_text(value);
        g_autofree char *text = empty ? NULL : g_strdup_printf("%s = %s", key, shown);
        if (text != NULL)
            print_fact(printing, name, text);
    }
}

static void print_shadows(const struct printing *printing)
{
    size_t index;
    json_t *shadow;
    json_array_foreach(json_object_get(printing->context, "shadow"), index, shadow) {
        g_autofree char *text = g_strdup_printf(
            "%s would have made it %s, which %s", json_text_or(shadow, "rule", ""),
            json_text_or(shadow, "category", ""), json_flag(shadow, "agrees") ? "agrees" : "differs");
        print_fact(printing, "in shadow", text);
    }
}

static void print_facts(const struct printing *printing)
{
    const json_t *decision = printing->decision, *auth = json_object_get(decision, "auth"),
                 *account = json_object_get(printing->explain, "account");
    const char *number = json_text(account, "account"), *contact = json_text(account, "contact"),
               *by = json_text_or(account, "by", "");
    g_autofree char *accounts =
        g_strdup_printf("%s%s%s", number != NULL ? number : "", number != NULL ? ": " : "", by);
    g_autofree char *reasons = joined(json_object_get(auth, "reasons")),
                    *tags = joined(json_object_get(decision, "tags")),
                    *defects = joined(json_object_get(decision, "defects"));
    g_autofree char *speaker =
        g_strdup_printf("%s%s%s", json_text_or(auth, "verdict", ""), *reasons != '\0' ? ": " : "", reasons);
    print_heading(printing, "the mail");
    print_fact(printing, "subject", json_text(decision, "subject"));
    print_fact(printing, "from", json_text(decision, "from"));
    print_fact(printing, "speaker", speaker);
    print_fact(printing, "account", accounts);
    print_fact(printing, "contact",
               contact == NULL             ? "none: the operators are told"
               : strcmp(contact, "*") == 0 ? "*, the one for all accounts that have none"
                                           : contact);
    print_fact(printing, "certainty", json_text(decision, "certainty"));
    print_fact(printing, "priority", json_text(decision, "priority"));
    print_fact(printing, "service", json_text(decision, "service"));
    g_autofree char *group = told_group_text(printing->context),
                    *silence = told_silence_text(printing->context);
    print_fact(printing, "told with", group);
    print_fact(printing, "kept quiet", silence);
    print_fact(printing, "tags", tags);
    print_fact(printing, "defects", defects);
    print_values(printing, "found", json_object_get(decision, "found"));
    print_values(printing, "notice", json_object_get(decision, "notice"));
    print_shadows(printing);
    size_t index;
    json_t *error;
    json_array_foreach(json_object_get(decision, "errors"), index, error) {
        g_autofree char *text =
            g_strdup_printf("%s: %s (%s)", json_text_or(error, "rule", "no rule"),
                            json_text_or(error, "message", ""), json_text_or(error, "kind", ""));
        print_fact(printing, "error", text);
    }
}

static void print_actions(const struct printing *printing)
{
    size_t index;
    json_t *action, *value;
    const char *name;
    print_heading(printing, "would do");
    if (json_array_size(json_object_get(printing->decision, "actions")) == 0)
        page_line(&printing->page, STEP, "", PAGE_PLAIN, "nothing");
    json_array_foreach(json_object_get(printing->decision, "actions"), index, action) {
        page_line(&printing->page, STEP, "", PAGE_PLAIN, json_text_or(action, "action", ""));
        json_object_foreach(json_object_get(action, "args"), name, value) {
            g_autofree char *text = value_text(value);
            page_value(&printing->page, 2 * STEP, NAMES - STEP, name, text);
        }
    }
}

static void print_times(const struct printing *printing)
{
    static const char *const said[][2] = {{"read", "reading the header"},
                                          {"speaker", "judging who speaks"},
                                          {"signs", "looking for deception"},
                                          {"text", "decoding the mail for whoever asked"},
                                          {"rules", "trying the rules"},
                                          {"account", "finding the account"},
                                          {"actions", "planning the actions"},
                                          {"record", "writing the decision down"},
                                          {"asked", "trying the rules that were asked for"}};
    size_t index;
    json_t *step;
    print_heading(printing, "times");
    json_array_foreach(json_object_get(printing->explain, "steps"), index, step) {
        const char *name = json_text_or(step, "name", "");
        g_autofree char *took = duration_text(json_number(step, "microseconds", 0));
        for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
            if (strcmp(said[i][0], name) == 0)
                name = said[i][1];
        page_value(&printing->page, STEP, NAMES, took, name);
    }
}

/* Of a mail that no rule knows, the first that people ask. */
static void print_near(const struct printing *printing)
{
    const json_t *near = json_object_get(printing->decision, "near");
    g_autofree char *text = near_text(near), *paste = near_paste(near);
    g_autofree char *line = text != NULL ? g_strdup_printf("nearest rule: %s", text) : NULL;
    if (line != NULL)
        page_line(&printing->page, STEP, "~ ", PAGE_PLAIN, line);
    if (paste != NULL)
        page_line(&printing->page, 2 * STEP, "", PAGE_PLAIN, paste);
}

void explain_print(const char *file, const json_t *answer, const struct explain_view *view)
{
    struct printing printing = {page_new(view->whole), view, json_object_get(answer, "decision"),
                                json_object_get(answer, "context"), json_object_get(answer, "explain")};
    g_autofree char *line =
        g_strdup_printf("%s: %s%s%s", file, json_text_or(printing.decision, "category", ""),
                        json_text(printing.decision, "rule") != NULL ? " by " : "",
                        json_text_or(printing.decision, "rule", ""));
    print_heading(&printing, line);
    print_near(&printing);
    print_rules(&printing);
    print_facts(&printing);
    print_actions(&printing);
    print_times(&printing);
}
