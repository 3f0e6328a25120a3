/* The folders are looked at in the pool eight times a second (less often where a look takes long). Polling,
 * because it is the one way that works for every editor, every file system and every number of folders.
 *
 * A change is loaded when it has settled, so that one storm of saves is one reload and never a half one:
 *   - nothing more has changed for three looks; when changes were seen in two looks, for six, then twelve,
 *     then sixteen (two seconds): who goes on writing will go on writing;
 *   - no file of Lua has become empty; else for sixteen, since a writer begins with truncating;
 *   - no git holds the lock of the folder's work tree: a checkout may pause for as long as it likes.
 * What never settles, as a folder that a log is written into or a lock that a killed git left behind, is
 * loaded after a minute of changes, or half a minute of none. */
#include "keeper/rules_watch.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/descriptors.h"
#include "keeper/reload.h"

enum {
    PERIOD = 125,      /* ms between looks, unless they take long */
    SHARE = 10,        /* a look may take that part of the time */
    CALM_FIRST = 3,    /* looks without a change that settle one */
    CALM_MOST = 16,    /* looks without a change that settle any number of them */
    LOCK_MOST = 30,    /* s without a change after which a lock is taken for left behind */
    STORM_MOST = 60,   /* s of changes after which they are loaded as they are */
    RETRY_FIRST = 500, /* ms */
    RETRY_MOST = 60000,
};

struct rules_watch {
    struct keeper *keeper;
    uv_timer_t timer;
    uv_work_t work;
    bool working, stopped;
    bool known; /* loaded says something */
    struct rules_look now, loaded;
    guint64 last;
    uint64_t took;          /* ms of the last look */
    unsigned changed, calm; /* looks that saw a change since it was loaded; looks since the last of them */
    int64_t since, last_change; /* of the first and the last of them, steady; 0: nothing is waiting */
    unsigned retries;
    uint64_t retry_at; /* loop time, 0: no */
};

static void on_look(uv_work_t *work)
{
    struct rules_watch *watch = work->data;
    gint64 began = g_get_monotonic_time();
    struct rules_look before = watch->now;
    rules_look_at(watch->keeper->config, &watch->now);
    if (descriptors_short()) { /* what could not be opened now is no change of the rules */
        g_free(watch->now.checkout);
        watch->now = before;
    }
    watch->took = (uint64_t)(g_get_monotonic_time() - began) / 1000;
}

static void watch_free(struct rules_watch *watch)
{
    g_free(watch->now.checkout);
    g_free(watch);
}

static void on_closed(uv_handle_t *handle)
{
    struct rules_watch *watch = handle->data;
    if (watch->working)
        watch->stopped = true; /* on_looked frees it */
    else
        watch_free(watch);
}

/* Counts what the last look saw. */
static void take_note(struct rules_watch *watch)
{
    bool same = watch->now.fingerprint == watch->last;
    watch->last = watch->now.fingerprint;
    watch->calm = same ? watch->calm + 1 : 0;
    if (!watch->known || watch->now.fingerprint == watch->loaded.fingerprint) {
        watch->since = 0;
        watch->changed = 0;
        return;
    }
    if (watch->since == 0)
        watch->since = watch->last_change = clock_steady();
    if (!same)
        watch->last_change = clock_steady();
    if (!same || watch->changed == 0) {
        watch->changed++;
        watch->calm = 0;
    }
}

static bool is_settled(const struct rules_watch *watch)
{
    bool emptied = watch->now.empty > watch->loaded.empty;
    unsigned wanted = emptied ? CALM_MOST : (unsigned)CALM_FIRST << MIN(watch->changed - 1, 3);
    int64_t now = clock_steady();
    if (now - watch->since >= STORM_MOST * 1000 || now - watch->last_change >= LOCK_MOST * 1000)
        return true;
    return watch->calm >= MIN(wanted, CALM_MOST) && watch->now.checkout == NULL;
}

static void consider(struct rules_watch *watch)
{
    struct keeper *keeper = watch->keeper;
    bool retry = watch->retry_at != 0 && uv_now(&keeper->loop) >= watch->retry_at;
    bool saved = watch->since != 0 && is_settled(watch);
    if (reload_running(keeper->reload) || keeper_stopping(keeper) || !(retry || saved))
        return;
    if (saved && watch->now.checkout != NULL)
        log_warning(
            "%s lies there although nothing changes: the rules are loaded as they are; remove it if no git runs",
            watch->now.checkout);
    else if (saved && clock_steady() - watch->since >= STORM_MOST * 1000)
        log_warning("the rule folders change again and again: the rules are loaded as they are; keep what is "
                    "written all the time out of them");
    reload_start(keeper, saved ? "saved" : "retry", false, NULL, NULL);
}

static void on_time(uv_timer_t *timer);

static void on_looked(uv_work_t *work, int status)
{
    struct rules_watch *watch = work->data;
    watch->working = false;
    watch->keeper->jobs--;
    if (watch->stopped) {
        watch_free(watch);
        return;
    }
    take_note(watch);
    consider(watch);
    if (!uv_is_closing((uv_handle_t *)&watch->timer))
        uv_timer_start(&watch->timer, on_time, MAX(PERIOD, watch->took * SHARE), 0);
}

static void on_time(uv_timer_t *timer)
{
    struct rules_watch *watch = timer->data;
    watch->working = true;
    watch->keeper->jobs++;
    watch->work.data = watch;
    g_clear_pointer(&watch->now.checkout, g_free);
    int failed = uv_queue_work(&watch->keeper->loop, &watch->work, on_look, on_looked);
    g_assert(failed == 0);
}

struct rules_watch *rules_watch_start(struct keeper *keeper)
{
    struct rules_watch *watch = g_new0(struct rules_watch, 1);
    watch->keeper = keeper;
    watch->timer.data = watch;
    uv_timer_init(&keeper->loop, &watch->timer);
    uv_timer_start(&watch->timer, on_time, PERIOD, 0);
    return watch;
}

void rules_watch_loaded(struct rules_watch *watch, const struct rules_look *look)
{
    if (watch == NULL)
        return;
    watch->loaded = *look;
    watch->known = true;
    watch->since = 0;
    watch->changed = 0;
}

void rules_watch_over(struct rules_watch *watch, bool again)
{
    if (watch == NULL)
        return;
    uint64_t pause = RETRY_FIRST;
    for (unsigned i = 0; i < watch->retries && pause < RETRY_MOST; i++)
        pause *= 2;
    watch->retries = again ? watch->retries + 1 : 0;
    watch->retry_at = again ? uv_now(&watch->keeper->loop) + MIN(pause, RETRY_MOST) : 0;
}

json_t *rules_watch_waiting(const struct rules_watch *watch)
{
    if (watch == NULL || watch->since == 0)
        return json_null();
    g_autofree char *since = time_format(time_now() - (clock_steady() - watch->since));
    const char *lock = watch->working ? NULL : watch->now.checkout; /* the pool writes it */
    g_autofree char *what =
        lock != NULL ? g_strdup_printf("git to finish (%s)", lock) : g_strdup("the saving to be over");
    return json_pack("{s:s, s:o}", "since", since, "for", json_text_new(what));
}

void rules_watch_stop(struct rules_watch *watch)
{
    if (watch != NULL)
        uv_close((uv_handle_t *)&watch->timer, on_closed);
}
