/* A spool: the folder that mail arrives in, and which of its files are whole and may be taken.
 * Invariant: a name is in at most one hand; whatever is not released as GONE is offered again. The watch is a
 * hint, the folder is the truth. Everything runs in the loop's thread; nothing blocks longer than a folder is
 * read for. Nothing here removes or changes a mail, and none is moved but back into new/. */
#pragma once
#include "base/config.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <glib.h>
#include <jansson.h>
#include <uv.h>

struct spool;

struct spool_entry {
    char *name;     /* file name, bytes as they are */
    char *path;     /* for people: relative to the spool's folder, escaped to printable UTF-8 */
    int descriptor; /* open for reading, closed by spool_entry_free; steal it by setting -1 */
    int *folder; /* it lies in, open, also where the spool has another one by now; may be used in the pool */
    struct stat status;
    struct spool *spool;
};

/* There may be something to take; called from the loop, never from inside one of the functions below. */
typedef void (*spool_stirred)(struct spool *spool, void *data);

/* wanted is borrowed until spool_close. A Maildir is made when missing. A folder that cannot be read is a
 * trouble of the spool's, that ends by itself as a later one does; one that another daemon has is an error. A
 * first stir follows from the loop. */
struct spool *spool_open(uv_loop_t *loop, const struct config_spool *wanted, spool_stirred stirred,
                         void *data, GError **error);
/* The next whole file, opened, now in hand; the caller ends it with spool_release. False: none now. Walks a
 * directory stream and never lists all names, so a million waiting files cost no memory. */
bool spool_next(struct spool *spool, struct spool_entry **entry);
/* Nothing is in hand and nothing will come by itself: the folder was walked to its end, no file is settling
 * or delayed. For `run --once`: spool_next may say "none now" long before this is true. */
bool spool_drained(const struct spool *spool);
/* Its folder can be read, and was walked to its end since it could: what lay there was offered. */
bool spool_walked(const struct spool *spool);
void spool_entry_free(struct spool_entry *entry); /* NULL-safe; spool_release calls it */
/* Same device, inode, size, mtime and ctime under that name as when it was opened. */
bool spool_entry_unchanged(const struct spool_entry *entry);

enum spool_outcome {
    SPOOL_GONE, /* filed or removed */
    SPOOL_AGAIN /* offer it again after delay */
};
/* Takes the entry out of hand and frees it; delay in ms. */
void spool_release(struct spool *spool, struct spool_entry *entry, enum spool_outcome outcome, int64_t delay);
/* Mail of a Maildir that another program moved to cur/ is put back into new/, where it was last written after
 * this time (ms): older mail is of a mailbox that was one before it became a spool. Until called, none is. */
void spool_watched_since(struct spool *spool, int64_t since);
/* Walks the folder from the start at the next spool_next, and stirs. */
void spool_rescan(struct spool *spool);
/* Called when something goes wrong with the spool, once while it lasts: a folder that cannot be read, or mail
 * that cannot be opened; and with NULL once nothing is wrong any more. Without `lasts` the spool itself is
 * well, and some mail in it is left lying. From inside the functions above, and spool_tell; text is borrowed.
 */
typedef void (*spool_told)(struct spool *spool, const char *text, bool lasts, void *data);
bool spool_troubled(const struct spool *spool);
/* Why its folder cannot be read now, NULL: it can. */
const char *spool_closed(const struct spool *spool);
void spool_tell(struct spool *spool, spool_told told);
const char *spool_name(const struct spool *spool);
char *spool_folder(
    const struct spool *spool); /* absolute folder of the files (Maildir: its new/); caller frees */
/* {name, path, kind, in_hand, trouble: text|null, reported: [text]}; the caller owns it. */
json_t *spool_status(struct spool *spool);
/* Stops watching; handles close in the loop, which must run once more. Entries still in hand are no longer
 * the spool's: free them before or after with spool_entry_free. NULL-safe. */
void spool_close(struct spool *spool);
