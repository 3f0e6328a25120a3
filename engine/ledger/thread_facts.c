/* Which mails are about one notice. A wrong link is worse than none: a reader who believes that a mail only
 * repeats what he knows, or that the work was called off, does not act. So whatever two notices could share
 * (an account, an event type, a title, a resource) is not enough: they must have one id, or both name times;
 * and a mail that changes or ends something must not contradict the times that it is about.
 *
 * The keeper links, and it parses nothing: all of this is read from the decision. */
#include "ledger/thread_facts.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/decision.h"

#include <string.h>

#define DAY INT64_C(86400000)
enum { RESOURCES_MAXIMUM = 50, RESOURCE_BYTES = 1000, MARK_LENGTH = 32 };

static const char *const times[] = {"starts", "ends", "deadline"};

/* Codes that a service has for whatever it announces: which of it is told by the title alone. */
static bool is_for_anything(const char *event_type)
{
    return g_str_has_suffix(event_type, "_LIFECYCLE_EVENT") ||
           g_str_has_suffix(event_type, "_NOTIFICATION") ||
           g_str_has_suffix(event_type, "_OPERATIONAL_ISSUE");
}

/* The stage that a notice is in stands at the end of its event type code; what it is about, before. */
static char *family_of(const char *event_type, const char *title)
{
    static const char *const stages[] = {"_SCHEDULED", "_RESCHEDULED", "_EXPEDITED", "_UPDATED",
                                         "_EXTENDED",  "_CANCELLED",   "_CANCELED",  "_COMPLETED",
                                         "_COMPLETE",  "_EMERGENCY",   "_REMINDER"};
    if (event_type == NULL || event_type[0] == '\0')
        return NULL;
    if (is_for_anything(event_type))
        return g_strconcat(event_type, " ", title, NULL);
    g_autoptr(GString) family = g_string_new(event_type);
    g_string_replace(family, "_EMERGENCY_", "_", 0);
    for (size_t i = 0; i < G_N_ELEMENTS(stages);) {
        size_t stage = strlen(stages[i]);
        bool ends = family->len > stage && g_str_has_suffix(family->str, stages[i]);
        g_string_truncate(family, family->len - (ends ? stage : 0));
        i = ends ? 0 : i + 1; /* the others may stand before it */
    }
    return g_strdup(family->str);
}

/* The texts of a list, in order: as many, and as long ones, as a note to people can hold. */
static json_t *texts_of(const json_t *list)
{
    json_t *texts = json_array(), *text;
    size_t index;
    json_array_foreach((json_t *)list, index, text)
        if (json_is_string(text) && json_string_length(text) <= RESOURCE_BYTES &&
            json_array_size(texts) < RESOURCES_MAXIMUM)
            json_array_append(texts, text);
    return texts;
}

static bool has_text(const json_t *list, const char *wanted)
{
    size_t index;
    json_t *text;
    json_array_foreach((json_t *)list, index, text)
        if (strcmp(json_string_value(text), wanted) == 0)
            return true;
    return false;
}

/* Those of a list that the other one lacks. */
static json_t *without(const json_t *list, const json_t *other)
{
    json_t *left = json_array(), *text;
    size_t index;
    json_array_foreach((json_t *)list, index, text)
        if (!has_text(other, json_string_value(text)))
            json_array_append(left, text);
    return left;
}

static size_t count_common(const json_t *list, const json_t *other)
{
    g_autoptr(json_t) left = without(list, other);
    return json_array_size(list) - json_array_size(left);
}

json_t *thread_facts_new(const json_t *decision, const json_t *context, int64_t arrived)
{
    const json_t *notice = json_object_get(decision, "notice");
    int proof = verdict_rank(json_text(json_object_get(decision, "auth"), "verdict"));
    if (proof < verdict_rank("unproven"))
        return NULL;
    g_autofree char *title = g_utf8_casefold(json_text_or(notice, "title", ""), -1);
    g_autofree char *family = family_of(json_text(notice, "event_type"), title);
    bool reminds = json_flag(notice, "reminder") || json_flag(notice, "final_notice");
    json_t *facts = json_pack("{s:o, s:o, s:o, s:b, s:i, s:I}", "title", json_text_new(title), "regions",
                              texts_of(json_object_get(notice, "regions")), "resources",
                              texts_of(json_object_get(notice, "resources")), "reminder", reminds, "proof",
                              proof, "arrived", (json_int_t)arrived);
    json_object_set_new(facts, "account", json_text_new(json_text(decision, "account")));
    json_object_set_new(facts, "accounts", texts_of(json_object_get(notice, "accounts")));
    json_object_set_new(facts, "message_id", json_text_new(json_text(decision, "message_id")));
    json_object_set_new(facts, "deduping_id", json_text_new(json_text(context, "deduping_id")));
    json_object_set_new(facts, "family", json_text_new(family));
    json_object_set_new(facts, "case", json_text_new(json_text(notice, "case")));
    json_object_set_new(facts, "abuse_id", json_text_new(json_text(notice, "abuse_id")));
    json_object_set_new(facts, "status", json_text_new(json_text(notice, "status")));
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        json_object_set_new(facts, times[i], json_text_new(json_text(notice, times[i])));
    return facts;
}

bool thread_facts_equal(const json_t *a, const json_t *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    g_autoptr(json_t) left = json_copy((json_t *)a), right = json_copy((json_t *)b);
    json_object_del(left, "arrived");
    json_object_del(right, "arrived");
    return json_equal(left, right);
}

/* ---- marks ---- */

static void mark_add(GPtrArray *marks, const char *kind, const char *const *parts)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)kind, (gssize)strlen(kind) + 1);
    for (; *parts != NULL; parts++)
        g_checksum_update(checksum, (const guchar *)*parts, (gssize)strlen(*parts) + 1);
    g_ptr_array_add(marks, g_strndup(g_checksum_get_string(checksum), MARK_LENGTH));
}

static bool names_a_time(const json_t *facts)
{
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        if (json_text(facts, times[i]) != NULL)
            return true;
    return false;
}

GPtrArray *thread_marks(const json_t *facts, enum thread_link link)
{
    static const char *const ids[] = {[LINK_MESSAGE_ID] = "message_id", [LINK_DEDUPING_ID] = "deduping_id"};
    GPtrArray *marks = g_ptr_array_new_with_free_func(g_free);
    const char *account = json_text(facts, "account"), *family = json_text(facts, "family");
    const char *title = json_text_or(facts, "title", ""), *about = family != NULL ? family : title;
    g_autofree char *regions = json_canonical(json_object_get(facts, "regions"));
    size_t index;
    json_t *resource;
    if (link <= LINK_DEDUPING_ID) {
        const char *id = json_text(facts, ids[link]);
        if (id != NULL && id[0] != '\0')
            mark_add(marks, ids[link], (const char *const[]){id, NULL});
    } else if (account == NULL || json_text(facts, "case") != NULL) {
        return marks; /* whose it is nobody knows, or a talk, in which each mail says something else: by ids
                         alone */
    } else if (link == LINK_RESOURCE && about[0] != '\0') {
        json_array_foreach(json_object_get(facts, "resources"), index, resource)
            mark_add(marks, "resource",
                     (const char *const[]){account, about, json_string_value(resource), NULL});
    } else if (link == LINK_TITLE && title[0] != '\0') {
        mark_add(marks, "title", (const char *const[]){account, regions, title, NULL});
    }
    return marks;
}

/* ---- how they stand to one another ---- */

static const char *status_of(const json_t *facts)
{
    return json_text_or(facts, "status", "");
}

/* What a notice ends in; "" while what it says still stands. */
static const char *end_of(const json_t *facts)
{
    const char *status = status_of(facts);
    return strcmp(status, "cancelled") == 0 || strcmp(status, "completed") == 0 ? status : "";
}

static bool is_emergency(const json_t *facts)
{
    return strcmp(status_of(facts), "emergency") == 0;
}

/* One of them does not say, or both say the same. */
static bool agrees(const json_t *a, const json_t *b, const char *key)
{
    const char *left = json_text(a, key), *right = json_text(b, key);
    return left == NULL || right == NULL || strcmp(left, right) == 0;
}

static bool times_agree(const json_t *a, const json_t *b)
{
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        if (!agrees(a, b, times[i]))
            return false;
    return true;
}

static bool both_name_times(const json_t *a, const json_t *b)
{
    return names_a_time(a) && names_a_time(b);
}

static bool is_same(const json_t *a, const json_t *b, const char *key)
{
    return json_equal(json_object_get(a, key), json_object_get(b, key));
}

/* What says nothing of how things stand says that they are as planned. */
static const char *plan_of(const json_t *facts)
{
    return json_text_or(facts, "status", "scheduled");
}

static bool says_the_same(const json_t *a, const json_t *b)
{
    return is_same(a, b, "starts") && is_same(a, b, "ends") && is_same(a, b, "deadline") &&
           is_same(a, b, "resources") && is_same(a, b, "regions") && strcmp(plan_of(a), plan_of(b)) == 0;
}

static int64_t distance(const json_t *a, const json_t *b)
{
    return ABS(json_number(a, "arrived", 0) - json_number(b, "arrived", 0));
}

/* The same thing said again within a day: to another recipient, or through another list. */
static bool is_copy(const json_t *other, const json_t *facts)
{
    return says_the_same(other, facts) && !json_flag(facts, "reminder") && distance(other, facts) <= DAY;
}

static bool is_late(const json_t *state, const json_t *facts)
{
    return json_number(facts, "arrived", 0) < json_number(state, "arrived", 0);
}

/* Whether what the thread announced is over; what names no time is not. */
static bool is_over(const json_t *state, const json_t *facts)
{
    static const char *const last[] = {"ends", "deadline", "starts"};
    int64_t moment;
    for (size_t i = 0; i < G_N_ELEMENTS(last); i++) {
        const char *text = json_text(state, last[i]);
        if (text != NULL && time_parse(text, &moment))
            return moment < json_number(facts, "arrived", 0);
    }
    return false;
}

static bool regions_agree(const json_t *a, const json_t *b)
{
    const json_t *left = json_object_get(a, "regions"), *right = json_object_get(b, "regions");
    return json_array_size(left) == 0 || json_array_size(right) == 0 || count_common(left, right) > 0;
}

/* It calls itself a reminder, a change, an end or an emergency. */
static bool says_what_it_is(const json_t *facts)
{
    return json_flag(facts, "reminder") || end_of(facts)[0] != '\0' || is_emergency(facts) ||
           strcmp(status_of(facts), "updated") == 0;
}

/* Other times, and no word that they are new ones: it may be other work on the same thing. */
static bool may_be_other_work(const json_t *state, const json_t *facts)
{
    return both_name_times(state, facts) && !times_agree(state, facts) &&
           strcmp(status_of(facts), "updated") != 0;
}

/* A mail that ends or speeds up something must be about what the thread announced: the same circuit may be
 * worked on twice, and where it may be in one thread nobody knows which of both ends. One that says that it
 * is a change may have other times; one that says nothing may while what was announced has yet to be. */
static bool may_change(const json_t *state, const json_t *facts)
{
    bool updated = strcmp(status_of(facts), "updated") == 0;
    if (end_of(state)[0] != '\0')
        return updated || strcmp(status_of(facts), end_of(state)) == 0;
    if (end_of(facts)[0] != '\0' || is_emergency(facts))
        return agrees(state, facts, "starts") && !json_flag(state, "may_be_two");
    return updated || json_flag(facts, "reminder") || times_agree(state, facts) || !is_over(state, facts);
}

/* Without a common resource the mail's own word counts, and the times that both name. Work that names no
 * resource and is at another time is other work. */
static bool may_follow_title(const json_t *state, const json_t *facts)
{
    bool updated = strcmp(status_of(facts), "updated") == 0;
    bool claimed = thread_is_claimed(state, facts, LINK_TITLE);
    return may_change(state, facts) &&
           (updated || (times_agree(state, facts) && (claimed || both_name_times(state, facts))));
}

bool thread_is_claimed(const json_t *state, const json_t *facts, enum thread_link link)
{
    return link == LINK_TITLE && says_what_it_is(facts) &&
           !(both_name_times(state, facts) && times_agree(state, facts));
}

/* Whose they are: what one says must not be shown to another. */
static bool are_one_customers(const json_t *a, const json_t *b)
{
    bool named = json_text(a, "account") != NULL;
    return is_same(a, b, "account") && (named || is_same(a, b, "accounts"));
}

bool thread_accepts(const json_t *state, const json_t *other, const json_t *facts, enum thread_link link)
{
    const json_t *ours = json_object_get(facts, "resources"), *theirs = json_object_get(state, "resources");
    bool both_named = json_array_size(ours) > 0 && json_array_size(theirs) > 0;
    if (json_number(facts, "proof", 0) < json_number(state, "proof", 0))
        return false; /* what is less proven neither changes nor ends what is more proven */
    if (!are_one_customers(other, facts))
        return false;
    if (link == LINK_MESSAGE_ID)
        return true;
    if (link > LINK_DEDUPING_ID && !both_name_times(state, facts) && !says_what_it_is(facts))
        return false; /* one more alarm about the same resource is no repetition */
    if (!regions_agree(other, facts) || !is_same(other, facts, "abuse_id") ||
        (link == LINK_TITLE && !agrees(other, facts, "family")))
        return false;
    if (is_copy(other, facts))
        return link != LINK_TITLE || names_a_time(facts) || json_array_size(ours) > 0;
    if (is_late(state, facts))
        return false;
    if (link == LINK_TITLE)
        return !both_named && may_follow_title(state, facts);
    return may_change(state, facts);
}

/* ---- what changed ---- */

/* Announced, in other words, is what was neither called off nor done, and is no emergency. */
static const char *stage_of(const json_t *facts)
{
    return end_of(facts)[0] != '\0' ? end_of(facts) : is_emergency(facts) ? "emergency" : "scheduled";
}

static void add_change(json_t *changes, const char *what, const char *from, const char *to)
{
    if (strcmp(from, to) != 0)
        json_array_append_new(changes, json_pack("{s:s, s:s, s:s}", "what", what, "from", from, "to", to));
}

static json_t *changes_of(const json_t *state, const json_t *facts)
{
    json_t *changes = json_array();
    const json_t *before = json_object_get(state, "resources"), *after = json_object_get(facts, "resources");
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        if (json_text(state, times[i]) != NULL && json_text(facts, times[i]) != NULL)
            add_change(changes, times[i], json_text(state, times[i]), json_text(facts, times[i]));
    if (json_array_size(before) > 0 && json_array_size(after) > 0 && !json_equal(before, after))
        json_array_append_new(changes, json_pack("{s:s, s:o, s:o}", "what", "resources", "added",
                                                 without(after, before), "removed", without(before, after)));
    if (json_text(facts, "status") != NULL)
        add_change(changes, "status", stage_of(state), stage_of(facts));
    return changes;
}

/* A reminder names what is still to be done: that some are done is no change of the notice. */
static bool only_fewer(const json_t *changes)
{
    const json_t *change = json_array_get(changes, 0);
    return json_array_size(changes) == 1 && strcmp(json_text(change, "what"), "resources") == 0 &&
           json_array_size(json_object_get(change, "added")) == 0;
}

const char *thread_relation(const json_t *state, const json_t *other, const json_t *facts,
                            enum thread_link link, json_t **changes)
{
    const char *stage = stage_of(facts);
    bool reminds = json_flag(facts, "reminder");
    bool again = link == LINK_MESSAGE_ID || is_copy(other, facts);
    *changes = again ? json_array() : changes_of(state, facts);
    if (again)
        return "duplicate";
    if (strcmp(stage, "scheduled") != 0 && strcmp(stage, stage_of(state)) != 0)
        return stage;
    if (strcmp(status_of(facts), "updated") == 0 ||
        (json_array_size(*changes) > 0 && !(reminds && only_fewer(*changes))))
        return "update";
    return reminds || distance(state, facts) > DAY ? "reminder" : "duplicate";
}

json_t *thread_state(const json_t *state, const json_t *facts)
{
    json_t *after = json_copy((json_t *)state), *value;
    const char *key;
    json_object_set(after, "proof", json_object_get(facts, "proof"));
    if (is_late(state, facts))
        return after;
    if (may_be_other_work(state, facts))
        json_object_set_new(after, "may_be_two", json_true());
    json_object_foreach((json_t *)facts, key, value)
        if (!json_is_null(value) && !(json_is_array(value) && json_array_size(value) == 0))
            json_object_set(after, key, value);
    return after;
}
