/* Reloading: one at a time; what is asked for meanwhile runs once more afterwards. The outcome of the last
 * one is kept for `status`, told to whoever asked, logged line by line, and raised as an alert when it
 * changed nothing. A snapshot of the live revision is the live generation already. It fails with the rules
 * and leaves mail to the old ones. */
#include "base/json.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/rule_path.h"
#include "base/times.h"
#include "keeper/generation.h"
#include "keeper/rules_watch.h"

#include <string.h>

struct waiter {
    reload_done done;
    void *data;
};

struct reload {
    struct keeper *keeper;
    const char *state; /* "none", "loading", "ok", "failed" */
    int64_t at;
    json_t *errors, *warnings;
    GArray *now, *next;          /* of struct waiter: for the running one, for the one after it */
    bool running, again, taking; /* taking: the snapshot is being made */
    bool nobody_tells;           /* should the rules not load, no actor could say so */
    uv_work_t work;
    struct snapshot *taken;
    struct snapshot *shipped; /* the scripts alone, when nobody_tells */
    GError *error;
    guint64 fingerprint;
};

struct reload *reload_new(struct keeper *keeper)
{
    struct reload *reload = g_new0(struct reload, 1);
    reload->keeper = keeper;
    reload->state = "none";
    reload->errors = json_array();
    reload->warnings = json_array();
    reload->now = g_array_new(FALSE, FALSE, sizeof(struct waiter));
    reload->next = g_array_new(FALSE, FALSE, sizeof(struct waiter));
    return reload;
}

void reload_free(struct reload *reload)
{
    if (reload == NULL)
        return;
    json_decref(reload->errors);
    json_decref(reload->warnings);
    g_array_unref(reload->now);
    g_array_unref(reload->next);
    g_free(reload);
}

bool reload_running(const struct reload *reload)
{
    return reload->running;
}

static json_t *outcome_of(const struct reload *reload)
{
    const struct generation *live = reload->keeper->live;
    return json_pack("{s:b, s:o, s:o, s:O, s:O}", "ok", strcmp(reload->state, "ok") == 0, "revision",
                     live != NULL ? json_string(snapshot_revision(live->snapshot)) : json_null(),
                     "generation", live != NULL ? json_integer(live->number) : json_null(), "errors",
                     reload->errors, "warnings", reload->warnings);
}

static void finish(struct reload *reload, const char *state, json_t *errors)
{
    struct keeper *keeper = reload->keeper;
    reload->state = state;
    reload->at = time_now();
    reload->running = false;
    g_clear_pointer(&reload->shipped, snapshot_free);
    json_decref(reload->errors);
    reload->errors = errors;
    GArray *told = reload->now;
    reload->now = g_array_new(FALSE, FALSE, sizeof(struct waiter));
    json_t *outcome = outcome_of(reload);
    for (guint i = 0; i < told->len; i++) {
        struct waiter *waiter = &g_array_index(told, struct waiter, i);
        waiter->done(keeper, outcome, waiter->data);
    }
    json_decref(outcome);
    g_array_unref(told);
    if (reload->again && !keeper_stopping(keeper)) {
        GArray *swapped = reload->now;
        reload->now = reload->next;
        reload->next = swapped;
        reload->again = false;
        reload_start(keeper, NULL, NULL);
    }
}

static char *error_line(const json_t *entry)
{
    g_autofree char *place = rule_problem_place(entry);
    return g_strconcat(place, json_text_or(entry, "message", "an error without words"), NULL);
}

static void paths_for_people(const struct keeper *keeper, json_t *entries)
{
    size_t index;
    json_t *entry;
    json_array_foreach(entries, index, entry)
        rule_problem_for_people(keeper->config, entry);
}

void reload_failed(struct keeper *keeper, struct generation *generation, json_t *errors)
{
    struct reload *reload = keeper->reload;
    paths_for_people(keeper, errors);
    size_t index;
    json_t *entry;
    json_array_foreach(errors, index, entry) {
        g_autofree char *line = error_line(entry);
        log_error("%s", line);
    }
    if (generation != NULL)
        generation_retire(generation, true);
    g_autofree char *first = error_line(json_array_get(errors, 0));
    keeper_alert(keeper, false, "rules", "the rules were not loaded, %s: %s",
                 keeper->live != NULL ? "the old ones stay" : "no mail is taken until they can be", first);
    if (reload->shipped != NULL && !keeper_stopping(keeper))
        generation_start_telling(keeper, g_steal_pointer(&reload->shipped));
    if (json_text(json_array_get(errors, 0), "file") == NULL)
        rules_watch_loaded(keeper->watch,
                           0); /* no file is at fault (a loader was killed): the watch tries again */
    finish(reload, "failed", errors);
    if (keeper->live == NULL && (keeper->options->once || keeper->options->decide != NULL))
        keeper_stop(keeper, 1);
}

void reload_succeeded(struct keeper *keeper, struct generation *generation)
{
    struct reload *reload = keeper->reload;
    json_t *warnings = json_deep_copy(json_object_get(generation->ready, "warnings"));
    json_decref(reload->warnings);
    reload->warnings = json_is_array(warnings) ? warnings : json_array();
    if (warnings != reload->warnings)
        json_decref(warnings);
    paths_for_people(keeper, reload->warnings);
    finish(reload, "ok", json_array());
}

static void on_take(uv_work_t *work)
{
    struct reload *reload = work->data;
    g_autofree char *scripts = rules_watch_scripts();
    g_auto(GStrv) folders = rules_watch_folders(reload->keeper->config);
    reload->fingerprint = snapshot_fingerprint(scripts, (const char *const *)folders);
    reload->taken = snapshot_take(scripts, (const char *const *)folders, &reload->error);
    if (reload->nobody_tells)
        reload->shipped = snapshot_take(scripts, (const char *const[]){NULL}, NULL);
}

static void on_taken(uv_work_t *work, int status)
{
    struct reload *reload = work->data;
    struct keeper *keeper = reload->keeper;
    g_autoptr(snapshot) taken = g_steal_pointer(&reload->taken);
    g_autoptr(GError) error = g_steal_pointer(&reload->error);
    keeper->jobs--;
    reload->taking = false;
    rules_watch_loaded(keeper->watch, reload->fingerprint);
    if (keeper_stopping(keeper)) {
        finish(reload, "failed", json_array());
    } else if (taken == NULL) {
        json_t *entry = json_pack("{s:o}", "message", json_text_new(error->message));
        json_t *errors = json_array();
        json_array_append_new(errors, entry);
        reload_failed(keeper, NULL, errors);
    } else if (keeper->live != NULL &&
               strcmp(snapshot_revision(taken), snapshot_revision(keeper->live->snapshot)) == 0) {
        finish(reload, "ok", json_array());
    } else {
        generation_start(keeper, g_steal_pointer(&taken));
    }
}

void reload_start(struct keeper *keeper, reload_done done, void *data)
{
    struct reload *reload = keeper->reload;
    struct waiter waiter = {done, data};
    if (done != NULL)
        g_array_append_val(reload->running ? reload->next : reload->now, waiter);
    if (reload->running) {
        reload->again = true;
        return;
    }
    reload->running = true;
    reload->state = "loading";
    reload->at = time_now();
    reload->work.data = reload;
    reload->taking = true;
    reload->nobody_tells = keeper->live == NULL && keeper->teller == NULL && !keeper->options->once &&
                           keeper->options->decide == NULL;
    keeper->jobs++;
    int failed = uv_queue_work(&keeper->loop, &reload->work, on_take, on_taken);
    g_assert(failed == 0);
}

void reload_abandon(struct keeper *keeper)
{
    struct reload *reload = keeper->reload;
    g_array_append_vals(reload->now, reload->next->data, reload->next->len);
    g_array_set_size(reload->next, 0);
    reload->again = false;
    if (reload->running && !reload->taking)
        finish(reload, "failed", json_array());
}

json_t *reload_status(const struct reload *reload)
{
    g_autofree char *at = reload->at != 0 ? time_format(reload->at) : NULL;
    return json_pack("{s:s, s:o, s:O, s:O}", "state", reload->state, "at", json_text_new(at), "errors",
                     reload->errors, "warnings", reload->warnings);
}
