/* The folders' fingerprint is taken in the pool four times a second. A change reloads when two fingerprints
 * in a row are equal again, so that a half-finished save or checkout does not. Polling, because it is the one
 * way that works for every editor, every file system and every number of folders. */
#include "keeper/rules_watch.h"
#include "base/paths.h"
#include "keeper/generation.h"

#define PERIOD 250

struct rules_watch {
    struct keeper *keeper;
    uv_timer_t timer;
    uv_work_t work;
    bool working, stopped;
    guint64 loaded, last, now;
    bool known; /* loaded says something */
};

char *rules_watch_scripts(void)
{
    return g_build_filename(path_data(), "scripts", "awsift", NULL);
}

char **rules_watch_folders(const struct config *config)
{
    char **folders = g_new0(char *, config->rules->len + 1);
    for (guint i = 0; i < config->rules->len; i++)
        folders[i] = g_strdup(((const struct config_rules *)config->rules->pdata[i])->path);
    return folders;
}

static void on_look(uv_work_t *work)
{
    struct rules_watch *watch = work->data;
    g_autofree char *scripts = rules_watch_scripts();
    g_auto(GStrv) folders = rules_watch_folders(watch->keeper->config);
    watch->now = snapshot_fingerprint(scripts, (const char *const *)folders);
}

static void on_closed(uv_handle_t *handle)
{
    struct rules_watch *watch = handle->data;
    if (watch->working)
        watch->stopped = true; /* on_looked frees it */
    else
        g_free(watch);
}

static void on_looked(uv_work_t *work, int status)
{
    struct rules_watch *watch = work->data;
    struct keeper *keeper = watch->keeper;
    watch->working = false;
    keeper->jobs--;
    if (watch->stopped) {
        g_free(watch);
        return;
    }
    bool settled = watch->now == watch->last;
    watch->last = watch->now;
    if (watch->known && settled && watch->now != watch->loaded && !reload_running(keeper->reload) &&
        !keeper_stopping(keeper))
        reload_start(keeper, NULL, NULL);
}

static void on_time(uv_timer_t *timer)
{
    struct rules_watch *watch = timer->data;
    if (watch->working)
        return;
    watch->working = true;
    watch->keeper->jobs++;
    watch->work.data = watch;
    int failed = uv_queue_work(&watch->keeper->loop, &watch->work, on_look, on_looked);
    g_assert(failed == 0);
}

struct rules_watch *rules_watch_start(struct keeper *keeper)
{
    struct rules_watch *watch = g_new0(struct rules_watch, 1);
    watch->keeper = keeper;
    watch->timer.data = watch;
    uv_timer_init(&keeper->loop, &watch->timer);
    uv_timer_start(&watch->timer, on_time, PERIOD, PERIOD);
    return watch;
}

void rules_watch_loaded(struct rules_watch *watch, guint64 fingerprint)
{
    if (watch == NULL)
        return;
    watch->loaded = fingerprint;
    watch->known = true;
}

void rules_watch_stop(struct rules_watch *watch)
{
    if (watch != NULL)
        uv_close((uv_handle_t *)&watch->timer, on_closed);
}
