/* Watching over what actors have in hand. One that stands still, or does not finish, is killed. An actor that
 * dies leaves what may have had its effect "unknown": it is tried again with the same key, and counted
 * against the action that ended the actor alone, which is given out by itself from then on. */
#include "base/clock.h"
#include "keeper/attempts.h"
#include "keeper/erring.h"
#include "keeper/outbox.h"

#define STANDSTILL 10000 /* ms of its processor time */
#define ONE_ACTION_MOST 120000

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

bool outbox_worker_died(struct worker *worker, const char *why)
{
    GHashTableIter iterator;
    void *hand;
    bool by_others = child_ended_by_others(worker->child) || keeper_stopping(worker->generation->keeper);
    bool blamed = !by_others && has_one_to_blame(worker);
    g_autofree char *reason =
        g_strdup_printf("the %s %s while it had this in hand", child_role_name(worker->role), why);
    g_hash_table_iter_init(&iterator, worker->hands);
    while (g_hash_table_iter_next(&iterator, NULL, &hand))
        hand_cut(worker, hand, blamed && is_to_blame(worker, hand), blamed || by_others, reason);
    g_hash_table_remove_all(worker->hands);
    worker->alone |= blamed; /* the others' turn is next */
    return blamed;
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
