/* Checking what a decider answers. A decider that a mail took over can at most lie about that mail: names,
 * sizes and shapes are bounded here, and whatever is not on the list is refused. */
#include "wire/decision.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/silence.h"

#include <string.h>

enum {
    TEXT_MAXIMUM = 64 << 10,
    QUOTE_MAXIMUM = 256 << 10,
    LIST_MAXIMUM = 1000,
    ACTIONS_MAXIMUM = 50,
    DEPTH_MAXIMUM = 24,
    NAME_MAXIMUM = 100,
    KEY_MAXIMUM = 200,
    NEAR_DIFFERS_MAXIMUM = 10,
    NEAR_TEXT_MAXIMUM = 2000, /* bytes */
    TOTAL_MAXIMUM = 1 << 20,  /* of what bounding leaves; twice that, escaped, fits into a frame */
    SHORT_TEXT = 200          /* is left whole even so: names, addresses, reasons */
};

static bool refuse(GError **error, const char *key, const char *why)
{
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL, "the decision's '%s' %s", key, why);
    return false;
}

static int rank_among(const char *const *names, const char *name)
{
    for (int i = 0; names[i] != NULL; i++)
        if (g_strcmp0(name, names[i]) == 0)
            return i;
    return -1;
}

int priority_rank(const char *priority)
{
    static const char *const names[] = {"urgent", "high", "normal", "low", NULL};
    return rank_among(names, priority);
}

int verdict_rank(const char *verdict)
{
    static const char *const names[] = {"forged", "stranger", "unproven", "proven", NULL};
    return rank_among(names, verdict);
}

bool name_is_valid(const char *name)
{
    size_t length = name == NULL ? 0 : strlen(name);
    return length >= 1 && length <= NAME_MAXIMUM && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == length;
}

/* Bounds texts, lists and depth of any value. */
static bool is_bounded(const json_t *value, size_t text_maximum, int depth)
{
    const char *key;
    size_t index;
    json_t *entry;
    if (depth > DEPTH_MAXIMUM)
        return false;
    if (json_is_string(value))
        return json_string_length(value) <= text_maximum;
    if (json_is_array(value) && json_array_size(value) > LIST_MAXIMUM)
        return false;
    if (json_is_object(value) && json_object_size(value) > LIST_MAXIMUM)
        return false;
    json_array_foreach((json_t *)value, index, entry)
        if (!is_bounded(entry, text_maximum, depth + 1))
            return false;
    json_object_foreach((json_t *)value, key, entry)
        if (strlen(key) > KEY_MAXIMUM || !is_bounded(entry, text_maximum, depth + 1))
            return false;
    return true;
}

static size_t text_total(const json_t *value)
{
    size_t total = json_string_length(value), index;
    const char *key;
    json_t *entry;
    json_array_foreach((json_t *)value, index, entry)
        total += text_total(entry);
    json_object_foreach((json_t *)value, key, entry)
        total += strlen(key) + text_total(entry);
    return total;
}

/* At most `most` bytes of a text, cut at a character. */
static json_t *text_cut(const json_t *text, size_t most)
{
    static const char mark[] = "…";
    const char *bytes = json_string_value(text);
    size_t length = json_string_length(text);
    if (length <= most)
        return json_stringn(bytes, length);
    size_t end = most - strlen(mark);
    while (end > 0 && ((unsigned char)bytes[end] & 0xc0) == 0x80)
        end--;
    g_autofree char *kept = g_strndup(bytes, end), *marked = g_strconcat(kept, mark, NULL);
    return json_string(marked);
}

/* A copy within bounds. *left: bytes that texts may still take together. */
static json_t *bounded(const json_t *value, size_t text_maximum, int depth, size_t *left)
{
    const char *key;
    size_t index;
    json_t *entry, *copy;
    if (json_is_string(value)) {
        copy = text_cut(value, MIN(text_maximum, MAX(*left, SHORT_TEXT)));
        *left -= MIN(*left, json_string_length(copy));
        return copy;
    }
    if (!json_is_array(value) && !json_is_object(value))
        return json_incref((json_t *)value);
    copy = json_is_array(value) ? json_array() : json_object();
    if (depth == DEPTH_MAXIMUM)
        return copy;
    json_array_foreach((json_t *)value, index, entry)
        if (json_array_size(copy) < LIST_MAXIMUM)
            json_array_append_new(copy, bounded(entry, text_maximum, depth + 1, left));
    json_object_foreach((json_t *)value, key, entry)
        if (json_object_size(copy) < LIST_MAXIMUM && strlen(key) <= KEY_MAXIMUM)
            json_object_set_new(copy, key, bounded(entry, text_maximum, depth + 1, left));
    return copy;
}

static json_t *bound(json_t *value, size_t text_maximum, bool *cut)
{
    size_t left = TOTAL_MAXIMUM;
    if (is_bounded(value, text_maximum, 0) && text_total(value) <= TOTAL_MAXIMUM)
        return value;
    *cut = true;
    json_t *copy = bounded(value, text_maximum, 0, &left);
    json_decref(value);
    return copy;
}

json_t *decision_bound(json_t *decision, bool *cut)
{
    return bound(decision, TEXT_MAXIMUM, cut);
}

json_t *decision_bound_context(json_t *context, bool *cut)
{
    return bound(context, QUOTE_MAXIMUM, cut);
}

json_t *decision_outline(const json_t *decision)
{
    static const char *const own[] = {"subject",  "from",      "date", "service",
                                      "category", "certainty", "rule", "near"},
                             *const of_notice[] = {"title", "event_type"};
    const json_t *notice = json_object_get(decision, "notice");
    json_t *outline = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        json_object_set(outline, own[i], json_object_get(decision, own[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(of_notice); i++)
        json_object_set(outline, of_notice[i], json_object_get(notice, of_notice[i]));
    return outline;
}

enum shape {
    TEXT,
    TEXT_OR_NULL,
    NAME,
    NAME_OR_NULL,
    SHORT_OR_NULL,
    FLAG,
    ACCOUNT,
    DATE,
    OBJECT,
    OBJECT_OR_NULL,
    TEXTS,
    LIST,
    CERTAINTY,
    PRIORITY,
    VERDICT,
    STATUS_OR_NULL
};

struct field {
    const char *key;
    enum shape shape;
};

static bool is_one_of(const json_t *value, const char *const *names)
{
    return json_is_string(value) && g_strv_contains(names, json_string_value(value));
}

static bool is_account(const json_t *value)
{
    const char *text = json_string_value(value);
    return json_is_null(value) || (text != NULL && strlen(text) == 12 && strspn(text, "0123456789") == 12);
}

static bool is_short(const json_t *value)
{
    return json_is_null(value) || (json_is_string(value) && json_string_length(value) <= SHORT_TEXT);
}

static bool is_texts(const json_t *value)
{
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)value, index, entry)
        if (!json_is_string(entry))
            return false;
    return json_is_array(value);
}

/* A moment as time_format writes it, and no other way to write it. */
static bool is_date(const json_t *value)
{
    const char *text = json_string_value(value);
    int64_t moment;
    if (text == NULL || strlen(text) != 20 || !time_parse(text, &moment))
        return json_is_null(value);
    g_autofree char *same = time_format(moment);
    return strcmp(same, text) == 0;
}

static bool fits(const json_t *value, enum shape shape)
{
    static const char *const certainties[] = {"exact", "general", "none", NULL};
    static const char *const verdicts[] = {"proven", "forged", "unproven", "stranger", NULL};
    static const char *const states[] = {"scheduled", "updated", "cancelled", "emergency", "completed", NULL};
    switch (shape) {
    case TEXT:
        return json_is_string(value);
    case TEXT_OR_NULL:
        return json_is_string(value) || json_is_null(value);
    case NAME:
        return name_is_valid(json_string_value(value));
    case NAME_OR_NULL:
        return json_is_null(value) || name_is_valid(json_string_value(value));
    case SHORT_OR_NULL:
        return is_short(value);
    case FLAG:
        return json_is_boolean(value);
    case ACCOUNT:
        return is_account(value);
    case DATE:
        return is_date(value);
    case OBJECT:
        return json_is_object(value);
    case OBJECT_OR_NULL:
        return json_is_object(value) || json_is_null(value);
    case TEXTS:
        return is_texts(value);
    case LIST:
        return json_is_array(value);
    case CERTAINTY:
        return is_one_of(value, certainties);
    case PRIORITY:
        return priority_rank(json_string_value(value)) >= 0;
    case VERDICT:
        return is_one_of(value, verdicts);
    case STATUS_OR_NULL:
        return json_is_null(value) || is_one_of(value, states);
    }
    return false;
}

static bool check_fields(const json_t *object, const struct field *fields, size_t count, GError **error)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, fields[i].key);
        if (value == NULL)
            return refuse(error, fields[i].key, "is missing");
        if (!fits(value, fields[i].shape))
            return refuse(error, fields[i].key, "has a wrong type or value");
    }
    if (json_object_size(object) != count)
        return refuse(error, "keys", "are more than the known ones");
    return true;
}

/* A key that is missing says nothing; threads are linked by what the others say. */
static bool check_notice(const json_t *notice, GError **error)
{
    static const struct field fields[] = {
        {"title", TEXT},
        {"action_required", FLAG},
        {"reminder", FLAG},
        {"final_notice", FLAG},
        {"accounts", TEXTS},
        {"regions", TEXTS},
        {"service", TEXT_OR_NULL},
        {"event_type", TEXT_OR_NULL},
        {"case", TEXT_OR_NULL},
        {"abuse_id", TEXT_OR_NULL},
        {"resources", TEXTS},
        {"starts", DATE},
        {"ends", DATE},
        {"deadline", DATE},
        {"status", STATUS_OR_NULL},
        {"links", TEXTS},
        {"metadata", OBJECT},
        {"language", SHORT_OR_NULL},
    };
    size_t known = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const json_t *value = json_object_get(notice, fields[i].key);
        if (value != NULL && !fits(value, fields[i].shape))
            return refuse(error, fields[i].key, "has a wrong type or value in the notice");
        known += value != NULL;
    }
    return json_object_size(notice) == known || refuse(error, "notice", "has more than the known keys");
}

static bool check_actions(const json_t *actions, GError **error)
{
    size_t index;
    json_t *action;
    if (json_array_size(actions) > ACTIONS_MAXIMUM)
        return refuse(error, "actions", "are too many");
    json_array_foreach((json_t *)actions, index, action)
        if (json_object_size(action) != 2 || !name_is_valid(json_text(action, "action")) ||
            !json_is_object(json_object_get(action, "args")))
            return refuse(error, "actions", "has something that is no action");
    return true;
}

static bool check_errors(const json_t *errors, GError **error)
{
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)errors, index, entry) {
        const json_t *rule = json_object_get(entry, "rule");
        if (json_text(entry, "kind") == NULL || json_text(entry, "message") == NULL ||
            !(json_is_null(rule) || name_is_valid(json_string_value(rule))))
            return refuse(error, "errors", "has something that is no error");
    }
    return true;
}

static bool check_near(const json_t *near, GError **error)
{
    const json_t *similarity = json_object_get(near, "similarity"),
                 *template = json_object_get(near, "template"), *differs = json_object_get(near, "differs");
    double share = json_is_number(similarity) ? json_number_value(similarity) : -1;
    if (json_is_null(near))
        return true;
    if (!fits(json_object_get(near, "rule"), NAME_OR_NULL) ||
        !fits(json_object_get(near, "category"), NAME_OR_NULL))
        return refuse(error, "near", "has a wrong rule or category");
    if (!(share >= 0 && share <= 1))
        return refuse(error, "near", "has a similarity that is not between 0 and 1");
    if (!fits(differs, TEXTS) || json_array_size(differs) > NEAR_DIFFERS_MAXIMUM ||
        !is_bounded(differs, NEAR_TEXT_MAXIMUM, 0))
        return refuse(error, "near", "has differences that are none, or too many");
    if (!fits(template, TEXT_OR_NULL) || !is_bounded(template, NEAR_TEXT_MAXIMUM, 0) ||
        json_object_size(near) != 5)
        return refuse(error, "near", "has a wrong template, or more than it may");
    return true;
}

static bool check_shadows(const json_t *shadows, GError **error)
{
    size_t index;
    json_t *shadow;
    json_array_foreach((json_t *)shadows, index, shadow)
        if (json_object_size(shadow) != 3 || !fits(json_object_get(shadow, "rule"), NAME) ||
            !fits(json_object_get(shadow, "category"), NAME) ||
            !json_is_boolean(json_object_get(shadow, "agrees")))
            return refuse(error, "shadow", "has something that is no rule in shadow");
    return true;
}

/* A decider can keep no other mail quiet than its own. */
static bool check_silenced(const json_t *silenced, GError **error)
{
    if (!json_is_object(silenced))
        return silenced == NULL || json_is_null(silenced) ||
               refuse(error, "silenced", "is no silence of a rule file");
    g_autofree char *fault = silence_fault(json_object_get(silenced, "what"));
    const char *name = json_text(silenced, "name"), *reason = json_text(silenced, "reason");
    if (fault != NULL || name == NULL || reason == NULL || strlen(name) > KEY_MAXIMUM ||
        !json_is_integer(json_object_get(silenced, "starts")) ||
        !json_is_integer(json_object_get(silenced, "ends")))
        return refuse(error, "silenced", "is no silence of a rule file");
    return true;
}

static bool check_from(const json_t *from, GError **error)
{
    if (fits(json_object_get(from, "name"), TEXT_OR_NULL) &&
        fits(json_object_get(from, "address"), TEXT_OR_NULL))
        return true;
    return refuse(error, "from", "needs a name and an address");
}

bool decision_check(const json_t *decision, GError **error)
{
    static const struct field fields[] = {
        {"message_id", TEXT_OR_NULL},
        {"subject", TEXT},
        {"from", TEXT_OR_NULL},
        {"date", DATE},
        {"category", NAME},
        {"rule", NAME_OR_NULL},
        {"certainty", CERTAINTY},
        {"priority", PRIORITY},
        {"account", ACCOUNT},
        {"service", TEXT_OR_NULL},
        {"found", OBJECT},
        {"notice", OBJECT},
        {"tags", TEXTS},
        {"actions", LIST},
        {"near", OBJECT_OR_NULL},
        {"auth", OBJECT},
        {"defects", TEXTS},
        {"errors", LIST},
    };
    if (!json_is_object(decision))
        return refuse(error, "decision", "is no object");
    if (!is_bounded(decision, TEXT_MAXIMUM, 0))
        return refuse(error, "decision", "is too large or too deep");
    if (!check_fields(decision, fields, G_N_ELEMENTS(fields), error) ||
        !check_notice(json_object_get(decision, "notice"), error) ||
        !check_actions(json_object_get(decision, "actions"), error) ||
        !check_errors(json_object_get(decision, "errors"), error) ||
        !check_near(json_object_get(decision, "near"), error))
        return false;
    if (!fits(json_object_get(json_object_get(decision, "auth"), "verdict"), VERDICT))
        return refuse(error, "auth.verdict", "is none of the known ones");
    return true;
}

bool decision_check_context(const json_t *context, GError **error)
{
    static const struct field fields[] = {
        {"message_id", TEXT_OR_NULL},
        {"subject", TEXT},
        {"date", DATE},
        {"from", OBJECT},
        {"arrived", DATE},
        {"category", NAME},
        {"category_title", TEXT},
        {"category_title_en", TEXT},
        {"priority", PRIORITY},
        {"account", ACCOUNT},
        {"contact", TEXT_OR_NULL},
        {"rule", NAME_OR_NULL},
        {"verdict", VERDICT},
        {"certainty", CERTAINTY},
        {"service", TEXT_OR_NULL},
        {"advice", OBJECT_OR_NULL},
        {"near", OBJECT_OR_NULL},
        {"notice", OBJECT},
        {"found", OBJECT},
        {"reasons", TEXTS},
        {"answer", TEXT_OR_NULL},
        {"held", SHORT_OR_NULL},
        {"group", OBJECT_OR_NULL},
        {"people", OBJECT_OR_NULL},
        {"contact_group", TEXT_OR_NULL},
        {"silenced", OBJECT_OR_NULL},
        {"deduping_id", SHORT_OR_NULL},
        {"drill", OBJECT_OR_NULL},
        {"shadow", LIST},
        {"text", TEXT},
    };
    if (!json_is_object(context))
        return refuse(error, "context", "is no object");
    if (!is_bounded(context, QUOTE_MAXIMUM, 0))
        return refuse(error, "context", "is too large or too deep");
    return check_fields(context, fields, G_N_ELEMENTS(fields), error) &&
           check_silenced(json_object_get(context, "silenced"), error) &&
           check_notice(json_object_get(context, "notice"), error) &&
           check_from(json_object_get(context, "from"), error) &&
           check_near(json_object_get(context, "near"), error) &&
           check_shadows(json_object_get(context, "shadow"), error);
}
