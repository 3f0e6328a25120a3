/* A store that is moved or replaced under us would split: the ledger goes with its open files, archive and
 * outbox with their path. A ledger that is removed takes what was decided since along when we end, and
 * everybody who opens another one in its place, or makes its log anew, would ruin both. So nothing is taken,
 * filed or sent until all of it is back. The lock's descriptor tells of the store; what the ledger's files
 * were, of these.
 *
 * It fails to see what is moved away and back between two looks; filing, which would split the store, looks
 * each time. */
#include "keeper/astray.h"
#include "keeper/alerts.h"
#include "keeper/delivery.h"
#include "keeper/disk.h"
#include "keeper/filing.h"
#include "keeper/outbox.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"

#include <sys/stat.h>

static const char *const ledger_files[KEEPER_LEDGER_FILES] = {"ledger.db", "ledger.db-wal", "ledger.db-shm"};

static bool look_at(const struct keeper *keeper, const char *name, struct stat *status)
{
    g_autofree char *path = g_build_filename(keeper->config->store, name, NULL);
    return stat(path, status) == 0;
}

void store_remember(struct keeper *keeper)
{
    for (int i = 0; i < KEEPER_LEDGER_FILES; i++)
        if (!look_at(keeper, ledger_files[i], &keeper->ledger_files[i]))
            keeper->ledger_files[i] = (struct stat){0}; /* not made yet */
}

bool store_is_here(const struct keeper *keeper, GError **error)
{
    struct stat held, named;
    const char *store = keeper->config->store;
    if (fstat(keeper->lock, &held) != 0 || !look_at(keeper, "lock", &named) || !file_is_same(&held, &named)) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO,
                    "the store %s was moved away or replaced: nothing is taken or sent until it is back; "
                    "start awsift again to use another one",
                    store);
        return false;
    }
    for (int i = 0; i < KEEPER_LEDGER_FILES; i++) {
        const struct stat *known = &keeper->ledger_files[i];
        if (known->st_ino == 0 || (look_at(keeper, ledger_files[i], &named) && file_is_same(known, &named)))
            continue;
        g_set_error(
            error, AWSIFT_ERROR, AWSIFT_ERROR_IO,
            "%s/%s was removed or replaced while awsift has it open: nothing is taken or sent until it "
            "is back; where it is lost, end awsift and put the ledger's backup in its place (awsift "
            "restore FILE)",
            store, ledger_files[i]);
        return false;
    }
    return true;
}

bool archive_is_here(const struct keeper *keeper, GError **error)
{
    return !keeper->archived || filing_prove_archive(keeper->config->store, error);
}

void store_look(struct keeper *keeper)
{
    g_autoptr(GError) error = NULL;
    bool here = store_is_here(keeper, &error), back = here && keeper->astray;
    if (!here && !keeper->astray) {
        log_error("%s", error->message);
        disk_store_gone(keeper, error->message);
    }
    keeper->astray = !here;
    if (!back)
        return;
    disk_store_back(keeper);
    keeper_alert(keeper, false, "store", "the store %s was moved away for a while, and is back",
                 keeper->config->store);
    delivery_pump(keeper);
    outbox_kick(keeper);
}
