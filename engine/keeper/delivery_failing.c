/* What becomes of a mail that a decider failed over. That costs the mail nothing: it is tried again without
 * the rule that the progress page names, or once more as it is, alone: in a decider that was started after
 * the failure and has had no other mail, so that what ails an old one (it was stopped, its memory is full) is
 * not held against the mail. When that one failed as well the mail is accused, and the next decider is given
 * a mail of ours first, the self-check. If it decides that, deciders are sound, and the accused are set aside
 * with the reason. If not, it is the deciders that ail: mail stays in its spool, and they start ever more
 * slowly until one passes. */
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/delivery_inside.h"
#include "keeper/disk.h"
#include "keeper/record.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RULES_PASSED_OVER_MOST 3
#define AILING_PAUSE 5000
#define DISTURBED_MOST 5
#define UNREAD_PAUSE 5000

static const char self_check[] = "From: awsift <awsift@localhost>\nSubject: Self-check\n"
                                 "Message-ID: <self-check@localhost>\n\nCan a mail be decided?\n";

bool desk_ails(const struct desk *desk)
{
    return desk->ails;
}

/* Nothing is to blame for it but what ails all deciders. */
static void delivery_stays(struct delivery *delivery)
{
    struct keeper *keeper = delivery->keeper;
    log_error("%s stays in its spool, for no mail can be decided just now: %s",
              json_text_or(delivery->request, "file", "a mail"), delivery->reason);
    delivery_end(delivery, SPOOL_AGAIN, AILING_PAUSE);
    if (keeper->options->once && !keeper_stopping(keeper))
        keeper_stop(keeper, 1);
}

static void accused_end(struct keeper *keeper, bool counts)
{
    struct desk *desk = keeper->desk;
    g_autoptr(GPtrArray) accused = g_steal_pointer(&desk->accused);
    desk->accused = g_ptr_array_new();
    for (guint i = 0; i < accused->len; i++) {
        struct delivery *delivery = accused->pdata[i];
        if (counts)
            record_unreadable(delivery, delivery->reason);
        else if (keeper_stopping(keeper))
            delivery_end(delivery, SPOOL_AGAIN, 0);
        else
            delivery_stays(delivery);
    }
}

static void on_self_check(json_t *body, const struct generation *generation, const GError *error, void *data)
{
    struct keeper *keeper = data;
    keeper->desk->checking = false;
    accused_end(keeper, body != NULL);
    if (body != NULL || keeper_stopping(keeper))
        return;
    keeper->desk->ails = true;
    self_check_ask(keeper);
}

static bool is_self_check(const struct delivery *delivery)
{
    return delivery->decided == on_self_check;
}

/* Its mail, in memory; -1 where none can be had just now. */
static int self_check_mail(void)
{
    int memory = memfd_create("self-check", MFD_CLOEXEC);
    if (memory >= 0 && write(memory, self_check, sizeof self_check - 1) == sizeof self_check - 1)
        return memory;
    if (memory >= 0)
        close(memory);
    return -1;
}

/* The next decider that starts has it before anything else. */
void self_check_ask(struct keeper *keeper)
{
    struct desk *desk = keeper->desk;
    int mail = desk->checking || keeper_stopping(keeper) ? -1 : self_check_mail();
    if (mail < 0)
        return;
    json_t *request =
        json_pack("{s:s, s:s, s:I, s:n, s:b}", "spool", "", "file", "the mail of the self-check", "arrival",
                  (json_int_t)time_now(), "recipient", "explain", 0);
    struct delivery *delivery = delivery_new(keeper, request);
    delivery->descriptor = mail;
    delivery->decided = on_self_check;
    delivery->data = keeper;
    delivery->alone = true;
    delivery->since = uv_now(&keeper->loop);
    desk->checking = true;
    g_queue_push_head(&desk->alone, delivery);
}

static void delivery_give_up(struct delivery *delivery, const char *reason)
{
    struct desk *desk = delivery->keeper->desk;
    if (delivery->entry != NULL) {
        delivery->reason = g_strdup(reason);
        g_ptr_array_add(desk->accused, delivery);
        self_check_ask(delivery->keeper);
        return;
    }
    g_autoptr(GError) error = g_error_new(AWSIFT_ERROR, AWSIFT_ERROR_CHILD, "%s", reason);
    delivery_archived_end(delivery, NULL, NULL, error);
}

/* A keeper that ends takes its deciders along: what they had in hand is nobody's fault, and waits for the
 * next start. */
static bool delivery_left(struct delivery *delivery)
{
    if (!keeper_stopping(delivery->keeper))
        return false;
    if (delivery->entry != NULL) {
        delivery_end(delivery, SPOOL_AGAIN, 0);
        return true;
    }
    g_autoptr(GError) error = g_error_new(AWSIFT_ERROR, AWSIFT_ERROR_BUSY, "awsift is ending");
    delivery_archived_end(delivery, NULL, NULL, error);
    return true;
}

void delivery_again(struct delivery *delivery)
{
    struct desk *desk = delivery->keeper->desk;
    if (is_self_check(delivery))
        g_queue_push_head(&desk->alone, delivery);
    else
        g_queue_push_tail(delivery->alone ? &desk->alone : &desk->again, delivery);
}

static bool is_fresh_for(const struct worker *worker, const struct delivery *delivery)
{
    return !worker->used && worker->born > delivery->since;
}

struct delivery *delivery_alone(struct keeper *keeper, const struct worker *worker)
{
    struct delivery *first = g_queue_peek_head(&keeper->desk->alone);
    bool may = first != NULL && is_fresh_for(worker, first) && (!keeper->desk->ails || is_self_check(first));
    return may ? g_queue_pop_head(&keeper->desk->alone) : NULL;
}

/* A mail that is to be tried alone waits for a decider that starts. Where none does (the one that failed
 * lives, or was of an older generation), one that is idle gives way to a new one. */
void delivery_renew(struct keeper *keeper)
{
    const struct delivery *first = g_queue_peek_head(&keeper->desk->alone);
    struct worker *idle = NULL;
    for (guint i = 0; first != NULL && i < keeper->live->workers->len; i++) {
        struct worker *worker = keeper->live->workers->pdata[i];
        if (worker->role != CHILD_DECIDER)
            continue;
        if (!worker->ready || is_fresh_for(worker, first))
            return;
        if (worker_idle(worker))
            idle = worker;
    }
    if (idle == NULL)
        return;
    idle->ready = false; /* it gets no more mail while it dies */
    child_kill(idle->child, "gave way to a new one, in which a mail is tried alone");
}

void delivery_failed(struct delivery *delivery, const char *rule, const char *why)
{
    if (delivery_left(delivery))
        return;
    delivery->deaths++;
    if (rule != NULL && json_array_size(delivery->skip) < RULES_PASSED_OVER_MOST) {
        g_autofree char *message = g_strdup_printf("a decider %s in it", why);
        const char *kind = strcmp(why, OVERRAN) == 0 ? "time" : "crash";
        json_array_append_new(delivery->skip, json_string(rule));
        json_array_append_new(delivery->losses, json_pack("{s:s, s:s, s:o}", "rule", rule, "kind", kind,
                                                          "message", json_text_new(message)));
    } else if (delivery->alone) {
        g_autofree char *last = rule != NULL ? g_strdup_printf(", at last in rule %s", rule) : g_strdup("");
        g_autofree char *reason =
            g_strdup_printf("a decider %s over it, %u times%s", why, delivery->deaths, last);
        delivery_give_up(delivery, reason);
        return;
    } else {
        delivery->alone = true;
        delivery->since = uv_now(&delivery->keeper->loop);
    }
    delivery_again(delivery);
}

void delivery_unread(struct delivery *delivery, const char *why)
{
    if (delivery_left(delivery))
        return;
    if (delivery->entry == NULL) {
        delivery_give_up(delivery, why);
        return;
    }
    disk_unread(delivery->keeper, delivery->spool->name, json_text_or(delivery->request, "file", "?"), why);
    delivery_end(delivery, delivery->keeper->options->once ? SPOOL_GONE : SPOOL_AGAIN, UNREAD_PAUSE);
}

static bool passed_over(const struct delivery *delivery, const char *rule)
{
    size_t index;
    json_t *id;
    json_array_foreach(delivery->skip, index, id) {
        if (g_strcmp0(json_string_value(id), rule) == 0)
            return true;
    }
    return false;
}

void delivery_worker_died(struct worker *worker, const char *why)
{
    struct delivery *delivery = g_steal_pointer(&worker->in_hand);
    if (delivery_left(delivery))
        return;
    if (child_ended_by_others(worker->child) && delivery->disturbed++ < DISTURBED_MOST) {
        log_warning("a decider %s over %s, which is tried again", why,
                    json_text_or(delivery->request, "file", "a mail"));
        delivery_again(delivery);
        return;
    }
    struct progress *page = child_progress(worker->child);
    const char *rule = NULL;
    if (atomic_load(&page->sequence) == delivery->sequence)
        rule =
            generation_rule(worker->generation, strcmp(why, OVERRAN) == 0
                                                    ? progress_blame(page, (uint64_t)g_get_monotonic_time())
                                                    : atomic_load(&page->rule));
    if (rule != NULL && passed_over(delivery, rule))
        rule = NULL;
    log_warning("a decider %s over %s%s%s", why, json_text_or(delivery->request, "file", "a mail"),
                rule != NULL ? " in rule " : "", rule != NULL ? rule : "");
    delivery_failed(delivery, rule, why);
}

void delivery_well(struct worker *worker, const struct delivery *delivery)
{
    struct desk *desk = worker->generation->keeper->desk;
    if (!desk->ails || !is_self_check(delivery))
        return;
    desk->ails = false;
    worker_recovered(worker);
}
