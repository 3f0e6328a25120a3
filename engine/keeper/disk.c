/* An alert that the ledger's disk is full cannot be written to the ledger, and what is not written is not
 * sent: so room for it is laid by while there is some. When a batch fails for want of room, the reserve is
 * removed, the alert goes out as any other, and jobs that can wait (new mail above all) are refused by the
 * committer. Whether there is room again is seen by laying the reserve by again, and not by deciding a mail
 * in vain. What ails the disk otherwise (read-only, errors) leaves no way to write anything: the log,
 * `status` and the service manager say it at once, the operators when it is over.
 *
 * One that does not answer (a server that it is mounted from is gone) fails nothing: it holds up what is in
 * the pool. The log, `status` and the service manager say so after a minute.
 *
 * Whoever else fills the disk may take the room that was given up; then it is as without a reserve. */
#include "keeper/disk.h"
#include "keeper/alerts.h"
#include "keeper/filing.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"

#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { RESERVE_MOST = 8 << 20, RESERVE_SHARE = 8, LAY_BY_AGAIN = 2000 };
enum { UNREAD_MOST = 1000, UNREAD_FORGOTTEN = 60000, STALLED_AFTER = 60000 };
enum place { PLACE_STORE, PLACE_LEDGER, PLACE_ARCHIVE, PLACE_OUTBOX, PLACE_SPOOL, PLACES };
static const char *const place_names[PLACES] = {"store", "ledger", "archive", "outbox", "spool"};

struct disk {
    struct keeper *keeper;
    bool held, told;    /* told: that the disk is full stands as an alert */
    int64_t try_at;     /* loop time */
    bool laying, laid;  /* the reserve is being laid by; how that ended */
    uv_work_t work;     /* that */
    bool looking;       /* whether what the start could not file is filed */
    int64_t unfiled;    /* the newest mail at a start that could not file all; 0: nothing is left of that */
    int64_t stalled;    /* since when a batch hangs; 0: none does */
    char *action;       /* that could not write into the store; or NULL */
    bool looked_back;   /* whether any is left that an earlier life could not read */
    GHashTable *unread; /* "spool\nfile" -> loop time of the last try */
    struct {
        int64_t since; /* 0: it is well */
        char *why;
    } places[PLACES];
};

struct disk *disk_new(struct keeper *keeper)
{
    struct disk *disk = g_new0(struct disk, 1);
    disk->keeper = keeper;
    disk->unread = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    disk->held = true; /* until disk_begin: a keeper that does not get so far takes nothing */
    return disk;
}

void disk_free(struct disk *disk)
{
    if (disk == NULL)
        return;
    for (int i = 0; i < PLACES; i++)
        g_free(disk->places[i].why);
    g_hash_table_unref(disk->unread);
    g_free(disk->action);
    g_free(disk);
}

bool disk_is_full(const struct keeper *keeper)
{
    return !keeper->disk->held;
}

/* ---- places ---- */

static void place_failed(struct disk *disk, enum place place, const char *why)
{
    if (disk->places[place].since == 0)
        disk->places[place].since = time_now();
    g_free(disk->places[place].why);
    disk->places[place].why = g_strdup(why);
}

/* For how long it was; NULL when it was well. */
static char *place_back(struct disk *disk, enum place place)
{
    int64_t since = disk->places[place].since;
    disk->places[place].since = 0;
    g_clear_pointer(&disk->places[place].why, g_free);
    return since != 0 ? duration_format(MAX(time_now() - since, 0)) : NULL;
}

json_t *disk_status(const struct keeper *keeper)
{
    json_t *list = json_array();
    for (int i = 0; i < PLACES; i++) {
        if (keeper->disk->places[i].since == 0)
            continue;
        g_autofree char *since = time_format(keeper->disk->places[i].since);
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "place", place_names[i], "since", since,
                                              "why", json_text_new(keeper->disk->places[i].why)));
    }
    return list;
}

char *disk_trouble(const struct keeper *keeper)
{
    static const char *const consequences[PLACES] = {
        "the store is not where it was, and nothing is taken or sent",
        "the ledger cannot be written, and no mail is taken",
        "mail is decided and told, and cannot be filed",
        "copies for people cannot be written into the store, and what writes them waits",
        "mail cannot be read from a spool, where it stays",
    };
    for (int i = 0; i < PLACES; i++) {
        if (keeper->disk->places[i].since == 0)
            continue;
        g_autofree char *since = time_format(keeper->disk->places[i].since);
        return g_strdup_printf("%s since %s: %s", consequences[i], since, keeper->disk->places[i].why);
    }
    return NULL;
}

/* ---- the reserve ---- */

static char *reserve_path(const struct keeper *keeper)
{
    return g_build_filename(keeper->config->store, "reserve", NULL);
}

/* A small file system keeps most of itself for its work. */
static int64_t reserve_size(const struct keeper *keeper)
{
    struct statvfs system;
    if (statvfs(keeper->config->store, &system) != 0)
        return RESERVE_MOST;
    return (int64_t)MIN((uint64_t)RESERVE_MOST, (uint64_t)system.f_blocks * system.f_frsize / RESERVE_SHARE);
}

/* Done is also what another fault of the disk than want of room keeps from being done: that is not full. */
static bool reserve_lay_by(const struct keeper *keeper, GError **error)
{
    g_autofree char *path = reserve_path(keeper);
    g_autoptr(GError) failure = NULL;
    if (file_allocate(path, reserve_size(keeper), &failure) ||
        !g_error_matches(failure, AWSIFT_ERROR, AWSIFT_ERROR_FULL))
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

static void full_tell(struct disk *disk, const char *why)
{
    if (disk->told)
        return;
    disk->told = true;
    keeper_trouble(
        disk->keeper, "disk", "",
        "the disk of the store %s is full, and no mail is taken: %s; it goes on by itself when there is"
        " room",
        disk->keeper->config->store, why);
}

static void reserve_spend(struct disk *disk, const char *why)
{
    g_autofree char *path = reserve_path(disk->keeper);
    disk->held = false;
    disk->try_at = (int64_t)uv_now(&disk->keeper->loop) + LAY_BY_AGAIN;
    file_remove(path, NULL);
    fault_point("reserve-spent");
    committer_refuse(disk->keeper->committer, true);
    full_tell(disk, why);
}

/* There is room, and what was written last could be written. */
static void full_over(struct disk *disk)
{
    struct keeper *keeper = disk->keeper;
    g_autofree char *lasted = place_back(disk, PLACE_LEDGER);
    if (lasted != NULL)
        log_info("the disk of the store %s has room again, after %s: mail is taken", keeper->config->store,
                 lasted);
    disk->told = false;
    keeper_over(keeper, "disk", "");
}

/* ---- mail that cannot be read ---- */

static gboolean is_gone(void *key, void *tried, void *now)
{
    return *(const int64_t *)now - *(const int64_t *)tried > UNREAD_FORGOTTEN;
}

static void unread_end(struct keeper *keeper)
{
    g_autofree char *lasted =
        g_hash_table_size(keeper->disk->unread) == 0 ? place_back(keeper->disk, PLACE_SPOOL) : NULL;
    if (lasted == NULL)
        return;
    log_info("no mail is left that cannot be read, after %s", lasted);
    keeper_over(keeper, "reading", "");
}

/* Those that were taken away are not offered again. */
static void unread_forget(struct keeper *keeper)
{
    int64_t now = (int64_t)uv_now(&keeper->loop);
    if (g_hash_table_foreach_remove(keeper->disk->unread, is_gone, &now) > 0)
        unread_end(keeper);
}

void disk_unread(struct keeper *keeper, const char *spool, const char *file, const char *why)
{
    GHashTable *unread = keeper->disk->unread;
    bool first = g_hash_table_size(unread) == 0;
    int64_t now = (int64_t)uv_now(&keeper->loop);
    if (g_hash_table_size(unread) < UNREAD_MOST)
        g_hash_table_replace(unread, g_strdup_printf("%s\n%s", spool, file), g_memdup2(&now, sizeof now));
    g_autofree char *what = g_strdup_printf("%s in spool %s: %s", file, spool, why);
    place_failed(keeper->disk, PLACE_SPOOL, what);
    if (first)
        keeper_trouble(
            keeper, "reading", "",
            "a mail cannot be read (%s); it stays in its spool and is tried again, and other mail goes on",
            what);
}

void disk_read(struct keeper *keeper, const char *spool, const char *file)
{
    if (g_hash_table_size(keeper->disk->unread) == 0)
        return;
    g_autofree char *key = g_strdup_printf("%s\n%s", spool, file);
    if (g_hash_table_remove(keeper->disk->unread, key))
        unread_end(keeper);
}

/* What an earlier life could not read is read, or gone, once nothing waits. */
static void unread_look_back(struct keeper *keeper)
{
    if (keeper->disk->looked_back || !keeper_at_rest(keeper))
        return;
    keeper->disk->looked_back = true;
    keeper_over(keeper, "reading", "");
}

bool disk_prepare(const struct keeper *keeper, GError **error)
{
    g_autofree char *path = reserve_path(keeper);
    g_autoptr(GError) failure = NULL;
    if (filing_prepare(keeper->config->store, &failure))
        return true;
    if (g_error_matches(failure, AWSIFT_ERROR, AWSIFT_ERROR_FULL) && access(path, F_OK) == 0) {
        log_warning("%s: the room that was laid by is given up, so that this can be told", failure->message);
        return file_remove(path, error) && filing_prepare(keeper->config->store, error);
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

void disk_begin(struct keeper *keeper)
{
    g_autoptr(GError) error = NULL;
    if (reserve_lay_by(keeper, &error)) {
        keeper_over(keeper, "disk", "");
        return;
    }
    place_failed(keeper->disk, PLACE_LEDGER, error->message);
    reserve_spend(keeper->disk, error->message);
}

/* ---- no answer ---- */

static int64_t stalled_after(void)
{
    const char *text = g_getenv("AWSIFT_STALLED"); /* of tests */
    int64_t wanted = text != NULL ? g_ascii_strtoll(text, NULL, 10) : 0;
    return wanted > 0 ? wanted : STALLED_AFTER;
}

char *disk_stalled(const struct keeper *keeper)
{
    if (keeper->disk->stalled == 0)
        return NULL;
    g_autofree char *since = time_format(keeper->disk->stalled);
    return g_strdup_printf("the disk of the store %s, or of a spool, has not answered since %s: nothing is "
                           "taken or told until it does; look after it (dmesg, the server that it is "
                           "mounted from); it goes on by itself",
                           keeper->config->store, since);
}

static void stall_look(struct keeper *keeper)
{
    struct disk *disk = keeper->disk;
    int64_t busy = committer_busy_for(keeper->committer), since = disk->stalled;
    bool stalls = busy >= stalled_after();
    if (stalls && since == 0) {
        disk->stalled = time_now() - busy;
        g_autofree char *text = disk_stalled(keeper);
        log_error("%s", text);
        if (disk->places[PLACE_LEDGER].since == 0) {
            place_failed(disk, PLACE_LEDGER, text);
            disk->places[PLACE_LEDGER].since = disk->stalled;
        }
    } else if (!stalls && since != 0) {
        disk->stalled = 0;
        log_info("the disk answers again");
        if (committer_trouble(keeper->committer) == NULL)
            disk_ledger_back(since, "its disk, or one of a spool, did not answer", keeper);
    }
}

static void on_lay_by(uv_work_t *work)
{
    struct disk *disk = work->data;
    disk->laid = reserve_lay_by(disk->keeper, NULL);
}

static void on_laid_by(uv_work_t *work, int status)
{
    struct disk *disk = work->data;
    struct keeper *keeper = disk->keeper;
    keeper->jobs--;
    disk->laying = false;
    disk->held = disk->laid;
    if (!disk->held)
        return;
    fault_point("reserve-laid-by");
    committer_refuse(keeper->committer, false);
    if (committer_trouble(keeper->committer) == NULL)
        full_over(disk);
}

void disk_tick(struct keeper *keeper)
{
    struct disk *disk = keeper->disk;
    unread_forget(keeper);
    unread_look_back(keeper);
    stall_look(keeper);
    if (disk->held || disk->laying || keeper->astray || (int64_t)uv_now(&keeper->loop) < disk->try_at)
        return;
    disk->try_at = (int64_t)uv_now(&keeper->loop) + LAY_BY_AGAIN;
    disk->laying = true;
    disk->work.data = disk;
    keeper->jobs++;
    int failed = uv_queue_work(&keeper->loop, &disk->work, on_lay_by, on_laid_by);
    g_assert(failed == 0);
}

/* ---- the ledger ---- */

void disk_ledger_failed(const GError *why, void *data)
{
    struct keeper *keeper = data;
    place_failed(keeper->disk, PLACE_LEDGER, why->message);
    if (g_error_matches(why, AWSIFT_ERROR, AWSIFT_ERROR_FULL) && keeper->disk->held)
        reserve_spend(keeper->disk, why->message);
}

/* Written from the reserve, it is no sign of room. */
void disk_ledger_back(int64_t since, const char *why, void *data)
{
    struct keeper *keeper = data;
    alerts_pay(keeper);
    if (!keeper->disk->held)
        return;
    log_info("the ledger can be written again");
    if (keeper->disk->told) {
        full_over(keeper->disk);
        return;
    }
    g_autofree char *lasted = place_back(keeper->disk, PLACE_LEDGER), *from = time_format(since);
    const struct alert_wish wish = {.kind = "ledger",
                                    .facts = json_pack("{s:I, s:I, s:o}", "from", (json_int_t)since, "to",
                                                       (json_int_t)time_now(), "why", json_text_new(why))};
    keeper_raise(keeper, &wish,
                 "the ledger could not be written since %s, for %s (%s); what came meanwhile is taken now",
                 from, lasted != NULL ? lasted : "a moment", why);
}

/* ---- the store as a whole ---- */

void disk_store_gone(struct keeper *keeper, const char *why)
{
    place_failed(keeper->disk, PLACE_STORE, why);
}

void disk_store_back(struct keeper *keeper)
{
    g_autofree char *lasted = place_back(keeper->disk, PLACE_STORE);
    log_info("the store is back, after %s", lasted != NULL ? lasted : "a moment");
}

/* ---- the archive ---- */

/* The system's own words: what is the same for all files that it concerns. */
static const char *cause_of(const char *why)
{
    const char *colon = strrchr(why, ':');
    return colon != NULL ? colon + 1 : why;
}

/* Each mail has its own names in it: what is told once is known by its cause. */
void disk_filing_failed(struct keeper *keeper, const char *why, const char *text)
{
    struct disk *disk = keeper->disk;
    const char *before = disk->places[PLACE_ARCHIVE].why;
    if (disk->places[PLACE_ARCHIVE].since != 0 && strcmp(cause_of(before), cause_of(why)) == 0)
        return;
    place_failed(disk, PLACE_ARCHIVE, why);
    keeper_trouble(keeper, "filing", "", "%s", text);
}

static void filing_over(struct keeper *keeper)
{
    g_autofree char *lasted = place_back(keeper->disk, PLACE_ARCHIVE);
    log_info("mail can be filed again, after %s", lasted);
    keeper_over(keeper, "filing", "");
}

/* The number of the oldest mail that is not filed; 0: there is none. */
static bool oldest_unfiled(struct ledger *ledger, int64_t *oldest, GError **error)
{
    g_autoptr(GPtrArray) unfiled = ledger_unfiled(ledger, 0, 1, error);
    if (unfiled == NULL)
        return false;
    *oldest = unfiled->len > 0 ? ((const struct ledger_filing *)unfiled->pdata[0])->message : 0;
    return true;
}

bool disk_look_back(struct keeper *keeper, struct ledger *ledger, GError **error)
{
    int64_t oldest = -1, seen;
    if (!ledger_has_filed(ledger, &keeper->archived, error) || !oldest_unfiled(ledger, &oldest, error) ||
        oldest == 0)
        return oldest == 0;
    g_autofree char *why =
        g_strdup_printf("mail %" G_GINT64_FORMAT " could not be filed at the start", oldest);
    place_failed(keeper->disk, PLACE_ARCHIVE, why);
    return ledger_newest(ledger, &keeper->disk->unfiled, &seen, error);
}

struct look {
    struct commit_job job;
    struct keeper *keeper;
    int64_t oldest;
};

static bool look_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    return oldest_unfiled(ledger, &((struct look *)job)->oldest, error);
}

static void look_done(struct commit_job *job, const GError *error)
{
    struct look *look = (struct look *)job;
    struct disk *disk = look->keeper->disk;
    disk->looking = false;
    if (error == NULL && look->keeper->waiting->len == 0 &&
        (look->oldest == 0 || look->oldest > disk->unfiled)) {
        disk->unfiled = 0;
        filing_over(look->keeper);
    }
    g_free(look);
}

/* What the start could not file need not be in hand. */
void disk_filing_back(struct keeper *keeper)
{
    struct disk *disk = keeper->disk;
    if (disk->places[PLACE_ARCHIVE].since == 0 || disk->looking)
        return;
    if (disk->unfiled == 0) {
        filing_over(keeper);
        return;
    }
    struct look *look = g_new0(struct look, 1);
    look->job = (struct commit_job){.run = look_run, .done = look_done};
    look->keeper = keeper;
    disk->looking = true;
    committer_add(keeper->committer, &look->job);
}

/* ---- the outbox ---- */

void disk_outbox_failed(struct keeper *keeper, const char *action, const char *why)
{
    struct disk *disk = keeper->disk;
    bool known = disk->action != NULL;
    place_failed(disk, PLACE_OUTBOX, why);
    if (known)
        return;
    disk->action = g_strdup(action);
    keeper_trouble(keeper, "outbox", "",
                   "action %s cannot write into the store: %s; what writes there waits, and is tried again",
                   action, why);
}

void disk_went_live(struct keeper *keeper)
{
    if (keeper->disk->action == NULL)
        keeper_over(keeper, "outbox", "");
}

void disk_outbox_back(struct keeper *keeper, const char *action)
{
    struct disk *disk = keeper->disk;
    if (g_strcmp0(disk->action, action) != 0)
        return;
    g_autofree char *lasted = place_back(disk, PLACE_OUTBOX);
    log_info("copies can be written into the store again, after %s", lasted != NULL ? lasted : "a moment");
    g_clear_pointer(&disk->action, g_free);
    keeper_over(keeper, "outbox", "");
}
