/* Removing what deliveries left behind (leftovers.h). Nothing waits for it, and nothing is lost when it
 * fails: it says so in the log, and looks again later. A delivery whose file goes, since it took 36 hours or
 * the clock leapt, fails, and its sender tries again. */
#include "keeper/leftovers.h"
#include "base/files.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/drop.h"

#define STALE (36 * 3600 * 1000)
#define LOOK_EVERY (6 * 3600 * 1000)

enum { FILED_MOST = 1000 };

struct look {
    uv_work_t work;
    struct keeper *keeper;
};

static bool is_any(const char *name)
{
    return true;
}

static void look_into(const char *folder, bool (*wanted)(const char *name))
{
    g_autoptr(GError) error = NULL;
    unsigned removed;
    if (!folder_remove_stale(folder, wanted, time_now() - STALE, &removed, &error))
        log_warning("%s", error->message);
    if (removed > 0)
        log_info("%u temporary files of deliveries that were cut off were removed from %s", removed, folder);
}

static void look_into_maildir(const char *maildir)
{
    g_autofree char *temporary = g_build_filename(maildir, "tmp", NULL);
    look_into(temporary, is_any);
}

/* Those of the action `file`. */
static void look_into_filed(const char *store)
{
    g_autofree char *filed = g_build_filename(store, "filed", NULL);
    g_autoptr(GDir) listing = g_dir_open(filed, 0, NULL);
    const char *name;
    for (int i = 0; i < FILED_MOST && listing != NULL && (name = g_dir_read_name(listing)) != NULL; i++) {
        g_autofree char *maildir = g_build_filename(filed, name, NULL);
        look_into_maildir(maildir);
    }
}

static void on_look(uv_work_t *work)
{
    const struct look *look = work->data;
    const struct config *config = look->keeper->config;
    g_autofree char *outbox = g_build_filename(config->store, "outbox", NULL);
    for (guint i = 0; i < config->spools->len; i++) {
        const struct config_spool *spool = config->spools->pdata[i];
        if (spool->kind == SPOOL_MAILDIR)
            look_into_maildir(spool->path);
        else
            look_into(spool->path, drop_is_temporary);
    }
    look_into_maildir(outbox);
    look_into_filed(config->store);
}

static void on_looked(uv_work_t *work, int status)
{
    struct look *look = work->data;
    look->keeper->jobs--;
    g_free(look);
}

void leftovers_tick(struct keeper *keeper)
{
    int64_t now = g_get_monotonic_time() / 1000;
    if (keeper->options->decide != NULL || now < keeper->leftovers_due)
        return;
    struct look *look = g_new0(struct look, 1);
    look->keeper = keeper;
    look->work.data = look;
    keeper->leftovers_due = now + LOOK_EVERY;
    keeper->jobs++;
    int failed = uv_queue_work(&keeper->loop, &look->work, on_look, on_looked);
    g_assert(failed == 0);
}
