/* Rules and texts that no mail reaches, since an earlier rule that decides takes every mail that they would
 * match. Only what is proven is reported: that the earlier condition follows (covering.h), and that the
 * earlier rule really holds for mail that was made of the later one. Candidates are the rules that the
 * pattern index offers for such mail, so that the cost does not grow with the square of the rules. */
#include "review/review_inside.h"
#include "rules/offering.h"
#include "mail/text.h"

#include <string.h>

enum { SAMPLES = 3, PAIRS_MAXIMUM = 5000000 /* of texts of one list, in all rules */ };

struct shadowing {
    struct review *review;
    GHashTable *taken; /* rule -> GPtrArray of the ids of shipped rules that it takes all mail of */
};

static void free_ids(void *data)
{
    g_ptr_array_unref(data);
}

/* Whether the earlier rule, which decides when it holds, keeps from the later one what would reach it. */
static bool comes_before(const struct rule *earlier, const struct rule *later)
{
    return earlier->final && !earlier->shadow && !later->shadow &&
           (earlier->any_speaker || !later->any_speaker);
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
    bool equal = other != NULL && covering_equal(review->symbols, other, text);
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

typedef bool (*earlier_rule)(const struct rule *earlier, void *data);

/* Calls each, until it returns true, with the rules before the later one that may take all mail of which
 * `text` and the known conditions hold: those in play for one such mail. */
static void each_earlier(struct review *review, const struct rule *later, const struct condition *text,
                         const GPtrArray *known, earlier_rule each, void *data)
{
    g_autoptr(message) message = sample_new(review, text, known, 0);
    struct reading reading;
    const struct rule *earlier;
    if (message == NULL)
        return;
    reading_start(&reading, review->set, message);
    struct offering *offering = offering_new(&reading, review->set->index);
    while ((earlier = offering_next(offering)) != NULL && earlier->number < later->number)
        if (comes_before(earlier, later) && each(earlier, data))
            break;
    offering_free(offering);
    reading_clear(&reading);
}

struct text_in_hand {
    const struct walk *walk;
    const struct condition *text;
};

static bool on_earlier_for_text(const struct rule *earlier, void *data)
{
    const struct text_in_hand *hand = data;
    return takes_text(hand->walk->shadowing->review, earlier, hand->walk->rule, hand->text,
                      hand->walk->known);
}

static void text_reviewed(struct walk *walk, const struct condition *text)
{
    struct text_in_hand hand = {walk, text};
    g_ptr_array_add(walk->known, (void *)text);
    each_earlier(walk->shadowing->review, walk->rule, text, walk->known, on_earlier_for_text, &hand);
    g_ptr_array_remove_index(walk->known, walk->known->len - 1);
}

/* Texts of one list: a later one that an earlier one takes, or says again. In a set of very long lists not
 * all pairs are looked at. */
static void list_reviewed(struct review *review, const struct rule *rule, const GPtrArray *list)
{
    for (guint i = 1; i < list->len; i++) {
        const struct condition *later = list->pdata[i];
        for (guint j = 0; j < i && later->operation == CONDITION_TEXT; j++) {
            if (review->pairs++ >= PAIRS_MAXIMUM)
                return;
            const struct condition *earlier = list->pdata[j];
            if (earlier->operation != CONDITION_TEXT || !covering_holds(review->symbols, later, earlier))
                continue;
            const char *text = pattern_text(later->pattern), *first = pattern_text(earlier->pattern);
            if (covering_equal(review->symbols, later, earlier))
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

struct rule_in_hand {
    struct shadowing *shadowing;
    const struct rule *rule;
    bool taken;
};

static bool on_earlier_for_rule(const struct rule *earlier, void *data)
{
    struct rule_in_hand *hand = data;
    hand->taken = takes_whole_rule(hand->shadowing, earlier, hand->rule);
    return hand->taken;
}

static void rule_reviewed(struct shadowing *shadowing, const struct rule *rule)
{
    struct review *review = shadowing->review;
    struct rule_in_hand hand = {shadowing, rule, false};
    const struct condition *text = a_text(rule->condition);
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    g_ptr_array_add(known, rule->condition);
    if (text != NULL)
        each_earlier(review, rule, text, known, on_earlier_for_rule, &hand);
    if (hand.taken || review_is_shipped(review, rule))
        return;
    g_ptr_array_set_size(known, 0);
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
    struct shadowing shadowing = {review, g_hash_table_new_full(NULL, NULL, NULL, free_ids)};
    const GPtrArray *rules = review->set->rules;
    for (guint i = 0; i < rules->len; i++)
        rule_reviewed(&shadowing, rules->pdata[i]);
    for (guint i = 0; i < rules->len; i++)
        report_taken(&shadowing, rules->pdata[i]);
    g_hash_table_unref(shadowing.taken);
}
