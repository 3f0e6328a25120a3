/* The review of a rule set: each text of each rule, then the rules beside each other (shadowing.c).
 * Expressions are judged by their form, and the engine's own matcher is the proof: a text over which it
 * really reaches its limit. */
#include "review/review_inside.h"
#include "rules/literals.h"
#include "rules/lua_json.h"
#include "rules/lua_place.h"
#include "base/json.h"
#include "mail/text.h"

#include <string.h>

static void report(struct review *review, const char *file, const struct source_want *about, const char *rule,
                   const char *code, const char *message)
{
    struct source_place place = lua_place_of(sandbox_state(review->set->sandbox), file, about);
    json_t *problem = json_pack("{s:s, s:i, s:s, s:o, s:o}", "file", file, "line", place.line, "code", code,
                                "rule", json_text_new(rule), "message", json_text_new(message));
    if (place.column > 0)
        json_object_set_new(problem, "column", json_integer(place.column));
    json_array_append_new(review->problems, problem);
}

void review_report(struct review *review, const struct rule *rule, const char *text, unsigned skipped,
                   const char *code, const char *format, ...)
{
    const struct source_want about = {
        .line = rule->line, .word = "rule", .name = rule->id, .text = text, .skipped = skipped};
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    report(review, rule->file, &about, rule->id, code, message);
}

static bool is_shipped_file(const struct review *review, const char *file)
{
    g_autofree char *folder = g_strdup_printf("rules/%d/", review->shipped);
    return g_str_has_prefix(file, "awsift/") || (review->shipped >= 0 && g_str_has_prefix(file, folder));
}

bool review_is_shipped(const struct review *review, const struct rule *rule)
{
    return is_shipped_file(review, rule->file);
}

/* What to say of an expression, or NULL when nothing is. The caller frees. */
static char *trouble_of(const struct expression *tree, struct pattern *pattern)
{
    struct expression_risk risk;
    char *said = NULL;
    expression_judge(tree, &risk);
    if (risk.trouble != TROUBLE_NONE) {
        g_autofree char *proof = expression_prove(pattern, &risk);
        g_autofree char *shown = proof != NULL ? text_clip(proof, 60) : NULL,
                        *line = shown != NULL ? text_one_line(shown) : NULL;
        const char *why =
            risk.trouble == TROUBLE_NESTED
                ? "a repetition inside a repetition, or alternatives that match the same text, can "
                  "divide one text in very many ways"
                : "repetitions beside each other that match the same text can divide it in very many "
                  "ways";
        if (proof != NULL)
            said = g_strdup_printf(
                "%s: over a text of %ld characters such as \"%s\" it is given up, and the rule "
                "passed over; let the parts match different characters, or bound them",
                why, g_utf8_strlen(proof, -1), line);
        else if (risk.trouble == TROUBLE_NESTED && risk.fails)
            said = g_strdup_printf("%s; let the parts match different characters, or repeat only one of them",
                                   why);
    }
    expression_risk_clear(&risk);
    return said;
}

/* Templates with one placeholder of any length at most cannot: not worth a tree. */
static bool is_worth_judging(const char *text)
{
    unsigned placeholders = 0;
    for (; *text != '\0'; text++)
        placeholders += expression_placeholder(text) > 0;
    return placeholders > 1;
}

static void judge_pattern(struct review *review, const struct rule *rule, struct pattern *pattern)
{
    enum pattern_kind kind = pattern_kind(pattern);
    bool is_template = kind == PATTERN_TEMPLATE || kind == PATTERN_CAPTURE;
    const char *text = pattern_text(pattern);
    if (kind != PATTERN_MATCHES && !(is_template && is_worth_judging(text)))
        return;
    g_autofree char *normal = text_normalize(text, kind == PATTERN_TEMPLATE);
    g_autoptr(expression) tree =
        is_template ? expression_of_template(normal, pattern_nocase(pattern), review->set->placeholders)
                    : expression_parse(text, pattern_nocase(pattern));
    g_autofree char *trouble = tree != NULL ? trouble_of(tree, pattern) : NULL;
    if (trouble != NULL)
        review_report(review, rule, text, 0, "backtracking", "\"%s\" of rule '%s' could take very long: %s",
                      text, rule->id, trouble);
}

/* A character that no text has, since it is compared as another one: full-width letters, digits and signs.
 * What stands among others of a class does no harm. NULL when there is none; the caller frees. */
static char *unmatched_character(const char *expression, bool nocase)
{
    g_autoptr(GPtrArray) runs = literals_of(PATTERN_MATCHES, expression, nocase);
    for (guint i = 0; i < runs->len; i++)
        for (const char *at = runs->pdata[i]; *at != '\0'; at = g_utf8_next_char(at)) {
            g_autofree char *one = g_strndup(at, (gsize)(g_utf8_next_char(at) - at)),
                            *normal = text_normalize(one, true);
            if (strcmp(one, normal) != 0 && g_unichar_combining_class(g_utf8_get_char(at)) == 0)
                return g_steal_pointer(&one);
        }
    return NULL;
}

static void width_reviewed(struct review *review, const struct rule *rule, const struct condition *condition)
{
    const char *text = pattern_text(condition->pattern);
    if (pattern_kind(condition->pattern) != PATTERN_MATCHES)
        return;
    g_autofree char *one = unmatched_character(text, pattern_nocase(condition->pattern)),
                    *normal = one != NULL ? text_normalize(one, true) : NULL;
    if (one != NULL)
        review_report(review, rule, text, 0, "never-matches",
                      "\"%s\" of rule '%s' never matches: texts are compared in one width, so '%s' is '%s' "
                      "there; write that, with a \\ before it where it means something else",
                      text, rule->id, one, normal[0] != '\0' ? normal : " ");
}

static void texts_reviewed(struct review *review, const struct rule *rule, const struct condition *condition)
{
    if (condition->operation == CONDITION_TEXT && condition->pattern != NULL) {
        const char *text = pattern_text(condition->pattern);
        judge_pattern(review, rule, condition->pattern);
        width_reviewed(review, rule, condition);
        if (symbols_never_title(review->symbols, condition))
            review_report(
                review, rule, text, 0, "never-matches",
                "\"%s\" of rule '%s' never matches: marks such as [AWS Account: …], [Action Required] and "
                "Re: are taken off a title before; leave them out, or write subject instead of title",
                text, rule->id);
    }
    for (guint i = 0; condition->inner != NULL && i < condition->inner->len; i++)
        texts_reviewed(review, rule, condition->inner->pdata[i]);
}

static void rule_reviewed(struct review *review, const struct rule *rule)
{
    const GPtrArray *const lists[] = {rule->captures, rule->collects};
    if (review_is_shipped(review, rule))
        return;
    texts_reviewed(review, rule, rule->condition);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        for (guint j = 0; j < lists[i]->len; j++)
            judge_pattern(review, rule, ((struct capture *)lists[i]->pdata[j])->pattern);
}

/* An expression of a placeholder or decoration. */
static void expression_reviewed(struct review *review, const char *word, const char *name, const char *text,
                                const json_t *place)
{
    const char *file = json_text_or(place, "file", "awsift/");
    if (is_shipped_file(review, file))
        return;
    g_autoptr(pattern) pattern = pattern_new(strcmp(word, "decoration") == 0 ? PATTERN_HEAD : PATTERN_MATCHES,
                                             text, false, review->set->placeholders, NULL);
    g_autoptr(expression) tree = expression_parse(text, false);
    g_autofree char *trouble = tree != NULL && pattern != NULL ? trouble_of(tree, pattern) : NULL;
    if (trouble == NULL)
        return;
    const struct source_want about = {
        .line = (int)json_number(place, "line", 1), .word = word, .name = name, .text = text};
    g_autofree char *message = g_strdup_printf("%s '%s' could take very long: %s", word, name, trouble);
    report(review, file, &about, NULL, "backtracking", message);
}

static json_t *declared(const struct rule_set *set, const char *what)
{
    lua_State *lua = sandbox_state(set->sandbox);
    sandbox_push_declarations(set->sandbox);
    lua_getfield(lua, -1, what);
    json_t *value = lua_json_read(lua, -1);
    lua_pop(lua, 2);
    return value;
}

static void expressions_reviewed(struct review *review)
{
    g_autoptr(json_t) placeholders = declared(review->set, "placeholders"),
                      places = declared(review->set, "placeholder_places"),
                      decorations = declared(review->set, "decorations");
    const char *name;
    json_t *text, *entry;
    size_t index;
    json_object_foreach(placeholders, name, text)
        expression_reviewed(review, "placeholder", name, json_string_value(text),
                            json_object_get(places, name));
    json_array_foreach(decorations, index, entry)
        expression_reviewed(review, "decoration", json_text_or(entry, "name", ""),
                            json_text_or(entry, "text", ""), entry);
}

void review_rules(const struct rule_set *set, int shipped, json_t *problems)
{
    g_autoptr(symbols) symbols = symbols_new(set);
    struct review review = {set, symbols, shipped, problems, 0};
    expressions_reviewed(&review);
    for (guint i = 0; i < set->rules->len; i++)
        rule_reviewed(&review, set->rules->pdata[i]);
    shadowing_review(&review);
}
