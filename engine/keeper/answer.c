/* Checking and turning a decider's answer. Whatever is not as agreed is a breach: the decider is replaced and
 * the mail tried again, so nothing here repairs more than the number of actions, which a rule of good faith
 * can overdo. */
#include "keeper/answer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mask.h"
#include "wire/action.h"
#include "wire/decision.h"

#include <string.h>

static bool breach(GError **error, const char *what)
{
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL, "answered with %s", what);
    return false;
}

static bool is_sha256(const char *text)
{
    return text != NULL && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static bool is_recipient(const json_t *value)
{
    return value == NULL || json_is_null(value) ||
           (json_is_string(value) && json_string_length(value) <= 1000);
}

void answer_add_error(json_t *decision, const char *rule, const char *kind, const char *message)
{
    json_t *errors = json_object_get(decision, "errors"), *entry;
    size_t index;
    json_array_foreach(errors, index, entry) {
        if (rule != NULL && g_strcmp0(json_text(entry, "rule"), rule) == 0 &&
            g_strcmp0(json_text(entry, "kind"), kind) == 0)
            return;
    }
    json_array_append_new(errors, json_pack("{s:o, s:s, s:o}", "rule", json_text_new(rule), "kind", kind,
                                            "message", json_text_new(message)));
}

static void cut_actions(json_t *decision)
{
    json_t *actions = json_object_get(decision, "actions");
    size_t count = json_array_size(actions);
    if (count <= ANSWER_ACTIONS_MOST || !json_is_array(json_object_get(decision, "errors")))
        return;
    while (json_array_size(actions) > ANSWER_ACTIONS_MOST)
        json_array_remove(actions, json_array_size(actions) - 1);
    g_autofree char *message =
        g_strdup_printf("%zu actions were wanted; only the first %d are done", count, ANSWER_ACTIONS_MOST);
    answer_add_error(decision, json_text(decision, "rule"), "limit", message);
}

bool answer_check(json_t *body, uint64_t sequence, const json_t *known, GError **error)
{
    json_t *decision = json_object_get(body, "decision"), *entry;
    size_t index;
    if (json_number(body, "sequence", -1) != (int64_t)sequence)
        return breach(error, "a mail that it was not given");
    if (!is_sha256(json_text(body, "sha256")) || json_number(body, "size", -1) < 0)
        return breach(error, "no hash or size");
    if (json_text(body, "body_sha256") != NULL && !is_sha256(json_text(body, "body_sha256")))
        return breach(error, "a hash of the body that is none");
    if (!is_recipient(json_object_get(body, "recipient")))
        return breach(error, "a recipient that cannot be");
    cut_actions(decision);
    if (!decision_check(decision, error) || !decision_check_context(json_object_get(body, "context"), error))
        return false;
    json_array_foreach(json_object_get(decision, "actions"), index, entry) {
        const char *name = json_text(entry, "action");
        if (json_text(known, name) == NULL) {
            g_autofree char *what = g_strdup_printf("the action %s, which no rule file declares", name);
            return breach(error, what);
        }
    }
    return true;
}

json_t *answer_actions(const json_t *body, const json_t *known)
{
    json_t *list = json_array(), *entry;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    size_t index;
    const json_t *decision = json_object_get(body, "decision");
    json_array_foreach(json_object_get(decision, "actions"), index, entry) {
        const char *action = json_text(entry, "action");
        json_t *args = json_object_get(entry, "args");
        g_autofree char *destination = action_destination(args);
        char *same = g_strconcat(action, "\n", destination, NULL);
        unsigned ordinal = GPOINTER_TO_UINT(g_hash_table_lookup(seen, same));
        g_hash_table_replace(seen, same, GUINT_TO_POINTER(ordinal + 1));
        g_autofree char *key =
            action_key(json_text(body, "sha256"), json_text(body, "recipient"), action, args, ordinal);
        g_autofree char *telling =
            action_telling(decision, json_text(body, "body_sha256"), action, args, ordinal);
        json_t *group =
            action_group(json_object_get(body, "context"), action, json_text(known, action), args);
        json_array_append_new(list, json_pack("{s:s, s:O, s:s, s:s, s:o, s:o}", "action", action, "args",
                                              args, "actor", json_text(known, action), "key", key, "telling",
                                              json_text_new(telling), "group", group));
    }
    return list;
}

static char *subject_clipped(const char *subject)
{
    glong most = 70;
    if (g_utf8_strlen(subject, -1) <= most)
        return g_strdup(subject);
    g_autofree char *start = g_utf8_substring(subject, 0, most - 1);
    return g_strconcat(start, "…", NULL);
}

char *answer_describe(int64_t message, const json_t *decision)
{
    g_autofree char *masked = mask_secrets(json_text_or(decision, "subject", ""));
    g_autofree char *subject = subject_clipped(masked);
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_printf(line, "decided %" G_GINT64_FORMAT " %s by %s (%s) \"%s\" -> ", message,
                    json_text(decision, "category"), json_text_or(decision, "rule", "no rule"),
                    json_text_or(json_object_get(decision, "auth"), "verdict", "?"), subject);
    size_t index;
    json_t *entry;
    json_t *actions = json_object_get(decision, "actions");
    json_array_foreach(actions, index, entry) {
        g_autofree char *text = action_describe(json_text(entry, "action"), json_object_get(entry, "args"));
        g_string_append_printf(line, "%s%s", index > 0 ? ", " : "", text);
    }
    if (json_array_size(actions) == 0)
        g_string_append(line, "nothing to do");
    return g_string_free(g_steal_pointer(&line), FALSE);
}
