/* SQLite writes the log back into the ledger at commits, but no further than the oldest reader that is still
 * reading needs it. A program that opened the ledger, began to read and never ended keeps all of it; nothing
 * is lost by that but room, so it is told, and nothing is stopped. */
#include "keeper/ledger_log.h"
#include "keeper/alerts.h"

#include <sys/stat.h>

#define LOG_MOST                                                                                             \
    (INT64_C(256) << 20) /* bytes; what SQLite lets stand of it otherwise is a quarter of that               \
                          */

struct ledger_log {
    bool looked, told;
};

struct ledger_log *ledger_log_new(void)
{
    return g_new0(struct ledger_log, 1);
}

void ledger_log_free(struct ledger_log *log)
{
    g_free(log);
}

void ledger_log_tick(struct keeper *keeper)
{
    if (keeper->options->decide != NULL)
        return;
    g_autofree char *path = g_build_filename(keeper->config->store, "ledger.db-wal", NULL);
    struct stat status;
    int64_t size = stat(path, &status) == 0 ? (int64_t)status.st_size : 0;
    if (!keeper->log->told && size > LOG_MOST) {
        keeper->log->told = true;
        keeper_trouble(
            keeper, "ledger-log", "",
            "%s has grown to %d MB, because another program keeps reading the ledger: find and end it "
            "(fuser %s)",
            path, (int)(size >> 20), path);
    } else if (size <= LOG_MOST && (keeper->log->told || !keeper->log->looked)) {
        keeper->log->told = false;
        keeper_over(keeper, "ledger-log", ""); /* what an earlier life told of, too */
    }
    keeper->log->looked = true;
}
