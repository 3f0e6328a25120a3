/* Taking what is due and keeping the books of what comes back. Taking is one job of the committer: it reads
 * what is due and records the attempts in the same transaction, so nothing is sent that is not written down.
 * An actor that dies leaves every action it held "unknown": it may have had its effect, so it is tried again
 * with the same key. What the outbox never does is to decide whether an effect happened. */
#include "keeper/outbox.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/answer.h"
#include "keeper/attempts.h"
#include "keeper/filing.h"

#include <unistd.h>

#define IN_HAND_MOST 16
#define STANDSTILL 10000
#define ONE_ACTION_MOST 120000
#define IDLE_LOOK 60000
#define CRASHES_MOST 3

enum { ACTORS = 2 };
static const enum child_role roles[ACTORS] = {CHILD_COURIER, CHILD_CUSTOM};

struct outbox {
    struct keeper *keeper;
    uv_timer_t timer;
    bool taking, again, quiet; /* quiet: nothing was due when last looked */
    GHashTable *crashes;       /* action id -> how often an actor died in it */
};

/* One look into the ledger: what each actor may get. */
struct take {
    struct commit_job job;
    struct keeper *keeper;
    unsigned room[ACTORS];
    GPtrArray *due[ACTORS];    /* of struct ledger_action */
    GArray *originals[ACTORS]; /* of int: descriptors, -1 for none */
    int64_t next_due;
    bool postponed; /* something due waits for its original to be filed */
};

GHashTable *outbox_hands_new(void)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)hand_free);
}

static void take_clear(struct take *take)
{
    for (int i = 0; i < ACTORS; i++) {
        for (guint n = 0; take->originals[i] != NULL && n < take->originals[i]->len; n++)
            if (g_array_index(take->originals[i], int, n) >= 0)
                close(g_array_index(take->originals[i], int, n));
        g_clear_pointer(&take->originals[i], g_array_unref);
        g_clear_pointer(&take->due[i], g_ptr_array_unref);
    }
}

/* The original is decided but not yet in the archive: a moment later it will be. */
static bool is_on_its_way(struct ledger *ledger, int64_t message)
{
    struct ledger_filing *filing = ledger_find_filing(ledger, message, NULL);
    bool on_its_way = filing != NULL && g_strcmp0(filing->state, "decided") == 0;
    ledger_filing_free(filing);
    return on_its_way;
}

static bool take_for(struct take *take, int i, struct ledger *ledger, int64_t now, GError **error)
{
    const char *store = take->keeper->config->store;
    take->originals[i] = g_array_new(FALSE, FALSE, sizeof(int));
    take->due[i] = take->room[i] > 0
                       ? ledger_due(ledger, child_role_name(roles[i]), now, take->room[i], error)
                       : g_ptr_array_new();
    if (take->due[i] == NULL)
        return false;
    for (guint n = 0; n < take->due[i]->len;) {
        const struct ledger_action *action = take->due[i]->pdata[n];
        int original =
            action->message == 0 ? -1 : filing_open(store, action->category, action->message, action->sha256);
        if (original < 0 && action->message != 0 && is_on_its_way(ledger, action->message)) {
            g_ptr_array_remove_index(take->due[i], n);
            take->postponed = true;
            continue;
        }
        g_array_append_val(take->originals[i], original);
        n++;
        if (!ledger_attempt_start(ledger, action->id, now, error))
            return false;
    }
    return true;
}

static bool take_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct take *take = (struct take *)job;
    int64_t now = time_now();
    take_clear(take);
    take->postponed = false;
    if (!ledger_hush(ledger, now, error))
        return false;
    for (int i = 0; i < ACTORS; i++)
        if (!take_for(take, i, ledger, now, error))
            return false;
    take->next_due = ledger_next_due(ledger, error);
    return take->next_due >= 0;
}

static void act_send(struct worker *worker, struct ledger_action *action, int original)
{
    json_t *body = json_pack("{s:I, s:I, s:s, s:s, s:O, s:i, s:o, s:I}", "id", (json_int_t)action->id, "mail",
                             (json_int_t)action->message, "key", action->key, "action", action->action,
                             "args", action->args, "attempt", action->attempt, "context",
                             json_is_object(action->context) ? json_incref(action->context) : json_object(),
                             "now", (json_int_t)time_now());
    struct hand *hand = hand_new(action, (int64_t)uv_now(&worker->generation->keeper->loop));
    g_hash_table_replace(worker->hands, &hand->action->id, hand);
    child_send(worker->child, FRAME_ACT, body, original);
    json_decref(body);
}

static void take_hand_out(struct take *take, int i)
{
    struct keeper *keeper = take->keeper;
    struct worker *worker = keeper->live != NULL ? generation_actor(keeper->live, roles[i]) : NULL;
    for (guint n = 0; n < take->due[i]->len; n++) {
        struct ledger_action *action = take->due[i]->pdata[n];
        int original = g_array_index(take->originals[i], int, n);
        if (worker != NULL && worker->ready && !keeper_stopping(keeper)) {
            act_send(worker, action, original);
            continue;
        }
        if (original >= 0)
            close(original);
        attempt_end(keeper, action, "retry", "not sent: the actor went away", "", time_now());
    }
    g_ptr_array_unref(take->due[i]);
    g_array_unref(take->originals[i]);
}

static void on_due(uv_timer_t *timer)
{
    outbox_kick(((struct outbox *)timer->data)->keeper);
}

static void timer_arm(struct outbox *outbox, int64_t next_due)
{
    int64_t wait = next_due == INT64_MAX ? IDLE_LOOK : CLAMP(next_due - time_now(), 0, IDLE_LOOK);
    if (!uv_is_closing((uv_handle_t *)&outbox->timer))
        uv_timer_start(&outbox->timer, on_due, (uint64_t)wait, 0);
}

static void take_done(struct commit_job *job, const GError *error)
{
    struct take *take = (struct take *)job;
    struct keeper *keeper = take->keeper;
    struct outbox *outbox = keeper->outbox;
    outbox->taking = false;
    if (error != NULL) {
        take_clear(take);
        timer_arm(outbox, time_now() + 2000);
    } else {
        bool full = take->postponed;
        for (int i = 0; i < ACTORS; i++) {
            full |= take->room[i] > 0 && take->due[i]->len == take->room[i];
            take_hand_out(take, i);
        }
        outbox->quiet = !full && take->next_due > time_now();
        timer_arm(outbox, full ? time_now() + 1000 : MAX(take->next_due, time_now() + 100));
    }
    g_free(take);
    if (outbox->again) {
        outbox->again = false;
        outbox_kick(keeper);
    }
}

static unsigned room_of(const struct worker *worker)
{
    unsigned held =
        worker != NULL && worker->ready && !worker->retired ? g_hash_table_size(worker->hands) : IN_HAND_MOST;
    return held < IN_HAND_MOST ? IN_HAND_MOST - held : 0;
}

void outbox_kick(struct keeper *keeper)
{
    struct outbox *outbox = keeper->outbox;
    if (keeper_stopping(keeper) || keeper->astray || keeper->live == NULL ||
        json_flag(keeper->options->decide, "dry_run"))
        return;
    outbox->quiet = false;
    if (outbox->taking) {
        outbox->again = true;
        return;
    }
    unsigned room[ACTORS];
    for (int i = 0; i < ACTORS; i++)
        room[i] = room_of(generation_actor(keeper->live, roles[i]));
    if (room[0] == 0 && room[1] == 0) {
        timer_arm(outbox, time_now() + 1000);
        return;
    }
    struct take *take = g_new0(struct take, 1);
    take->job = (struct commit_job){.run = take_run, .done = take_done};
    take->keeper = keeper;
    for (int i = 0; i < ACTORS; i++)
        take->room[i] = room[i];
    outbox->taking = true;
    committer_add(keeper->committer, &take->job);
}

void outbox_result(struct worker *worker, const json_t *body)
{
    struct keeper *keeper = worker->generation->keeper;
    struct action_result result;
    g_autoptr(GError) error = NULL;
    struct hand *hand = NULL;
    if (action_result_read(body, &result, &error))
        hand = g_hash_table_lookup(worker->hands, &result.id);
    if (hand == NULL) {
        child_kill(worker->child,
                   error != NULL ? error->message : "reported an action that it does not have");
        return;
    }
    g_hash_table_remove(keeper->outbox->crashes, &result.id);
    attempt_finish(keeper, hand->action, &result);
    g_hash_table_remove(worker->hands, &result.id);
    worker_released(worker);
    outbox_kick(keeper);
}

static int crashes_count(struct outbox *outbox, int64_t id)
{
    int64_t *key = g_memdup2(&id, sizeof id);
    int count = 1 + GPOINTER_TO_INT(g_hash_table_lookup(outbox->crashes, key));
    g_hash_table_replace(outbox->crashes, key, GINT_TO_POINTER(count));
    return count;
}

void outbox_worker_died(struct worker *worker, const char *why)
{
    struct keeper *keeper = worker->generation->keeper;
    int64_t blamed = (int64_t)atomic_load(&child_progress(worker->child)->sequence);
    GHashTableIter iterator;
    void *value;
    g_autofree char *reason =
        g_strdup_printf("the %s %s while it had this in hand", child_role_name(worker->role), why);
    g_hash_table_iter_init(&iterator, worker->hands);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const struct ledger_action *action = ((struct hand *)value)->action;
        struct action_result result = {
            .id = action->id, .outcome = OUTCOME_UNKNOWN, .after = -1, .reason = reason, .detail = ""};
        if (action->id == blamed && crashes_count(keeper->outbox, action->id) >= CRASHES_MOST)
            result.outcome = OUTCOME_DEAD;
        attempt_finish(keeper, action, &result);
    }
    g_hash_table_remove_all(worker->hands);
}

static void watch_over(struct worker *worker, int64_t now)
{
    uint64_t heartbeat = atomic_load(&child_progress(worker->child)->heartbeat);
    if (heartbeat != worker->heartbeat) {
        worker->heartbeat = heartbeat;
        worker->heartbeat_seen = now;
    }
    if (now - worker->heartbeat_seen > STANDSTILL) {
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

bool outbox_idle(const struct outbox *outbox)
{
    return outbox->quiet && !outbox->again && outbox_empty_handed(outbox);
}

bool outbox_empty_handed(const struct outbox *outbox)
{
    if (outbox->taking)
        return false;
    for (guint g = 0; g < outbox->keeper->generations->len; g++) {
        const struct generation *generation = outbox->keeper->generations->pdata[g];
        for (guint i = 0; i < generation->workers->len; i++) {
            const struct worker *worker = generation->workers->pdata[i];
            if (worker->hands != NULL && g_hash_table_size(worker->hands) > 0)
                return false;
        }
    }
    return true;
}

static void on_closed(uv_handle_t *handle)
{
    struct outbox *outbox = handle->data;
    g_hash_table_unref(outbox->crashes);
    g_free(outbox);
}

struct outbox *outbox_new(struct keeper *keeper)
{
    struct outbox *outbox = g_new0(struct outbox, 1);
    outbox->keeper = keeper;
    outbox->crashes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    uv_timer_init(&keeper->loop, &outbox->timer);
    outbox->timer.data = outbox;
    return outbox;
}

void outbox_close(struct outbox *outbox)
{
    if (outbox != NULL)
        uv_close((uv_handle_t *)&outbox->timer, on_closed);
}
