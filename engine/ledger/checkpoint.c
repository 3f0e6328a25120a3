/* The log goes into the ledger every so many pages, which are then written once instead of once a commit.
 * SQLite does that by itself and tells nobody when it fails: all that is committed is in the log and safe,
 * which grows until the disk is full. So it is done here: a failure is known, is tried again before later
 * transactions, and past a limit nothing more is begun, as with any disk that fails.
 *
 * Pages whose sync failed are written again, all of them, by the next try, and only then is the log begun
 * anew. A reader that keeps the log from being written back is no failure. */
#include "ledger/checkpoint.h"
#include "ledger/statement.h"
#include "base/error.h"

enum { PAGES_AT = 4000, PAGES_MOST = 65536 /* 256 MB */, AGAIN_AFTER = 5 * G_USEC_PER_SEC };

static bool checkpoint_run(struct ledger *ledger)
{
    struct checkpoints *checkpoints = &ledger->checkpoints;
    g_autoptr(GError) error = NULL;
    bool failed_before = ledger->disk_failed;
    int result = sqlite3_wal_checkpoint_v2(ledger->database, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    g_clear_pointer(&checkpoints->trouble, g_free);
    if (result == SQLITE_OK || result == SQLITE_BUSY || result == SQLITE_LOCKED)
        return true;
    ledger_fail(ledger, &error);
    ledger->disk_failed = failed_before; /* the transaction did not fail */
    checkpoints->trouble = g_strdup(error->message);
    checkpoints->tried = g_get_monotonic_time();
    return false;
}

static int on_commit(void *data, sqlite3 *database, const char *name, int pages)
{
    struct ledger *ledger = data;
    ledger->checkpoints.pages = pages;
    if (pages >= ledger->checkpoints.at && ledger->checkpoints.trouble == NULL)
        checkpoint_run(ledger);
    return SQLITE_OK; /* what is committed is committed */
}

void checkpoint_start(struct ledger *ledger)
{
    ledger->checkpoints.at = PAGES_AT;
    ledger->checkpoints.most = PAGES_MOST;
    sqlite3_wal_hook(ledger->database, on_commit, ledger);
}

bool checkpoint_catch_up(struct ledger *ledger, GError **error)
{
    const struct checkpoints *checkpoints = &ledger->checkpoints;
    bool too_long = checkpoints->pages >= checkpoints->most;
    if (checkpoints->trouble == NULL ||
        (!too_long && g_get_monotonic_time() - checkpoints->tried < AGAIN_AFTER))
        return true;
    if (checkpoint_run(ledger) || !too_long)
        return true;
    ledger->disk_failed = true;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO,
                "%s-wal holds %d pages and cannot be written into the ledger: %s", ledger->path,
                checkpoints->pages, checkpoints->trouble);
    return false;
}

const char *ledger_checkpoint_trouble(const struct ledger *ledger)
{
    return ledger->checkpoints.trouble;
}
