/* A mail into the ledger, then into the archive. The order is fixed: commit, move, sync the folders, and only
 * then "filed" (or, for a copy of a known mail, its removal). A crash in between leaves a message "decided"
 * whose file lies in the spool or the archive; recovery looks. What fails: the ledger (the mail goes back to
 * its spool, and nothing was done), the move (the mail is decided, stays in hand, and the move is tried
 * again), a file that changed under us. */
#include "keeper/record.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/answer.h"
#include "keeper/filing.h"
#include "keeper/outbox.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define AGAIN_AFTER 5000

struct record {
    struct commit_job job;
    struct keeper *keeper;
    struct delivery *delivery;
    char *sha256, *recipient, *reason, *revision; /* reason: why it is unreadable, NULL for a decided one */
    int64_t size, generation;
    json_t *decision, *context, *actions;
    char *path, *folder; /* of the file in the spool */
    struct ledger_recorded recorded;
    GError *trouble; /* with the file, after the commit */
    bool remove, moved, logged;
    bool troubled; /* said already that it cannot be filed */
    bool in_place; /* a copy of it lies in the folder of its category */
    uv_work_t work;
    uv_timer_t timer;
};

static void record_free(struct record *record)
{
    g_free(record->sha256);
    g_free(record->recipient);
    g_free(record->reason);
    g_free(record->revision);
    json_decref(record->decision);
    json_decref(record->context);
    json_decref(record->actions);
    g_free(record->path);
    g_free(record->folder);
    g_clear_error(&record->trouble);
    g_free(record);
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
        return ledger_record_unreadable(ledger, &arrival, record->reason, &record->recorded, error);
    struct ledger_decision decision = {
        .decision = record->decision,
        .context = record->context,
        .actions = record->actions,
        .revision = record->revision,
        .generation = record->generation,
        .decided = time_now(),
        .by = "rules",
    };
    return ledger_record(ledger, &arrival, &decision, &record->recorded, error);
}

static bool is_same_file(const char *path, const struct stat *seen)
{
    struct stat now;
    return lstat(path, &now) == 0 && now.st_dev == seen->st_dev && now.st_ino == seen->st_ino &&
           now.st_size == seen->st_size && now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
}

static char *path_aside(const struct record *record)
{
    g_autofree char *name = filing_name(record->recorded.message, record->sha256);
    return g_build_filename(record->keeper->config->store, "unreadable", name, NULL);
}

static bool is_set_aside(const struct record *record)
{
    g_autofree char *path = path_aside(record);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* A mail that could be read after all lies in the archive now: what is left of it in unreadable/ (the
 * reason; the file itself, where a person copied it back) would tell otherwise. */
static void forget_aside(struct record *record)
{
    struct stat status;
    g_autofree char *path = path_aside(record), *reason = g_strconcat(path, ".reason", NULL);
    int file = file_open_regular(AT_FDCWD, path, &status, NULL);
    g_autofree char *sha256 = file >= 0 ? file_sha256(file, NULL) : NULL;
    if (file >= 0)
        close(file);
    if (file < 0 || g_strcmp0(sha256, record->sha256) == 0) {
        file_remove(path, NULL);
        file_remove(reason, NULL);
    }
}

static char *find_filed(struct record *record)
{
    const struct ledger_recorded *recorded = &record->recorded;
    const char *store = record->keeper->config->store;
    if (recorded->category[0] == '\0')
        return NULL;
    char *filed = filing_find(store, recorded->category, recorded->message, record->sha256);
    record->in_place = filed != NULL;
    if (filed == NULL && recorded->folder[0] != '\0')
        filed = filing_find(store, recorded->folder, recorded->message, record->sha256);
    return filed;
}

/* By looking: a copy may go only where the first one lies. */
static bool first_is_safe(struct record *record)
{
    if (record->recorded.category[0] == '\0')
        return is_set_aside(record);
    g_autofree char *first = find_filed(record);
    if (record->in_place && !record->recorded.filed)
        record->job.sync_category = g_strdup(record->recorded.category);
    return first != NULL;
}

static bool file_into_archive(struct record *record)
{
    const char *store = record->keeper->config->store;
    bool sync_content = record->delivery->spool->kind == SPOOL_DIRECTORY;
    if (!filing_file(store, record->recorded.category, record->recorded.message, record->sha256, record->path,
                     sync_content, &record->trouble))
        return false;
    record->moved = record->in_place = true;
    record->job.sync_category = g_strdup(record->recorded.category);
    record->job.sync_from = g_strdup(record->folder);
    return true;
}

/* In the pool, after the commit: exactly one of moved, remove, trouble results. */
static void settle(struct commit_job *job)
{
    struct record *record = (struct record *)job;
    const char *store = record->keeper->config->store;
    const struct ledger_recorded *recorded = &record->recorded;
    g_clear_error(&record->trouble);
    if (!is_same_file(record->path, &record->delivery->entry->status)) {
        g_autofree char *filed = find_filed(record);
        record->moved = filed != NULL;
        if (filed == NULL)
            g_set_error(&record->trouble, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                        "%s was changed or taken away while it was decided", record->path);
        else if (record->in_place) /* moved before, but not durably */
            job->sync_category = g_strdup(recorded->category);
        return;
    }
    record->remove = recorded->duplicate && first_is_safe(record);
    if (record->remove)
        return;
    if (recorded->category[0] != '\0')
        file_into_archive(record);
    else if (filing_set_aside(store, recorded->message, record->sha256, record->path,
                              record->reason != NULL ? record->reason : "set aside before", &record->trouble))
        record->moved = true;
}

static void tidy(struct commit_job *job)
{
    struct record *record = (struct record *)job;
    if (record->remove && job->sync_error == NULL)
        file_remove(record->path, &record->trouble);
    if (record->moved && record->recorded.was_unreadable && job->sync_error == NULL)
        forget_aside(record);
}

static void timer_closed(uv_handle_t *handle)
{
    record_free(handle->data);
}

static void record_end(struct record *record, enum spool_outcome outcome, int64_t delay)
{
    struct keeper *keeper = record->keeper;
    delivery_end(record->delivery, outcome, delay);
    uv_close((uv_handle_t *)&record->timer, timer_closed);
    delivery_pump(keeper);
}

static void on_refile(uv_timer_t *timer)
{
    struct record *record = timer->data;
    record->job.run = NULL;
    if (keeper_stopping(record->keeper))
        record_end(record, SPOOL_AGAIN, 0); /* recovery files it at the next start */
    else
        committer_add(record->keeper->committer, &record->job);
}

static void tell(struct record *record)
{
    if (record->logged)
        return;
    record->logged = true;
    if (record->recorded.duplicate) {
        log_info("%s is mail %" G_GINT64_FORMAT " once more%s", record->path, record->recorded.message,
                 record->recorded.missing ? ", which was missing" : "");
    } else if (record->reason != NULL) {
        keeper_alert(record->keeper, false, "unreadable", "mail %" G_GINT64_FORMAT " (%s) was set aside: %s",
                     record->recorded.message, json_text_or(record->delivery->request, "file", ""),
                     record->reason);
    } else {
        g_autofree char *line = answer_describe(record->recorded.message, record->decision);
        log_info("%s", line);
        outbox_kick(record->keeper);
    }
}

static void done(struct commit_job *job, const GError *error)
{
    struct record *record = (struct record *)job;
    struct keeper *keeper = record->keeper;
    if (error != NULL) {
        desk_pause(keeper->desk);
        record_end(record, SPOOL_AGAIN, AGAIN_AFTER);
        return;
    }
    tell(record);
    const GError *trouble = record->trouble != NULL ? record->trouble : job->sync_error;
    if (trouble == NULL) {
        if (record->in_place && !record->recorded.filed)
            record_state(keeper, record->recorded.message, "filed");
        record_end(record, SPOOL_GONE, 0);
    } else if (record->recorded.duplicate && !record->recorded.missing &&
               g_error_matches(trouble, AWSIFT_ERROR, AWSIFT_ERROR_GONE)) {
        /* the first one is safe; whatever lies there now is decided anew */
        record_end(record, SPOOL_AGAIN, 500);
    } else if (g_error_matches(trouble, AWSIFT_ERROR, AWSIFT_ERROR_GONE)) {
        keeper_alert(keeper, false, "missing", "mail %" G_GINT64_FORMAT " is decided but cannot be filed: %s",
                     record->recorded.message, trouble->message);
        record_state(keeper, record->recorded.message, "missing");
        record_end(record, SPOOL_AGAIN, 500);
    } else {
        if (!record->troubled)
            log_warning("mail %" G_GINT64_FORMAT " waits to be filed: %s", record->recorded.message,
                        trouble->message);
        record->troubled = true;
        const char *why = strrchr(trouble->message, ':');
        keeper_alert(keeper, false, "filing",
                     "mail is decided but cannot be moved from spool to archive, it is tried again%s",
                     why != NULL ? why : "");
        uv_timer_start(&record->timer, on_refile, AGAIN_AFTER, 0);
    }
}

static struct record *record_new(struct delivery *delivery)
{
    struct record *record = g_new0(struct record, 1);
    record->keeper = delivery->keeper;
    record->delivery = delivery;
    record->job = (struct commit_job){.run = run, .settle = settle, .tidy = tidy, .done = done};
    record->folder = spool_folder(delivery->entry->spool);
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
    record->actions = answer_actions(body, json_object_get(generation->ready, "actions"), time_now());
    record->revision = g_strdup(snapshot_revision(generation->snapshot));
    record->generation = generation->number;
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

struct state_job {
    struct commit_job job;
    struct keeper *keeper;
    int64_t message;
    char *state;
    uv_timer_t timer;
};

static bool state_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    const struct state_job *state = (struct state_job *)job;
    return ledger_set_state(ledger, state->message, state->state, error);
}

static void state_closed(uv_handle_t *handle)
{
    struct state_job *state = handle->data;
    state->keeper->jobs--;
    g_free(state->state);
    g_free(state);
}

static void on_state_again(uv_timer_t *timer)
{
    struct state_job *state = timer->data;
    committer_add(state->keeper->committer, &state->job);
}

/* Written again until it is; what is left when the keeper ends is found and mended at the next start. */
static void state_done(struct commit_job *job, const GError *error)
{
    struct state_job *state = (struct state_job *)job;
    if (error != NULL && !keeper_stopping(state->keeper))
        uv_timer_start(&state->timer, on_state_again, AGAIN_AFTER, 0);
    else
        uv_close((uv_handle_t *)&state->timer, state_closed);
}

void record_state(struct keeper *keeper, int64_t message, const char *name)
{
    struct state_job *state = g_new0(struct state_job, 1);
    state->job = (struct commit_job){.run = state_run, .done = state_done};
    state->keeper = keeper;
    state->message = message;
    state->state = g_strdup(name);
    keeper->jobs++;
    uv_timer_init(&keeper->loop, &state->timer);
    state->timer.data = state;
    committer_add(keeper->committer, &state->job);
}
