/* Taking what is due and keeping the books of what comes back. Taking is one job of the committer: it reads
 * what is due and records the attempts in the same transaction, so nothing is sent that is not written down.
 * No destination gets more than a few actions at a time, so that one that hangs keeps nothing else waiting.
 * What becomes of it when an actor dies stands in outbox_watch.c. What the outbox never does is to decide
 * whether an effect happened. */
#include "keeper/outbox.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rule_path.h"
#include "base/times.h"
#include "keeper/answer.h"
#include "keeper/attempts.h"
#include "keeper/erring.h"
#include "keeper/filing.h"
#include "keeper/whereabouts.h"
#include "ledger/owed.h"

#include <string.h>
#include <unistd.h>

/* What an actor has in hand at most, and of one destination; of both, so many only of what is urgent. */
enum { IN_HAND_MOST = PROGRESS_HANDS, IN_HAND_URGENT = 8, DESTINATION_MOST = 4, DESTINATION_URGENT = 1 };

/* A server that is out of order for so many attempts of one action is no longer a restart. */
enum { DOWN_TOLD_AT = 4 };

#define SUSPECT_PATIENCE 60000 /* ms that a suspect waits for an actor that holds nothing */
#define FILED_WITHIN 3000      /* ms after it was decided that an original is waited for */
#define IDLE_LOOK 60000
#define LOOK_AGAIN 1000

enum { ACTORS = 2 };
static const enum child_role roles[ACTORS] = {CHILD_COURIER, CHILD_CUSTOM};

struct outbox {
    struct keeper *keeper;
    uv_timer_t timer;
    bool taking, again, quiet; /* quiet: nothing was due when last looked */
    bool down_told;            /* that mail cannot be sent */
};

/* What one actor may get, and gets. */
struct part {
    struct ledger_wish wish;
    bool empty;         /* it holds nothing */
    bool suspects_turn; /* others had theirs */
    bool alone;         /* what it gets is a suspect */
    GPtrArray *due;     /* of struct ledger_action */
    GArray *originals;  /* of int: descriptors, -1 for none */
};

/* One look into the ledger. */
struct take {
    struct commit_job job;
    struct keeper *keeper;
    struct part parts[ACTORS];
    int64_t next_due;
    bool postponed;    /* something due waits for its original to be filed */
    GPtrArray *told;   /* of char *: alerts raised: originals that the archive lost, and what nobody acknowledged */
};

GHashTable *outbox_hands_new(void)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)hand_free);
}

static void take_clear(struct take *take)
{
    for (int i = 0; i < ACTORS; i++) {
        struct part *part = &take->parts[i];
        for (guint n = 0; part->originals != NULL && n < part->originals->len; n++)
            if (g_array_index(part->originals, int, n) >= 0)
                close(g_array_index(part->originals, int, n));
        g_clear_pointer(&part->originals, g_array_unref);
        g_clear_pointer(&part->due, g_ptr_array_unref);
        part->alone = false;
    }
    g_clear_pointer(&take->told, g_ptr_array_unref);
}

/* A person removed it: written down and told now, and only now. */
static bool original_lost(struct take *take, struct ledger *ledger, const struct ledger_filing *filing,
                          int64_t now, GError **error)
{
    bool fresh;
    g_autofree char *text = filing_lost_text(filing->message, filing->category);
    if (!ledger_set_missing(ledger, filing->message, text, now, &fresh, error))
        return false;
    if (fresh)
        g_ptr_array_add(take->told, g_steal_pointer(&text));
    return true;
}

/* Decided, but not yet in the archive: a moment later it will be. One that cannot be moved there is taken
 * from its spool, for what is decided must be told; from nowhere, and the note says so, if it cannot be had
 * there. */
static bool original_on_its_way(const struct take *take, const struct ledger_filing *filing, int64_t now,
                                int *original)
{
    if (now - filing->decided < FILED_WITHIN)
        return true;
    const struct config *config = take->keeper->config;
    *original = filing_open(config->store, filing->category, filing->message, filing->sha256);
    if (*original < 0)
        *original = whereabouts_open(config, filing);
    return false;
}

/* The original's descriptor, -1 for none. False when the ledger fails. */
static bool original_open(struct take *take, struct ledger *ledger, const struct ledger_action *action,
                          int64_t now, int *original, bool *postponed, GError **error)
{
    const char *store = take->keeper->config->store;
    *original = -1;
    *postponed = false;
    if (action->message == 0)
        return true;
    *original = filing_open(store, action->category, action->message, action->sha256);
    if (*original >= 0)
        return true;
    struct ledger_filing *filing = ledger_find_filing(ledger, action->message, error);
    if (filing == NULL)
        return false;
    bool good = true;
    if (strcmp(filing->state, "decided") == 0)
        *postponed = original_on_its_way(take, filing, now, original);
    else if (strcmp(filing->state, "filed") == 0 &&
             filing_is_gone(store, action->category, action->message, action->sha256))
        good = original_lost(take, ledger, filing, now, error);
    ledger_filing_free(filing);
    return good;
}

/* A suspect is given out when nothing else is in hand, and others go in between; once it has waited for long,
 * nothing more is taken until the hands are empty. */
static GPtrArray *part_choose(struct part *part, struct ledger *ledger, int64_t now, GError **error)
{
    if (part->wish.room.urgent == 0)
        return g_ptr_array_new();
    if (part->wish.alerts_only)
        return ledger_due(ledger, &part->wish, error);
    g_autoptr(GPtrArray) suspect =
        ledger_due_suspect(ledger, part->wish.actor, part->empty ? now : now - SUSPECT_PATIENCE, error);
    if (suspect == NULL)
        return NULL;
    part->alone = part->empty && suspect->len > 0 && part->suspects_turn;
    if (!part->empty && suspect->len > 0)
        return g_ptr_array_new();
    g_autoptr(GPtrArray) others = part->alone ? NULL : ledger_due(ledger, &part->wish, error);
    if (!part->alone && others == NULL)
        return NULL;
    part->alone |= others != NULL && others->len == 0 && suspect->len > 0;
    return part->alone ? g_steal_pointer(&suspect) : g_steal_pointer(&others);
}

static bool part_take(struct take *take, struct part *part, struct ledger *ledger, int64_t now,
                      GError **error)
{
    part->originals = g_array_new(FALSE, FALSE, sizeof(int));
    part->wish.now = now;
    part->due = part_choose(part, ledger, now, error);
    if (part->due == NULL)
        return false;
    for (guint n = 0; n < part->due->len;) {
        const struct ledger_action *action = part->due->pdata[n];
        int original;
        bool postponed;
        if (!original_open(take, ledger, action, now, &original, &postponed, error))
            return false;
        if (postponed) {
            g_ptr_array_remove_index(part->due, n);
            take->postponed = true;
            continue;
        }
        g_array_append_val(part->originals, original);
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
    take->told = g_ptr_array_new_with_free_func(g_free);
    if (!owed_advance(ledger, now, take->told, error) || !ledger_hush(ledger, now, error))
        return false;
    for (int i = 0; i < ACTORS; i++)
        if (!part_take(take, &take->parts[i], ledger, now, error))
            return false;
    take->next_due = ledger_next_due(ledger, error);
    int64_t step_due = take->next_due >= 0 ? owed_next_due(ledger, error) : -1;
    take->next_due = MIN(take->next_due, step_due);
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

static struct worker *actor_now(const struct keeper *keeper, enum child_role role)
{
    const struct generation *generation = keeper->live != NULL ? keeper->live : keeper->teller;
    return generation != NULL ? generation_actor(generation, role) : NULL;
}

static void part_hand_out(struct keeper *keeper, struct part *part, enum child_role role)
{
    struct worker *worker = actor_now(keeper, role);
    for (guint n = 0; n < part->due->len; n++) {
        struct ledger_action *action = part->due->pdata[n];
        int original = g_array_index(part->originals, int, n);
        if (worker != NULL && worker->ready && !keeper_stopping(keeper)) {
            act_send(worker, action, original);
            worker->alone = part->alone;
            continue;
        }
        if (original >= 0)
            close(original);
        attempt_withdraw(keeper, action);
    }
    g_ptr_array_unref(part->due);
    g_array_unref(part->originals);
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

static void alerts_log(struct take *take)
{
    for (guint i = 0; i < take->told->len; i++)
        log_warning("%s", (const char *)take->told->pdata[i]);
    take->keeper->outbox->again |= take->told->len > 0; /* their alerts are due */
    g_clear_pointer(&take->told, g_ptr_array_unref);
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
        for (int i = 0; i < ACTORS; i++)
            part_hand_out(keeper, &take->parts[i], roles[i]);
        alerts_log(take);
        /* What is due and was not taken waits for what is in hand to end, which looks again by itself. */
        int64_t now = time_now();
        outbox->quiet = !take->postponed && take->next_due > now;
        timer_arm(outbox, outbox->quiet ? take->next_due : now + LOOK_AGAIN);
    }
    g_free(take);
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

static struct part part_for(const struct keeper *keeper, const struct worker *worker, enum child_role role)
{
    struct part part = {.wish = {.actor = child_role_name(role)}};
    if (worker == NULL || !worker->ready || worker->retired)
        return part;
    unsigned held = g_hash_table_size(worker->hands);
    part.empty = held == 0;
    part.suspects_turn = !worker->alone;
    unsigned most = worker->alone && held > 0 ? 0 : IN_HAND_MOST;
    part.wish.room.urgent = most - MIN(most, held);
    part.wish.room.others = most - MIN(most, held + IN_HAND_URGENT);
    part.wish.destination.urgent = DESTINATION_MOST;
    part.wish.destination.others = DESTINATION_MOST - DESTINATION_URGENT;
    if (mail_is_posted(keeper)) {
        part.wish.mail.urgent = DESTINATION_MOST;
        part.wish.mail.others = DESTINATION_MOST - DESTINATION_URGENT;
    }
    return part;
}

void outbox_kick(struct keeper *keeper)
{
    struct outbox *outbox = keeper->outbox;
    if (keeper_stopping(keeper) || keeper->astray || json_flag(keeper->options->decide, "dry_run"))
        return;
    outbox->quiet = false;
    if (outbox->taking) {
        outbox->again = true;
        return;
    }
    struct take *take = g_new0(struct take, 1);
    take->job = (struct commit_job){.run = take_run, .done = take_done};
    take->keeper = keeper;
    unsigned room = 0;
    for (int i = 0; i < ACTORS; i++) {
        take->parts[i] = part_for(keeper, actor_now(keeper, roles[i]), roles[i]);
        take->parts[i].wish.alerts_only = keeper->live == NULL;
        room += take->parts[i].wish.room.urgent;
    }
    if (room == 0) {
        g_free(take);
        timer_arm(outbox, time_now() + LOOK_AGAIN);
        return;
    }
    outbox->taking = true;
    committer_add(keeper->committer, &take->job);
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
    if (result->outcome == OUTCOME_DONE && strcmp(action->action, "forward") == 0)
        outbox->down_told = false;
    if (!result->down || action->attempt < DOWN_TOLD_AT || action->message == 0 || outbox->down_told)
        return;
    outbox->down_told = true;
    keeper_alert(keeper, false, "mail-down", "mail cannot be sent: %s; it waits and is tried again",
                 result->reason);
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
    g_free(outbox);
}

struct outbox *outbox_new(struct keeper *keeper)
{
    struct outbox *outbox = g_new0(struct outbox, 1);
    outbox->keeper = keeper;
    uv_timer_init(&keeper->loop, &outbox->timer);
    outbox->timer.data = outbox;
    return outbox;
}

void outbox_close(struct outbox *outbox)
{
    if (outbox != NULL)
        uv_close((uv_handle_t *)&outbox->timer, on_closed);
}
