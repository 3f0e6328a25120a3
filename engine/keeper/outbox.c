/* Handing out what may be done now, and keeping the books of what comes back. A look (outbox_take.c) is one
 * job of the committer: what it yields stands in the ledger as begun before it is sent, so nothing is sent
 * that is not written down. What becomes of it when an actor dies stands in outbox_watch.c. What the outbox
 * never does is to decide whether an effect happened. */
#include "keeper/outbox.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rule_path.h"
#include "base/times.h"
#include "keeper/alerts.h"
#include "keeper/attempts.h"
#include "keeper/descriptors.h"
#include "keeper/erring.h"
#include "keeper/outbox_take.h"

#include <string.h>
#include <unistd.h>

/* A server that is out of order for so many attempts of one action is no longer a restart. */
enum { DOWN_TOLD_AT = 4 };

enum { HOST_LONGEST = 255 };
#define IDLE_LOOK 60000
#define LOOK_AGAIN 1000

static const enum child_role roles[TAKE_ACTORS] = {CHILD_COURIER, CHILD_CUSTOM};

struct outbox {
    struct keeper *keeper;
    uv_timer_t timer;
    bool taking, again, quiet; /* quiet: nothing was due when last looked */
    bool down_told, sent;      /* that mail cannot be sent; that it can, which ends what stood before */
    bool recalled;             /* pacing knows what was started before */
    struct pacing *pacing;     /* the look's while taking */
    json_t *hosts;             /* destination -> host */
};

GHashTable *outbox_hands_new(void)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)hand_free);
}

static struct hand *act_send(struct worker *worker, struct ledger_action *action, int original)
{
    json_t *body =
        json_pack("{s:I, s:I, s:s, s:s, s:O, s:i, s:b, s:o, s:I}", "id", (json_int_t)action->id, "mail",
                  (json_int_t)action->message, "key", action->key, "action", action->action, "args",
                  action->args, "attempt", action->attempt, "tried", action->tried > 0, "context",
                  json_is_object(action->context) ? json_incref(action->context) : json_object(), "now",
                  (json_int_t)time_now());
    struct hand *hand = hand_new(action, (int64_t)uv_now(&worker->generation->keeper->loop));
    g_hash_table_replace(worker->hands, &hand->action->id, hand);
    child_send(worker->child, FRAME_ACT, body, original);
    fault_point("action-handed");
    json_decref(body);
    return hand;
}

static struct worker *actor_now(const struct keeper *keeper, enum child_role role)
{
    const struct generation *generation = keeper->live != NULL ? keeper->live : keeper->teller;
    return generation != NULL ? generation_actor(generation, role) : NULL;
}

static void part_hand_out(struct keeper *keeper, struct part *part, enum child_role role)
{
    struct worker *worker = actor_now(keeper, role);
    if (part->due->len > 0)
        fault_point("attempt-recorded");
    for (guint n = 0; n < part->due->len; n++) {
        struct ledger_action *action = part->due->pdata[n];
        int original = g_array_index(part->originals, int, n);
        if (worker != NULL && worker->ready && !outbox_actor_is_doubted(worker) && !keeper_stopping(keeper)) {
            act_send(worker, action, original)->suspect = part->alone;
            worker->alone = part->alone || part->suspect_held;
            continue;
        }
        if (original >= 0)
            close(original);
        attempt_withdraw(keeper, action);
    }
    g_clear_pointer(&part->due, g_ptr_array_unref);
    g_clear_pointer(&part->originals, g_array_unref);
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

/* What was ended or lost in the look; alerts of it may be due. */
static void take_tell(const struct take *take)
{
    for (guint i = 0; i < take->losses->len; i++)
        log_warning("%s", (const char *)take->losses->pdata[i]);
    for (guint i = 0; i < take->deaths->len; i++)
        log_error("%s", (const char *)take->deaths->pdata[i]);
    take->keeper->outbox->again |= take->moved || take->losses->len > 0 || take->deaths->len > 0;
}

/* What is due and was not taken waits for what is in hand to end, which looks again by itself, for an
 * original that is filed in a moment, or for a rate. */
static void take_settle(struct take *take)
{
    struct keeper *keeper = take->keeper;
    struct outbox *outbox = keeper->outbox;
    int64_t now = time_now();
    for (int i = 0; i < TAKE_ACTORS; i++)
        part_hand_out(keeper, &take->parts[i], roles[i]);
    take_tell(take);
    outbox->recalled = true;
    outbox->quiet = !take->postponed && take->next_due > now;
    int64_t look = outbox->quiet ? take->next_due : now + LOOK_AGAIN;
    timer_arm(outbox, take->paced != 0 ? MIN(look, take->paced) : look);
}

static void take_done(struct commit_job *job, const GError *error)
{
    struct take *take = (struct take *)job;
    struct keeper *keeper = take->keeper;
    struct outbox *outbox = keeper->outbox;
    outbox->taking = false;
    if (error != NULL)
        timer_arm(outbox, time_now() + 2000);
    else
        take_settle(take);
    take_free(take);
    if (outbox->again) {
        outbox->again = false;
        outbox_kick(keeper);
    }
}

/* Whether forwards leave this machine, and what hangs there holds them up. */
static bool mail_is_posted(const struct keeper *keeper)
{
    const json_t *smtp = json_object_get(keeper->config->json, "smtp");
    return json_text(smtp, "url") != NULL || json_object_get(smtp, "sendmail") != NULL;
}

static void part_count(struct part *part, const struct worker *worker)
{
    GHashTableIter each;
    void *value;
    part->held = g_hash_table_size(worker->hands);
    g_hash_table_iter_init(&each, worker->hands);
    while (g_hash_table_iter_next(&each, NULL, &value)) {
        const struct hand *hand = value;
        part->suspect_held |= hand->suspect;
        part->others_held |= hand->action->priority != 0;
    }
}

static void part_begin(const struct keeper *keeper, struct part *part, enum child_role role)
{
    const struct worker *worker = actor_now(keeper, role);
    part->actor = child_role_name(role);
    part->alerts_only = keeper->live == NULL;
    if (worker == NULL || !worker->ready || worker->retired || outbox_actor_is_doubted(worker))
        return;
    part_count(part, worker);
    part->suspects_turn = !worker->alone;
    part->most = descriptors_for_hands();
}

/* What runs is what actors hold, those of old generations too. */
static void pacing_count(struct outbox *outbox)
{
    pacing_none_runs(outbox->pacing);
    for (guint g = 0; g < outbox->keeper->generations->len; g++) {
        const struct generation *generation = outbox->keeper->generations->pdata[g];
        for (guint i = 0; i < generation->workers->len; i++) {
            const struct worker *worker = generation->workers->pdata[i];
            GHashTableIter each;
            void *hand;
            if (worker->hands == NULL)
                continue;
            g_hash_table_iter_init(&each, worker->hands);
            while (g_hash_table_iter_next(&each, NULL, &hand))
                pacing_runs(outbox->pacing, ((struct hand *)hand)->action);
        }
    }
}

const json_t *outbox_declared(const struct keeper *keeper)
{
    return keeper->live != NULL ? json_object_get(keeper->live->ready, "retries") : NULL;
}

const json_t *outbox_hosts(const struct keeper *keeper)
{
    return keeper->outbox->hosts;
}

void outbox_learn_hosts(struct keeper *keeper, const json_t *hosts)
{
    struct outbox *outbox = keeper->outbox;
    const char *destination;
    json_t *host;
    json_decref(outbox->hosts);
    outbox->hosts = json_object();
    json_object_foreach((json_t *)hosts, destination, host) {
        if (json_is_string(host) && json_string_length(host) <= HOST_LONGEST)
            json_object_set_new(outbox->hosts, destination, json_string(json_string_value(host)));
    }
}

static void take_start(struct outbox *outbox)
{
    struct keeper *keeper = outbox->keeper;
    struct take *take = g_new0(struct take, 1);
    unsigned room = 0;
    take->job = (struct commit_job){.run = take_run, .done = take_done};
    take->keeper = keeper;
    for (int i = 0; i < TAKE_ACTORS; i++) {
        part_begin(keeper, &take->parts[i], roles[i]);
        room += take->parts[i].most - MIN(take->parts[i].most, take->parts[i].held);
    }
    if (room == 0) {
        take_free(take);
        timer_arm(outbox, time_now() + LOOK_AGAIN);
        return;
    }
    pacing_count(outbox);
    pacing_set_hosts(outbox->pacing, outbox->hosts);
    take->pacing = outbox->pacing;
    take->declared = json_incref((json_t *)outbox_declared(keeper));
    take->recall = !outbox->recalled;
    outbox->taking = true;
    committer_add(keeper->committer, &take->job);
}

void outbox_kick(struct keeper *keeper)
{
    struct outbox *outbox = keeper->outbox;
    if (keeper_stopping(keeper) || keeper->astray || json_flag(keeper->options->decide, "dry_run"))
        return;
    outbox->quiet = false;
    if (outbox->taking)
        outbox->again = true;
    else
        take_start(outbox);
}

/* Once an action and generation: it raises for every mail, and is tried again for each. */
static void error_tell(const struct worker *worker, const struct ledger_action *action,
                       const struct action_result *result)
{
    struct keeper *keeper = worker->generation->keeper;
    bool ends = result->outcome == OUTCOME_DEAD; /* its budget is used up: that it ends is told of each */
    g_autofree char *known = g_utf8_substring(result->reason, 0, MIN(g_utf8_strlen(result->reason, -1), 300));
    bool first = erring_note(keeper->erring, worker->generation, "action", action->action,
                             ends ? "instructions" : "raised", known);
    if (!first || ends || action->message == 0)
        return; /* an alert that cannot be told tells nobody by another one */
    keeper_alert(keeper, false, "action-error",
                 "action %s %s; it is tried again for a while, with the rules as they are then",
                 action->action, known);
}

/* Once, until mail goes out again: it reaches the operators by then, and stands in `status` now. */
static void down_tell(struct keeper *keeper, const struct ledger_action *action,
                      const struct action_result *result)
{
    struct outbox *outbox = keeper->outbox;
    if (result->outcome == OUTCOME_DONE && strcmp(action->action, "forward") == 0) {
        if (outbox->down_told || !outbox->sent)
            keeper_over(keeper, "mail-down", "");
        outbox->down_told = false;
        outbox->sent = true;
    }
    if (!result->down || action->attempt < DOWN_TOLD_AT || action->message == 0 || outbox->down_told)
        return;
    outbox->down_told = true;
    keeper_trouble(keeper, "mail-down", "", "mail cannot be sent: %s; it waits and is tried again",
                   result->reason);
}

/* NULL where it has none of that number, or cannot have done that with it: only shipped actions become one
 * for each recipient, or there would be ever more of them. */
static struct hand *hand_of(const struct worker *worker, const struct action_result *result)
{
    bool may = result->outcome != OUTCOME_SPLIT || worker->role == CHILD_COURIER;
    return may && !outbox_actor_is_doubted(worker) ? g_hash_table_lookup(worker->hands, &result->id) : NULL;
}

void outbox_result(struct worker *worker, const json_t *body)
{
    struct keeper *keeper = worker->generation->keeper;
    struct action_result result;
    g_autoptr(GError) error = NULL;
    fault_point("result-received");
    bool good = action_result_read(body, &result, &error);
    if (good && outbox_is_self_check(worker, result.id)) {
        outbox_self_check_answered(worker);
        return;
    }
    struct hand *hand = good ? hand_of(worker, &result) : NULL;
    if (hand == NULL) {
        child_kill(worker->child,
                   error != NULL ? error->message : "reported an action that it does not have");
        return;
    }
    g_autofree char *reason = rule_paths_for_people(keeper->config, result.reason);
    result.reason = reason;
    if (result.raised)
        error_tell(worker, hand->action, &result);
    down_tell(keeper, hand->action, &result);
    if (result.outcome == OUTCOME_SPLIT)
        attempt_split(keeper, hand->action, result.recipients);
    else
        attempt_finish(keeper, hand->action, &result);
    g_hash_table_remove(worker->hands, &result.id);
    worker_released(worker);
    outbox_kick(keeper);
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
    pacing_free(outbox->pacing);
    json_decref(outbox->hosts);
    g_free(outbox);
}

struct outbox *outbox_new(struct keeper *keeper)
{
    struct outbox *outbox = g_new0(struct outbox, 1);
    outbox->keeper = keeper;
    outbox->pacing = pacing_new(keeper->config->json, mail_is_posted(keeper));
    outbox->hosts = json_object();
    uv_timer_init(&keeper->loop, &outbox->timer);
    outbox->timer.data = outbox;
    return outbox;
}

void outbox_close(struct outbox *outbox)
{
    if (outbox != NULL)
        uv_close((uv_handle_t *)&outbox->timer, on_closed);
}
