/* Finding the nearest rule. A mail's title and event type are compared with all that rules know titles and
 * event types by; what else such a rule demands is asked of the mail as it is. The nearest rule's category is
 * a suggestion for a person, never a decision.
 *
 * A grave category (00-categories.lua) would send people running, so it takes more to suggest it: the mail
 * must have words that the category says are grave, and no other category may be nearly as near; or further
 * words that the rule demands, of the body say, are there. Where such a rule is the nearest and has not that
 * much for it, nothing is suggested. */
#include "rules/near.h"
#include "rules/near_align.h"
#include "rules/near_holes.h"
#include "rules/near_ids.h"
#include "rules/near_words.h"
#include "rules/notice.h"
#include "base/json.h"
#include "mail/text.h"

#include <string.h>

/* Hundredths of similarity, but for the first. */
enum {
    CANDIDATES = 16,   /* of each category */
    COMPARED = 30,     /* what is less near is no rival */
    ENOUGH = 40,       /* to suggest a category */
    CLOSE = 5,         /* between two that are equally near */
    GRAVE_ENOUGH = 52, /* to suggest a grave one */
    GRAVE_MARGIN = 12, /* over any other category */
    TYPE_SHOWN = 200,  /* bytes of an event type, and of a pattern of one */
    UNASKED = 95,      /* of the similarity, where a function would have its say */
    UNMET = 80         /* the same, where something else that the rule demands is not there */
};

struct near_known {
    struct near_index *titles, *events;
    struct pattern *ids;
};

struct near_known *near_known_new(const GPtrArray *rules, GHashTable *placeholders)
{
    static const char *const titles[] = {"title", "subject", NULL}, *const events[] = {"event_type", NULL};
    struct near_known *known = g_new0(struct near_known, 1);
    known->titles = near_index_new(rules, titles);
    known->events = near_index_new(rules, events);
    known->ids = near_ids_new(placeholders);
    return known;
}

void near_known_free(struct near_known *known)
{
    if (known == NULL)
        return;
    near_index_free(known->titles);
    near_index_free(known->events);
    pattern_free(known->ids);
    g_free(known);
}

/* A text of the mail, and its words. */
struct text {
    const char *text; /* borrowed */
    GArray *words, *tokens;
};

static void text_open(struct text *opened, const struct near_index *index, const char *text)
{
    opened->text = text;
    opened->words = near_words_new();
    near_words_read(opened->words, text, strlen(text), 0, NEAR_WORDS_MAXIMUM);
    opened->tokens = near_index_tokens(index, opened->words);
}

static void text_close(struct text *opened)
{
    g_array_unref(opened->tokens);
    g_array_unref(opened->words);
}

struct hit {
    const struct near_index *index;
    const struct near_text *known;
    const struct text *text;
    unsigned similarity; /* hundredths */
    bool met, backed,
        asked; /* whether all else holds; whether words of the mail are part of that; all of it */
};

struct search {
    struct reading *reading;
    struct text subject, title, event;
    GArray *hits; /* of struct hit, the nearest first */
};

/* What speaks for nobody known, or with strangers' words, is near nothing that AWS says. */
static bool may_say(const struct search *search, const struct rule *rule)
{
    const struct reading *reading = search->reading;
    bool stranger = reading->auth->verdict == AUTH_STRANGER && message_from(reading->message) != NULL;
    return !stranger || rule->any_speaker;
}

static void add_hits(struct search *search, const struct near_index *index, const struct text *text,
                     const struct text *of_title)
{
    g_autoptr(GPtrArray) candidates = near_index_candidates(index, text->tokens, CANDIDATES);
    for (guint i = 0; i < candidates->len; i++) {
        const struct near_text *known = candidates->pdata[i];
        bool title = strcmp(known->condition->field, "title") == 0;
        struct near_alignment alignment;
        struct hit hit = {
            .index = index, .known = known, .text = title ? of_title : text, .met = true, .asked = true};
        near_align(index, known, hit.text->tokens, &alignment);
        hit.similarity = alignment.similarity;
        if (hit.similarity >= COMPARED && may_say(search, known->rule))
            g_array_append_val(search->hits, hit);
    }
}

/* In the order of the rules where they are equally near. */
static int compare_hits(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;
    if (a->similarity != b->similarity)
        return a->similarity > b->similarity ? -1 : 1;
    int for_a = a->met + a->backed, for_b = b->met + b->backed; /* what speaks for it */
    if (for_a != for_b)
        return for_a > for_b ? -1 : 1;
    if (a->known->rule->number != b->known->rule->number)
        return a->known->rule->number < b->known->rule->number ? -1 : 1;
    if (a->known->weight != b->known->weight)
        return a->known->weight > b->known->weight ? -1 : 1;
    return (int)a->known->condition->number - (int)b->known->condition->number;
}

static const json_t *grave_words(const struct search *search, const struct hit *hit)
{
    return json_object_get(json_object_get(search->reading->set->categories, hit->known->rule->category),
                           "grave");
}

static bool is_grave(const struct search *search, const struct hit *hit)
{
    return json_is_array(grave_words(search, hit));
}

static bool has_word(const struct text *text, const char *word)
{
    g_autofree char *stem = near_stem(word);
    for (guint i = 0; i < text->words->len; i++) {
        const char *other = g_array_index(text->words, struct near_word, i).text;
        if (g_str_has_prefix(other, stem) && near_is_kin(word, other))
            return true;
    }
    return false;
}

static bool has_words_of(const struct text *text, const char *grave)
{
    g_autofree char *normal = text_normalize(grave, true);
    g_autoptr(GArray) words = near_words_new();
    bool has = true;
    near_words_read(words, normal, strlen(normal), 0, NEAR_WORDS_MAXIMUM);
    for (guint i = 0; has && i < words->len; i++)
        has = has_word(text, g_array_index(words, struct near_word, i).text);
    return has && words->len > 0;
}

/* Whether the mail has all words of one of the category's grave texts. */
static bool says_grave(const struct search *search, const struct hit *hit)
{
    size_t index;
    json_t *grave;
    json_array_foreach((json_t *)grave_words(search, hit), index, grave)
        if (has_words_of(hit->text, json_string_value(grave)))
            return true;
    return false;
}

static bool has_condition(const struct condition *whole, const struct condition *part)
{
    bool has = whole == part;
    for (guint i = 0; !has && whole->inner != NULL && i < whole->inner->len; i++)
        has = has_condition(whole->inner->pdata[i], part);
    return has;
}

/* A function may do whatever it likes; it is not called for a guess. */
static bool has_function(const struct condition *condition)
{
    bool has = condition->operation == CONDITION_WHEN;
    for (guint i = 0; !has && condition->inner != NULL && i < condition->inner->len; i++)
        has = has_function(condition->inner->pdata[i]);
    return has;
}

/* Whether it is about what the mail says; who sent it says little of that. */
static bool has_words(const struct condition *condition)
{
    static const char *const fields[] = {"body", "subject", "title", "event_type", NULL};
    bool has = condition->operation == CONDITION_TEXT && g_strv_contains(fields, condition->field);
    bool says = condition->inner != NULL && condition->operation != CONDITION_NONE;
    for (guint i = 0; !has && says && i < condition->inner->len; i++)
        has = has_words(condition->inner->pdata[i]);
    return has;
}

/* Whether the condition would hold if the one that is near did. */
static bool would_hold(struct search *search, struct hit *hit, const struct condition *condition)
{
    const struct condition *near = hit->known->condition;
    if (condition == near)
        return true;
    bool inside = has_condition(condition, near), holds = true;
    if (!inside) {
        hit->asked = hit->asked && !has_function(condition);
        if (has_function(condition))
            return !is_grave(search, hit);
        holds = reading_holds(search->reading, condition);
        hit->backed = hit->backed || (holds && has_words(condition));
        return holds;
    }
    for (guint i = 0; holds && i < condition->inner->len; i++) {
        struct condition *inner = condition->inner->pdata[i];
        if (condition->operation == CONDITION_ALL || has_condition(inner, near))
            holds = would_hold(search, hit, inner);
    }
    return holds;
}

/* Of a rule that asks for more than is there, a whole title is still something; a part of one may be
 * anybody's. */
static bool keeps_unmet(const struct search *search, const struct hit *hit)
{
    return pattern_kind(hit->known->condition->pattern) == PATTERN_TEMPLATE && !is_grave(search, hit);
}

/* What trying conditions would leave behind goes into empty places meanwhile. */
static void ask_conditions(struct search *search)
{
    struct reading *reading = search->reading, before = *reading;
    reading->found = json_object();
    reading->errors = json_array();
    reading->trace = NULL;
    reading->reached = NULL;
    reading->rule = NULL;
    for (guint i = 0; i < search->hits->len; i++) {
        struct hit *hit = &g_array_index(search->hits, struct hit, i);
        hit->met = would_hold(search, hit, hit->known->rule->condition);
        if (!hit->asked)
            hit->similarity = hit->similarity * UNASKED / 100;
        if (!hit->met)
            hit->similarity = keeps_unmet(search, hit) ? hit->similarity * UNMET / 100 : 0;
    }
    json_decref(reading->found);
    json_decref(reading->errors);
    reading->found = before.found;
    reading->errors = before.errors;
    reading->trace = before.trace;
    reading->reached = before.reached;
    reading->rule = before.rule;
    reading->failures = before.failures;
}

/* The nearest of another category than the first; NULL: there is none. */
static const struct hit *rival_of(const struct search *search, const struct hit *first)
{
    for (guint i = 0; i < search->hits->len; i++) {
        const struct hit *hit = &g_array_index(search->hits, struct hit, i);
        if (strcmp(hit->known->rule->category, first->known->rule->category) != 0)
            return hit;
    }
    return NULL;
}

/* Of those that are equally near, the first in the order of the rules for which more speaks than that. */
static const struct hit *first_of(const struct search *search)
{
    const struct hit *hits = (const struct hit *)(void *)search->hits->data, *first = hits;
    for (guint i = 1; i < search->hits->len && hits[i].similarity + CLOSE >= hits->similarity; i++) {
        bool earlier = hits[i].known->rule->number < first->known->rule->number;
        if (hits[i].backed && hits[i].met && (!first->backed || earlier))
            first = &hits[i];
    }
    return first;
}

static const struct hit *nearest(const struct search *search)
{
    if (search->hits->len == 0)
        return NULL;
    const struct hit *first = first_of(search), *rival = rival_of(search, first);
    int margin = (int)first->similarity - (rival != NULL ? (int)rival->similarity : 0);
    if (!is_grave(search, first))
        return first->similarity >= ENOUGH ? first : NULL;
    bool told = margin >= GRAVE_MARGIN && says_grave(search, first);
    if (first->similarity >= GRAVE_ENOUGH && (first->backed || told))
        return first;
    bool other = rival != NULL && margin < GRAVE_MARGIN && rival->similarity >= ENOUGH;
    return other && !is_grave(search, rival) ? rival : NULL;
}

/* Whether it would take what another category is known by. */
static bool is_too_wide(const struct search *search, const struct hit *first, struct pattern *wide)
{
    for (guint i = 0; i < search->hits->len; i++) {
        const struct hit *hit = &g_array_index(search->hits, struct hit, i);
        bool own = strcmp(hit->known->rule->category, first->known->rule->category) == 0;
        if (own || hit->index != first->index)
            continue;
        g_autofree char *text = text_normalize(pattern_text(hit->known->condition->pattern), true);
        if (pattern_try(wide, text, strlen(text), NULL, NULL, NULL, NULL) != PATTERN_NO)
            return true;
    }
    return false;
}

/* A title's template that matches the mail, and where that is safe what the rule matches too. */
static json_t *template_for(const struct search *search, const struct hit *hit)
{
    const struct rule_set *set = search->reading->set;
    const struct near_known *known = set->near_known;
    const struct pattern *pattern = hit->known->condition->pattern;
    const struct text *title = &search->title;
    g_autofree char *normal = NULL;
    g_autoptr(pattern) wide = NULL;
    if (hit->index == known->titles && pattern_kind(pattern) == PATTERN_TEMPLATE &&
        !pattern_nocase(pattern)) {
        g_autoptr(GArray) stretches =
            near_stretches(set, hit->index, hit->known, title->text, title->words, title->tokens, &normal);
        wide = near_widened(set, known->ids, stretches, hit->known->weight, normal, title->text);
    }
    if (wide != NULL && !is_too_wide(search, hit, wide))
        return json_string(pattern_text(wide));
    g_autofree char *folded = near_ids_fold(known->ids, title->text);
    g_autoptr(pattern) own = near_template(set, folded, title->text);
    return own != NULL ? json_string(pattern_text(own)) : json_null();
}

static json_t *differs_of(const struct search *search, const struct hit *hit)
{
    const struct rule_set *set = search->reading->set;
    g_autofree char *normal = NULL;
    json_t *differs;
    if (hit->index == set->near_known->events) {
        g_autofree char *seen = text_clip(hit->text->text, TYPE_SHOWN),
                        *known = text_clip(pattern_text(hit->known->condition->pattern), TYPE_SHOWN),
                        *said = g_strdup_printf("the event type \"%s\" is nearly \"%s\"", seen, known);
        differs = json_pack("[s]", said);
    } else {
        g_autoptr(GArray) stretches = near_stretches(set, hit->index, hit->known, hit->text->text,
                                                     hit->text->words, hit->text->tokens, &normal);
        differs = near_differs(stretches, normal, hit->text->text);
    }
    if (!hit->met)
        json_array_append_new(differs, json_string("something else that the rule demands is not there"));
    return differs;
}

json_t *near_of(struct reading *reading)
{
    const struct near_known *known = reading->set->near_known;
    struct search search = {.reading = reading, .hits = g_array_new(FALSE, FALSE, sizeof(struct hit))};
    text_open(&search.subject, known->titles, reading_subject(reading));
    text_open(&search.title, known->titles, reading_title(reading));
    text_open(&search.event, known->events, notice_event_type(reading));
    add_hits(&search, known->titles, &search.subject, &search.title);
    add_hits(&search, known->events, &search.event, NULL);
    ask_conditions(&search);
    g_array_sort(search.hits, compare_hits);
    const struct hit *hit = nearest(&search);
    json_t *near = json_null();
    if (hit != NULL)
        near = json_pack("{s:s, s:s, s:f, s:o, s:o}", "rule", hit->known->rule->id, "category",
                         hit->known->rule->category, "similarity", hit->similarity / 100.0, "differs",
                         differs_of(&search, hit), "template", template_for(&search, hit));
    text_close(&search.subject);
    text_close(&search.title);
    text_close(&search.event);
    g_array_unref(search.hits);
    return near;
}
