/* SQLite writes the log back into the ledger at commits, but no further than the oldest reader that is still
 * reading needs it. A program that opened the ledger, began to read and never ended keeps all of it; nothing
 * is lost by that but room, so it is told, and nothing is stopped. A disk that fails the ledger's own file
 * alone keeps it too: that is told at once, and tried again every few seconds, also when no mail comes. */
#include "keeper/ledger_log.h"
#include "keeper/alerts.h"

#include <sys/stat.h>

#define LOG_MOST                                                                                             \
    (INT64_C(256) << 20) /* bytes; what SQLite lets stand of it otherwise is a quarter of that               \
                          */
enum { AGAIN_AFTER = 5000 };

struct ledger_log {
    struct commit_job job; /* nothing but a transaction, before which it is tried again */
    bool looked, told, trying;
    uint64_t try_at; /* loop time */
};

struct ledger_log *ledger_log_new(void)
{
    return g_new0(struct ledger_log, 1);
}

void ledger_log_free(struct ledger_log *log)
{
    g_free(log);
}

static void on_tried(struct commit_job *job, const GError *error)
{
    struct ledger_log *log = (struct ledger_log *)job;
    log->trying = false;
}

static void try_again(struct keeper *keeper)
{
    struct ledger_log *log = keeper->log;
    if (log->trying || uv_now(&keeper->loop) < log->try_at || keeper_stopping(keeper))
        return;
    log->trying = true;
    log->try_at = uv_now(&keeper->loop) + AGAIN_AFTER;
    log->job = (struct commit_job){.done = on_tried};
    committer_add(keeper->committer, &log->job);
}

/* What keeps it from being written back, for people; NULL: nothing. The caller frees. */
static char *trouble_of(const struct keeper *keeper)
{
    g_autofree char *path = g_build_filename(keeper->config->store, "ledger.db-wal", NULL);
    const char *failure = committer_log_trouble(keeper->committer);
    struct stat status;
    int64_t size = stat(path, &status) == 0 ? (int64_t)status.st_size : 0;
    if (failure != NULL)
        return g_strdup_printf("%s cannot be written back into the ledger, and grows; nothing is lost: %s",
                               path, failure);
    if (size <= LOG_MOST)
        return NULL;
    return g_strdup_printf(
        "%s has grown to %d MB, because another program keeps reading the ledger: find and "
        "end it (fuser %s)",
        path, (int)(size >> 20), path);
}

void ledger_log_tick(struct keeper *keeper)
{
    if (keeper->options->decide != NULL)
        return;
    g_autofree char *trouble = trouble_of(keeper);
    if (trouble != NULL && !keeper->log->told) {
        keeper->log->told = true;
        keeper_trouble(keeper, "ledger-log", "", "%s", trouble);
    } else if (trouble == NULL && (keeper->log->told || !keeper->log->looked)) {
        keeper->log->told = false;
        keeper_over(keeper, "ledger-log", ""); /* what an earlier life told of, too */
    }
    if (committer_log_trouble(keeper->committer) != NULL)
        try_again(keeper);
    keeper->log->looked = true;
}
