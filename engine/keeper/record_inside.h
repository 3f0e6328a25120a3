/* What record.c (the loop's side: commit, wait, end) and record_files.c (the pool's side: what becomes of the
 * files) share. For these two files only. */
#pragma once
#include "keeper/committer.h"
#include "keeper/delivery.h"

struct record {
    struct commit_job job;
    struct keeper *keeper;
    struct delivery *delivery;
    char *sha256, *recipient, *revision;
    char *reason; /* why it is unreadable; NULL for a decided one */
    char *by;     /* who decides it; NULL for the rules alone */
    int64_t size, generation;
    json_t *decision, *context, *actions, *owed;
    char *path, *folder; /* of the file in the spool */
    struct ledger_recorded recorded;
    /* of one try to file it */
    bool remove, moved;
    bool in_place;   /* it lies in the folder of its category */
    GError *trouble; /* with the file, after the commit */
    char *damaged;   /* what was found in its place, for people; NULL: nothing */
    /* over all tries */
    bool logged, unsynced; /* unsynced: the folders of the last try could not be synced */
    unsigned tries;
    uv_work_t work;
    uv_timer_t timer;
};

/* Steps of the job. prepare: what is decided outlives a power cut, and so does the mail. Of settle, exactly
 * one of moved, remove and trouble results. */
bool record_prepare(struct commit_job *job, GError **error);
void record_settle(struct commit_job *job);
void record_tidy(struct commit_job *job);
