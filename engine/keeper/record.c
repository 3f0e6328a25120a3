/* A mail into the ledger, then into the archive. The order is fixed: sync the mail, commit, move, sync the
 * folders, and only then "filed" (or, for a copy of a known mail, its removal). A crash in between leaves a
 * message "decided" whose file lies in the spool or the archive; recovery looks. What fails: the ledger (the
 * mail goes back to its spool, and nothing was done), the move (the mail is decided and told, stays in hand,
 * and the move is tried again), a file that changed under us. What is done with the file stands in
 * record_files.c. */
#include "keeper/record.h"
#include "keeper/life.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/alerts.h"
#include "keeper/answer.h"
#include "keeper/disk.h"
#include "keeper/escalation.h"
#include "keeper/drill.h"
#include "keeper/filing.h"
#include "keeper/outbox.h"
#include "keeper/record_inside.h"

#include <string.h>
#include <unistd.h>

#define AGAIN_AFTER 5000
#define AGAIN_AFTER_REFUSAL 3600000 /* a fault of ours is not over soon; the others are not kept waiting */
/* `run --once` shall come to its end: a few tries, then it says what it leaves. */
#define TRIES_ONCE 3
#define WAITING_AT_ONCE 64
#define AGAIN_AFTER_ONCE 200

static void record_free(struct record *record)
{
    g_free(record->sha256);
    g_free(record->recipient);
    g_free(record->reason);
    g_free(record->revision);
    g_free(record->by);
    json_decref(record->decision);
    json_decref(record->context);
    json_decref(record->actions);
    json_decref(record->owed);
    g_free(record->path);
    g_free(record->folder);
    g_clear_error(&record->trouble);
    g_free(record->damaged);
    g_free(record);
}

static char *unreadable_text(const struct record *record)
{
    int64_t message = record->recorded.message;
    return g_strdup_printf("mail %" G_GINT64_FORMAT
                           " (%s in spool %s) was set aside: %s; awsift unreadable show "
                           "%" G_GINT64_FORMAT " says what helps",
                           message, json_text_or(record->delivery->request, "file", ""),
                           record->delivery->spool->name, record->reason, message);
}

/* In the transaction that sets it aside: no crash leaves one that nobody is told of. */
static bool unreadable_raise(const struct record *record, struct ledger *ledger, GError **error)
{
    bool fresh;
    g_autofree char *text = unreadable_text(record);
    return ledger_raise(ledger, "unreadable", text, false, time_now(), &fresh, error);
}

static bool run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct record *record = (struct record *)job;
    const json_t *request = record->delivery->request;
    struct ledger_arrival arrival = {
        .spool = record->delivery->spool->name,
        .file = json_text_or(request, "file", ""),
        .sha256 = record->sha256,
        .recipient = record->recipient,
        .size = record->size,
        .arrived = json_number(request, "arrival", 0),
        .seen = time_now(),
    };
    if (record->reason != NULL)
        return ledger_record_unreadable(ledger, &arrival, record->reason, &record->recorded, error) &&
               (record->recorded.duplicate || unreadable_raise(record, ledger, error));
    struct ledger_decision decision = {
        .decision = record->decision,
        .context = record->context,
        .actions = record->actions,
        .owed = record->owed,
        .revision = record->revision,
        .generation = record->generation,
        .decided = time_now(),
        .by = record->by != NULL ? record->by : "rules",
        .drill = record->delivery->drill,
    };
    return ledger_record(ledger, &arrival, &decision, &record->recorded, error);
}

static void timer_closed(uv_handle_t *handle)
{
    record_free(handle->data);
}

static void record_end(struct record *record, enum spool_outcome outcome, int64_t delay)
{
    struct keeper *keeper = record->keeper;
    g_ptr_array_remove(keeper->waiting, record);
    delivery_end(record->delivery, outcome, delay);
    uv_close((uv_handle_t *)&record->timer, timer_closed);
    delivery_pump(keeper);
}

/* Since the last try a person or a better proven copy may have had it decided for another folder, and a copy
 * may have been filed in its place. */
static bool refresh_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct record *record = (struct record *)job;
    struct ledger_recorded *recorded = &record->recorded;
    struct ledger_filing *filing = ledger_find_filing(ledger, recorded->message, error);
    if (filing == NULL)
        return false;
    recorded->filed = strcmp(filing->state, "filed") == 0;
    g_strlcpy(recorded->category, filing->category, sizeof recorded->category);
    g_strlcpy(recorded->folder, filing->from != NULL ? filing->from : "", sizeof recorded->folder);
    ledger_filing_free(filing);
    return true;
}

static void on_refile(uv_timer_t *timer)
{
    struct record *record = timer->data;
    record->job.run = refresh_run;
    record->job.can_wait = false;
    record->job.prepare = NULL; /* that is done, and its descriptor is closed */
    record->job.sync_first = NULL;
    committer_add(record->keeper->committer, &record->job);
}

/* One alert, however many wait, as when the whole archive is read-only; `awsift list` has them all. */
static void wait_tell(struct record *record, const GError *trouble)
{
    g_autofree char *text =
        filing_waits_text(record->recorded.message, json_text_or(record->delivery->request, "file", ""),
                          record->delivery->spool->name, trouble);
    disk_filing_failed(record->keeper, trouble->message, text);
}

/* Many that wait are not tried at once, over and over. */
static int64_t pause_of(const struct keeper *keeper)
{
    return keeper->options->once ? AGAIN_AFTER_ONCE
                                 : AGAIN_AFTER * (1 + keeper->waiting->len / WAITING_AT_ONCE);
}

/* What the ledger has is not held as well. */
static void record_lighten(struct record *record)
{
    g_clear_pointer(&record->decision, json_decref);
    g_clear_pointer(&record->context, json_decref);
    g_clear_pointer(&record->actions, json_decref);
    g_clear_pointer(&record->owed, json_decref);
    delivery_lighten(record->delivery);
}

/* A mail that waits holds no descriptor, so that those that can be filed have enough, and no decision. */
static void record_wait(struct record *record, const GError *trouble)
{
    struct keeper *keeper = record->keeper;
    struct spool_entry *entry = record->delivery->entry;
    wait_tell(record, trouble);
    if (keeper_stopping(keeper)) {
        record_end(record, SPOOL_AGAIN, 0); /* recovery files it at the next start */
        return;
    }
    if (record->tries++ == 0) {
        g_ptr_array_add(keeper->waiting, record);
        record_lighten(record);
        close(entry->descriptor);
        entry->descriptor = -1;
    }
    if (keeper->options->once && record->tries >= TRIES_ONCE)
        record_end(record, SPOOL_GONE, 0); /* not offered again; keeper.c names it at the end */
    else
        uv_timer_start(&record->timer, on_refile, (uint64_t)pause_of(keeper), 0);
}

/* One that waited could be filed: the others may be as well. */
static void waiting_wake(struct keeper *keeper)
{
    for (guint i = 0; i < keeper->waiting->len; i++) {
        struct record *record = keeper->waiting->pdata[i];
        if (uv_is_active((uv_handle_t *)&record->timer))
            uv_timer_start(&record->timer, on_refile, 0, 0);
    }
}

/* Whoever waited for the archive may have ended elsewhere meanwhile. */
static void filing_look(struct keeper *keeper)
{
    if (keeper->waiting->len == 0)
        disk_filing_back(keeper);
}

void record_waiting_end(struct keeper *keeper)
{
    for (guint i = keeper->waiting->len; i > 0; i--) {
        struct record *record = keeper->waiting->pdata[i - 1];
        if (uv_is_active((uv_handle_t *)&record->timer))
            record_end(record, SPOOL_AGAIN, 0);
    }
}

GArray *record_waiting_mails(const struct keeper *keeper)
{
    GArray *mails = g_array_sized_new(FALSE, FALSE, sizeof(int64_t), keeper->waiting->len);
    for (guint i = 0; i < keeper->waiting->len; i++) {
        const struct record *record = keeper->waiting->pdata[i];
        g_array_append_val(mails, record->recorded.message);
    }
    return mails;
}

static void tell(struct record *record)
{
    const struct ledger_recorded *recorded = &record->recorded;
    if (!record->logged && record->delivery->drill == NULL)
        life_arrived(record->keeper, record->delivery->spool->name);
    if (!record->logged && record->delivery->drill != NULL)
        drill_came(record->keeper, record->delivery->drill, recorded->message, record->decision,
                   record->context);
    if (record->logged)
        return;
    record->logged = true;
    if (recorded->duplicate && !recorded->more_proven) {
        log_info("%s is mail %" G_GINT64_FORMAT " once more%s", record->path, recorded->message,
                 recorded->missing ? ", which was missing" : "");
    } else if (record->reason != NULL) {
        g_autofree char *text = unreadable_text(record);
        log_error("%s", text);
        alerts_look(record->keeper);
    } else {
        g_autofree char *line = answer_describe(recorded->message, record->decision);
        log_info("%s%s", line, recorded->more_proven ? " (again: this copy is better proven)" : "");
        outbox_kick(record->keeper);
    }
}

static void damage_tell(struct record *record)
{
    g_autofree char *damaged = g_steal_pointer(&record->damaged);
    if (damaged != NULL)
        keeper_alert(record->keeper, false, "damaged",
                     "mail %" G_GINT64_FORMAT ": %s; a copy that came takes its place",
                     record->recorded.message, damaged);
}

/* Where the first one is in another hand, whatever lies there now is decided anew; else the mail is lost. */
static void gone(struct record *record, const GError *trouble)
{
    struct keeper *keeper = record->keeper;
    const struct ledger_recorded *recorded = &record->recorded;
    g_autofree char *text = g_strdup_printf("mail %" G_GINT64_FORMAT " is decided but cannot be filed: %s",
                                            recorded->message, trouble->message);
    if (!recorded->duplicate || recorded->filed || recorded->missing)
        record_lost(keeper, recorded->message, text);
    record_end(record, SPOOL_AGAIN, 500);
    filing_look(keeper);
}

/* What holds its spool up holds up no other. A folder or a mail that is gone is the spool's to tell. */
static void unprepared(const struct record *record, const GError *error)
{
    const char *spool = record->delivery->spool->name;
    if (g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE))
        return;
    filing_doubt(record->folder); /* of the folder's sync, here is the first to know */
    keeper_alert(record->keeper, false, "spool",
                 "spool %s: its mail is not decided, since it may not outlive a power cut: %s", spool,
                 error->message);
}

static void done(struct commit_job *job, const GError *error)
{
    struct record *record = (struct record *)job;
    struct keeper *keeper = record->keeper;
    if (error != NULL) {
        bool refused = g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_REFUSED);
        if (job->unprepared)
            unprepared(record, error);
        else if (!refused)
            desk_pause(keeper->desk);
        record_end(record, SPOOL_AGAIN, refused ? AGAIN_AFTER_REFUSAL : AGAIN_AFTER);
        return;
    }
    tell(record);
    damage_tell(record);
    const GError *trouble = record->trouble != NULL ? record->trouble : job->sync_error;
    record->unsynced = job->sync_error != NULL;
    if (g_error_matches(trouble, AWSIFT_ERROR, AWSIFT_ERROR_GONE)) {
        gone(record, trouble);
    } else if (trouble != NULL) {
        record_wait(record, trouble);
    } else {
        if (record->in_place && !record->recorded.filed)
            record_filed(keeper, record->recorded.message, record->recorded.category);
        bool waited = record->tries > 0;
        record_end(record, SPOOL_GONE, 0);
        if (waited)
            waiting_wake(keeper);
        filing_look(keeper);
    }
}

static struct record *record_new(struct delivery *delivery)
{
    struct record *record = g_new0(struct record, 1);
    record->keeper = delivery->keeper;
    record->delivery = delivery;
    record->folder = spool_folder(delivery->entry->spool);
    record->job = (struct commit_job){.prepare = record_prepare,
                                      .sync_first = record->folder,
                                      .run = run,
                                      .settle = record_settle,
                                      .tidy = record_tidy,
                                      .done = done,
                                      .can_wait = true};
    record->path = g_build_filename(record->folder, delivery->entry->name, NULL);
    uv_timer_init(&record->keeper->loop, &record->timer);
    record->timer.data = record->work.data = record;
    return record;
}

void record_decided(struct delivery *delivery, const json_t *body, const struct generation *generation)
{
    struct record *record = record_new(delivery);
    record->sha256 = g_strdup(json_text(body, "sha256"));
    record->recipient = g_strdup(json_text_or(body, "recipient", ""));
    record->size = json_number(body, "size", 0);
    record->decision = json_incref(json_object_get(body, "decision"));
    record->context = json_incref(json_object_get(body, "context"));
    record->actions = answer_actions(body, json_object_get(generation->ready, "actions"));
    if (delivery->drill == NULL) /* a drill opens nothing: what it rings, it rings once */
        record->owed = escalation_owed(record->keeper->config->json, body, record->actions, time_now());
    record->revision = g_strdup(snapshot_revision(generation->snapshot));
    record->generation = generation->number;
    if (delivery->drill != NULL)
        record->by = g_strdup_printf("drill of %s",
                                     json_text_or(json_object_get(delivery->request, "drill"), "by", "?"));
    committer_add(record->keeper->committer, &record->job);
}

static void on_hash(uv_work_t *work)
{
    struct record *record = work->data;
    record->sha256 = file_sha256(record->delivery->entry->descriptor, &record->trouble);
}

static void on_hashed(uv_work_t *work, int status)
{
    struct record *record = work->data;
    record->keeper->jobs--;
    if (record->sha256 != NULL) {
        committer_add(record->keeper->committer, &record->job);
        return;
    }
    keeper_alert(record->keeper, false, "unreadable", "%s cannot be read at all, it stays in the spool: %s",
                 record->path, record->trouble->message);
    record_end(record, SPOOL_AGAIN, 60000);
}

void record_unreadable(struct delivery *delivery, const char *reason)
{
    struct record *record = record_new(delivery);
    record->reason = g_strdup(reason);
    record->recipient = g_strdup(delivery->spool->recipient != NULL ? delivery->spool->recipient : "");
    record->size = delivery->entry->status.st_size;
    record->keeper->jobs++;
    int failed = uv_queue_work(&record->keeper->loop, &record->work, on_hash, on_hashed);
    g_assert(failed == 0);
}
