/* Silences of the running daemon. The ledger judges and tells; here is only who asks it and when. A name that
 * no live rule and no category has is most likely mistyped: that is said, and the silence made all the same,
 * since the rule may come later. */
#include "keeper/silencing.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/times.h"
#include "keeper/alerts.h"
#include "keeper/generation.h"
#include "ledger/silences.h"
#include "wire/silence.h"

#include <string.h>

enum { LOOK_AGAIN = 60000, BY_LONGEST = 200, REASON_LONGEST = 1000 };

struct silencing {
    bool asking;
    int64_t next; /* ms; when to look again */
};

struct look {
    struct commit_job job;
    struct keeper *keeper;
    int64_t next, before, changes;
};

struct silencing *silencing_new(void)
{
    return g_new0(struct silencing, 1);
}

void silencing_free(struct silencing *silencing)
{
    g_free(silencing);
}

static bool look_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct look *look = (struct look *)job;
    int64_t before = ledger_changes(ledger);
    bool good = silences_tell(ledger, time_now(), &look->next, error);
    look->changes = ledger_changes(ledger) - before;
    return good;
}

static void look_done(struct commit_job *job, const GError *error)
{
    struct look *look = (struct look *)job;
    struct silencing *silencing = look->keeper->silencing;
    int64_t again = time_now() + LOOK_AGAIN; /* a rule file's may begin meanwhile */
    silencing->asking = false;
    silencing->next = error == NULL ? MIN(look->next, again) : again;
    if (error == NULL && look->changes > 0)
        alerts_look(look->keeper);
    g_free(look);
}

static bool is_early(const struct silencing *silencing)
{
    int64_t now = time_now();
    return now < silencing->next &&
           silencing->next - now <= LOOK_AGAIN; /* the clock may have been set back */
}

void silencing_tick(struct keeper *keeper)
{
    struct silencing *silencing = keeper->silencing;
    if (keeper->options->decide != NULL || keeper->astray || silencing->asking || is_early(silencing))
        return;
    struct look *look = g_new0(struct look, 1);
    look->job = (struct commit_job){.run = look_run, .done = look_done};
    look->keeper = keeper;
    silencing->asking = true;
    committer_add(keeper->committer, &look->job);
}

char *silencing_fault(const json_t *request)
{
    const char *by = json_text(request, "by"), *reason = json_text_or(request, "reason", "");
    if (by == NULL || by[0] == '\0' || strlen(by) > BY_LONGEST)
        return g_strdup("by is missing or too long: the name of who asks for the silence");
    if (strlen(reason) > REASON_LONGEST)
        return g_strdup_printf("the reason is longer than %d bytes", REASON_LONGEST);
    if (json_object_get(request, "end") != NULL)
        return json_number(request, "end", 0) > 0 ? NULL : g_strdup("end is the number of a silence");
    if (json_number(request, "ends", 0) <= 0)
        return g_strdup("ends is missing: a silence needs an end");
    return silence_fault(json_object_get(request, "what"));
}

bool silencing_write(struct ledger *ledger, const json_t *request, int64_t *id, GError **error)
{
    int64_t now = time_now();
    const char *by = json_text_or(request, "by", "");
    const struct ledger_silence silence = {.what = json_object_get(request, "what"),
                                           .starts = json_number(request, "starts", now),
                                           .ends = json_number(request, "ends", 0),
                                           .by = by,
                                           .reason = json_text_or(request, "reason", "")};
    *id = json_number(request, "end", 0);
    return *id != 0 ? silences_end(ledger, *id, by, now, error)
                    : silences_add(ledger, &silence, now, id, error);
}

struct ask {
    struct commit_job job;
    struct keeper *keeper;
    json_t *request;
    int64_t id;
    void (*done)(struct keeper *keeper, const json_t *answer, void *data);
    void *data;
    bool refused; /* and nothing written */
    char *why;
};

/* What a person got wrong is an answer, and no trouble of the ledger's, which would be tried again. */
static bool ask_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct ask *ask = (struct ask *)job;
    g_autoptr(GError) trouble = NULL;
    g_clear_pointer(&ask->why, g_free);
    bool good = silencing_write(ledger, ask->request, &ask->id, &trouble);
    ask->refused = g_error_matches(trouble, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT) ||
                   g_error_matches(trouble, AWSIFT_ERROR, AWSIFT_ERROR_GONE);
    if (ask->refused)
        ask->why = g_strdup(trouble->message);
    else if (trouble != NULL)
        g_propagate_error(error, g_steal_pointer(&trouble));
    return good || ask->refused;
}

static bool any_is(const json_t *names, const char *key, const char *wanted)
{
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)names, index, entry) {
        const char *name = json_is_string(entry) ? json_string_value(entry) : json_text(entry, key);
        if (name != NULL && g_pattern_match_simple(wanted, name))
            return true;
    }
    return false;
}

static void warn_of(json_t *warnings, const char *what, const json_t *texts, const json_t *names,
                    const char *key)
{
    size_t index;
    json_t *text;
    json_array_foreach((json_t *)texts, index, text) {
        const char *wanted = json_string_value(text);
        if (any_is(names, key, wanted))
            continue;
        const char *near = nearest_name(names, key, wanted);
        g_autofree char *warning = g_strdup_printf(
            "no %s is named '%s'%s%s%s: until one is, the silence keeps nothing quiet", what, wanted,
            near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "");
        json_array_append_new(warnings, json_text_new(warning));
    }
}

static bool is_contact(const char *text)
{
    return text[0] == '@' || strcmp(text, "*") == 0 ||
           (strlen(text) == 12 && strspn(text, "0123456789") == 12);
}

static void warn_of_contacts(json_t *warnings, const json_t *texts)
{
    size_t index;
    json_t *text;
    json_array_foreach((json_t *)texts, index, text) {
        const char *wanted = json_string_value(text);
        if (is_contact(wanted))
            continue;
        g_autofree char *warning = g_strdup_printf(
            "no contact is named '%s': write an account's 12 digits, or @%s where it is a group; "
            "as it is, the silence keeps nothing quiet",
            wanted, wanted);
        json_array_append_new(warnings, json_text_new(warning));
    }
}

static json_t *warnings_of(const struct ask *ask)
{
    json_t *warnings = json_array();
    const json_t *what = json_object_get(ask->request, "what"),
                 *ready = ask->keeper->live != NULL ? ask->keeper->live->ready : NULL;
    if (ready == NULL)
        return warnings;
    warn_of(warnings, "rule", json_object_get(what, "rule"), json_object_get(ready, "rules"), "id");
    warn_of(warnings, "category", json_object_get(what, "category"), json_object_get(ready, "categories"),
            NULL);
    warn_of_contacts(warnings, json_object_get(what, "contact"));
    return warnings;
}

static void ask_done(struct commit_job *job, const GError *error)
{
    struct ask *ask = (struct ask *)job;
    const char *why = error != NULL ? error->message : ask->why;
    g_autoptr(json_t) answer =
        why != NULL
            ? json_pack("{s:b, s:b, s:o}", "ok", 0, "again", error != NULL, "error", json_text_new(why))
            : json_pack("{s:b, s:I, s:o}", "ok", 1, "id", (json_int_t)ask->id, "warnings", warnings_of(ask));
    ask->keeper->silencing->next = 0;
    alerts_look(ask->keeper);
    ask->done(ask->keeper, answer, ask->data);
    json_decref(ask->request);
    g_free(ask->why);
    g_free(ask);
}

void silencing_ask(struct keeper *keeper, const json_t *request,
                   void (*done)(struct keeper *keeper, const json_t *answer, void *data), void *data)
{
    struct ask *ask = g_new0(struct ask, 1);
    ask->job = (struct commit_job){.run = ask_run, .done = ask_done};
    ask->keeper = keeper;
    ask->request = json_deep_copy(request);
    ask->done = done;
    ask->data = data;
    committer_add(keeper->committer, &ask->job);
}
