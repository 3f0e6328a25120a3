/* Restoring. The copy of the backup is proven and made a ledger of today's version beside the one that is
 * there; that one, with its log, is put aside under a name of its own, never removed; mail that the copy does
 * not know goes back into its spool; and only then the copy becomes the ledger. The ledger is moved away
 * before its log: a log beside another ledger would be taken for that one's.
 * Where root gives itself up, the backup is opened before, for it may be root's own.
 *
 * It fails where a daemon has the store, where the backup is damaged, of a newer version or no ledger at all,
 * and where store or spool cannot be written. Nothing is lost then; what was moved is moved no second time.
 */
#include "keeper/restore.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/privileges.h"
#include "base/times.h"
#include "keeper/store_lock.h"
#include "ledger/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct source {
    const char *file; /* NULL: none */
    int open;         /* from before root was given up; or -1 */
};

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

static bool copy_prove(const char *file, const char *copy, GError **error)
{
    g_autoptr(ledger) backup = ledger_open(file, LEDGER_COPY, error);
    return backup != NULL && file_write_durable(copy, "", 0, error) &&
           ledger_copy(backup, copy, NULL, NULL, NULL, error);
}

/* What only root may read is brought in first. */
static bool copy_make(const struct source *source, const char *copy, GError **error)
{
    g_autofree char *brought = g_strconcat(copy, ".source", NULL);
    bool bring = source->open >= 0 && access(source->file, R_OK) != 0;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) { /* of one that was cut */
        g_autofree char *path = g_strconcat(copy, parts[i], NULL),
                        *log = g_strconcat(brought, parts[i], NULL);
        if (!file_remove(path, error) || !file_remove(log, error))
            return false;
    }
    if (!bring)
        return copy_prove(source->file, copy, error);
    bool good = file_copy_open(source->open, brought, error) && copy_prove(brought, copy, error);
    return file_remove(brought, good ? error : NULL) && good;
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
    return folder_sync(store, error);
}

static bool tell(struct ledger *ledger, const struct restored *restored, const char *file, GError **error)
{
    bool fresh;
    g_autofree char *taken = restored->taken != 0 ? time_format(restored->taken) : g_strdup("no mail yet"),
                    *text = g_strdup_printf(
                        "the ledger was restored from %s, whose newest mail is of %s; %u mails that "
                        "came since are decided again, and what was done since may be done twice",
                        file, taken, restored->strays.returned);
    return ledger_raise(ledger, "restored", text, false, time_now(), &fresh, error);
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
    if (ledger == NULL || !ledger_newest(ledger, &message, &restored->taken, error) ||
        !ledger_begin(ledger, error))
        return false;
    if (strays_return(config, ledger, into, &restored->strays, error) &&
        ((file == NULL && restored->strays.returned == 0) ||
         tell(ledger, restored, file != NULL ? file : "itself", error)) &&
        ledger_commit(ledger, error))
        return true;
    ledger_rollback(ledger);
    return false;
}

static bool restore_from(const struct config *config, const struct source *source, const char *spool,
                         struct restored *restored, GError **error)
{
    g_autofree char *copy = copy_path(config->store), *path = ledger_path(config->store);
    return copy_make(source, copy, error) && ledger_put_aside(config->store, restored, error) &&
           strays_take(config, copy, source->file, spool, restored, error) && file_replace(copy, path, error);
}

static bool restore_locked(const struct config *config, const struct source *source, const char *spool,
                           struct restored *restored, GError **error)
{
    int lock = folder_make(config->store, error) ? store_lock(config->store, true, error) : -1;
    if (lock < 0)
        return false;
    g_autofree char *path = ledger_path(config->store);
    bool good = source->file != NULL ? restore_from(config, source, spool, restored, error)
                                     : strays_take(config, path, NULL, spool, restored, error);
    close(lock);
    return good;
}

bool store_restore(const struct config *config, const char *file, const char *spool,
                   struct restored *restored, GError **error)
{
    memset(restored, 0, sizeof *restored);
    const struct source source = {file, file != NULL ? open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1};
    bool good = privileges_drop(config, error) && restore_locked(config, &source, spool, restored, error);
    if (source.open >= 0)
        close(source.open);
    return good;
}
