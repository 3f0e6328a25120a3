/* The end of attempts. A result must not be lost while the ledger cannot be written, or the effect would
 * happen twice: it is kept in memory and offered to the ledger again until it stands there. (Killed before
 * that, the attempt ends "unknown" at the next start, which is the truth.) */
#include "keeper/attempts.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mask.h"
#include "base/times.h"
#include "keeper/answer.h"
#include "keeper/outbox.h"
#include "keeper/retries.h"

#include <string.h>

#define WRITE_AGAIN 2000
#define AFTER_MOST INT64_C(86400000)

struct hand *hand_new(struct ledger_action *action, int64_t since)
{
    struct hand *hand = g_new0(struct hand, 1);
    hand->action = g_memdup2(action, sizeof *action);
    memset(action, 0, sizeof *action);
    hand->since = since;
    return hand;
}

void hand_free(struct hand *hand)
{
    ledger_action_free(hand->action);
    g_free(hand);
}

/* What is written of an action besides its attempt's end. */
typedef bool (*ending_verdict)(struct ledger *ledger, int64_t action, GError **error);

struct ending {
    struct commit_job job;
    struct keeper *keeper;
    uv_timer_t timer;
    int64_t id, due;
    const char *outcome;           /* static; NULL: the attempt never was */
    char *reason, *detail, *alert; /* alert: NULL when nobody need be told */
    bool quiet;
    ending_verdict verdict; /* NULL when there is nothing more to say of it */
    json_t *recipients;     /* of the actions that it becomes, or NULL */
};

static bool ending_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    const struct ending *ending = (struct ending *)job;
    bool fresh;
    int64_t now = time_now();
    return (ending->outcome == NULL || ledger_attempt_end(ledger, ending->id, ending->outcome, ending->reason,
                                                          ending->detail, ending->due, now, error)) &&
           (ending->verdict == NULL || ending->verdict(ledger, ending->id, error)) &&
           (ending->recipients == NULL ||
            ledger_attempt_split(ledger, ending->id, ending->recipients, now, error)) &&
           (ending->alert == NULL ||
            ledger_raise(ledger, "dead-action", ending->alert, ending->quiet, now, &fresh, error));
}

static void ending_closed(uv_handle_t *handle)
{
    struct ending *ending = handle->data;
    g_free(ending->reason);
    g_free(ending->detail);
    g_free(ending->alert);
    json_decref(ending->recipients);
    g_free(ending);
}

static void on_again(uv_timer_t *timer)
{
    struct ending *ending = timer->data;
    committer_add(ending->keeper->committer, &ending->job);
}

static void ending_done(struct commit_job *job, const GError *error)
{
    struct ending *ending = (struct ending *)job;
    struct keeper *keeper = ending->keeper;
    if (error != NULL && !keeper_stopping(keeper)) {
        uv_timer_start(&ending->timer, on_again, WRITE_AGAIN, 0);
        return;
    }
    uv_close((uv_handle_t *)&ending->timer, ending_closed);
    outbox_kick(keeper);
}

static struct ending *ending_new(struct keeper *keeper, const struct ledger_action *action,
                                 const char *outcome, const char *reason, const char *detail, int64_t due)
{
    struct ending *ending = g_new0(struct ending, 1);
    ending->job = (struct commit_job){.run = ending_run, .done = ending_done};
    ending->keeper = keeper;
    ending->id = action->id;
    ending->due = due;
    ending->outcome = outcome;
    ending->reason = g_strdup(reason);
    ending->detail = g_strdup(detail);
    uv_timer_init(&keeper->loop, &ending->timer);
    ending->timer.data = ending;
    return ending;
}

static void ending_tell(const struct ending *ending, const char *what, const struct ledger_action *action)
{
    int64_t now = time_now();
    g_autofree char *mail =
        action->message != 0 ? g_strdup_printf("%" G_GINT64_FORMAT, action->message) : g_strdup("alert");
    g_autofree char *wait = duration_format(MAX(ending->due - now, 0));
    if (strcmp(ending->outcome, "done") == 0)
        log_info("done %s %s%s%s", mail, what, *ending->reason != '\0' ? ": " : "", ending->reason);
    else if (strcmp(ending->outcome, "dead") == 0)
        log_error("dead %s %s: %s", mail, what, ending->reason);
    else
        log_warning("%s %s %s in %s: %s", strcmp(ending->outcome, "unknown") == 0 ? "unknown" : "retry", mail,
                    what, wait, ending->reason);
}

static bool tells_operators(const struct ledger_action *action)
{
    return action->message == 0 || (strcmp(action->action, "forward") == 0 &&
                                    g_strcmp0(json_text(action->args, "to"), "operators") == 0);
}

static void ending_add(struct ending *ending, const struct ledger_action *action)
{
    g_autofree char *what = action_describe(action->action, action->args);
    if (strcmp(ending->outcome, "dead") == 0) {
        ending->quiet = tells_operators(action);
        int64_t others = json_number(json_object_get(action->context, "gathered"), "count", 1) - 1;
        g_autofree char *with = others > 0 ? g_strdup_printf(" and %" G_GINT64_FORMAT " others", others) : NULL;
        g_autofree char *text =
            g_strdup_printf("%s of mail %" G_GINT64_FORMAT "%s will not happen: %s", what, action->message,
                            with != NULL ? with : "", ending->reason);
        ending->alert = mask_secrets(text); /* the other side may answer with what it was told */
    }
    ending_tell(ending, what, action);
    committer_add(ending->keeper->committer, &ending->job);
}

static int64_t pause_before_next(struct keeper *keeper, const struct ledger_action *action)
{
    struct retries retries = retries_from(keeper->config->json);
    return retries_pause(&retries, action->attempt, g_random_double());
}

static void finish(struct keeper *keeper, const struct ledger_action *action,
                   const struct action_result *result, ending_verdict verdict)
{
    enum outcome outcome = result->outcome;
    int64_t pause = 0;
    g_autofree char *reason = g_strdup(result->reason);
    if (outcome == OUTCOME_RETRY || outcome == OUTCOME_UNKNOWN) {
        pause = result->after >= 0 ? MIN(result->after, AFTER_MOST) : pause_before_next(keeper, action);
        struct retries retries = retries_from(keeper->config->json);
        if (action->attempt >= retries_most(&retries, result->down)) {
            outcome = OUTCOME_DEAD;
            g_free(reason);
            reason = g_strdup_printf("given up after %d attempts: %s", action->attempt, result->reason);
        }
    }
    struct ending *ending =
        ending_new(keeper, action, outcome_name(outcome), reason, result->detail, time_now() + pause);
    ending->verdict = verdict;
    ending_add(ending, action);
}

void attempt_finish(struct keeper *keeper, const struct ledger_action *action,
                    const struct action_result *result)
{
    finish(keeper, action, result, NULL);
}

void attempt_blame(struct keeper *keeper, const struct ledger_action *action, const char *why)
{
    const struct action_result result = {
        .id = action->id,
        .outcome = action->crashes + 1 < CRASHES_MOST ? OUTCOME_UNKNOWN : OUTCOME_DEAD,
        .after = -1,
        .reason = why,
        .detail = "",
    };
    finish(keeper, action, &result, ledger_attempt_blame);
}

void attempt_spare(struct keeper *keeper, const struct ledger_action *action, const char *why)
{
    struct ending *ending = ending_new(keeper, action, outcome_name(OUTCOME_UNKNOWN), why, "",
                                       time_now() + pause_before_next(keeper, action));
    ending->verdict = ledger_attempt_spare;
    ending_add(ending, action);
}

void attempt_withdraw(struct keeper *keeper, const struct ledger_action *action)
{
    struct ending *ending = ending_new(keeper, action, NULL, "", "", action->due);
    ending->verdict = ledger_attempt_withdraw;
    committer_add(keeper->committer, &ending->job);
}

void attempt_split(struct keeper *keeper, const struct ledger_action *action, const json_t *recipients)
{
    struct ending *ending = ending_new(keeper, action, NULL, "", "", action->due);
    ending->recipients = json_deep_copy(recipients);
    committer_add(keeper->committer, &ending->job);
}
