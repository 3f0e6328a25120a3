/* A step is one job of the committer: rows of mail whose file is gone are deleted; further mail is marked;
 * the files of what is marked are removed after that commit, and their folders synced, so that the next step
 * may delete their rows. A file that cannot be removed keeps its row, is told of, and is tried again with the
 * next look.
 *
 * Mail that waits in a spool goes first, but does not keep old mail for good: a step is taken every few
 * seconds all the same, since a busy site is never at rest, and a mail that cannot be read or moved may lie
 * there for ever. What such a file is a copy of keeps its rows (ledger/retention.h).
 *
 * A clock that is ahead would make all mail old. The daemon therefore begins once its clock has gone on
 * steadily for as long as it pauses between two looks; a single run, which cannot wait, trusts it no further
 * than a week beyond the newest mail that it found. */
#include "keeper/retention.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/alerts.h"
#include "keeper/filing.h"
#include "keeper/record.h"
#include "ledger/retention.h"

enum {
    STEP = 100,       /* mails */
    STEP_TIME = 100,  /* ms for the files of one */
    ONCE_MOST = 5000, /* mails in one `run --once`, so that it ends */
    HOUR = 3600000,
    LEAST = 100,
    BUSY_PAUSE = 5000, /* ms from step to step while mail waits, at most */
    JUMP = 5000,       /* ms that the clocks may go apart within one tick */
};
#define DAY INT64_C(86400000)
#define WEEK (7 * DAY)

struct retention {
    int64_t keep, pause; /* ms; keep 0: for ever */
    int64_t due;         /* loop time of the next step */
    int64_t stepped;     /* of the last one */
    int64_t wall, steady;
    int64_t newest; /* of the mail that was there at the start, for a single run */
    struct ledger_expiry expiry;
    int64_t cursor;          /* the marked mail whose file was seen to last */
    GArray *gone;            /* of int64_t: their rows go with the next step */
    char *trouble, *failure; /* of the last look; of this one so far */
    uint64_t removed;        /* since it was told */
    int64_t told;            /* loop time; 0: never */
    unsigned old, waiting;   /* old and not finished: of this look so far, of the last whole one */
    unsigned once;           /* mails of a single run */
    bool begun, working, through;
};

struct step {
    struct commit_job job;
    struct keeper *keeper;
    GArray *gone, *next;                 /* of int64_t: whose rows go; whose file went */
    GArray *held;                        /* of int64_t: a file of theirs lies in a spool still */
    GPtrArray *filings;                  /* whose file goes */
    GHashTable *folders;                 /* they lay in, to be synced */
    struct ledger_expiry expiry, looked; /* before; after */
    int64_t cursor;
    unsigned forgotten;
    bool more;
    GError *trouble;
};

struct retention *retention_new(struct keeper *keeper)
{
    struct retention *retention = g_new0(struct retention, 1);
    retention->keep = json_number(keeper->config->json, "keep", 0);
    retention->pause = keeper->options->once ? LEAST : CLAMP(retention->keep / 1000, LEAST, HOUR);
    retention->gone = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return retention;
}

void retention_free(struct retention *retention)
{
    if (retention == NULL)
        return;
    g_array_unref(retention->gone);
    g_free(retention->trouble);
    g_free(retention->failure);
    g_free(retention);
}

bool retention_begin(struct keeper *keeper, struct ledger *ledger, GError **error)
{
    int64_t message;
    return keeper->retention->keep == 0 || ledger_newest(ledger, &message, &keeper->retention->newest, error);
}

/* ---- a step, in the pool ---- */

static bool step_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct step *step = (struct step *)job;
    bool forgotten;
    step->looked = step->expiry;
    step->more = false;
    step->forgotten = 0;
    g_clear_pointer(&step->filings, g_ptr_array_unref);
    for (guint i = 0; i < step->gone->len; i++) {
        if (!ledger_retention_forget(ledger, g_array_index(step->gone, int64_t, i), time_now(), &forgotten,
                                     error))
            return false;
        step->forgotten += forgotten;
    }
    if (step->expiry.more && !ledger_retention_mark(ledger, &step->looked, error))
        return false;
    step->filings = ledger_retention_marked(ledger, step->cursor, STEP, error);
    return step->filings != NULL && (step->looked.more || ledger_retention_sweep(ledger, step->expiry.before,
                                                                                 STEP, &step->more, error));
}

/* Where it was filed, and where a decision since wanted it. */
static bool file_remove_of(struct step *step, const struct ledger_filing *filing, GError **error)
{
    const char *const places[] = {filing->from, filing->category};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        char *folder = NULL;
        if (places[i] == NULL || places[i][0] == '\0' || (i > 0 && g_strcmp0(places[0], places[i]) == 0))
            continue;
        if (!filing_remove(step->keeper->config->store, places[i], filing->message, filing->sha256, &folder,
                           error))
            return false;
        if (folder != NULL)
            g_hash_table_add(step->folders, folder);
    }
    return true;
}

static bool folders_sync(struct step *step, GError **error)
{
    GHashTableIter iterator;
    void *folder;
    g_hash_table_iter_init(&iterator, step->folders);
    while (g_hash_table_iter_next(&iterator, &folder, NULL))
        if (!folder_sync(folder, error))
            return false;
    return true;
}

static void step_settle(struct commit_job *job)
{
    struct step *step = (struct step *)job;
    int64_t end = g_get_monotonic_time() + STEP_TIME * 1000;
    if (step->filings->len > 0)
        fault_point("before-expired-files");
    for (guint i = 0; i < step->filings->len && (i == 0 || g_get_monotonic_time() < end); i++) {
        const struct ledger_filing *filing = step->filings->pdata[i];
        g_autoptr(GError) failure = NULL;
        step->cursor = filing->message;
        if (file_remove_of(step, filing, &failure))
            g_array_append_val(step->next, filing->message);
        else if (step->trouble == NULL)
            step->trouble = g_steal_pointer(&failure);
    }
    g_autoptr(GError) failure = NULL;
    if (folders_sync(step, &failure)) {
        if (step->next->len > 0)
            fault_point("after-expired-files");
        return;
    }
    g_array_set_size(step->next, 0); /* the next look finds them gone, or there again */
    if (step->trouble == NULL)
        step->trouble = g_steal_pointer(&failure);
}

/* ---- from step to step, on the loop ---- */

/* What an earlier life told of is over, too, with the first look that goes well. */
static void trouble_tell(struct keeper *keeper)
{
    struct retention *retention = keeper->retention;
    bool had = retention->trouble != NULL, has = retention->failure != NULL;
    g_free(retention->trouble);
    retention->trouble = g_steal_pointer(&retention->failure);
    if (has && !had)
        keeper_trouble(keeper, "retention", "", "old mail cannot be removed from the archive: %s",
                       retention->trouble);
    else if (!has && (had || !retention->through))
        keeper_over(keeper, "retention", "");
}

/* Once a day, and once it is through with what had gathered. */
static void removed_tell(struct keeper *keeper)
{
    struct retention *retention = keeper->retention;
    int64_t now = (int64_t)uv_now(&keeper->loop);
    if (retention->removed == 0 || (retention->told != 0 && now < retention->told + DAY))
        return;
    g_autofree char *keep = duration_format(retention->keep);
    log_info("%" G_GUINT64_FORMAT " mails older than %s were removed from the archive and the ledger",
             retention->removed, keep);
    retention->removed = 0;
    retention->told = MAX(now, 1);
}

/* The next one begins anew, after a pause: what is marked is found again. */
static void look_stop(struct keeper *keeper)
{
    keeper->retention->begun = false;
    keeper->retention->due = (int64_t)uv_now(&keeper->loop) + keeper->retention->pause;
}

static void look_end(struct keeper *keeper)
{
    struct retention *retention = keeper->retention;
    retention->waiting = retention->old;
    look_stop(keeper);
    trouble_tell(keeper);
    retention->through = true;
    removed_tell(keeper);
}

static void step_free(struct step *step)
{
    g_array_unref(step->gone);
    g_array_unref(step->next);
    g_array_unref(step->held);
    g_clear_pointer(&step->filings, g_ptr_array_unref);
    g_hash_table_unref(step->folders);
    g_clear_error(&step->trouble);
    g_free(step);
}

static void step_done(struct commit_job *job, const GError *error)
{
    struct step *step = (struct step *)job;
    struct keeper *keeper = step->keeper;
    struct retention *retention = keeper->retention;
    retention->working = false;
    if (error != NULL) {
        look_stop(keeper);
    } else {
        retention->expiry = step->looked;
        retention->expiry.held = NULL;
        retention->cursor = step->cursor;
        retention->old += step->looked.old;
        retention->removed += step->forgotten;
        retention->once += step->forgotten;
        g_array_append_vals(retention->gone, step->next->data, step->next->len);
        if (step->trouble != NULL && retention->failure == NULL)
            retention->failure = g_strdup(step->trouble->message);
        if (!step->looked.more && !step->more && step->filings->len == 0)
            look_end(keeper);
    }
    step_free(step);
}

static void look_begin(struct keeper *keeper)
{
    struct retention *retention = keeper->retention;
    bool once = keeper->options->once;
    int64_t now = once ? MIN(time_now(), retention->newest + WEEK) : time_now();
    retention->expiry = (struct ledger_expiry){.before = now - retention->keep, .limit = STEP, .more = true};
    retention->cursor = 0;
    retention->old = 0;
    g_clear_pointer(&retention->failure, g_free);
    retention->begun = true;
}

static void step_start(struct keeper *keeper)
{
    struct retention *retention = keeper->retention;
    if (!retention->begun)
        look_begin(keeper);
    struct step *step = g_new0(struct step, 1);
    step->job = (struct commit_job){.run = step_run, .settle = step_settle, .done = step_done};
    step->keeper = keeper;
    step->gone = retention->gone;
    retention->gone = g_array_new(FALSE, FALSE, sizeof(int64_t));
    step->next = g_array_new(FALSE, FALSE, sizeof(int64_t));
    step->folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    step->expiry = retention->expiry;
    step->expiry.old = 0;
    step->held = record_waiting_mails(keeper);
    step->expiry.held = step->held;
    step->expiry.careful = !keeper_knows_spools(keeper);
    step->cursor = retention->cursor;
    retention->working = true;
    retention->stepped = (int64_t)uv_now(&keeper->loop);
    committer_add(keeper->committer, &step->job);
}

/* The next look is not before the clock went on steadily for a while. */
static void clock_watch(struct keeper *keeper)
{
    struct retention *retention = keeper->retention;
    int64_t wall = time_now(), steady = (int64_t)(uv_hrtime() / 1000000);
    bool first = retention->wall == 0;
    int64_t jump = first ? 0 : (wall - retention->wall) - (steady - retention->steady);
    retention->wall = wall;
    retention->steady = steady;
    if (first || ABS(jump) >= JUMP)
        look_stop(keeper);
}

static bool is_time(const struct keeper *keeper)
{
    const struct retention *retention = keeper->retention;
    int64_t now = (int64_t)uv_now(&keeper->loop);
    if (now < retention->due)
        return false;
    bool waited = now >= retention->stepped + MIN(retention->pause, BUSY_PAUSE);
    return keeper_at_rest(keeper) || (waited && keeper_is_well(keeper) && !keeper->options->once);
}

void retention_tick(struct keeper *keeper)
{
    struct retention *retention = keeper->retention;
    bool once = keeper->options->once;
    if (retention->keep == 0 || keeper->options->decide != NULL || (once && retention_is_through(keeper)))
        return;
    if (!once)
        clock_watch(keeper);
    if (!retention->working && is_time(keeper))
        step_start(keeper);
}

bool retention_is_through(const struct keeper *keeper)
{
    const struct retention *retention = keeper->retention;
    return retention->keep == 0 || keeper->options->decide != NULL || retention->through ||
           (!retention->working && retention->once >= ONCE_MOST);
}

json_t *retention_status(const struct keeper *keeper, json_t *summary)
{
    const struct retention *retention = keeper->retention;
    g_autoptr(json_t) status = summary;
    if (retention->keep == 0 || status == NULL)
        return json_null();
    const json_t *oldest = json_object_get(status, "oldest");
    g_autofree char *next =
        json_is_integer(oldest) ? time_format((int64_t)json_integer_value(oldest) + retention->keep) : NULL;
    json_object_del(status, "oldest");
    json_object_set_new(status, "keep", json_integer((json_int_t)retention->keep));
    json_object_set_new(status, "next", json_text_new(next));
    json_object_set_new(status, "waiting", json_integer(retention->waiting));
    json_object_set_new(status, "trouble", json_text_new(retention->trouble));
    return g_steal_pointer(&status);
}
