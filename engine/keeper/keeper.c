/* The keeper's life: lock the store, mend what the last one left, load the rules, keep everything going, and
 * end in good order. It ends by itself when the store, the ledger or every spool cannot be opened at the
 * start; later the same faults only stop what they stop, until they are gone. */
#include "keeper/keeper.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/privileges.h"
#include "base/times.h"
#include "keeper/alerts.h"
#include "keeper/astray.h"
#include "keeper/child.h"
#include "keeper/clock_watch.h"
#include "keeper/control_server.h"
#include "keeper/delivery.h"
#include "keeper/descriptors.h"
#include "keeper/digest.h"
#include "keeper/disk.h"
#include "keeper/drill.h"
#include "keeper/erring.h"
#include "keeper/filing.h"
#include "keeper/former_spools.h"
#include "keeper/generation.h"
#include "keeper/ledger_log.h"
#include "keeper/leftovers.h"
#include "keeper/life.h"
#include "keeper/outbox.h"
#include "keeper/record.h"
#include "keeper/recovery.h"
#include "keeper/redecide.h"
#include "keeper/reload.h"
#include "keeper/restore.h"
#include "keeper/proof.h"
#include "keeper/retention.h"
#include "keeper/service.h"
#include "keeper/silencing.h"
#include "keeper/strays.h"
#include "keeper/rules_watch.h"
#include "keeper/store_lock.h"
#include "ledger/alerts.h"
#include "ledger/life.h"
#include "ledger/pages.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define FINISH 5000         /* ms for what is in hand */
#define END 15000           /* ms after which it is left to the next start */
#define STATUS_TRY_AGAIN 75 /* sysexits.h: another process is in the way */
#define UNFILED_NAMED 100
#define TICK 1000
#define TICK_SHORT 50

/* glibc gives each thread of the pool a heap of its own, which never shrinks: what a reload needs for a
 * moment would be kept five times over. */
static void memory_prepare(void)
{
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
#endif
    ledger_pages_prepare();
}

/* What was needed for a moment is the system's again. */
static void memory_return(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

bool keeper_stopping(const struct keeper *keeper)
{
    return keeper->state != KEEPER_RUNNING;
}

static void on_tick(uv_timer_t *timer);

void keeper_stop(struct keeper *keeper, int status)
{
    if (keeper_stopping(keeper)) {
        keeper->stop_by = clock_steady(); /* asked twice: no more waiting */
        return;
    }
    keeper->state = KEEPER_FINISHING;
    keeper->status = status;
    keeper->finish_by = keeper->stop_by = clock_steady() + FINISH;
    rules_watch_stop(g_steal_pointer(&keeper->watch));
    desk_stop(keeper->desk);
    drills_stop(keeper);
    record_waiting_end(keeper);
    life_end(keeper);
    service_stopping(keeper);
    store_lock_ending(keeper->lock);
    fault_point("stop-begins");
    uv_timer_start(&keeper->tick, on_tick, 0, TICK_SHORT);
}

int64_t keeper_patience(const struct keeper *keeper)
{
    return keeper_stopping(keeper) ? CLAMP(keeper->finish_by - clock_steady(), 0, FINISH) : FINISH;
}

static void on_clock_stepped(int64_t by, void *data)
{
    clock_stepped(data, by);
}

static void on_redecided(struct keeper *keeper, const json_t *results, void *data)
{
    if (keeper->options->decided != NULL)
        *keeper->options->decided = json_deep_copy(results);
    keeper->redeciding = false;
}

static void on_spool_told(struct spool *spool, const char *text, bool lasts, void *data)
{
    if (text == NULL)
        keeper_over(data, "spool", spool_name(spool));
    else if (lasts)
        keeper_trouble(data, "spool", spool_name(spool), "spool %s: %s", spool_name(spool), text);
    else
        keeper_alert(data, false, "spool", "spool %s: %s", spool_name(spool), text);
}

/* What an earlier life told of, and is well now. */
static void troubles_end(struct keeper *keeper)
{
    for (guint i = 0; i < keeper->spools->len; i++)
        if (!spool_troubled(keeper->spools->pdata[i]))
            keeper_over(keeper, "spool", spool_name(keeper->spools->pdata[i]));
    for (enum child_role role = CHILD_DECIDER; role <= CHILD_CUSTOM; role++)
        keeper_over(keeper, "children", child_role_name(role)); /* each passed its self-check */
    disk_went_live(keeper);
}

void keeper_went_live(struct keeper *keeper)
{
    if (!keeper->went_live && !json_flag(keeper->options->decide, "dry_run"))
        troubles_end(keeper);
    const json_t *decide = keeper->options->decide;
    const struct redecide_wish wish = {.ids = json_object_get(decide, "ids"),
                                       .as = json_text(decide, "as"),
                                       .by = json_text(decide, "by"),
                                       .dry_run = json_flag(decide, "dry_run"),
                                       .release = json_flag(decide, "release")};
    if (!keeper->went_live && decide != NULL)
        redecide_start(keeper, &wish, on_redecided, NULL);
    keeper->went_live = true;
    memory_return();
    delivery_pump(keeper);
    outbox_kick(keeper);
}

static void on_stirred(struct spool *spool, void *data)
{
    delivery_pump(data);
}

static bool spools_drained(const struct keeper *keeper)
{
    for (guint i = 0; i < keeper->spools->len; i++)
        if (!spool_drained(keeper->spools->pdata[i]) && spool_closed(keeper->spools->pdata[i]) == NULL)
            return false;
    return true;
}

/* How many cannot be read now; *why: of the first. */
static guint spools_closed(const struct keeper *keeper, const char **why)
{
    guint closed = 0;
    for (guint i = keeper->spools->len; i > 0; i--) {
        const char *reason = spool_closed(keeper->spools->pdata[i - 1]);
        closed += reason != NULL ? 1 : 0;
        if (reason != NULL && why != NULL)
            *why = reason;
    }
    return closed;
}

bool keeper_is_well(const struct keeper *keeper)
{
    return keeper->live != NULL && !keeper->astray && committer_trouble(keeper->committer) == NULL;
}

bool keeper_at_rest(const struct keeper *keeper)
{
    return keeper_is_well(keeper) && spools_drained(keeper);
}

bool keeper_knows_spools(const struct keeper *keeper)
{
    for (guint i = 0; i < keeper->spools->len; i++)
        if (!spool_walked(keeper->spools->pdata[i]))
            return false;
    return true;
}

static bool is_quiet(const struct keeper *keeper)
{
    return desk_idle(keeper->desk) && outbox_idle(keeper->outbox) &&
           committer_pending(keeper->committer) == 0;
}

static bool is_through(struct keeper *keeper)
{
    bool dry = json_flag(keeper->options->decide, "dry_run");
    return keeper->live != NULL && !keeper->redeciding && !reload_running(keeper->reload) &&
           spools_drained(keeper) &&
           (dry ? desk_idle(keeper->desk)
                : is_quiet(keeper) && retention_is_through(keeper) && proof_is_through(keeper) &&
                      alerts_flush(keeper) && is_quiet(keeper));
}

/* What `run --once` could not do: mail that is decided and not filed, by looking. */
struct last_look {
    struct commit_job job;
    struct keeper *keeper;
    GPtrArray *unfiled;
};

static bool last_look_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct last_look *look = (struct last_look *)job;
    g_clear_pointer(&look->unfiled, g_ptr_array_unref);
    look->unfiled = ledger_unfiled(ledger, 0, UNFILED_NAMED, error);
    return look->unfiled != NULL;
}

static void last_look_done(struct commit_job *job, const GError *error)
{
    struct last_look *look = (struct last_look *)job;
    bool good = error == NULL && look->unfiled->len == 0 && spools_closed(look->keeper, NULL) == 0;
    for (guint i = 0; error == NULL && i < look->unfiled->len; i++) {
        const struct ledger_filing *filing = look->unfiled->pdata[i];
        log_error("mail %" G_GINT64_FORMAT
                  " (%s in spool %s) is decided but could not be filed; the next start"
                  " tries again",
                  filing->message, filing->file, filing->spool);
    }
    if (!keeper_stopping(look->keeper))
        keeper_stop(look->keeper, good ? 0 : 1);
    g_clear_pointer(&look->unfiled, g_ptr_array_unref);
    g_free(look);
}

static void once_end(struct keeper *keeper)
{
    if (!keeper->options->once) {
        keeper_stop(keeper, 0);
        return;
    }
    struct last_look *look = g_new0(struct last_look, 1);
    look->job = (struct commit_job){.run = last_look_run, .done = last_look_done};
    look->keeper = keeper;
    committer_add(keeper->committer, &look->job);
}

static bool hands_are_empty(const struct keeper *keeper)
{
    return desk_idle(keeper->desk) && outbox_empty_handed(keeper->outbox) &&
           committer_pending(keeper->committer) == 0 && keeper->jobs == 0;
}

static void children_end(struct keeper *keeper)
{
    keeper->state = KEEPER_ENDING;
    keeper->stop_by = clock_steady() + END - FINISH;
    desk_stop(keeper->desk);
    reload_abandon(keeper);
    for (guint i = keeper->generations->len; i > 0; i--)
        generation_retire(keeper->generations->pdata[i - 1], true);
}

static void handles_close(struct keeper *keeper)
{
    keeper->state = KEEPER_CLOSED;
    fault_point("stop-ends");
    for (guint i = 0; i < keeper->spools->len; i++)
        spool_close(keeper->spools->pdata[i]);
    control_close(g_steal_pointer(&keeper->control));
    outbox_close(g_steal_pointer(&keeper->outbox));
    for (size_t i = 0; i < G_N_ELEMENTS(keeper->signals); i++)
        uv_close((uv_handle_t *)&keeper->signals[i], NULL);
    uv_close((uv_handle_t *)&keeper->tick, NULL);
}

static void on_tick(uv_timer_t *timer)
{
    struct keeper *keeper = timer->data;
    bool late = keeper->stop_by != 0 && clock_steady() >= keeper->stop_by;
    proof_tick(keeper);
    if (keeper->state == KEEPER_RUNNING) {
        store_look(keeper);
        outbox_tick(keeper);
        disk_tick(keeper);
        desk_tick(keeper);
        digest_tick(keeper);
        life_tick(keeper);
        retention_tick(keeper);
        ledger_log_tick(keeper);
        clock_tick(keeper);
        service_tick(keeper);
        if (!json_flag(keeper->options->decide, "dry_run")) {
            alerts_tick(keeper);
            generation_tick(keeper->live);
        }
        silencing_tick(keeper);
        leftovers_tick(keeper);
        if ((keeper->options->once || keeper->options->decide != NULL) && is_through(keeper))
            once_end(keeper);
    } else if (keeper->state == KEEPER_FINISHING) {
        if (late || hands_are_empty(keeper))
            children_end(keeper);
    } else if (keeper->children == 0 && keeper->generations->len == 0 && hands_are_empty(keeper)) {
        handles_close(keeper);
    } else if (late) {
        log_warning("ending with something still in hand; the next start takes it up");
        _exit(keeper->status);
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct keeper *keeper = handle->data;
    if (number == SIGHUP && !keeper_stopping(keeper)) {
        reload_start(keeper, "signal", false, NULL, NULL);
    } else if (number != SIGHUP) {
        log_info("ending");
        keeper_stop(keeper, 0);
    }
}

static void signals_watch(struct keeper *keeper)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        uv_signal_init(&keeper->loop, &keeper->signals[i]);
        keeper->signals[i].data = keeper;
        uv_signal_start(&keeper->signals[i], on_signal, numbers[i]);
    }
}

/* A ledger that is gone beside an archive that is full would begin anew: what was decided and told would be
 * once more. */
static bool ledger_is_not_lost(const char *store, const char *path, GError **error)
{
    struct stat status;
    bool empty = stat(path, &status) == 0 ? status.st_size == 0 : errno == ENOENT;
    if (empty && restore_is_cut(store)) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "ledger %s: is missing, because awsift restore was cut before its end: run it again",
                    path);
        return false;
    }
    if (!empty || !filing_holds_mail(store))
        return true;
    g_set_error(
        error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
        "ledger %s: is missing or empty, and %s/archive holds mail: put the ledger's backup back (awsift "
        "restore FILE), or move the archive away to begin anew",
        path, store);
    return false;
}

static bool spools_begin(struct keeper *keeper, struct ledger *ledger, GError **error)
{
    const GPtrArray *spools = keeper->config->spools;
    keeper->watched_since = g_new0(int64_t, spools->len + 1);
    if (keeper->options->decide == NULL && !former_spools_tell(keeper->config, ledger, error))
        return false;
    for (guint i = 0; keeper->options->decide == NULL && i < spools->len; i++) {
        const struct config_spool *spool = spools->pdata[i];
        if (!ledger_spool_begin(ledger, spool->name, spool->path, keeper->since, error) ||
            !ledger_spool_began(ledger, spool->name, &keeper->watched_since[i], error))
            return false;
        keeper->watched_since[i] = MIN(keeper->watched_since[i], keeper->since); /* a clock was ahead then */
    }
    return true;
}

/* Store, lock, ledger, and what the last keeper left. */
static bool store_open(struct keeper *keeper, GError **error)
{
    const struct config *config = keeper->config;
    if (!folder_make(config->store, error))
        return false;
    g_autofree char *path = g_build_filename(config->store, "ledger.db", NULL);
    keeper->lock = store_lock(config->store, keeper->options->decide != NULL, error);
    if (keeper->lock < 0)
        return false;
    if (!disk_prepare(keeper, error) || !ledger_is_not_lost(config->store, path, error))
        return false;
    g_autoptr(ledger) ledger = ledger_open(path, LEDGER_WRITE, error);
    if (ledger != NULL)
        ledger_set_alerts(ledger, json_object_get(config->json, "alerts"));
    if (ledger == NULL || !strays_mend(config, ledger, error) || !drills_load(keeper, ledger, error) ||
        !recovery_run(config, ledger, error) || !disk_look_back(keeper, ledger, error) ||
        !spools_begin(keeper, ledger, error) || !retention_begin(keeper, ledger, error) ||
        !proof_begin(keeper, ledger, error))
        return false;
    ledger_set_thread_window(
        ledger, json_number(json_object_get(config->json, "threads"), "window", LEDGER_THREAD_WINDOW));
    keeper->committer = committer_new(&keeper->loop, g_steal_pointer(&ledger), config->store,
                                      disk_ledger_back, on_clock_stepped, keeper);
    committer_on_failure(keeper->committer, disk_ledger_failed);
    store_remember(keeper);
    disk_begin(keeper);
    return true;
}

/* With one that can be read awsift starts, and tells of the others; with none it would only look as if it
 * ran.
 */
static bool spools_are_enough(const struct keeper *keeper, GError **error)
{
    const char *why = NULL;
    guint closed = spools_closed(keeper, &why);
    if (closed == 0 || closed < keeper->spools->len)
        return true;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO, "%s", why);
    return false;
}

static bool spools_open(struct keeper *keeper, GError **error)
{
    for (guint i = 0; keeper->options->decide == NULL && i < keeper->config->spools->len; i++) {
        struct spool *spool =
            spool_open(&keeper->loop, keeper->config->spools->pdata[i], on_stirred, keeper, error);
        if (spool == NULL)
            return false;
        spool_watched_since(spool, keeper->watched_since[i]);
        g_ptr_array_add(keeper->spools, spool);
    }
    if (!spools_are_enough(keeper, error))
        return false;
    for (guint i = 0; i < keeper->spools->len; i++)
        spool_tell(keeper->spools->pdata[i], on_spool_told);
    return true;
}

static void keeper_begin(struct keeper *keeper)
{
    g_autofree char *doubt = privileges_doubt(keeper->config);
    if (doubt != NULL)
        log_warning("%s", doubt);
    bool once = keeper->options->once || keeper->options->decide != NULL;
    keeper->redeciding = keeper->options->decide != NULL;
    if (!once)
        keeper->watch = rules_watch_start(keeper);
    if (!once)
        life_begin(keeper);
    uv_timer_start(&keeper->tick, on_tick, once ? TICK_SHORT : TICK, once ? TICK_SHORT : TICK);
    reload_start(keeper, "start", false, NULL, NULL);
}

static void keeper_free(struct keeper *keeper)
{
    while (uv_loop_close(&keeper->loop) == UV_EBUSY)
        uv_run(&keeper->loop, UV_RUN_DEFAULT);
    g_ptr_array_unref(keeper->spools);
    g_free(keeper->watched_since);
    g_ptr_array_unref(keeper->waiting);
    g_ptr_array_unref(keeper->generations);
    reload_free(keeper->reload);
    desk_free(keeper->desk);
    erring_free(keeper->erring);
    digest_free(keeper->digest);
    life_free(keeper->life);
    retention_free(keeper->retention);
    ledger_log_free(keeper->log);
    proof_free(keeper->proof);
    service_free(keeper->service);
    silencing_free(keeper->silencing);
    committer_free(keeper->committer);
    alerts_free(keeper->alerts);
    disk_free(keeper->disk);
    drills_free(keeper->drills);
    if (keeper->lock >= 0)
        close(keeper->lock);
}

int keeper_run(const struct config *config, const struct keeper_options *options)
{
    memory_prepare();
    clock_keep();
    struct keeper keeper = {.config = config, .options = options, .since = time_now(), .lock = -1};
    g_autoptr(GError) error = NULL;
    log_open("keeper");
    descriptors_prepare(config);
    uv_loop_init(&keeper.loop);
    uv_timer_init(&keeper.loop, &keeper.tick);
    keeper.tick.data = &keeper;
    signals_watch(&keeper);
    keeper.spools = g_ptr_array_new();
    keeper.waiting = g_ptr_array_new();
    keeper.generations = g_ptr_array_new();
    keeper.reload = reload_new(&keeper);
    keeper.desk = desk_new(&keeper);
    keeper.erring = erring_new();
    keeper.digest = digest_new();
    keeper.life = life_new(&keeper);
    keeper.retention = retention_new(&keeper);
    keeper.log = ledger_log_new();
    keeper.proof = proof_new();
    keeper.service = service_new(&keeper);
    keeper.alerts = alerts_new(&keeper);
    keeper.disk = disk_new(&keeper);
    keeper.drills = drills_new(&keeper);
    keeper.silencing = silencing_new();
    keeper.outbox = outbox_new(&keeper);
    if (privileges_drop(config, &error) && store_open(&keeper, &error) && spools_open(&keeper, &error))
        keeper.control = control_open(&keeper, &error);
    if (error == NULL) {
        keeper_begin(&keeper);
    } else {
        log_error("%s", error->message);
        keeper.status = g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY) ? STATUS_TRY_AGAIN : 1;
        handles_close(&keeper);
    }
    uv_run(&keeper.loop, UV_RUN_DEFAULT);
    keeper_free(&keeper);
    return keeper.status;
}
