/* Restoring. The copy of the backup is proven and made a ledger of today's version beside the one that is
 * there; that one, with its log, is put aside under a name of its own, never removed; mail that the copy does
 * not know goes back into its spool; and only then the copy becomes the ledger. The ledger is moved away
 * before its log: a log beside another ledger would be taken for that one's.
 *
 * It fails where a daemon has the store, where the backup is damaged, of a newer version or no ledger at all,
 * where the archive is not mounted, and where store or spool cannot be written. Nothing is lost then; what
 * was moved is moved no second time. */
#include "keeper/restore.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/files.h"
#include "base/log.h"
#include "base/privileges.h"
#include "base/times.h"
#include "keeper/filing.h"
#include "keeper/store_lock.h"
#include "ledger/backup.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *const parts[] = {"", "-wal", "-shm"}; /* in the order in which they are put aside */

void restored_clear(struct restored *restored)
{
    g_clear_pointer(&restored->kept, g_free);
}

static char *ledger_path(const char *store)
{
    return g_build_filename(store, "ledger.db", NULL);
}

static char *copy_path(const char *store)
{
    return g_build_filename(store, "ledger.db.restoring", NULL);
}

bool restore_is_cut(const char *store)
{
    g_autofree char *path = copy_path(store);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* What is wrong with the file is no matter of the store's ledger. */
static struct ledger *backup_open(const char *file, GError **error)
{
    g_autoptr(GError) failure = NULL;
    struct ledger *backup = ledger_open(file, LEDGER_COPY, &failure);
    if (backup != NULL)
        return backup;
    if (g_error_matches(failure, AWSIFT_ERROR, AWSIFT_ERROR_GONE))
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "%s is not there: name the file that awsift backup wrote", file);
    else if (g_error_matches(failure, AWSIFT_ERROR, AWSIFT_ERROR_CORRUPT))
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CORRUPT,
                    "%s is damaged, or no backup: nothing was changed; name an earlier one", file);
    else
        g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
}

static bool copy_make(struct ledger *backup, const char *copy, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) { /* of one that was cut */
        g_autofree char *path = g_strconcat(copy, parts[i], NULL);
        if (!file_remove(path, error))
            return false;
    }
    return file_write_durable(copy, "", 0, error) && ledger_copy(backup, copy, NULL, NULL, NULL, error);
}

static bool ledger_put_aside(const char *store, struct restored *restored, GError **error)
{
    g_autofree char *path = ledger_path(store), *now = g_strdelimit(time_format(time_now()), ":", '-');
    g_autofree char *kept = g_strdup_printf("%s.before-%s", path, now);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *from = g_strconcat(path, parts[i], NULL), *to = g_strconcat(kept, parts[i], NULL);
        struct stat status;
        if (lstat(from, &status) != 0 && errno == ENOENT)
            continue;
        if (!file_move(from, to, error))
            return false;
        if (i == 0)
            restored->kept = g_steal_pointer(&kept);
        if (kept == NULL)
            kept = g_strdup(restored->kept);
    }
    if (!folder_sync(store, error))
        return false;
    fault_point("ledger-put-aside");
    return true;
}

static bool tell(struct ledger *ledger, const struct restored *restored, const char *file, GError **error)
{
    bool fresh;
    const char *more = restored->cut ? ", beside those of a restore that was cut," : "";
    g_autofree char *taken = restored->taken != 0 ? time_format(restored->taken) : g_strdup("no mail yet"),
                    *damaged = strays_damaged(&restored->strays),
                    *text = g_strdup_printf(
                        "the ledger was restored from %s, whose newest mail is of %s; %u mails that "
                        "came since%s are decided again, and what was done since may be done twice%s",
                        file, taken, restored->strays.returned, more, damaged);
    return ledger_raise(ledger, "restored", text, false, time_now(), &fresh, error);
}

/* What lies in an archive that is not mounted cannot go back, and its numbers would be given again. That a
 * backup is damaged its copying says. */
static bool archive_is_whole(const struct config *config, struct ledger *ledger, GError **error)
{
    bool has = false;
    return !ledger_has_filed(ledger, &has, NULL) || !has || filing_prove_archive(config->store, error);
}

/* In the ledger that is, or is about to be. */
static bool strays_take(const struct config *config, const char *path, const char *file, const char *spool,
                        struct restored *restored, GError **error)
{
    const struct config_spool *into = spool != NULL ? strays_spool(config, spool, error) : NULL;
    int64_t message;
    if (spool != NULL && into == NULL)
        return false;
    g_autoptr(ledger) ledger = ledger_open(path, LEDGER_WRITE, error);
    if (ledger == NULL || (file == NULL && !archive_is_whole(config, ledger, error)) ||
        !ledger_newest(ledger, &message, &restored->taken, error) || !ledger_begin(ledger, error))
        return false;
    if (strays_return(config, ledger, into, &restored->strays, error) &&
        ((file == NULL && restored->strays.returned == 0 && restored->strays.damaged == 0) ||
         tell(ledger, restored, file != NULL ? file : "itself", error)) &&
        ledger_commit(ledger, error))
        return true;
    ledger_rollback(ledger);
    return false;
}

static bool restore_from(const struct config *config, struct ledger *backup, const char *file,
                         const char *spool, struct restored *restored, GError **error)
{
    g_autofree char *copy = copy_path(config->store), *path = ledger_path(config->store);
    restored->cut = restore_is_cut(config->store);
    return archive_is_whole(config, backup, error) && copy_make(backup, copy, error) &&
           ledger_put_aside(config->store, restored, error) &&
           strays_take(config, copy, file, spool, restored, error) && file_replace(copy, path, error);
}

bool store_restore(const struct config *config, const char *file, const char *spool,
                   struct restored *restored, GError **error)
{
    memset(restored, 0, sizeof *restored);
    /* A backup that root took is root's; what comes of it is not. */
    g_autoptr(ledger) backup = file != NULL ? backup_open(file, error) : NULL;
    if ((file != NULL && backup == NULL) || !privileges_drop(config, error))
        return false;
    int lock = folder_make(config->store, error) ? store_lock(config->store, true, error) : -1;
    if (lock < 0)
        return false;
    g_autofree char *path = ledger_path(config->store);
    bool good = file != NULL ? restore_from(config, backup, file, spool, restored, error)
                             : strays_take(config, path, NULL, spool, restored, error);
    close(lock);
    return good;
}
