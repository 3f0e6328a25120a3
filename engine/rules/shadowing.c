/* Rules and texts that no mail reaches, since an earlier rule that decides takes every mail that they would
 * match. Only what is proven is reported: that the earlier condition follows (covering.h), and that the
 * earlier rule really holds for mail that was made of the later one. Candidates are looked up by the literal
 * beginnings of earlier rules' texts, so that the cost does not grow with the square of the rules. */
#include "rules/review_inside.h"
#include "rules/reading.h"
#include "mail/text.h"

#include <string.h>

enum { PREFIX_MAXIMUM = 300, SAMPLES = 3 };

struct shadowing {
    struct review *review;
    GHashTable *begun; /* "field\nprefix" -> GArray of rule indexes */
    GHashTable *loose; /* field -> GArray: texts without a literal beginning */
    GHashTable *taken; /* rule -> GPtrArray of the ids of shipped rules that it takes all mail of */
};

static void free_indexes(void *data)
{
    g_array_unref(data);
}

static void free_ids(void *data)
{
    g_ptr_array_unref(data);
}

static void add_index(GHashTable *table, char *key, guint index)
{
    GArray *list = g_hash_table_lookup(table, key);
    if (list == NULL) {
        list = g_array_new(FALSE, FALSE, sizeof(guint));
        g_hash_table_insert(table, key, list);
    } else {
        g_free(key);
    }
    if (list->len == 0 || g_array_index(list, guint, list->len - 1) != index)
        g_array_append_val(list, index);
}

/* The literal that every text begins with which the pattern matches; "" when there is none. The caller frees.
 */
static char *literal_beginning(const struct condition *condition)
{
    enum pattern_kind kind = pattern_kind(condition->pattern);
    const char *written = pattern_text(condition->pattern);
    if (kind == PATTERN_ADDRESS)
        return written[0] == '@' ? g_strdup("") : g_ascii_strdown(written, -1);
    bool begins = kind == PATTERN_TEMPLATE || kind == PATTERN_STARTS || kind == PATTERN_GLOB;
    if (!begins || pattern_nocase(condition->pattern) || g_ascii_isspace(written[0]))
        return g_strdup("");
    char *text = text_normalize(written, true);
    for (char *at = text; *at != '\0'; at++) {
        size_t length;
        bool ends = kind == PATTERN_GLOB
                        ? *at == '*' || *at == '?'
                        : kind == PATTERN_TEMPLATE && *at == '{' && pattern_is_placeholder(at, &length);
        if (ends)
            *at-- = '\0';
        if (ends)
            break;
    }
    if (kind == PATTERN_STARTS && !g_str_is_ascii(text))
        text[0] = '\0'; /* blanks between CJK characters may be missing */
    return text;
}

static void learn(struct shadowing *shadowing, const struct condition *condition, guint index)
{
    if (condition->operation == CONDITION_TEXT && condition->pattern != NULL) {
        g_autofree char *beginning = literal_beginning(condition);
        if (beginning[0] == '\0')
            add_index(shadowing->loose, g_strdup(condition->field), index);
        else
            add_index(shadowing->begun, g_strconcat(condition->field, "\n", beginning, NULL), index);
    }
    if (condition->operation != CONDITION_ALL && condition->operation != CONDITION_ANY)
        return;
    for (guint i = 0; i < condition->inner->len; i++)
        learn(shadowing, condition->inner->pdata[i], index);
}

static void add_all(GHashTable *candidates, const GArray *list)
{
    for (guint i = 0; list != NULL && i < list->len; i++)
        g_hash_table_add(candidates, GUINT_TO_POINTER(g_array_index(list, guint, i)));
}

static void look_up(struct shadowing *shadowing, const char *field, const char *text, GHashTable *candidates)
{
    g_autoptr(GString) key = g_string_new(field);
    g_string_append_c(key, '\n');
    for (size_t i = 0; i < PREFIX_MAXIMUM && text[i] != '\0'; i++) {
        g_string_append_c(key, text[i]);
        add_all(candidates, g_hash_table_lookup(shadowing->begun, key->str));
    }
}

/* The rules that may take all that the text condition matches. */
static void collect_of_text(struct shadowing *shadowing, const struct condition *condition,
                            GHashTable *candidates)
{
    const GPtrArray *texts = symbols_of(shadowing->review->symbols, condition);
    if (texts == NULL)
        return;
    g_autofree char *lower = g_ascii_strdown(texts->pdata[0], -1);
    bool by_address = pattern_kind(condition->pattern) == PATTERN_ADDRESS;
    look_up(shadowing, condition->field, by_address ? lower : texts->pdata[0], candidates);
    add_all(candidates, g_hash_table_lookup(shadowing->loose, condition->field));
    bool subject = strcmp(condition->field, "subject") == 0, title = strcmp(condition->field, "title") == 0;
    const GPtrArray *titles = subject ? symbols_as_titles(shadowing->review->symbols, condition) : NULL;
    if (titles != NULL) {
        look_up(shadowing, "title", titles->pdata[0], candidates);
        add_all(candidates, g_hash_table_lookup(shadowing->loose, "title"));
    }
    if (title)
        add_all(candidates, g_hash_table_lookup(shadowing->loose, "subject"));
}

static void collect(struct shadowing *shadowing, const struct condition *condition, GHashTable *candidates)
{
    if (condition->operation == CONDITION_TEXT && condition->pattern != NULL)
        collect_of_text(shadowing, condition, candidates);
    if (condition->operation != CONDITION_ALL && condition->operation != CONDITION_ANY)
        return;
    for (guint i = 0; i < condition->inner->len; i++)
        collect(shadowing, condition->inner->pdata[i], candidates);
}

static int compare_indexes(const void *left, const void *right)
{
    guint a = GPOINTER_TO_UINT(left), b = GPOINTER_TO_UINT(right);
    return a < b ? -1 : a > b;
}

/* Whether the earlier rule, which decides when it holds, keeps from the later one what would reach it. */
static bool comes_before(const struct rule *earlier, const struct rule *later)
{
    return earlier->number < later->number && !later->shadow && (earlier->any_speaker || !later->any_speaker);
}

/* A text of the condition of which mail can be made; NULL when there is none. */
static const struct condition *a_text(const struct condition *condition)
{
    if (condition->operation == CONDITION_TEXT)
        return condition;
    if (condition->operation != CONDITION_ALL && condition->operation != CONDITION_ANY)
        return NULL;
    const struct condition *found = NULL;
    for (guint i = 0; i < condition->inner->len && found == NULL; i++)
        found = a_text(condition->inner->pdata[i]);
    return found;
}

static bool asks_function(const struct condition *condition)
{
    bool asks = condition->operation == CONDITION_WHEN;
    for (guint i = 0; condition->inner != NULL && i < condition->inner->len && !asks; i++)
        asks = asks_function(condition->inner->pdata[i]);
    return asks;
}

/* The proof: the earlier rule holds for mail made of the text and what is known with it. Returns what shows
 * it, NULL when it does not hold. The caller frees. */
static char *proof(struct review *review, const struct rule *earlier, const struct condition *text,
                   const GPtrArray *known)
{
    char *shown = NULL;
    if (asks_function(earlier->condition)) /* nobody's function runs for a mail that did not come */
        return NULL;
    for (unsigned variant = 0; variant < SAMPLES; variant++) {
        g_autoptr(message) message = sample_new(review, text, known, variant);
        struct reading reading;
        if (message == NULL)
            break;
        reading_start(&reading, review->set, message);
        reading.rule = earlier;
        bool holds = reading_holds(&reading, earlier->condition) && json_array_size(reading.errors) == 0;
        reading_clear(&reading);
        if (!holds) {
            g_free(shown);
            return NULL;
        }
        if (shown == NULL) {
            bool subject = strcmp(text->field, "subject") == 0 || strcmp(text->field, "title") == 0;
            g_autofree char *example = subject ? g_strdup(message_subject(message))
                                               : symbols_example(review->symbols, text, variant);
            shown = g_strdup_printf("the %s \"%s\"", subject ? "subject" : text->field, example);
        }
    }
    return shown;
}

static bool takes_whole_rule(struct shadowing *shadowing, const struct rule *earlier,
                             const struct rule *later)
{
    struct review *review = shadowing->review;
    const struct condition *text = a_text(later->condition);
    if (text == NULL || !covering_holds(review->symbols, later->condition, earlier->condition))
        return false;
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    g_ptr_array_add(known, later->condition);
    g_autofree char *shown = proof(review, earlier, text, known);
    if (shown == NULL)
        return false;
    if (!review_is_shipped(review, later)) {
        review_report(
            review, later, NULL, 0, "shadowed",
            "rule '%s' is never reached: rule '%s' (%s:%d) comes before it and takes every such mail, for "
            "example %s; move it before '%s', or make '%s' narrower, or remove one of them",
            later->id, earlier->id, earlier->file, earlier->line, shown, earlier->id, earlier->id);
    } else if (!review_is_shipped(review, earlier)) {
        GPtrArray *ids = g_hash_table_lookup(shadowing->taken, earlier);
        if (ids == NULL) {
            ids = g_ptr_array_new();
            g_hash_table_insert(shadowing->taken, (void *)earlier, ids);
        }
        g_ptr_array_add(ids, later->id);
    }
    return true;
}

/* One text among others that an earlier rule takes. */
static bool takes_text(struct review *review, const struct rule *earlier, const struct rule *later,
                       const struct condition *text, const GPtrArray *known)
{
    if (!covering_follows(review->symbols, known, earlier->condition))
        return false;
    g_autofree char *shown = proof(review, earlier, text, known);
    if (shown == NULL)
        return false;
    const struct condition *other = a_text(earlier->condition);
    bool equal = other != NULL && covering_equal(other, text);
    review_report(
        review, later, pattern_text(text->pattern), 0, equal ? "duplicate" : "unreachable",
        "\"%s\" of rule '%s' is never reached: rule '%s' (%s:%d) comes before it and takes every such mail, "
        "for example %s; remove it here, or make '%s' narrower",
        pattern_text(text->pattern), later->id, earlier->id, earlier->file, earlier->line, shown,
        earlier->id);
    return true;
}

struct walk {
    struct shadowing *shadowing;
    const struct rule *rule;
    GPtrArray *known; /* what holds beside the node in hand */
    bool among;       /* there are others than the text in hand */
};

static void text_reviewed(struct walk *walk, const struct condition *text)
{
    struct review *review = walk->shadowing->review;
    g_autoptr(GHashTable) candidates = g_hash_table_new(NULL, NULL);
    g_ptr_array_add(walk->known, (void *)text);
    collect_of_text(walk->shadowing, text, candidates);
    g_autoptr(GList) indexes = g_list_sort(g_hash_table_get_keys(candidates), compare_indexes);
    bool taken = false;
    for (GList *at = indexes; at != NULL && !taken; at = at->next) {
        const struct rule *earlier = review->set->rules->pdata[GPOINTER_TO_UINT(at->data)];
        taken =
            comes_before(earlier, walk->rule) && takes_text(review, earlier, walk->rule, text, walk->known);
    }
    g_ptr_array_remove_index(walk->known, walk->known->len - 1);
}

/* Texts of one list: a later one that an earlier one takes, or says again. */
static void list_reviewed(struct review *review, const struct rule *rule, const GPtrArray *list)
{
    for (guint i = 1; i < list->len; i++) {
        const struct condition *later = list->pdata[i];
        for (guint j = 0; j < i && later->operation == CONDITION_TEXT; j++) {
            const struct condition *earlier = list->pdata[j];
            if (earlier->operation != CONDITION_TEXT || !covering_holds(review->symbols, later, earlier))
                continue;
            const char *text = pattern_text(later->pattern), *first = pattern_text(earlier->pattern);
            if (covering_equal(later, earlier))
                review_report(review, rule, text, strcmp(text, first) == 0, "duplicate",
                              "\"%s\" stands twice in rule '%s': remove one of them", text, rule->id);
            else
                review_report(
                    review, rule, text, 0, "unreachable",
                    "\"%s\" of rule '%s' adds nothing: \"%s\", which stands before it, matches all that it "
                    "matches; remove it, or put it first when it finds more",
                    text, rule->id, first);
            break;
        }
    }
}

static void walk_condition(struct walk *walk, const struct condition *condition)
{
    if (condition->operation == CONDITION_TEXT && condition->pattern != NULL && walk->among)
        text_reviewed(walk, condition);
    if (condition->operation != CONDITION_ALL && condition->operation != CONDITION_ANY)
        return;
    bool among = walk->among, any = condition->operation == CONDITION_ANY;
    guint before = walk->known->len;
    if (any)
        list_reviewed(walk->shadowing->review, walk->rule, condition->inner);
    walk->among = among || (any && condition->inner->len > 1);
    for (guint i = 0; i < condition->inner->len; i++) {
        for (guint j = 0; !any && j < condition->inner->len; j++)
            if (j != i)
                g_ptr_array_add(walk->known, condition->inner->pdata[j]);
        walk_condition(walk, condition->inner->pdata[i]);
        g_ptr_array_set_size(walk->known, (gint)before);
    }
    walk->among = among;
}

static void rule_reviewed(struct shadowing *shadowing, const struct rule *rule)
{
    struct review *review = shadowing->review;
    g_autoptr(GHashTable) candidates = g_hash_table_new(NULL, NULL);
    collect(shadowing, rule->condition, candidates);
    g_autoptr(GList) indexes = g_list_sort(g_hash_table_get_keys(candidates), compare_indexes);
    for (GList *at = indexes; at != NULL; at = at->next) {
        const struct rule *earlier = review->set->rules->pdata[GPOINTER_TO_UINT(at->data)];
        if (comes_before(earlier, rule) && takes_whole_rule(shadowing, earlier, rule))
            return;
    }
    if (review_is_shipped(review, rule))
        return;
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    struct walk walk = {shadowing, rule, known, false};
    walk_condition(&walk, rule->condition);
}

/* Often meant so: one line for all of them. */
static void report_taken(struct shadowing *shadowing, const struct rule *rule)
{
    enum { SHOWN = 5 };
    const GPtrArray *ids = g_hash_table_lookup(shadowing->taken, rule);
    if (ids == NULL)
        return;
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < MIN(ids->len, SHOWN); i++)
        g_string_append_printf(list, "%s'%s'", i > 0 ? ", " : "", (const char *)ids->pdata[i]);
    if (ids->len > SHOWN)
        g_string_append_printf(list, " and %u more", ids->len - SHOWN);
    review_report(shadowing->review, rule, NULL, 0, "takes-over",
                  "for your information: rule '%s' takes all mail of the shipped %s %s", rule->id,
                  ids->len > 1 ? "rules" : "rule", list->str);
}

void shadowing_review(struct review *review)
{
    struct shadowing shadowing = {review,
                                  g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_indexes),
                                  g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_indexes),
                                  g_hash_table_new_full(NULL, NULL, NULL, free_ids)};
    const GPtrArray *rules = review->set->rules;
    for (guint i = 0; i < rules->len; i++) {
        const struct rule *rule = rules->pdata[i];
        if (rule->final && !rule->shadow)
            learn(&shadowing, rule->condition, i);
    }
    for (guint i = 0; i < rules->len; i++)
        rule_reviewed(&shadowing, rules->pdata[i]);
    for (guint i = 0; i < rules->len; i++)
        report_taken(&shadowing, rules->pdata[i]);
    g_hash_table_unref(shadowing.begun);
    g_hash_table_unref(shadowing.loose);
    g_hash_table_unref(shadowing.taken);
}
