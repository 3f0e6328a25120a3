/* Reloading: one at a time; what is asked for meanwhile runs once more afterwards. The outcome of the last
 * one is kept for `status`, told to whoever asked, logged line by line, and raised as an alert when it
 * changed nothing. A snapshot of the live revision is the live generation already. It fails with the rules,
 * and with what looks like rules emptied by accident, and leaves mail to the old ones. */
#include "keeper/reload.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rule_path.h"
#include "base/times.h"
#include "keeper/alerts.h"
#include "keeper/changes.h"
#include "keeper/generation.h"
#include "keeper/rules_watch.h"
#include "keeper/service.h"

#include <string.h>

/* A reload that is wanted: why, and who waits for it. */
struct wish {
    const char *cause;
    bool force;
    GArray *waiters; /* of struct waiter */
};

struct waiter {
    reload_done done;
    void *data;
};

struct reload {
    struct keeper *keeper;
    struct wish now, next; /* the running one, and the one after it; next.cause NULL: none */
    bool running, taking;  /* taking: the snapshot is being made */
    bool nobody_tells;     /* should the rules not load, no actor could say so */
    uv_work_t work;
    struct rules_taken taken;
    struct snapshot *shipped; /* the scripts alone, when nobody_tells */
    uint64_t began;           /* loop time */

    /* What is known of it, or of the last one. */
    const char *state, *cause; /* state: "none", "loading", "ok", "failed" */
    int64_t at, duration, count;
    bool changed;
    json_t *before, *changes, *errors, *warnings;
};

static void wish_clear(struct wish *wish)
{
    *wish = (struct wish){.waiters = g_array_new(FALSE, FALSE, sizeof(struct waiter))};
}

struct reload *reload_new(struct keeper *keeper)
{
    struct reload *reload = g_new0(struct reload, 1);
    reload->keeper = keeper;
    reload->state = "none";
    reload->before = json_null();
    reload->changes = json_array();
    reload->errors = json_array();
    reload->warnings = json_array();
    wish_clear(&reload->now);
    wish_clear(&reload->next);
    return reload;
}

void reload_free(struct reload *reload)
{
    if (reload == NULL)
        return;
    json_decref(reload->before);
    json_decref(reload->changes);
    json_decref(reload->errors);
    json_decref(reload->warnings);
    g_array_unref(reload->now.waiters);
    g_array_unref(reload->next.waiters);
    g_free(reload);
}

bool reload_running(const struct reload *reload)
{
    return reload->running;
}

/* Takes value. */
static void replace(json_t **place, json_t *value)
{
    json_decref(*place);
    *place = value;
}

static json_t *live_now(const struct keeper *keeper)
{
    const struct generation *live = keeper->live;
    if (live == NULL)
        return json_pack("{s:n, s:n, s:n, s:n}", "generation", "revision", "rules", "tests");
    const json_t *tests = json_object_get(live->ready, "tests");
    return json_pack("{s:I, s:s, s:I, s:I}", "generation", (json_int_t)live->number, "revision",
                     snapshot_revision(live->snapshot), "rules",
                     (json_int_t)json_array_size(json_object_get(live->ready, "rules")), "tests",
                     (json_int_t)json_number(tests, "passed", 0));
}

json_t *reload_status(const struct reload *reload)
{
    g_autofree char *at = reload->at != 0 ? time_format(reload->at) : NULL;
    json_t *status =
        json_pack("{s:s, s:o, s:o, s:I, s:b, s:O, s:O, s:O, s:O, s:I, s:o}", "state", reload->state, "at",
                  json_text_new(at), "cause", json_text_new(reload->cause), "duration",
                  (json_int_t)reload->duration, "changed", (int)reload->changed, "changes", reload->changes,
                  "before", reload->before, "errors", reload->errors, "warnings", reload->warnings, "count",
                  (json_int_t)reload->count, "waiting", rules_watch_waiting(reload->keeper->watch));
    json_t *live = live_now(reload->keeper);
    json_object_update(status, live);
    json_decref(live);
    return status;
}

/* Whether it failed for no fault of the files: a loader was killed, or they did not hold still. */
static bool may_load_later(const struct reload *reload)
{
    return json_flag(json_array_get(reload->errors, 0), "again");
}

static json_t *outcome_of(const struct reload *reload)
{
    json_t *outcome = reload_status(reload);
    bool ok = strcmp(reload->state, "ok") == 0, ending = keeper_stopping(reload->keeper);
    json_object_set_new(outcome, "ok", json_boolean(ok));
    if (!ok && (ending || may_load_later(reload)))
        json_object_set_new(outcome, "again", json_true());
    if (!ok && ending)
        json_object_set_new(outcome, "error",
                            json_string("awsift is ending; the rules are loaded at its next start"));
    return outcome;
}

/* Takes errors. */
static void finish(struct reload *reload, const char *state, json_t *errors)
{
    struct keeper *keeper = reload->keeper;
    reload->state = state;
    reload->at = time_now();
    reload->duration = (int64_t)(uv_now(&keeper->loop) - reload->began);
    reload->running = false;
    g_clear_pointer(&reload->shipped, snapshot_free);
    replace(&reload->errors, errors);
    if (strcmp(state, "ok") == 0) { /* also where what was wrong was taken back, and nothing changed */
        keeper_over(keeper, "rules", "");
        keeper_over(keeper, "no-rules", "");
    }
    rules_watch_over(keeper->watch, may_load_later(reload));
    service_ready(keeper);
    GArray *told = reload->now.waiters;
    wish_clear(&reload->now);
    json_t *outcome = outcome_of(reload);
    for (guint i = 0; i < told->len; i++) {
        struct waiter *waiter = &g_array_index(told, struct waiter, i);
        waiter->done(keeper, outcome, waiter->data);
    }
    json_decref(outcome);
    g_array_unref(told);
    if (reload->next.cause == NULL || keeper_stopping(keeper))
        return;
    struct wish none = reload->now;
    reload->now = reload->next;
    reload->next = none;
    reload_start(keeper, reload->now.cause, reload->now.force, NULL, NULL);
}

static void paths_for_people(const struct keeper *keeper, json_t *entries)
{
    size_t index;
    json_t *entry;
    json_array_foreach(entries, index, entry)
        rule_problem_for_people(keeper->config, entry);
}

/* Logs and raises what went wrong; a retry that ends like the last one has nothing to add. */
static void tell(const struct reload *reload, const json_t *errors)
{
    struct keeper *keeper = reload->keeper;
    size_t index;
    json_t *entry;
    if (strcmp(reload->cause, "retry") == 0 && json_equal(errors, reload->errors))
        return;
    json_array_foreach((json_t *)errors, index, entry) {
        g_autofree char *line = rule_problem_text(entry, "");
        log_error("%s", line);
    }
    g_autofree char *first = rule_problem_text(json_array_get(errors, 0), "");
    bool live = keeper->live != NULL;
    keeper_trouble(keeper, live ? "rules" : "no-rules", "", "the rules were not loaded, %s: %s",
                   live ? "the old ones stay" : "no mail is taken until they can be", first);
}

void reload_failed(struct keeper *keeper, struct generation *generation, json_t *errors)
{
    struct reload *reload = keeper->reload;
    paths_for_people(keeper, errors);
    tell(reload, errors);
    if (generation != NULL)
        generation_retire(generation, true);
    if (reload->shipped != NULL && !keeper_stopping(keeper))
        generation_start_telling(keeper, g_steal_pointer(&reload->shipped));
    finish(reload, "failed", errors);
    if (keeper->live == NULL && (keeper->options->once || keeper->options->decide != NULL))
        keeper_stop(keeper, 1);
}

void reload_succeeded(struct keeper *keeper, struct generation *generation)
{
    struct reload *reload = keeper->reload;
    json_t *warnings = json_deep_copy(json_object_get(generation->ready, "warnings"));
    replace(&reload->warnings, json_is_array(warnings) ? warnings : json_array());
    if (warnings != reload->warnings)
        json_decref(warnings);
    paths_for_people(keeper, reload->warnings);
    reload->changed = true;
    reload->count++;
    finish(reload, "ok", json_array());
}

static void on_take(uv_work_t *work)
{
    struct reload *reload = work->data;
    rules_take(reload->keeper->config, &reload->taken);
    if (reload->nobody_tells)
        reload->shipped = rules_take_shipped();
}

/* Goes on with a snapshot that was taken. Takes it. */
static void load(struct reload *reload, struct snapshot *taken)
{
    struct keeper *keeper = reload->keeper;
    struct snapshot *live = keeper->live != NULL ? keeper->live->snapshot : NULL;
    json_t *accidents =
        live != NULL && !reload->now.force ? changes_accidents(keeper->config, live, taken) : json_array();
    if (live != NULL)
        replace(&reload->changes, changes_between(keeper->config, live, taken));
    if (json_array_size(accidents) > 0) {
        snapshot_free(taken);
        reload_failed(keeper, NULL, accidents);
        return;
    }
    json_decref(accidents);
    if (live != NULL && strcmp(snapshot_revision(taken), snapshot_revision(live)) == 0) {
        snapshot_free(taken);
        finish(reload, "ok", json_array());
        return;
    }
    generation_start(keeper, taken);
}

static void on_taken(uv_work_t *work, int status)
{
    struct reload *reload = work->data;
    struct keeper *keeper = reload->keeper;
    g_autoptr(snapshot) taken = g_steal_pointer(&reload->taken.snapshot);
    json_t *errors = g_steal_pointer(&reload->taken.errors);
    keeper->jobs--;
    reload->taking = false;
    rules_watch_loaded(keeper->watch, &reload->taken.look);
    fault_point("snapshot-taken");
    if (!keeper_stopping(keeper) && taken == NULL) {
        reload_failed(keeper, NULL, errors);
        return;
    }
    json_decref(errors);
    if (keeper_stopping(keeper))
        finish(reload, "failed", json_array());
    else
        load(reload, g_steal_pointer(&taken));
}

/* The running reload, from its beginning. */
static void begin(struct reload *reload)
{
    struct keeper *keeper = reload->keeper;
    reload->running = true;
    reload->state = "loading";
    reload->cause = reload->now.cause;
    reload->at = time_now();
    reload->began = uv_now(&keeper->loop);
    reload->duration = 0;
    reload->changed = false;
    replace(&reload->before, live_now(keeper));
    json_object_del(reload->before, "rules");
    json_object_del(reload->before, "tests");
    json_array_clear(reload->changes);
    reload->work.data = reload;
    reload->taking = true;
    reload->nobody_tells = keeper->live == NULL && keeper->teller == NULL && !keeper->options->once &&
                           keeper->options->decide == NULL;
    keeper->jobs++;
    int failed = uv_queue_work(&keeper->loop, &reload->work, on_take, on_taken);
    g_assert(failed == 0);
}

void reload_start(struct keeper *keeper, const char *cause, bool force, reload_done done, void *data)
{
    struct reload *reload = keeper->reload;
    struct wish *wish = reload->running ? &reload->next : &reload->now;
    struct waiter waiter = {done, data};
    wish->cause = cause;
    wish->force = wish->force || force;
    if (done != NULL)
        g_array_append_val(wish->waiters, waiter);
    if (!reload->running)
        begin(reload);
}

void reload_abandon(struct keeper *keeper)
{
    struct reload *reload = keeper->reload;
    GArray *waiting = reload->next.waiters;
    g_array_append_vals(reload->now.waiters, waiting->data, waiting->len);
    g_array_set_size(waiting, 0);
    reload->next.cause = NULL;
    if (reload->running && !reload->taking)
        finish(reload, "failed", json_array());
}
