/* The daily look at all of the ledger (proof.h), with a handle of its own in the pool. It begins while
 * nothing waits, and an hour late in any case. A start that had to read the ledger through has made the look
 * already.
 *
 * It fails where the ledger cannot be opened or read; then it is tried again an hour later. */
#include "keeper/proof.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/alerts.h"
#include "ledger/proof.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

struct proof {
    int64_t proven; /* when it was whole last; 0: never */
    int64_t due;    /* loop time; INT64_MAX while a look is under way */
    bool fresh;     /* proven is not written down yet */
    char *trouble;
    struct look *look;
};

struct look {
    uv_work_t work;
    struct keeper *keeper;
    struct ledger *ledger;
    GError *error;
};

struct note {
    struct commit_job job;
    int64_t at;
};

struct proof *proof_new(void)
{
    return g_new0(struct proof, 1);
}

void proof_free(struct proof *proof)
{
    if (proof == NULL)
        return;
    g_free(proof->trouble);
    g_free(proof);
}

static void put_off(struct keeper *keeper, int64_t wait)
{
    keeper->proof->due = (int64_t)uv_now(&keeper->loop) + wait;
}

bool proof_begin(struct keeper *keeper, struct ledger *ledger, GError **error)
{
    struct proof *proof = keeper->proof;
    int64_t now = time_now();
    proof->fresh = ledger_proven_at_opening(ledger);
    if (proof->fresh)
        proof->proven = now;
    else if (!ledger_proven(ledger, &proof->proven, error))
        return false;
    put_off(keeper, CLAMP(proof->proven + DAY - now, 0, DAY));
    return true;
}

static bool note_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    return ledger_set_proven(ledger, ((struct note *)job)->at, error);
}

static void note_done(struct commit_job *job, const GError *error)
{
    g_free(job);
}

/* Where it cannot be written, the next start looks once more than it had to. */
static void proven_note(struct keeper *keeper)
{
    struct note *note = g_new0(struct note, 1);
    note->job = (struct commit_job){.run = note_run, .done = note_done, .can_wait = true};
    note->at = keeper->proof->proven;
    keeper->proof->fresh = false;
    committer_add(keeper->committer, &note->job);
    keeper_over(keeper, "ledger-damaged", "");
}

static void on_look(uv_work_t *work)
{
    struct look *look = work->data;
    ledger_prove(look->ledger, &look->error);
}

static void damage_tell(struct keeper *keeper, const char *why)
{
    log_error("%s", why);
    g_free(keeper->proof->trouble);
    keeper->proof->trouble = g_strdup(why);
    keeper_trouble(keeper, "ledger-damaged", "", "%s", why);
}

static void on_looked(uv_work_t *work, int status)
{
    struct look *look = work->data;
    struct keeper *keeper = look->keeper;
    struct proof *proof = keeper->proof;
    bool damaged = g_error_matches(look->error, AWSIFT_ERROR, AWSIFT_ERROR_CORRUPT);
    keeper->jobs--;
    proof->look = NULL;
    put_off(keeper, look->error == NULL || damaged ? DAY : HOUR);
    if (look->error == NULL) {
        log_info("the ledger was read through and is whole");
        proof->proven = time_now();
        g_clear_pointer(&proof->trouble, g_free);
        proven_note(keeper);
    } else if (damaged) {
        damage_tell(keeper, look->error->message);
    } else if (!keeper_stopping(keeper)) {
        log_warning("the ledger cannot be read through: %s", look->error->message);
    }
    ledger_close(look->ledger);
    g_clear_error(&look->error);
    g_free(look);
}

static void look_start(struct keeper *keeper)
{
    g_autofree char *path = g_build_filename(keeper->config->store, "ledger.db", NULL);
    g_autoptr(GError) error = NULL;
    struct ledger *ledger = ledger_open(path, LEDGER_READ, &error);
    if (ledger == NULL) {
        log_warning("the ledger cannot be read through: %s", error->message);
        put_off(keeper, HOUR);
        return;
    }
    struct look *look = g_new0(struct look, 1);
    look->keeper = keeper;
    look->ledger = ledger;
    look->work.data = look;
    keeper->proof->look = look;
    keeper->proof->due = INT64_MAX;
    keeper->jobs++;
    int failed = uv_queue_work(&keeper->loop, &look->work, on_look, on_looked);
    g_assert(failed == 0);
}

void proof_tick(struct keeper *keeper)
{
    struct proof *proof = keeper->proof;
    int64_t now = (int64_t)uv_now(&keeper->loop);
    if (keeper_stopping(keeper)) {
        if (proof->look != NULL)
            ledger_prove_stop(proof->look->ledger);
        return;
    }
    if (keeper->options->decide != NULL || keeper->live == NULL)
        return;
    if (proof->fresh)
        proven_note(keeper);
    if (now >= proof->due && (keeper_at_rest(keeper) || now - proof->due >= HOUR))
        look_start(keeper);
}

bool proof_is_through(const struct keeper *keeper)
{
    return keeper->options->decide != NULL ||
           (keeper->proof->look == NULL && (int64_t)uv_now(&keeper->loop) < keeper->proof->due);
}

json_t *proof_at(const struct keeper *keeper)
{
    int64_t at = keeper->proof->proven;
    g_autofree char *text = at != 0 ? time_format(at) : NULL;
    return json_text_new(text);
}

const char *proof_trouble(const struct keeper *keeper)
{
    return keeper->proof->trouble;
}
