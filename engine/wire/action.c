/* Actions as data: keys and results. */
#include "wire/action.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"

#include <string.h>

static const char *const destination_keys[] = {"to", "channel", "command", "webhook", "folder"};

/* The index of the place that the args name, or of none. */
static size_t place_of(const json_t *args)
{
    size_t i = 0;
    while (i < G_N_ELEMENTS(destination_keys) && json_text(args, destination_keys[i]) == NULL)
        i++;
    return i;
}

char *action_describe(const char *action, const json_t *args)
{
    size_t place = place_of(args);
    const char *recipient = json_text(args, ACTION_RECIPIENT);
    if (place == G_N_ELEMENTS(destination_keys))
        return g_strdup(action);
    return g_strdup_printf("%s %s%s%s", action, json_text(args, destination_keys[place]),
                           recipient != NULL ? " " : "", recipient != NULL ? recipient : "");
}

char *action_destination(const json_t *args)
{
    size_t place = place_of(args);
    return place == G_N_ELEMENTS(destination_keys)
               ? json_canonical(args)
               : g_strdup_printf("%s=%s", destination_keys[place], json_text(args, destination_keys[place]));
}

static char *hash_parts(const char *const *parts, size_t count)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    for (size_t i = 0; i < count; i++)
        g_checksum_update(checksum, (const guchar *)parts[i], (gssize)strlen(parts[i]) + 1);
    return g_strdup(g_checksum_get_string(checksum));
}

char *action_key(const char *sha256, const char *recipient, const char *action, const json_t *args,
                 unsigned ordinal)
{
    g_autofree char *destination = action_destination(args);
    g_autofree char *number = g_strdup_printf("%u", ordinal);
    const char *parts[] = {sha256, recipient != NULL ? recipient : "", action, destination, number};
    return hash_parts(parts, G_N_ELEMENTS(parts));
}

char *action_key_for(const char *key, const char *recipient)
{
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, recipient, -1);
    const char *again = strrchr(key, '+'); /* it is done once more: so are its parts */
    int length = again != NULL ? (int)strcspn(again, ".") : 0;
    return g_strdup_printf("%.*s%.*s.%.16s", ACTION_KEY_LENGTH, key, length, again != NULL ? again : "",
                           hash);
}

char *action_telling(const json_t *decision, const char *body_sha256, const char *action, const json_t *args,
                     unsigned ordinal)
{
    static const char *const tellers[] = {"forward", "chat", "call", "page", NULL};
    const char *message_id = json_text(decision, "message_id");
    if (message_id == NULL || body_sha256 == NULL || !g_strv_contains(tellers, action))
        return NULL;
    g_autofree char *all = json_canonical(args), *number = g_strdup_printf("%u", ordinal);
    const char *verdict = json_text_or(json_object_get(decision, "auth"), "verdict", "");
    const char *parts[] = {message_id,  json_text_or(decision, "account", ""),
                           verdict,     json_text_or(decision, "rule", ""),
                           body_sha256, action,
                           all,         number};
    return hash_parts(parts, G_N_ELEMENTS(parts));
}

#define GROUP_MOST INT64_C(604800000) /* ms; a digest that comes a week later tells nobody in time */

static int64_t group_time(const json_t *group, const char *name)
{
    int64_t time = 0;
    const char *text = json_text(group, name);
    return text != NULL && duration_parse(text, &time) ? CLAMP(time, 0, GROUP_MOST) : 0;
}

json_t *action_group(const json_t *context, const char *action, const char *actor, const json_t *args)
{
    static const char *const gathered[] = {"forward", "chat", "webhook", NULL};
    const json_t *group = json_object_get(context, "group"), *people = json_object_get(group, "people");
    if (!json_is_object(group) || g_strcmp0(actor, "courier") != 0 || !g_strv_contains(gathered, action))
        return json_null();
    const char *role = json_text(args, "to"), *theirs = json_text(people, role != NULL ? role : "");
    if (theirs == NULL && (role != NULL || json_object_get(people, "") != NULL))
        return json_null(); /* nobody knows whom it is for */
    g_autofree char *facts = json_canonical(json_object_get(group, "facts")),
                    *destination = action_destination(args);
    int64_t wait = group_time(group, "wait"), most = MAX(group_time(group, "most"), wait);
    /* the times are part of it: nothing waits longer than its own group says because it met another one's */
    g_autofree char *times = g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, wait, most);
    const char *parts[] = {
        json_text_or(context, "verdict", ""), action, destination, times, facts != NULL ? facts : "",
        theirs != NULL ? theirs : ""};
    g_autofree char *key = hash_parts(parts, G_N_ELEMENTS(parts));
    return json_pack("{s:s, s:I, s:I}", "key", key, "wait", (json_int_t)wait, "most", (json_int_t)most);
}

static const char *const names[] = {"done", "retry", "dead", "unknown", "split"};

const char *outcome_name(enum outcome outcome)
{
    return names[outcome];
}

const char *action_failure(const char *name)
{
    static const char *const failures[] = {"auth",   "rate",    "client",  "content",
                                           "server", "network", "timeout", "disk"};
    for (size_t i = 0; i < G_N_ELEMENTS(failures); i++)
        if (g_strcmp0(failures[i], name) == 0)
            return failures[i];
    return NULL;
}

static bool are_recipients(const json_t *list)
{
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++) {
        const json_t *entry = json_array_get(list, i);
        size_t length = json_string_length(entry);
        if (length == 0 || length > ACTION_RECIPIENT_LONGEST)
            return false;
    }
    return count > 0 && count <= ACTION_RECIPIENTS_MOST;
}

static bool outcome_read(const char *name, enum outcome *outcome)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *outcome = (enum outcome)i;
            return true;
        }
    return false;
}

bool action_result_read(const json_t *body, struct action_result *result, GError **error)
{
    bool known = outcome_read(json_text_or(body, "outcome", ""), &result->outcome);
    result->id = json_number(body, "id", -1);
    result->after = json_number(body, "after", -1);
    result->reason = json_text_or(body, "reason", "");
    result->detail = json_text_or(body, "detail", "");
    result->raised = json_flag(body, "raised");
    result->down = json_flag(body, "down");
    result->failure = action_failure(json_text(body, "failure"));
    result->recipients = json_object_get(body, "recipients");
    if (known && result->id > 0 && result->after >= -1 && strlen(result->reason) <= ACTION_WORDS_LONGEST &&
        strlen(result->detail) <= ACTION_WORDS_LONGEST &&
        (result->outcome != OUTCOME_SPLIT || are_recipients(result->recipients)))
        return true;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL,
                "gave a result without a valid id, outcome, delay, reason or recipients");
    return false;
}
