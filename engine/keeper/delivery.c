/* From spool to decider and back. A decider holds one mail; a mail is in one hand. What becomes of one that a
 * decider failed over stands in delivery_failing.c. While the ledger cannot be written, nothing more is taken
 * than one mail at a time to see whether it can again; while descriptors are short, nothing. */
#include "keeper/delivery_inside.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mask.h"
#include "base/rule_path.h"
#include "base/times.h"
#include "keeper/answer.h"
#include "keeper/disk.h"
#include "keeper/drill.h"
#include "keeper/erring.h"
#include "keeper/record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HELD_MOST 256
#define WEIGHT_MOST                                                                                          \
    (8u << 20)            /* bytes of decisions that wait for the ledger; each takes several times as much */
#define WAITING_MOST 4096 /* decided, but not to be filed: an archive that is out of order */
#define PROBE_PAUSE 2000
#define SHORTAGE_PAUSE 1000

struct desk *desk_new(struct keeper *keeper)
{
    struct desk *desk = g_new0(struct desk, 1);
    desk->keeper = keeper;
    desk->accused = g_ptr_array_new();
    return desk;
}

void desk_free(struct desk *desk)
{
    if (desk != NULL)
        g_ptr_array_unref(desk->accused);
    g_free(desk);
}

bool desk_idle(const struct desk *desk)
{
    return desk->held == 0;
}

void desk_pause(struct desk *desk)
{
    desk->probe_at = uv_now(&desk->keeper->loop) + PROBE_PAUSE;
}

void desk_tick(struct keeper *keeper)
{
    if (keeper->desk->ails || keeper->desk->accused->len > 0)
        self_check_ask(keeper);
    delivery_pump(keeper);
}

struct delivery *delivery_new(struct keeper *keeper, json_t *request)
{
    struct delivery *delivery = g_new0(struct delivery, 1);
    delivery->keeper = keeper;
    delivery->descriptor = -1;
    delivery->request = request;
    delivery->skip = json_array();
    delivery->losses = json_array();
    keeper->desk->held++;
    return delivery;
}

void delivery_lighten(struct delivery *delivery)
{
    delivery->keeper->desk->weight -= delivery->weight;
    delivery->weight = 0;
}

void delivery_end(struct delivery *delivery, enum spool_outcome outcome, int64_t delay)
{
    delivery_lighten(delivery);
    if (delivery->entry != NULL)
        spool_release(delivery->entry->spool, delivery->entry, outcome, delay);
    if (delivery->descriptor >= 0)
        close(delivery->descriptor);
    delivery->keeper->desk->held--;
    json_decref(delivery->request);
    json_decref(delivery->skip);
    json_decref(delivery->losses);
    g_free(delivery->drill);
    g_free(delivery->reason);
    g_free(delivery);
}

void delivery_archived_end(struct delivery *delivery, json_t *body, const struct generation *generation,
                           const GError *error)
{
    delivery->decided(body, generation, error, delivery->data);
    delivery_end(delivery, SPOOL_GONE, 0);
}

void desk_stop(struct desk *desk)
{
    GQueue *const queues[] = {&desk->again, &desk->alone, &desk->archived};
    struct delivery *delivery;
    g_autoptr(GError) error = g_error_new(AWSIFT_ERROR, AWSIFT_ERROR_BUSY, "awsift is ending");
    for (size_t i = 0; i < G_N_ELEMENTS(queues); i++)
        while ((delivery = g_queue_pop_head(queues[i])) != NULL)
            if (delivery->entry != NULL)
                delivery_end(delivery, SPOOL_AGAIN, 0);
            else
                delivery_archived_end(delivery, NULL, NULL, error);
}

void delivery_archived(struct keeper *keeper, json_t *request, int descriptor,
                       void (*decided)(json_t *body, const struct generation *generation, const GError *error,
                                       void *data),
                       void *data)
{
    struct delivery *delivery = delivery_new(keeper, request);
    delivery->descriptor = descriptor;
    delivery->decided = decided;
    delivery->data = data;
    g_queue_push_tail(&keeper->desk->archived, delivery);
    delivery_pump(keeper);
}

static struct delivery *delivery_from(struct keeper *keeper, guint index)
{
    struct spool_entry *entry;
    if (!spool_next(keeper->spools->pdata[index], &entry))
        return NULL;
    const struct config_spool *spool = keeper->config->spools->pdata[index];
    int64_t changed = time_of_file(&entry->status.st_mtim);
    json_t *request =
        json_pack("{s:o, s:o, s:I, s:o, s:b}", "spool", json_text_new(spool->name), "file",
                  json_text_new(entry->path), "arrival", (json_int_t)CLAMP(changed, 0, time_now()),
                  "recipient", json_text_new(spool->recipient), "explain", 0);
    struct delivery *delivery = delivery_new(keeper, request);
    delivery->entry = entry;
    delivery->spool = spool;
    json_t *drill = drill_request(keeper, entry->name);
    if (drill != NULL) {
        json_object_set_new(request, "drill", drill);
        delivery->drill = g_strdup(entry->name);
    }
    return delivery;
}

/* Whether so many wait for the archive that no more are taken. */
static bool is_crowded(struct keeper *keeper)
{
    struct desk *desk = keeper->desk;
    unsigned waiting = keeper->waiting->len;
    if (waiting >= WAITING_MOST && !desk->crowded)
        keeper_alert(keeper, false, "filing",
                     "%u mails are decided and cannot be filed: nothing more is taken from the spools until "
                     "the archive can be written again",
                     waiting);
    desk->crowded = waiting >= (desk->crowded ? WAITING_MOST / 2 : WAITING_MOST);
    return waiting >= WAITING_MOST;
}

static bool may_take(struct keeper *keeper)
{
    const struct desk *desk = keeper->desk;
    if (keeper_stopping(keeper) || keeper->astray || disk_is_full(keeper))
        return false;
    unsigned waiting = keeper->waiting->len;
    if (committer_trouble(keeper->committer) != NULL)
        return desk->held == waiting && uv_now(&keeper->loop) >= desk->probe_at;
    return !is_crowded(keeper) && desk->held - waiting < HELD_MOST && desk->weight < WEIGHT_MOST;
}

static struct delivery *delivery_next(struct keeper *keeper, const struct worker *worker)
{
    struct desk *desk = keeper->desk;
    struct delivery *alone = delivery_alone(keeper, worker);
    if (alone != NULL)
        return alone;
    if (desk->ails && !worker->used) /* one that was used and is idle has decided before */
        return NULL;
    if (!g_queue_is_empty(&desk->again))
        return g_queue_pop_head(&desk->again);
    if (!g_queue_is_empty(&desk->archived))
        return g_queue_pop_head(&desk->archived);
    for (guint asked = 0; asked < keeper->spools->len && may_take(keeper); asked++) {
        guint index = desk->turn++ % keeper->spools->len;
        struct delivery *delivery = delivery_from(keeper, index);
        if (delivery != NULL)
            return delivery;
    }
    return NULL;
}

static void on_overrun(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    child_kill(worker->child, OVERRAN);
}

/* The mail goes back for a moment; that there are too few descriptors is nobody's fault who would be ended
 * for it. */
static void delivery_put_off(struct delivery *delivery, int number)
{
    struct keeper *keeper = delivery->keeper;
    struct desk *desk = keeper->desk;
    desk->short_until = uv_now(&keeper->loop) + SHORTAGE_PAUSE;
    if (!desk->shortage)
        keeper_alert(
            keeper, false, "descriptors",
            "no mail can be handed to a decider: %s; raise LimitNOFILE (ulimit -n); it goes on by itself",
            g_strerror(number));
    desk->shortage = true;
    if (delivery->alone)
        g_queue_push_head(&desk->alone, delivery);
    else if (delivery->entry == NULL)
        g_queue_push_head(&desk->archived, delivery);
    else if (json_array_size(delivery->skip) > 0)
        g_queue_push_head(&desk->again, delivery);
    else
        delivery_end(delivery, SPOOL_AGAIN, SHORTAGE_PAUSE);
}

static void delivery_hand(struct delivery *delivery, struct worker *worker)
{
    struct keeper *keeper = delivery->keeper;
    int mail = delivery->entry != NULL ? delivery->entry->descriptor : delivery->descriptor;
    int copy = fcntl(mail, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) {
        delivery_put_off(delivery, errno);
        return;
    }
    keeper->desk->shortage = false;
    delivery->sequence = ++keeper->desk->sequence;
    g_autoptr(json_t) body = json_copy(delivery->request);
    json_object_set_new(body, "sequence", json_integer((json_int_t)delivery->sequence));
    json_object_set(body, "skip", delivery->skip);
    worker->in_hand = delivery;
    worker->used = true;
    uv_timer_start(&worker->timer, on_overrun,
                   (uint64_t)progress_mail_limit(keeper->config->deciders.time, mail), 0);
    child_send(worker->child, FRAME_DECIDE, body, copy);
    fault_point("mail-handed");
}

static bool is_short(const struct keeper *keeper)
{
    return uv_now(&keeper->loop) < keeper->desk->short_until;
}

void delivery_pump(struct keeper *keeper)
{
    struct desk *desk = keeper->desk;
    struct generation *live = keeper->live;
    if (live == NULL || desk->pumping)
        return;
    desk->pumping = true;
    if (!is_short(keeper) && !keeper_stopping(keeper))
        delivery_renew(keeper);
    for (guint i = 0; i < live->workers->len && !is_short(keeper); i++) {
        struct worker *worker = live->workers->pdata[i];
        if (worker->role != CHILD_DECIDER || !worker_idle(worker))
            continue;
        struct delivery *delivery = delivery_next(keeper, worker);
        if (delivery != NULL)
            delivery_hand(delivery, worker);
    }
    desk->pumping = false;
}

/* Whether what erred did nothing for the mail; else it did a part, or what it should not. */
static bool is_passed_over(const char *kind)
{
    static const char *const kinds[] = {"time", "crash", "instructions", "memory", "raised", "steps", NULL};
    return g_strv_contains(kinds, kind);
}

/* All are counted, and the first one of a rule and generation rings: a rule that fails on every mail shall
 * not ring for every mail. */
static void errors_tell(struct keeper *keeper, const json_t *decision, const struct generation *generation)
{
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(decision, "errors"), index, entry) {
        const char *rule = json_text_or(entry, "rule", "(none)"), *kind = json_text_or(entry, "kind", "?");
        g_autofree char *known =
            rule_paths_for_people(keeper->config, json_text_or(entry, "message", "failed"));
        g_autofree char *masked = mask_secrets(known); /* it may quote the mail */
        g_autofree char *message = g_utf8_substring(masked, 0, MIN(g_utf8_strlen(masked, -1), 300));
        if (erring_note(keeper->erring, generation, "rule", rule, kind, message))
            keeper_alert(keeper, false, "rule-error", "rule %s%s: %s", rule,
                         is_passed_over(kind) ? " was passed over" : "", message);
    }
}

/* Its name is that of a drill, and its bytes are not: from now on it is a mail as any other. */
static bool is_no_drill(struct delivery *delivery, const json_t *body)
{
    if (delivery->drill == NULL || drill_is(delivery->keeper, delivery->drill, json_text(body, "sha256")))
        return false;
    drill_came(delivery->keeper, delivery->drill, 0, NULL, NULL);
    json_object_del(delivery->request, "drill");
    g_clear_pointer(&delivery->drill, g_free);
    return true;
}

static void delivery_decided(struct delivery *delivery, json_t *body, const struct generation *generation)
{
    if (is_no_drill(delivery, body)) {
        delivery_lighten(delivery);
        delivery_again(delivery);
        return;
    }
    json_t *decision = json_object_get(body, "decision"), *loss;
    size_t index;
    if (delivery->entry != NULL)
        disk_read(delivery->keeper, delivery->spool->name, json_text_or(delivery->request, "file", "?"));
    json_array_foreach(delivery->losses, index, loss) {
        answer_add_error(decision, json_text(loss, "rule"), json_text(loss, "kind"),
                         json_text(loss, "message"));
    }
    errors_tell(delivery->keeper, decision, generation);
    if (delivery->entry == NULL)
        delivery_archived_end(delivery, body, generation, NULL);
    else if (!spool_entry_unchanged(delivery->entry))
        delivery_end(delivery, SPOOL_AGAIN, 500); /* another mail by now */
    else {
        fault_point("decision-accepted");
        record_decided(delivery, body, generation);
    }
}

void delivery_answered(struct worker *worker, json_t *body, size_t size)
{
    struct delivery *delivery = worker->in_hand;
    struct generation *generation = worker->generation;
    struct keeper *keeper = generation->keeper;
    g_autoptr(GError) error = NULL;
    fault_point("decision-received");
    const char *failed = json_text(body, "failed");
    bool ours = json_number(body, "sequence", -1) == (int64_t)delivery->sequence;
    if ((failed == NULL || !ours) &&
        !answer_check(body, delivery->sequence, json_object_get(generation->ready, "actions"), &error)) {
        child_kill(worker->child, error->message);
        return;
    }
    worker->in_hand = NULL;
    uv_timer_stop(&worker->timer);
    if (failed != NULL && json_flag(body, "unread")) {
        delivery_unread(delivery, failed);
    } else if (failed != NULL) {
        g_autofree char *why = g_strdup_printf("said \"%s\"", failed);
        delivery_failed(delivery, NULL, why);
    } else {
        delivery_well(worker, delivery);
        delivery->weight = size;
        keeper->desk->weight += size;
        delivery_decided(delivery, body, generation);
    }
    worker_released(worker);
    delivery_pump(keeper);
}
