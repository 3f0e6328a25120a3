/* Watching over what actors have in hand. One that stands still, or does not finish, is killed. An actor that
 * dies leaves what may have had its effect "unknown": it is tried again with the same key. What ended it is
 * accused, and the next actor answers for itself first: it carries out an action of ours that does no harm
 * (self_check.lua). If it lives, actors are sound: the death counts against the accused alone, which are
 * given out one by one from then on. If it dies as well, it is the actor that ails: nothing is held against
 * any action, none is given out, and it starts ever more slowly until one has answered. */
#include "base/clock.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/attempts.h"
#include "keeper/erring.h"
#include "keeper/outbox.h"

#define STANDSTILL PROGRESS_FILE_LIMIT /* ms of its processor time */
#define ONE_ACTION_MOST 120000
#define DISTURBED_MOST 5
#define SELF_CHECK G_MAXINT64 /* no action of the ledger has this id */

/* The one whose Lua ran, and what the actor did not give back in time. */
static bool is_to_blame(const struct worker *worker, const struct hand *hand)
{
    int64_t now = (int64_t)uv_now(&worker->generation->keeper->loop);
    return (uint64_t)hand->action->id == atomic_load(&child_progress(worker->child)->sequence) ||
           now - hand->since > ONE_ACTION_MOST;
}

static bool is_in_hand(const struct worker *worker, const struct hand *hand)
{
    return true;
}

static bool is_affected(const struct worker *worker, const struct hand *hand)
{
    return hand->affected;
}

typedef bool (*suspicion)(const struct worker *worker, const struct hand *hand);

static bool has_any(const struct worker *worker, suspicion applies)
{
    GHashTableIter iterator;
    void *hand;
    g_hash_table_iter_init(&iterator, worker->hands);
    while (g_hash_table_iter_next(&iterator, NULL, &hand))
        if (applies(worker, hand))
            return true;
    return false;
}

/* Where no action's Lua ran, one of those whose effect was on its way did it, or else any. */
static suspicion suspicion_of(const struct worker *worker)
{
    static const suspicion all[] = {is_to_blame, is_affected, is_in_hand};
    size_t which = 0;
    while (which < G_N_ELEMENTS(all) - 1 && !has_any(worker, all[which]))
        which++;
    return all[which];
}

static void hand_spare(const struct worker *worker, const struct hand *hand, const char *reason)
{
    struct keeper *keeper = worker->generation->keeper;
    if (hand->affected)
        attempt_spare(keeper, hand->action, reason);
    else
        attempt_withdraw(keeper, hand->action);
}

static void affected_note(const struct worker *worker)
{
    GHashTableIter iterator;
    void *value;
    g_hash_table_iter_init(&iterator, worker->hands);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        struct hand *hand = value;
        hand->affected = progress_has_effect(child_progress(worker->child), (uint64_t)hand->action->id);
    }
}

/* ---- whose fault it is ---- */

bool outbox_actor_is_doubted(const struct worker *worker)
{
    return worker->accusation != NULL || worker->ails;
}

/* What the hands are accused of counts, or does not. */
static void accused_end(struct worker *worker, bool counts)
{
    struct keeper *keeper = worker->generation->keeper;
    g_autofree char *reason = g_steal_pointer(&worker->accusation);
    GHashTableIter iterator;
    void *value;
    g_hash_table_iter_init(&iterator, worker->hands);
    while (reason != NULL && g_hash_table_iter_next(&iterator, NULL, &value)) {
        const struct hand *hand = value;
        if (counts) {
            erring_note(keeper->erring, worker->generation, "action", hand->action->action, "crash", reason);
            attempt_blame(keeper, hand->action, reason);
        } else {
            hand_spare(worker, hand, reason);
        }
        g_hash_table_iter_remove(&iterator);
    }
}

void outbox_worker_ready(struct worker *worker)
{
    if (!outbox_actor_is_doubted(worker))
        return;
    GHashTableIter iterator;
    void *hand;
    g_hash_table_iter_init(&iterator, worker->hands);
    while (g_hash_table_iter_next(&iterator, NULL, &hand))
        ((struct hand *)hand)->since = (int64_t)uv_now(&worker->generation->keeper->loop);
    json_t *body = json_pack("{s:I, s:i, s:s, s:s, s:{}, s:i, s:{}, s:I}", "id", (json_int_t)SELF_CHECK,
                             "mail", 0, "key", "self-check", "action", "self_check", "args", "attempt", 1,
                             "context", "now", (json_int_t)time_now());
    child_send(worker->child, FRAME_ACT, body, -1);
    json_decref(body);
}

bool outbox_is_self_check(const struct worker *worker, int64_t id)
{
    return id == SELF_CHECK && outbox_actor_is_doubted(worker);
}

/* Whatever it says: it could begin, ask, wait and answer. */
void outbox_self_check_answered(struct worker *worker)
{
    accused_end(worker, true);
    if (worker->ails)
        worker_recovered(worker);
    worker->ails = false;
    worker_released(worker);
    outbox_kick(worker->generation->keeper);
}

/* A single run cannot wait until somebody has mended it. */
static void ailing_tell(const struct worker *worker, const char *why)
{
    struct keeper *keeper = worker->generation->keeper;
    log_error("all actions of the %s wait, for it ends over none as well: it %s",
              child_role_name(worker->role), why);
    if ((keeper->options->once || keeper->options->decide != NULL) && !keeper_stopping(keeper))
        keeper_stop(keeper, 1);
}

void outbox_worker_leaves(struct worker *worker)
{
    accused_end(worker, false);
}

/* It died before it could answer for itself. */
static void doubted_died(struct worker *worker, const char *why)
{
    accused_end(worker, false);
    worker->ails = true;
    ailing_tell(worker, why);
}

/* Where memory is short the system ends whoever takes most, by a signal that others send as well: from the
 * so many-th time in a row, one whose Lua ran has ended it. */
static bool is_by_others(const struct worker *worker)
{
    if (keeper_stopping(worker->generation->keeper))
        return true;
    return child_ended_by_others(worker->child) &&
           (worker->deaths < DISTURBED_MOST || !has_any(worker, is_to_blame));
}

bool outbox_worker_died(struct worker *worker, const char *why)
{
    bool by_others = is_by_others(worker);
    if (outbox_actor_is_doubted(worker)) {
        if (!by_others)
            doubted_died(worker, why);
        else if (keeper_stopping(worker->generation->keeper))
            accused_end(worker, false);
        return false;
    }
    affected_note(worker);
    bool blamed = !by_others && has_any(worker, is_to_blame);
    suspicion accused = suspicion_of(worker);
    g_autofree char *reason =
        g_strdup_printf("the %s %s while it had this in hand", child_role_name(worker->role), why);
    GHashTableIter iterator;
    void *hand;
    g_hash_table_iter_init(&iterator, worker->hands);
    while (g_hash_table_iter_next(&iterator, NULL, &hand)) {
        if (!by_others && accused(worker, hand))
            continue;
        hand_spare(worker, hand, reason);
        g_hash_table_iter_remove(&iterator);
    }
    worker->alone |= blamed; /* the others' turn is next */
    if (g_hash_table_size(worker->hands) > 0)
        worker->accusation = g_steal_pointer(&reason);
    return worker->accusation != NULL;
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
