/* A generation from its first decider to its last. It is LOADING until every member said READY without
 * errors, then LIVE, then OLD, when it finishes what it holds. A generation that cannot load never touches
 * the live one. While there is none, because the rules have not loaded since the start, a courier of the
 * shipped scripts tells the operators so; what else waits in the outbox needs the team's contacts, and
 * stays. */
#include "keeper/generation.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/times.h"
#include "keeper/delivery.h"
#include "keeper/erring.h"
#include "keeper/outbox.h"
#include "keeper/reload.h"
#include "wire/decision.h"

#include <string.h>

struct worker *generation_actor(const struct generation *generation, enum child_role role)
{
    for (guint i = 0; i < generation->workers->len; i++) {
        struct worker *worker = generation->workers->pdata[i];
        if (worker->role == role)
            return worker;
    }
    return NULL;
}

const char *generation_rule(const struct generation *generation, uint32_t index_plus_one)
{
    const json_t *rules = json_object_get(generation->ready, "rules");
    return index_plus_one == 0 ? NULL : json_text(json_array_get(rules, index_plus_one - 1), "id");
}

/* The errors and failed tests of a READY, as one list; empty when it is good. The caller owns it. */
static json_t *ready_errors(const json_t *ready)
{
    json_t *errors = json_array();
    const json_t *lists[] = {json_object_get(ready, "errors"),
                             json_object_get(json_object_get(ready, "tests"), "failed")};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        size_t index;
        json_t *entry;
        json_array_foreach(lists[i], index, entry) {
            json_array_append(errors, entry);
        }
    }
    return errors;
}

static bool ready_is_sound(const json_t *ready)
{
    const json_t *rules = json_object_get(ready, "rules"), *actions = json_object_get(ready, "actions");
    if (!json_is_array(rules) || !json_is_object(actions))
        return false;
    size_t index;
    json_t *rule, *actor;
    const char *name;
    json_array_foreach(rules, index, rule) {
        if (json_text(rule, "id") == NULL || !name_is_valid(json_text(rule, "id")))
            return false;
    }
    json_object_foreach((json_t *)actions, name, actor) {
        if (!name_is_valid(name) || (g_strcmp0(json_string_value(actor), "courier") != 0 &&
                                     g_strcmp0(json_string_value(actor), "custom") != 0))
            return false;
    }
    return true;
}

/* With one worker, which is yet to be started. */
static struct generation *generation_new(struct keeper *keeper, struct snapshot *snapshot, int64_t number,
                                         enum child_role role)
{
    struct generation *generation = g_new0(struct generation, 1);
    generation->keeper = keeper;
    generation->number = number;
    generation->snapshot = snapshot;
    generation->workers = g_ptr_array_new();
    g_ptr_array_add(keeper->generations, generation);
    g_ptr_array_add(generation->workers, worker_new(generation, role, 0, role == CHILD_DECIDER));
    return generation;
}

void generation_start(struct keeper *keeper, struct snapshot *snapshot)
{
    int64_t number = keeper->live != NULL ? keeper->live->number + 1 : 1;
    struct generation *generation = generation_new(keeper, snapshot, number, CHILD_DECIDER);
    worker_start(generation->workers->pdata[0]);
}

void generation_start_telling(struct keeper *keeper, struct snapshot *snapshot)
{
    struct generation *generation = generation_new(keeper, snapshot, 0, CHILD_COURIER);
    generation->telling = true;
    keeper->teller = generation;
    worker_start(generation->workers->pdata[0]);
}

static void start_the_rest(struct generation *generation)
{
    struct keeper *keeper = generation->keeper;
    unsigned deciders = MAX(keeper->config->deciders.count, 1);
    for (unsigned number = 1; number < deciders; number++)
        g_ptr_array_add(generation->workers, worker_new(generation, CHILD_DECIDER, number, false));
    g_ptr_array_add(generation->workers, worker_new(generation, CHILD_COURIER, deciders, false));
    g_ptr_array_add(generation->workers, worker_new(generation, CHILD_CUSTOM, deciders + 1, false));
    generation->waiting = generation->workers->len - 1;
    for (guint i = 1; i < generation->workers->len && generation->state == GENERATION_LOADING; i++)
        worker_start(generation->workers->pdata[i]);
}

static void take_over(struct generation *generation)
{
    struct keeper *keeper = generation->keeper;
    struct generation *old = keeper->live;
    generation->state = GENERATION_LIVE;
    generation->since = time_now();
    keeper->live = generation;
    erring_begin(keeper->erring, generation);
    fault_point("generation-live");
    if (old != NULL) {
        generation_retire(old, false);
        fault_point("generation-retired");
    }
    if (keeper->teller != NULL)
        generation_retire(keeper->teller, false);
    log_info("generation %" G_GINT64_FORMAT " live: revision %.8s, %zu rules", generation->number,
             snapshot_revision(generation->snapshot),
             json_array_size(json_object_get(generation->ready, "rules")));
    reload_succeeded(keeper, generation);
    keeper_went_live(keeper);
}

void generation_ready(struct worker *worker, const json_t *body)
{
    struct generation *generation = worker->generation;
    if (worker->role == CHILD_COURIER)
        outbox_learn_hosts(generation->keeper, json_object_get(body, "hosts"));
    if (generation->state != GENERATION_LOADING) { /* a restarted one, on a snapshot known to be good */
        delivery_pump(generation->keeper);
        outbox_kick(generation->keeper);
        return;
    }
    if (generation->telling) {
        generation->state = GENERATION_LIVE;
        outbox_kick(generation->keeper);
        return;
    }
    bool first = generation->ready == NULL;
    json_t *errors = ready_errors(body);
    if (json_array_size(errors) > 0) {
        reload_failed(generation->keeper, generation, errors);
        return;
    }
    json_decref(errors);
    if (first && !ready_is_sound(body)) {
        generation_load_failed(worker, "said READY in a way that cannot be");
    } else if (first) {
        generation->ready = json_deep_copy(body);
        start_the_rest(generation);
    } else if (--generation->waiting == 0) {
        take_over(generation);
    }
}

void generation_load_failed(struct worker *worker, const char *why)
{
    if (worker->generation->telling) {
        log_error("the operators cannot be told: a %s %s", child_role_name(worker->role), why);
        generation_retire(worker->generation, true);
        return;
    }
    json_t *entry = json_object();
    bool blameless = worker->child == NULL || child_ended_by_others(worker->child);
    uint32_t loading = !blameless ? atomic_load(&child_progress(worker->child)->loading) : 0;
    const struct snapshot *snapshot = worker->generation->snapshot;
    if (loading > 0 && loading <= snapshot_count(snapshot)) {
        json_object_set_new(entry, "file", json_text_new(snapshot_get(snapshot, loading - 1).name));
        json_object_set_new(entry, "line", json_integer(1));
    }
    bool no_file = json_object_get(entry, "file") == NULL;
    bool fell =
        no_file && worker->role == CHILD_DECIDER && worker->child != NULL && child_fell(worker->child);
    g_autofree char *text =
        g_strdup_printf("a %s %s%s", child_role_name(worker->role), why, fell ? PROGRESS_FELL : "");
    json_object_set_new(entry, "message", json_text_new(text));
    if (no_file)
        json_object_set_new(entry, "again", json_true());
    json_t *errors = json_array();
    json_array_append_new(errors, entry);
    reload_failed(worker->generation->keeper, worker->generation, errors);
}

void generation_retire(struct generation *generation, bool force)
{
    bool retired = generation->state == GENERATION_OLD;
    if (generation->keeper->teller == generation)
        generation->keeper->teller = NULL;
    generation->state = GENERATION_OLD;
    if (retired && !force)
        return;
    for (guint i = 0; i < generation->workers->len; i++)
        worker_retire(generation->workers->pdata[i], force);
}

void generation_tick(const struct generation *generation)
{
    for (guint i = 0; generation != NULL && i < generation->workers->len; i++)
        worker_tick(generation->workers->pdata[i]);
}

void generation_left(struct generation *generation)
{
    struct keeper *keeper = generation->keeper;
    if (--generation->members > 0)
        return;
    if (keeper->live == generation) /* the keeper ends: what comes yet finds no rules */
        keeper->live = NULL;
    g_ptr_array_remove(keeper->generations, generation);
    g_ptr_array_unref(generation->workers);
    json_decref(generation->ready);
    snapshot_free(generation->snapshot);
    g_free(generation);
}
