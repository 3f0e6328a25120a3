/* The daily digest. The ledger knows when the last one was made, so one that fell due while the keeper was
 * down is made at its start, once for all days that were missed. What stands in it the courier writes
 * (scripts/awsift/actions/digest.lua): the keeper only hands on what the ledger knows. */
#include "keeper/digest.h"
#include "keeper/keeper_internal.h"
#include "keeper/outbox.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"

enum { AGAIN = 60000, TWO_DAYS = 172800000, MINUTES_DEFAULT = 9 * 60 };

struct digest {
    bool asking;
    int64_t next; /* ms; 0: the ledger has not been asked yet */
};

struct look {
    struct commit_job job;
    struct keeper *keeper;
    int64_t next;
    bool queued;
};

struct digest *digest_new(void)
{
    return g_new0(struct digest, 1);
}

void digest_free(struct digest *digest)
{
    g_free(digest);
}

static int64_t next_after(const struct keeper *keeper, int64_t moment)
{
    const json_t *json = keeper->config->json;
    const json_t *operators = json_object_get(json, "operators");
    int64_t minutes = json_number(operators, "digest", MINUTES_DEFAULT);
    return time_next_daily(moment, (int)minutes,
                           json_text_or(operators, "timezone", json_text_or(json, "timezone", "UTC")));
}

static bool look_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct look *look = (struct look *)job;
    int64_t now = time_now(), made = 0;
    look->queued = false;
    if (!ledger_digest_last(ledger, now, &made, error))
        return false;
    made = MIN(made, now); /* the clock may have been set back */
    look->next = next_after(look->keeper, made);
    if (look->next > now)
        return true;
    look->next = next_after(look->keeper, now);
    return ledger_digest_make(ledger, made, now, &look->queued, error);
}

static void look_done(struct commit_job *job, const GError *error)
{
    struct look *look = (struct look *)job;
    struct digest *digest = look->keeper->digest;
    digest->asking = false;
    digest->next = error == NULL ? look->next : time_now() + AGAIN;
    if (error == NULL && look->queued) {
        fault_point("digest-queued");
        log_info("the daily digest is made");
        outbox_kick(look->keeper);
    }
    g_free(look);
}

/* What is due in more than two days was reckoned before the clock was set back. */
static bool is_early(const struct digest *digest)
{
    int64_t now = time_now();
    return now < digest->next && digest->next - now <= TWO_DAYS;
}

void digest_tick(struct keeper *keeper)
{
    struct digest *digest = keeper->digest;
    bool wanted =
        !json_is_false(json_object_get(json_object_get(keeper->config->json, "operators"), "digest"));
    if (!wanted || keeper->live == NULL || keeper->options->decide != NULL || keeper->astray ||
        digest->asking || is_early(digest))
        return;
    struct look *look = g_new0(struct look, 1);
    look->job = (struct commit_job){.run = look_run, .done = look_done, .can_wait = true};
    look->keeper = keeper;
    digest->asking = true;
    committer_add(keeper->committer, &look->job);
}
