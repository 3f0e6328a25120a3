/* The committer follows a clock that was set, before the next batch (base/clock.h, ledger/clock.h): here it
 * is given one where there is nothing else to write, and people are told. Nothing here fails. */
#include "keeper/clock_watch.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/alerts.h"
#include "keeper/outbox.h"
#include "keeper/spool.h"

#define TOLD 60000 /* ms: of less nobody needs to hear */

static void followed(struct commit_job *job, const GError *error)
{
    g_free(job);
}

void clock_tick(struct keeper *keeper)
{
    if (clock_step() == 0 || committer_pending(keeper->committer) > 0)
        return;
    struct commit_job *job = g_new0(struct commit_job, 1);
    job->done = followed;
    committer_add(keeper->committer, job);
}

void clock_stepped(struct keeper *keeper, int64_t by)
{
    g_autofree char *far = duration_format(ABS(by));
    const char *where = by > 0 ? "ahead" : "back";
    if (ABS(by) < TOLD) {
        log_info("the system's clock was set %s by %s", where, far);
    } else {
        int64_t now = time_now();
        const struct alert_wish wish = {
            .kind = "clock",
            .facts = json_pack("{s:I, s:I}", "from", (json_int_t)(now - by), "to", (json_int_t)now)};
        keeper_raise(keeper, &wish, "the system's clock was set %s by %s", where, far);
    }
    for (guint i = 0; i < keeper->spools->len; i++)
        spool_watched_since(keeper->spools->pdata[i], keeper->watched_since[i] += by);
    outbox_kick(keeper);
}
