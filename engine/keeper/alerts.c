/* Alerts on their way into the ledger. One that it cannot take now is owed: it is kept, with the time when it
 * happened, and raised when the ledger can be written again. So many and no more are kept; the log has them
 * all.
 */
#include "keeper/alerts.h"
#include "keeper/outbox.h"
#include "ledger/alerts.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mask.h"
#include "base/times.h"

enum { OWED_MOST = 200, AGAIN = 2000, IDLE_LOOK = 60000 };

struct alerts {
    struct keeper *keeper;
    GPtrArray *owed; /* of struct alert_job */
    int64_t next;    /* when something untold is due, ms; 0: not known */
    int64_t pay;     /* loop time before which what is owed is not tried again */
    bool telling, flushed;
};

struct alert_job {
    struct commit_job job;
    struct keeper *keeper;
    char *kind, *about, *without, *text;
    json_t *facts;
    int64_t at;
    bool quiet, over, logged, changed; /* changed: it is new, or it stood */
};

static void alert_free(struct alert_job *alert)
{
    g_free(alert->kind);
    g_free(alert->about);
    g_free(alert->without);
    g_free(alert->text);
    json_decref(alert->facts);
    g_free(alert);
}

static bool alert_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct alert_job *alert = (struct alert_job *)job;
    const struct ledger_alert raised = {
        .kind = alert->kind,
        .text = alert->text,
        .about = alert->about,
        .facts = alert->facts,
        .without = alert->without,
        .at = alert->at,
        .quiet = alert->quiet,
    };
    if (alert->over)
        return ledger_alert_over(ledger, alert->kind, alert->about, alert->at, &alert->changed, error);
    return ledger_alert_raise(ledger, &raised, time_now(), &alert->changed, error);
}

static void alert_done(struct commit_job *job, const GError *error)
{
    struct alert_job *alert = (struct alert_job *)job;
    struct alerts *alerts = alert->keeper->alerts;
    if (!alert->over && !alert->logged && (error != NULL || alert->changed))
        log_warning("%s", alert->text);
    alert->logged = true;
    if (error != NULL && alerts->owed->len < OWED_MOST) {
        g_ptr_array_add(alerts->owed, alert);
        return;
    }
    if (error == NULL && alert->changed && !alert->over)
        fault_point("alert-raised");
    if (error == NULL && !alert->quiet) {
        alerts->next = 0;
        if (alert->changed)
            outbox_kick(alert->keeper);
    }
    alert_free(alert);
}

static struct alert_job *alert_new(struct keeper *keeper, const char *kind, const char *about)
{
    struct alert_job *alert = g_new0(struct alert_job, 1);
    alert->job = (struct commit_job){.run = alert_run, .done = alert_done};
    alert->keeper = keeper;
    alert->kind = g_strdup(kind);
    alert->about = g_strdup(about);
    alert->at = time_now();
    return alert;
}

static void raise_text(struct keeper *keeper, const struct alert_wish *wish, const char *text)
{
    struct alert_job *alert = alert_new(keeper, wish->kind, wish->about);
    alert->text = mask_secrets(text); /* what a rule's error says may quote the mail */
    alert->without = g_strdup(wish->without);
    alert->facts = wish->facts;
    alert->at = wish->at != 0 ? wish->at : alert->at;
    alert->quiet = wish->quiet;
    committer_add(keeper->committer, &alert->job);
}

void keeper_raise(struct keeper *keeper, const struct alert_wish *wish, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    raise_text(keeper, wish, text);
}

void keeper_alert(struct keeper *keeper, bool quiet, const char *kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    raise_text(keeper, &(struct alert_wish){.kind = kind, .quiet = quiet}, text);
}

void keeper_trouble(struct keeper *keeper, const char *kind, const char *about, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    raise_text(keeper, &(struct alert_wish){.kind = kind, .about = about}, text);
}

void keeper_over(struct keeper *keeper, const char *kind, const char *about)
{
    struct alert_job *alert = alert_new(keeper, kind, about);
    alert->over = true;
    committer_add(keeper->committer, &alert->job);
}

void alerts_look(struct keeper *keeper)
{
    keeper->alerts->next = 0;
    outbox_kick(keeper);
}

void alerts_pay(struct keeper *keeper)
{
    g_autoptr(GPtrArray) owed = keeper->alerts->owed;
    keeper->alerts->owed = g_ptr_array_new();
    keeper->alerts->pay = (int64_t)uv_now(&keeper->loop) + AGAIN;
    for (guint i = 0; i < owed->len; i++)
        committer_add(keeper->committer, &((struct alert_job *)owed->pdata[i])->job);
}

/* ---- telling what was gathered ---- */

struct tell_job {
    struct commit_job job;
    struct keeper *keeper;
    bool all;
    int64_t next;
    unsigned queued;
};

static bool tell_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct tell_job *tell = (struct tell_job *)job;
    return ledger_alerts_tell(ledger, tell->all, time_now(), &tell->next, &tell->queued, error);
}

static void tell_done(struct commit_job *job, const GError *error)
{
    struct tell_job *tell = (struct tell_job *)job;
    struct alerts *alerts = tell->keeper->alerts;
    int64_t now = time_now();
    alerts->telling = false;
    alerts->next = error != NULL ? now + AGAIN : MIN(tell->next, now + IDLE_LOOK);
    alerts->flushed |= error == NULL && tell->all;
    if (error == NULL && tell->queued > 0) {
        fault_point("alert-queued");
        outbox_kick(tell->keeper);
    }
    g_free(tell);
}

static void tell_start(struct keeper *keeper, bool all)
{
    struct tell_job *tell = g_new0(struct tell_job, 1);
    tell->job = (struct commit_job){.run = tell_run, .done = tell_done};
    tell->keeper = keeper;
    tell->all = all;
    keeper->alerts->telling = true;
    committer_add(keeper->committer, &tell->job);
}

/* What is due in more than a long look was reckoned before the clock was set back. */
void alerts_tick(struct keeper *keeper)
{
    struct alerts *alerts = keeper->alerts;
    int64_t now = time_now();
    bool early = now < alerts->next && alerts->next - now <= IDLE_LOOK;
    if (!alerts->telling && !early && !keeper->astray)
        tell_start(keeper, false);
    if (alerts->owed->len > 0 && (int64_t)uv_now(&keeper->loop) >= alerts->pay)
        alerts_pay(keeper);
}

bool alerts_flush(struct keeper *keeper)
{
    struct alerts *alerts = keeper->alerts;
    if (!alerts->flushed && !alerts->telling)
        tell_start(keeper, true);
    return alerts->flushed;
}

struct alerts *alerts_new(struct keeper *keeper)
{
    struct alerts *alerts = g_new0(struct alerts, 1);
    alerts->keeper = keeper;
    alerts->owed = g_ptr_array_new();
    return alerts;
}

void alerts_free(struct alerts *alerts)
{
    if (alerts == NULL)
        return;
    for (guint i = 0; i < alerts->owed->len; i++)
        alert_free(alerts->owed->pdata[i]);
    g_ptr_array_unref(alerts->owed);
    g_free(alerts);
}
