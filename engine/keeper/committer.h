/* Group commit: jobs of the loop written to the ledger in libuv's pool, one batch at a time; what is queued
 * while one runs goes into the next. Invariant: what a job says of a file is written once the file is on the
 * disk (prepare, sync_first); a job's effects on files (settle, tidy) happen after its commit and only then.
 */
#pragma once
#include "ledger/ledger.h"

#include <uv.h>

struct committer;
struct commit_job {
    /* In the pool, before the transaction: what must be on the disk before what is written of it. False: the
     * job is not written. NULL: nothing. Then the folder sync_first is synced, once for all jobs of a batch
     * that name it; owned by the job. */
    bool (*prepare)(struct commit_job *job, GError **error);
    const char *sync_first;
    /* In the pool, inside the transaction. May be called again after a rollback. NULL: nothing to write. */
    bool (*run)(struct commit_job *job, struct ledger *ledger, GError **error);
    void (*settle)(struct commit_job *job); /* in the pool, after the commit; NULL: nothing */
    void (*tidy)(struct commit_job *job);   /* in the pool, after the folders were synced; NULL: nothing */
    void (*done)(struct commit_job *job, const GError *error); /* on the loop; frees the job */
    /* Set by settle: folders to make durable before tidy (filing_sync). Owned by the job, cleared by the
     * committer. */
    char *sync_category, *sync_from;
    bool can_wait, refused; /* can_wait: not written while the disk is full (committer_refuse) */
    GError *sync_error;     /* why that failed, for tidy and done */
    GError *error;          /* the committer's */
    bool unprepared;        /* the committer's: the error is of prepare or of sync_first */
};

/* Takes the ledger. store is borrowed. recovered is called on the loop when the ledger can be written again
 * after it could not since that time, because of why. */
typedef void (*committer_recovered)(int64_t since, const char *why, void *data);
/* stepped (or NULL) is called on the loop after the clock was set, and the ledger moved along. */
typedef void (*committer_stepped)(int64_t by, void *data);
struct committer *committer_new(uv_loop_t *loop, struct ledger *ledger, const char *store,
                                committer_recovered recovered, committer_stepped stepped, void *data);
/* Called on the loop, with the error of each batch that could not be written. */
void committer_on_failure(struct committer *committer, void (*failed)(const GError *error, void *data));
/* From the next batch on jobs that can wait fail, with FULL, without a try. */
void committer_refuse(struct committer *committer, bool refuse);
void committer_add(struct committer *committer, struct commit_job *job);
size_t committer_pending(const struct committer *committer); /* jobs queued and running */
/* ms that the batch which runs has taken so far; 0: none runs. */
int64_t committer_busy_for(const struct committer *committer);
/* NULL, or why the last batch could not be written. */
const char *committer_trouble(const struct committer *committer);
/* NULL, or why the ledger's log could not be written into it, as the last batch found. */
const char *committer_log_trouble(const struct committer *committer);
/* Only when nothing is pending. NULL-safe. */
void committer_free(struct committer *committer);
