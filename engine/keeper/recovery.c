/* Recovery by looking. A message in state "decided" lies in the archive already (the crash came after the
 * move), in the folder of its earlier category (a new decision), or still in its spool, under its name or
 * another one. Running it twice, or being killed within it, does no harm. It fails only when ledger or
 * archive do. */
#include "keeper/recovery.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/filing.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BATCH 500

struct mended {
    unsigned found, filed, missing;
};

static const struct config_spool *spool_by_name(const struct config *config, const char *name)
{
    for (guint i = 0; i < config->spools->len; i++) {
        const struct config_spool *spool = config->spools->pdata[i];
        if (strcmp(spool->name, name) == 0)
            return spool;
    }
    return NULL;
}

static bool has_hash(const char *folder, const char *name, const char *sha256)
{
    struct stat status;
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return false;
    int file = file_open_regular(directory, name, &status, NULL);
    close(directory);
    if (file < 0)
        return false;
    g_autofree char *hash = file_sha256(file, NULL);
    close(file);
    return g_strcmp0(hash, sha256) == 0;
}

/* The file with that content in one folder: under the name that it had, else under any. */
static char *content_find(const char *folder, const char *name, const char *sha256)
{
    if (strchr(name, '/') == NULL && has_hash(folder, name, sha256))
        return g_build_filename(folder, name, NULL);
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    const char *entry;
    while (listing != NULL && (entry = g_dir_read_name(listing)) != NULL)
        if (has_hash(folder, entry, sha256))
            return g_build_filename(folder, entry, NULL);
    return NULL;
}

static char *spool_find(const struct config *config, const struct ledger_filing *filing)
{
    static const char *const maildir[] = {"new", "cur", NULL}, *const plain[] = {".", NULL};
    const struct config_spool *spool = spool_by_name(config, filing->spool);
    if (spool == NULL)
        return NULL;
    for (const char *const *sub = spool->kind == SPOOL_MAILDIR ? maildir : plain; *sub != NULL; sub++) {
        g_autofree char *folder = g_build_filename(spool->path, *sub, NULL);
        char *path = content_find(folder, filing->file, filing->sha256);
        if (path != NULL)
            return path;
    }
    return NULL;
}

static bool filing_mend(const struct config *config, struct ledger *ledger,
                        const struct ledger_filing *filing, struct mended *mended, GError **error)
{
    g_autofree char *there = filing_find(config->store, filing->category, filing->message, filing->sha256);
    if (there != NULL) {
        mended->found++;
        return filing_sync(config->store, filing->category, NULL, error) &&
               ledger_set_state(ledger, filing->message, "filed", error);
    }
    g_autofree char *from = filing->from != NULL
                                ? filing_find(config->store, filing->from, filing->message, filing->sha256)
                                : NULL;
    if (from == NULL)
        from = spool_find(config, filing);
    if (from == NULL) {
        bool fresh;
        g_autofree char *text =
            g_strdup_printf("the file of mail %" G_GINT64_FORMAT " (%s in spool %s) is nowhere",
                            filing->message, filing->file, filing->spool);
        mended->missing++;
        log_error("%s", text);
        return ledger_set_state(ledger, filing->message, "missing", error) &&
               ledger_raise(ledger, "missing", text, false, time_now(), &fresh, error);
    }
    g_autofree char *folder = g_path_get_dirname(from);
    mended->filed++;
    return filing_file(config->store, filing->category, filing->message, filing->sha256, from, true, error) &&
           filing_sync(config->store, filing->category, folder, error) &&
           ledger_set_state(ledger, filing->message, "filed", error);
}

static bool batch_mend(const struct config *config, struct ledger *ledger, GPtrArray *batch,
                       struct mended *mended, GError **error)
{
    if (!ledger_begin(ledger, error))
        return false;
    for (guint i = 0; i < batch->len; i++) {
        if (!filing_mend(config, ledger, batch->pdata[i], mended, error)) {
            ledger_rollback(ledger);
            return false;
        }
    }
    return ledger_commit(ledger, error);
}

static bool filings_mend(const struct config *config, struct ledger *ledger, struct mended *mended,
                         GError **error)
{
    for (int64_t after = 0;;) {
        g_autoptr(GPtrArray) batch = ledger_unfiled(ledger, after, BATCH, error);
        if (batch == NULL)
            return false;
        if (batch->len == 0)
            return true;
        after = ((const struct ledger_filing *)batch->pdata[batch->len - 1])->message;
        if (!batch_mend(config, ledger, batch, mended, error))
            return false;
    }
}

bool recovery_run(const struct config *config, struct ledger *ledger, GError **error)
{
    struct mended mended = {0};
    int cut = 0;
    if (!ledger_begin(ledger, error))
        return false;
    if (!ledger_recover(ledger, time_now(), &cut, error)) {
        ledger_rollback(ledger);
        return false;
    }
    if (!ledger_commit(ledger, error) || !filings_mend(config, ledger, &mended, error))
        return false;
    if (cut > 0)
        log_warning("%d actions were cut when awsift ended last time; they are tried again with the same key",
                    cut);
    if (mended.found + mended.filed + mended.missing > 0)
        log_warning("recovery: %u mails were filed already, %u were filed now, %u are missing", mended.found,
                    mended.filed, mended.missing);
    return true;
}
