/* Disks that are full or broken, as the keeper sees them: which place cannot be written, since when and why.
 * A reserve in the store is given up when the ledger's disk is full, so that what cannot wait can still be
 * written: results of what was sent, alerts, what people ask for. No mail is taken until it could be laid by
 * again. */
#pragma once
#include "keeper/keeper_internal.h"

struct disk *disk_new(struct keeper *keeper);
void disk_free(struct disk *disk); /* NULL-safe */
/* Makes the store's folders and proves that they can be written (filing_prepare). A disk that is full at the
 * start, too, has the reserve of an earlier life to tell it with; without one the start fails. */
bool disk_prepare(const struct keeper *keeper, GError **error);
/* At the start, once the store can be written. A disk without room for it is full. */
void disk_begin(struct keeper *keeper);
/* Before that: what the start could not file stands as a fault of the archive. */
bool disk_look_back(struct keeper *keeper, struct ledger *ledger, GError **error);
/* Every second. */
void disk_tick(struct keeper *keeper);
/* Once the rules are live: what an earlier life could not write, the start proved that it can be. */
void disk_went_live(struct keeper *keeper);
/* The reserve is spent: nothing is taken that can wait. */
bool disk_is_full(const struct keeper *keeper);
/* The committer's words: a batch could not be written; the ledger could be again. */
void disk_ledger_failed(const GError *why, void *keeper);
void disk_ledger_back(int64_t since, const char *why, void *keeper);
/* Mail cannot be filed (or set aside), text: for people; none is in hand any more that cannot. */
void disk_filing_failed(struct keeper *keeper, const char *why, const char *text);
void disk_filing_back(struct keeper *keeper);
/* An action could not write its copy into the store; one of that name could. Said once. */
void disk_outbox_failed(struct keeper *keeper, const char *action, const char *why);
void disk_outbox_back(struct keeper *keeper, const char *action);
/* A mail cannot be read from its spool, where it stays; it could be, or is not offered any more. */
void disk_unread(struct keeper *keeper, const char *spool, const char *file, const char *why);
void disk_read(struct keeper *keeper, const char *spool, const char *file);
/* The store lies no longer where it was; it is back. */
void disk_store_gone(struct keeper *keeper, const char *why);
void disk_store_back(struct keeper *keeper);
/* A write or sync has not come back for a minute: for people; NULL: they do. The caller frees. */
char *disk_stalled(const struct keeper *keeper);
/* [{place, since (ISO), why}]: "store", "ledger", "archive", "outbox", "spool". */
json_t *disk_status(const struct keeper *keeper);
/* In one line what is wrong and since when; NULL when nothing is. The caller frees. */
char *disk_trouble(const struct keeper *keeper);
