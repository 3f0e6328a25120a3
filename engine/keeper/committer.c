/* Group commit. One transaction a batch, one sync of each folder a batch. A job that alone cannot be written
 * (not the disk, not a lock) must not keep the others from the ledger, so a failed batch is tried again one
 * by one. What fails for everybody (a disk that is full or fails, a ledger that is locked or damaged) fails
 * every job of the batch: the owner of each decides what happens next, because only it knows what must not be
 * lost. A change of state that must not be (ledger/states.h) is a fault of ours: it fails its job alone, and
 * is told. Neither that nor a job that asks for what is not there, or for too much, says anything about the
 * ledger. Before a batch, and in a transaction of its own, stands what a
 * step of the system's clock moves: no job is run that knows of the step, and reads times that do not. */
#include "keeper/committer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/filing.h"
#include "ledger/checkpoint.h"
#include "ledger/clock.h"

#include <string.h>

#define BATCH_MOST 512
#define SAY_AGAIN 60000

struct committer {
    uv_loop_t *loop;
    struct ledger *ledger;
    const char *store;
    GPtrArray *queued, *running; /* of struct commit_job; running is NULL while idle */
    uv_work_t work;
    bool refuses, refusing; /* jobs that can wait: from now on, and of the batch that runs */
    bool wrote;             /* the batch that runs changed the ledger: reading alone proves nothing */
    char *trouble, *log_trouble;
    int64_t trouble_since;
    uint64_t said;  /* loop time of the last line about it */
    uint64_t began; /* and of the batch that runs */
    void (*failed)(const GError *error, void *data);
    committer_recovered recovered;
    committer_stepped stepped;
    int64_t step; /* of the clock, that the batch that runs adopted; 0: none */
    void *data;
};

struct committer *committer_new(uv_loop_t *loop, struct ledger *ledger, const char *store,
                                committer_recovered recovered, committer_stepped stepped, void *data)
{
    struct committer *committer = g_new0(struct committer, 1);
    committer->loop = loop;
    committer->ledger = ledger;
    committer->store = store;
    committer->recovered = recovered;
    committer->stepped = stepped;
    committer->data = data;
    committer->queued = g_ptr_array_new();
    return committer;
}

static bool jobs_run(struct committer *committer, struct commit_job *const *jobs, size_t count,
                     GError **error)
{
    if (!ledger_begin(committer->ledger, error))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (jobs[i]->run != NULL && !jobs[i]->run(jobs[i], committer->ledger, error)) {
            ledger_rollback(committer->ledger);
            return false;
        }
    }
    if (ledger_commit(committer->ledger, error))
        return true;
    ledger_rollback(committer->ledger);
    return false;
}

static bool concerns_everybody(const struct committer *committer, const GError *error)
{
    return ledger_disk_failed(committer->ledger) || g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_FULL) ||
           g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY) ||
           g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_CORRUPT);
}

/* A decision outlives a power cut; so must the mail that it is about, by its bytes and its name. */
static bool job_prepare(struct commit_job *job, GHashTable *seen, GError **error)
{
    if (job->prepare != NULL && !job->prepare(job, error))
        return false;
    if (job->sync_first == NULL)
        return true;
    const struct commit_job *first = g_hash_table_lookup(seen, job->sync_first);
    if (first == NULL) {
        g_hash_table_insert(seen, (char *)job->sync_first, job);
        return folder_sync(job->sync_first, error);
    }
    if (error != NULL && first->error != NULL)
        *error = g_error_copy(first->error);
    return first->error == NULL;
}

static void jobs_prepare(struct commit_job *const *jobs, size_t count)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < count; i++)
        jobs[i]->unprepared = !job_prepare(jobs[i], seen, &jobs[i]->error);
}

static void jobs_write_sound(struct committer *committer, struct commit_job *const *jobs, size_t count)
{
    g_autoptr(GError) error = NULL;
    if (count == 0 || jobs_run(committer, jobs, count, &error))
        return;
    if (count == 1 || concerns_everybody(committer, error)) {
        for (size_t i = 0; i < count; i++)
            jobs[i]->error = g_error_copy(error);
        return;
    }
    for (size_t i = 0; i < count; i++)
        jobs_run(committer, &jobs[i], 1, &jobs[i]->error);
}

static bool is_refused(const GError *error)
{
    return g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_REFUSED);
}

/* An alert of its own transaction; the job's is gone. */
static void refusals_tell(struct committer *committer, struct commit_job *const *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool fresh;
        if (!is_refused(jobs[i]->error))
            continue;
        log_error("%s", jobs[i]->error->message);
        if (ledger_begin(committer->ledger, NULL) &&
            !(ledger_raise(committer->ledger, "refused", jobs[i]->error->message, false, time_now(), &fresh,
                           NULL) &&
              ledger_commit(committer->ledger, NULL)))
            ledger_rollback(committer->ledger);
    }
}

static void jobs_write(struct committer *committer, struct commit_job *const *jobs, size_t count)
{
    g_autoptr(GPtrArray) sound = g_ptr_array_new();
    jobs_prepare(jobs, count);
    for (size_t i = 0; i < count; i++)
        if (jobs[i]->error == NULL)
            g_ptr_array_add(sound, jobs[i]);
    jobs_write_sound(committer, (struct commit_job *const *)sound->pdata, sound->len);
}

/* Each pair of folders once; jobs that share a pair share its fate. */
static void folders_sync(struct committer *committer, struct commit_job *const *jobs, size_t count)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < count; i++) {
        struct commit_job *job = jobs[i];
        if (job->error != NULL || job->sync_category == NULL)
            continue;
        g_autofree char *key = g_strconcat(job->sync_category, "\n", job->sync_from, NULL);
        struct commit_job *first = g_hash_table_lookup(seen, key);
        if (first != NULL) {
            job->sync_error = first->sync_error != NULL ? g_error_copy(first->sync_error) : NULL;
            continue;
        }
        filing_sync(committer->store, job->sync_category, job->sync_from, &job->sync_error);
        g_hash_table_insert(seen, g_steal_pointer(&key), job);
    }
}

/* Without those that are refused. */
static GPtrArray *jobs_admitted(struct committer *committer)
{
    GPtrArray *admitted = g_ptr_array_sized_new(committer->running->len);
    for (guint i = 0; i < committer->running->len; i++) {
        struct commit_job *job = committer->running->pdata[i];
        job->refused = committer->refusing && job->can_wait;
        if (job->refused)
            g_set_error_literal(
                &job->error, AWSIFT_ERROR, AWSIFT_ERROR_FULL,
                "the disk of the store is full: make room on it first, then ask again; awsift status says since when");
        else
            g_ptr_array_add(admitted, job);
    }
    return admitted;
}

/* What cannot be written now is for the next batch: until then our clock goes on as it did. */
static void clock_follow(struct committer *committer)
{
    int64_t step = clock_step();
    g_autoptr(GError) error = NULL;
    committer->step = 0;
    if (step == 0 || !ledger_begin(committer->ledger, &error))
        return;
    if (!ledger_clock_moved(committer->ledger, step, &error) || !ledger_commit(committer->ledger, &error)) {
        ledger_rollback(committer->ledger);
        return;
    }
    clock_adopt(step);
    committer->step = step;
}

static void batch_work(uv_work_t *work)
{
    struct committer *committer = work->data;
    clock_follow(committer);
    g_autoptr(GPtrArray) admitted = jobs_admitted(committer);
    struct commit_job **jobs = (struct commit_job **)admitted->pdata;
    size_t count = admitted->len;
    int64_t changes = ledger_changes(committer->ledger);
    jobs_write(committer, jobs, count);
    refusals_tell(committer, jobs, count);
    committer->wrote = ledger_changes(committer->ledger) != changes;
    for (size_t i = 0; i < count; i++)
        if (jobs[i]->error == NULL && jobs[i]->settle != NULL)
            jobs[i]->settle(jobs[i]);
    folders_sync(committer, jobs, count);
    for (size_t i = 0; i < count; i++)
        if (jobs[i]->error == NULL && jobs[i]->tidy != NULL)
            jobs[i]->tidy(jobs[i]);
}

/* One line a minute, whatever it says by turns. */
static void trouble_say(struct committer *committer, const GError *error)
{
    uint64_t now = uv_now(committer->loop);
    bool is_new = committer->trouble == NULL;
    if (!is_new && (strcmp(committer->trouble, error->message) == 0 || now - committer->said < SAY_AGAIN))
        return;
    committer->said = now;
    log_error("nothing is taken from the spools while the ledger cannot be written: %s", error->message);
    if (is_new)
        committer->trouble_since = time_now();
    g_free(committer->trouble);
    committer->trouble = g_strdup(error->message);
}

/* Not what concerns this job alone. */
static bool blames_ledger(const struct commit_job *job)
{
    return job->error != NULL && !job->refused && !job->unprepared && !is_refused(job->error) &&
           !g_error_matches(job->error, AWSIFT_ERROR, AWSIFT_ERROR_GONE) &&
           !g_error_matches(job->error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT);
}

static void trouble_note(struct committer *committer, const struct commit_job *last)
{
    if (last->error == NULL && committer->trouble != NULL && committer->wrote) {
        g_autofree char *why = g_steal_pointer(&committer->trouble);
        committer->recovered(committer->trouble_since, why, committer->data);
    } else if (blames_ledger(last)) {
        trouble_say(committer, last->error);
    }
}

static void batch_start(struct committer *committer);

static void batch_done(uv_work_t *work, int status)
{
    struct committer *committer = work->data;
    g_autoptr(GPtrArray) jobs = g_steal_pointer(&committer->running);
    g_free(committer->log_trouble);
    committer->log_trouble = g_strdup(ledger_checkpoint_trouble(committer->ledger));
    if (committer->step != 0 && committer->stepped != NULL)
        committer->stepped(committer->step, committer->data);
    for (guint i = 0; i < jobs->len && committer->failed != NULL; i++) {
        const struct commit_job *job = jobs->pdata[i];
        if (blames_ledger(job)) {
            committer->failed(job->error, committer->data);
            break;
        }
    }
    for (guint i = 0; i < jobs->len; i++) {
        struct commit_job *job = jobs->pdata[i];
        trouble_note(committer, job);
        g_autoptr(GError) error = g_steal_pointer(&job->error), sync_error = job->sync_error;
        g_autofree char *category = g_steal_pointer(&job->sync_category),
                        *from = g_steal_pointer(&job->sync_from);
        job->done(job, error);
    }
    batch_start(committer);
}

static void batch_start(struct committer *committer)
{
    if (committer->running != NULL || committer->queued->len == 0)
        return;
    guint count = MIN(committer->queued->len, BATCH_MOST);
    committer->running = g_ptr_array_sized_new(count);
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(committer->running, committer->queued->pdata[i]);
    g_ptr_array_remove_range(committer->queued, 0, count);
    committer->work.data = committer;
    committer->refusing = committer->refuses;
    committer->began = uv_now(committer->loop);
    int failed = uv_queue_work(committer->loop, &committer->work, batch_work, batch_done);
    g_assert(failed == 0);
}

void committer_on_failure(struct committer *committer, void (*failed)(const GError *error, void *data))
{
    committer->failed = failed;
}

void committer_refuse(struct committer *committer, bool refuse)
{
    committer->refuses = refuse;
}

void committer_add(struct committer *committer, struct commit_job *job)
{
    job->sync_error = NULL; /* of a job that is added again: freed when it was done the last time */
    g_ptr_array_add(committer->queued, job);
    batch_start(committer);
}

size_t committer_pending(const struct committer *committer)
{
    return committer->queued->len + (committer->running != NULL ? committer->running->len : 0);
}

int64_t committer_busy_for(const struct committer *committer)
{
    return committer->running != NULL ? (int64_t)(uv_now(committer->loop) - committer->began) : 0;
}

const char *committer_trouble(const struct committer *committer)
{
    return committer->trouble;
}

const char *committer_log_trouble(const struct committer *committer)
{
    return committer->log_trouble;
}

void committer_free(struct committer *committer)
{
    if (committer == NULL)
        return;
    g_assert(committer_pending(committer) == 0);
    g_ptr_array_unref(committer->queued);
    ledger_close(committer->ledger);
    g_free(committer->trouble);
    g_free(committer->log_trouble);
    g_free(committer);
}
