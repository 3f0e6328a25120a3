/* A beat each minute says that the daemon lives; at the next start, an older one tells how long it did not.
 * How long a spool has been quiet is reckoned from the last arrival that the ledger knows, so that a restart
 * neither forgets nor repeats; it is told at once, and again after twice, four times … as long. A clock that
 * jumps while we look is seen by the one that cannot, and is not counted as quiet; nor is the time that a
 * machine slept. */
#include "keeper/life.h"
#include "keeper/alerts.h"
#include "keeper/backlog.h"
#include "keeper/outbox.h"
#include "ledger/alerts.h"
#include "ledger/life.h"
#include "base/json.h"
#include "base/times.h"

#define BEAT 60000
#define JUMP 5000 /* ms that the clocks may go apart within one tick */
enum { CRASHES_TOLD = 3 };

/* One spool, or all of them. */
struct vigil {
    const char *kind, *about; /* of its alert */
    json_t *spools;           /* their names */
    int64_t quiet, next;      /* ms; next: when to look */
    bool stands, looking;
};

struct life {
    struct keeper *keeper;
    bool begun, beating;  /* begun: the ledger knows of this life; beating: it is being told */
    int64_t beat_due;     /* loop time */
    json_t *spools;       /* their names; NULL until life_begin */
    int64_t wall, steady; /* both clocks at the last tick */
    int64_t skew, jumped; /* how far the clock jumped in all, and when it did last */
    GPtrArray *vigils;    /* of struct vigil */
    struct rate arrived;  /* mails, by the loop's clock */
};

static void vigil_free(void *data)
{
    struct vigil *vigil = data;
    json_decref(vigil->spools);
    g_free(vigil);
}

struct life *life_new(struct keeper *keeper)
{
    struct life *life = g_new0(struct life, 1);
    life->keeper = keeper;
    life->vigils = g_ptr_array_new_with_free_func(vigil_free);
    return life;
}

void life_free(struct life *life)
{
    if (life == NULL)
        return;
    json_decref(life->spools);
    g_ptr_array_unref(life->vigils);
    g_free(life);
}

/* ---- life ---- */

struct life_job {
    struct commit_job job;
    struct keeper *keeper;
    struct ledger_life last;
    struct backlog waiting; /* in all spools, where a pause is to be told */
    bool ends;
};

/* How long a pause must be to be told, -1: none is. */
static bool pause_is_told(const struct keeper *keeper, const struct ledger_life *last)
{
    int64_t most = json_number(json_object_get(keeper->config->json, "operators"), "down", -1);
    return most >= 0 && keeper->since - last->last > most;
}

static struct backlog backlog_of_all(const struct config *config)
{
    struct backlog all = {0};
    for (guint i = 0; i < config->spools->len && !all.more; i++) {
        struct backlog one = backlog_look(config->spools->pdata[i]);
        all.files += one.files;
        all.more = one.more || all.files > BACKLOG_COUNTED_MOST;
    }
    all.files = MIN(all.files, BACKLOG_COUNTED_MOST);
    return all;
}

static bool begin_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct life_job *begin = (struct life_job *)job;
    return ledger_life_begin(ledger, time_now(), &begin->last, error);
}

/* Outside of the transaction: a folder on a slow file system keeps no other program from the ledger. */
static void begin_settle(struct commit_job *job)
{
    struct life_job *begin = (struct life_job *)job;
    if (begin->last.known && pause_is_told(begin->keeper, &begin->last))
        begin->waiting = backlog_of_all(begin->keeper->config);
}

static void tell_last(struct keeper *keeper, const struct life_job *begin)
{
    const struct ledger_life *last = &begin->last;
    if (last->crashes >= CRASHES_TOLD && !last->ended)
        keeper_raise(
            keeper,
            &(struct alert_wish){.kind = "crashed", .facts = json_pack("{s:i}", "count", last->crashes)},
            "awsift was ended %u times within an hour, and not in good order", last->crashes);
    if (!pause_is_told(keeper, last))
        return;
    g_autofree char *from = time_format(last->last), *to = time_format(keeper->since),
                    *waiting = g_strdup_printf("%" G_GINT64_FORMAT "%s", begin->waiting.files,
                                               begin->waiting.more ? "+" : "");
    const struct alert_wish wish = {.kind = last->ended ? "stopped" : "down",
                                    .facts = json_pack("{s:I, s:I, s:s}", "from", (json_int_t)last->last,
                                                       "to", (json_int_t)keeper->since, "waiting", waiting)};
    keeper_raise(keeper, &wish, "awsift was %s from %s to %s, and %s mails had been waiting",
                 last->ended ? "stopped" : "down", from, to, waiting);
}

static void begin_done(struct commit_job *job, const GError *error)
{
    struct life_job *begin = (struct life_job *)job;
    begin->keeper->life->beating = false;
    begin->keeper->life->begun = error == NULL;
    if (error == NULL && begin->last.known)
        tell_last(begin->keeper, begin);
    g_free(begin);
}

/* Takes the job: the next beat is due a while after it. */
static void job_add(struct life_job *job, struct keeper *keeper)
{
    job->keeper = keeper;
    keeper->life->beating = true;
    keeper->life->beat_due = (int64_t)uv_now(&keeper->loop) + BEAT;
    committer_add(keeper->committer, &job->job);
}

static void begin(struct keeper *keeper)
{
    struct life_job *begin = g_new0(struct life_job, 1);
    begin->job = (struct commit_job){.run = begin_run, .settle = begin_settle, .done = begin_done};
    job_add(begin, keeper);
}

static bool beat_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    return ((struct life_job *)job)->ends ? ledger_life_end(ledger, time_now(), error)
                                          : ledger_life_beat(ledger, time_now(), error);
}

static void beat_done(struct commit_job *job, const GError *error)
{
    ((struct life_job *)job)->keeper->life->beating = false;
    g_free(job);
}

static void beat(struct keeper *keeper, bool ends)
{
    struct life_job *beat = g_new0(struct life_job, 1);
    beat->job = (struct commit_job){.run = beat_run, .done = beat_done};
    beat->ends = ends;
    job_add(beat, keeper);
}

void life_end(struct keeper *keeper)
{
    if (keeper->life->begun)
        beat(keeper, true);
}

/* ---- quiet ---- */

static void vigil_add(struct life *life, const char *kind, const char *about, const json_t *quiet,
                      json_t *spools)
{
    if (!json_is_integer(quiet)) {
        json_decref(spools);
        return;
    }
    struct vigil *vigil = g_new0(struct vigil, 1);
    vigil->kind = kind;
    vigil->about = about;
    vigil->quiet = (int64_t)json_integer_value(quiet);
    vigil->spools = spools;
    g_ptr_array_add(life->vigils, vigil);
}

static json_t *vigils_make(struct life *life)
{
    const json_t *json = life->keeper->config->json, *entry;
    json_t *names = json_array();
    size_t index;
    json_array_foreach(json_object_get(json, "spools"), index, entry) {
        const char *name = json_text_or(entry, "name", "");
        json_array_append_new(names, json_text_new(name));
        vigil_add(life, "quiet", name, json_object_get(entry, "quiet"), json_pack("[s]", name));
    }
    vigil_add(life, "quiet-all", "", json_object_get(json_object_get(json, "operators"), "quiet"),
              json_incref(names));
    return names;
}

struct look_job {
    struct commit_job job;
    struct keeper *keeper;
    struct vigil *vigil;
    int64_t skew, jumped, now;
    bool raise, stands, over;
    int64_t since, next;
};

/* The first of quiet, twice, four times … quiet after since that is still to come. */
static int64_t next_of(int64_t since, int64_t quiet, int64_t now)
{
    int64_t step = quiet;
    while (since + step <= now && step < G_MAXINT64 / 4)
        step *= 2;
    return since + step;
}

static bool look_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct look_job *look = (struct look_job *)job;
    const struct vigil *vigil = look->vigil;
    int64_t arrived = 0, began = 0, last = 0;
    look->now = time_now();
    look->over = false;
    int64_t until =
        MAX(look->now, look->jumped); /* the clock that is now, and that of this life's mail so far */
    if (!ledger_last_arrival(ledger, vigil->spools, until, &arrived, error) ||
        !ledger_alert_stands(ledger, vigil->kind, vigil->about, &began, &last, error))
        return false;
    if (arrived == 0)
        arrived = look->keeper->since;
    look->since = MIN(arrived < look->jumped ? arrived + look->skew : arrived, look->now);
    look->next = next_of(look->since, vigil->quiet, look->now);
    bool quiet = look->now - look->since >= vigil->quiet;
    int64_t passed = look->since + (look->next - look->since) / 2; /* the last of those moments */
    look->stands = began != 0;
    look->raise = quiet && last < passed;
    if (quiet || !look->stands)
        return true;
    look->stands = false;
    return ledger_alert_over(ledger, vigil->kind, vigil->about, look->now, &look->over, error);
}

static void look_done(struct commit_job *job, const GError *error)
{
    struct look_job *look = (struct look_job *)job;
    struct vigil *vigil = look->vigil;
    int64_t now = time_now();
    vigil->looking = false;
    vigil->next = error != NULL ? now + BEAT : look->next;
    if (error == NULL && look->raise) {
        bool all = vigil->about[0] == '\0';
        g_autofree char *since = time_format(look->since);
        const struct alert_wish wish = {
            .kind = vigil->kind,
            .about = vigil->about,
            .facts = json_pack("{s:s, s:I}", "spool", vigil->about, "since", (json_int_t)look->since)};
        keeper_raise(look->keeper, &wish, "no mail has come into %s%s since %s", all ? "any spool" : "spool ",
                     vigil->about, since);
    }
    vigil->stands = look->stands || look->raise;
    if (error == NULL && look->over)
        outbox_kick(look->keeper);
    g_free(look);
}

static void vigil_look(struct keeper *keeper, struct vigil *vigil)
{
    struct look_job *look = g_new0(struct look_job, 1);
    look->job = (struct commit_job){.run = look_run, .done = look_done};
    look->keeper = keeper;
    look->vigil = vigil;
    look->skew = keeper->life->skew;
    look->jumped = keeper->life->jumped;
    vigil->looking = true;
    committer_add(keeper->committer, &look->job);
}

/* What the clock gained on the one that only goes on. */
static void clocks_compare(struct life *life)
{
    int64_t wall = time_now(), steady = (int64_t)(uv_hrtime() / 1000000);
    int64_t jump = life->wall != 0 ? (wall - life->wall) - (steady - life->steady) : 0;
    life->wall = wall;
    life->steady = steady;
    if (ABS(jump) < JUMP)
        return;
    life->skew += jump;
    life->jumped = jump > 0 ? wall : wall - jump;
    for (guint i = 0; i < life->vigils->len; i++)
        ((struct vigil *)life->vigils->pdata[i])->next = 0;
}

void life_tick(struct keeper *keeper)
{
    struct life *life = keeper->life;
    bool due = !life->beating && (int64_t)uv_now(&keeper->loop) >= life->beat_due;
    if (life->spools == NULL || keeper->astray)
        return;
    if (!life->begun) { /* the ledger could not be written yet */
        if (due)
            begin(keeper);
        return;
    }
    clocks_compare(life);
    if (due)
        beat(keeper, false);
    for (guint i = 0; i < life->vigils->len; i++) {
        struct vigil *vigil = life->vigils->pdata[i];
        if (!vigil->looking && life->wall >= vigil->next)
            vigil_look(keeper, vigil);
    }
}

static int64_t loop_second(const struct keeper *keeper)
{
    return (int64_t)(uv_now(&keeper->loop) / 1000);
}

unsigned life_of_minute(struct keeper *keeper)
{
    return rate_of_minute(&keeper->life->arrived, loop_second(keeper));
}

void life_arrived(struct keeper *keeper, const char *spool)
{
    rate_note(&keeper->life->arrived, loop_second(keeper));
    for (guint i = 0; i < keeper->life->vigils->len; i++) {
        struct vigil *vigil = keeper->life->vigils->pdata[i];
        if (vigil->stands && (vigil->about[0] == '\0' || g_str_equal(vigil->about, spool)))
            vigil->next = 0;
    }
}

void life_begin(struct keeper *keeper)
{
    keeper->life->spools = vigils_make(keeper->life);
    begin(keeper);
}
