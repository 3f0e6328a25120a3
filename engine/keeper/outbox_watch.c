/* Watching over what actors have in hand. One that stands still, or does not finish, is killed. An actor that
 * dies leaves what may have had its effect "unknown": it is tried again with the same key, and counted
 * against the action that ended the actor alone, which is given out by itself from then on. Where one action
 * after the other ends it, and none comes back in between, it is the actor that ails: nothing is counted
 * against any action then, they wait and are tried one at a time, and it starts ever more slowly until one
 * comes back. */
#include "base/clock.h"
#include "base/log.h"
#include "keeper/attempts.h"
#include "keeper/erring.h"
#include "keeper/outbox.h"

#define STANDSTILL PROGRESS_FILE_LIMIT /* ms of its processor time */
#define ONE_ACTION_MOST 120000
#define FRUITLESS_MOST 3

/* The one whose Lua ran, and what the actor did not give back in time. */
static bool is_to_blame(const struct worker *worker, const struct hand *hand)
{
    int64_t now = (int64_t)uv_now(&worker->generation->keeper->loop);
    return (uint64_t)hand->action->id == atomic_load(&child_progress(worker->child)->sequence) ||
           now - hand->since > ONE_ACTION_MOST;
}

static bool has_one_to_blame(const struct worker *worker)
{
    GHashTableIter iterator;
    void *hand;
    g_hash_table_iter_init(&iterator, worker->hands);
    while (g_hash_table_iter_next(&iterator, NULL, &hand))
        if (is_to_blame(worker, hand))
            return true;
    return false;
}

/* Where nobody else ended the actor, and no action's Lua ran, one of the requests that were on their way did:
 * all of them count then, or it would go on for ever. */
static void hand_cut(struct worker *worker, const struct hand *hand, bool blamed, bool excused,
                     const char *reason)
{
    struct keeper *keeper = worker->generation->keeper;
    const struct action_result result = {
        .id = hand->action->id, .outcome = OUTCOME_UNKNOWN, .after = -1, .reason = reason, .detail = ""};
    if (blamed) {
        erring_note(keeper->erring, worker->generation, "action", hand->action->action, "crash", reason);
        attempt_blame(keeper, hand->action, reason);
    } else if (!progress_has_effect(child_progress(worker->child), (uint64_t)hand->action->id))
        attempt_withdraw(keeper, hand->action);
    else if (excused)
        attempt_spare(keeper, hand->action, reason);
    else
        attempt_finish(keeper, hand->action, &result);
}

/* ---- the actor that ails ---- */

bool outbox_actor_ails(const struct worker *worker)
{
    return worker->fruitless >= FRUITLESS_MOST;
}

void outbox_actor_well(struct worker *worker)
{
    if (outbox_actor_ails(worker))
        worker_recovered(worker);
    worker->fruitless = 0;
    g_hash_table_remove_all(worker->enders);
}

/* It died by itself. One and the same action again and again is that action's fault: only what had no part in
 * an earlier death makes one more. */
static void death_count(struct worker *worker, bool blamed)
{
    bool any = false, known = false;
    GHashTableIter iterator;
    void *value;
    g_hash_table_iter_init(&iterator, worker->hands);
    while (!outbox_actor_ails(worker) && g_hash_table_iter_next(&iterator, NULL, &value)) {
        int64_t id = ((const struct hand *)value)->action->id;
        if (!(blamed ? is_to_blame(worker, value)
                     : progress_has_effect(child_progress(worker->child), (uint64_t)id)))
            continue;
        any = true;
        known |= !g_hash_table_add(worker->enders, g_memdup2(&id, sizeof id));
    }
    worker->fruitless += any && !known;
}

/* A single run cannot wait until somebody has mended it. */
static void ailing_tell(const struct worker *worker, const char *why)
{
    struct keeper *keeper = worker->generation->keeper;
    log_error("actions wait, and are tried one at a time, for the %s ends over one after the other: it %s",
              child_role_name(worker->role), why);
    if ((keeper->options->once || keeper->options->decide != NULL) && !keeper_stopping(keeper))
        keeper_stop(keeper, 1);
}

bool outbox_worker_died(struct worker *worker, const char *why)
{
    GHashTableIter iterator;
    void *hand;
    bool by_others = child_ended_by_others(worker->child) || keeper_stopping(worker->generation->keeper);
    bool blamed = !by_others && has_one_to_blame(worker);
    if (!by_others)
        death_count(worker, blamed);
    bool ails = !by_others && outbox_actor_ails(worker);
    if (ails && g_hash_table_size(worker->hands) > 0)
        ailing_tell(worker, why);
    g_autofree char *reason =
        g_strdup_printf("the %s %s while it had this in hand", child_role_name(worker->role), why);
    g_hash_table_iter_init(&iterator, worker->hands);
    while (g_hash_table_iter_next(&iterator, NULL, &hand))
        hand_cut(worker, hand, blamed && !ails && is_to_blame(worker, hand), blamed || by_others || ails,
                 reason);
    g_hash_table_remove_all(worker->hands);
    worker->alone |= blamed; /* the others' turn is next */
    return blamed && !ails;
}

static void watch_over(struct worker *worker, int64_t now)
{
    if (!progress_moves(&worker->watch, child_progress(worker->child), now,
                        clock_of_process(child_pid(worker->child)), STANDSTILL)) {
        child_kill(worker->child, "stood still for 10 s");
        return;
    }
    GHashTableIter iterator;
    void *value;
    g_hash_table_iter_init(&iterator, worker->hands);
    while (g_hash_table_iter_next(&iterator, NULL, &value))
        if (now - ((struct hand *)value)->since > ONE_ACTION_MOST)
            child_kill(worker->child, "did not finish an action within 2 minutes");
}

void outbox_tick(struct keeper *keeper)
{
    int64_t now = (int64_t)uv_now(&keeper->loop);
    for (guint g = 0; g < keeper->generations->len; g++) {
        const struct generation *generation = keeper->generations->pdata[g];
        for (guint i = 0; i < generation->workers->len; i++) {
            struct worker *worker = generation->workers->pdata[i];
            if (worker->role != CHILD_DECIDER && worker->ready && worker->child != NULL)
                watch_over(worker, now);
        }
    }
}
