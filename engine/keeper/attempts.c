/* The end of attempts. A result must not be lost while the ledger cannot be written, or the effect would
 * happen twice: it is kept in memory and offered to the ledger again until it stands there. (Killed before
 * that, the attempt ends "unknown" at the next start, which is the truth.) */
#include "keeper/attempts.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/deaths.h"
#include "keeper/disk.h"
#include "keeper/outbox.h"
#include "keeper/pacing.h"
#include "keeper/retries.h"
#include "ledger/alerts.h"
#include "ledger/holds.h"
#include "wire/action.h"

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
    struct ledger_action *action; /* its id, due, message, names and args */
    int64_t due, moved;           /* moved: clock_moved when that was reckoned */
    const char *outcome;          /* static; NULL: the attempt never was */
    const char *failure;          /* static; NULL where that is not known */
    char *reason, *detail;
    json_t *pausing;        /* the destinations that ask for a pause until due, or NULL */
    ending_verdict verdict; /* NULL when there is nothing more to say of it */
    json_t *recipients;     /* of the actions that it becomes, or NULL */
};

/* The clock may have been set since. */
static int64_t due_now(const struct ending *ending)
{
    return ending->due + clock_moved() - ending->moved;
}

static bool pauses_write(const struct ending *ending, struct ledger *ledger, int64_t now, GError **error)
{
    size_t index;
    json_t *destination;
    json_array_foreach(ending->pausing, index, destination)
        if (!ledger_hold(ledger, ending->action->actor, json_string_value(destination), true, due_now(ending),
                         "it asked for a pause (Retry-After)", now, error))
            return false;
    return true;
}

static bool end_write(const struct ending *ending, struct ledger *ledger, int64_t now, GError **error)
{
    int64_t id = ending->action->id;
    return (ending->failure == NULL || ledger_attempt_failed(ledger, id, ending->failure, error)) &&
           ledger_attempt_end(ledger, id, ending->outcome, ending->reason, ending->detail, due_now(ending),
                              now, error) &&
           (strcmp(ending->outcome, "dead") != 0 ||
            death_raise(ledger, ending->action, ending->failure, ending->reason, now, error));
}

static bool ending_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    const struct ending *ending = (struct ending *)job;
    int64_t now = time_now();
    if (ending->recipients != NULL)
        fault_point("action-splits");
    return (ending->outcome == NULL || end_write(ending, ledger, now, error)) &&
           (ending->verdict == NULL || ending->verdict(ledger, ending->action->id, error)) &&
           (ending->recipients == NULL ||
            ledger_attempt_split(ledger, ending->action->id, ending->recipients, now, error)) &&
           pauses_write(ending, ledger, now, error);
}

static void ending_closed(uv_handle_t *handle)
{
    struct ending *ending = handle->data;
    ledger_action_free(ending->action);
    g_free(ending->reason);
    g_free(ending->detail);
    json_decref(ending->recipients);
    json_decref(ending->pausing);
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
    bool refused = g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_REFUSED); /* and always will be */
    if (error != NULL && !refused && !keeper_stopping(keeper)) {
        uv_timer_start(&ending->timer, on_again, WRITE_AGAIN, 0);
        return;
    }
    if (error == NULL)
        fault_point("result-recorded");
    uv_close((uv_handle_t *)&ending->timer, ending_closed);
    outbox_kick(keeper);
}

static struct ending *ending_new(struct keeper *keeper, const struct ledger_action *action,
                                 const char *outcome, const char *reason, const char *detail, int64_t due)
{
    struct ending *ending = g_new0(struct ending, 1);
    ending->job = (struct commit_job){.run = ending_run, .done = ending_done};
    ending->keeper = keeper;
    ending->action = g_new0(struct ledger_action, 1);
    ending->action->id = action->id;
    ending->action->message = action->message;
    ending->action->action = g_strdup(action->action);
    ending->action->actor = g_strdup(action->actor);
    ending->action->args = json_deep_copy(action->args);
    ending->action->context = json_deep_copy(action->context);
    ending->due = due;
    ending->moved = clock_moved();
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
    g_autofree char *wait = duration_format(MAX(due_now(ending) - now, 0));
    if (strcmp(ending->outcome, "done") == 0)
        log_info("done %s %s%s%s", mail, what, *ending->reason != '\0' ? ": " : "", ending->reason);
    else if (strcmp(ending->outcome, "dead") == 0)
        log_error("dead %s %s: %s", mail, what, ending->reason);
    else
        log_warning("%s %s %s in %s: %s", strcmp(ending->outcome, "unknown") == 0 ? "unknown" : "retry", mail,
                    what, wait, ending->reason);
}

static void ending_add(struct ending *ending)
{
    g_autofree char *what = action_describe(ending->action->action, ending->action->args);
    ending_tell(ending, what, ending->action);
    committer_add(ending->keeper->committer, &ending->job);
}

static struct retries retries_of(const struct keeper *keeper, const struct ledger_action *action)
{
    return retries_for(keeper->config->json, outbox_declared(keeper), action->action, action->args);
}

/* Why there is no further attempt, which would be at that time, in words; NULL when there is one. */
static char *given_up(const struct retries *retries, const struct ledger_action *action,
                      const struct action_result *result, int64_t next)
{
    if (action->attempt >= retries_most(retries, result->down))
        return g_strdup_printf("given up after %d attempts: %s", action->attempt, result->reason);
    int64_t since = action->since + clock_moved() - action->moved;
    if (!retries_too_late(retries, since, next))
        return NULL;
    g_autofree char *deadline = duration_format(retries->deadline);
    return g_strdup_printf(
        "given up after %d attempt%s, for the next one would be after its deadline of %s: %s",
        action->attempt, action->attempt == 1 ? "" : "s", deadline, result->reason);
}

/* The other side asked everybody for it. */
static bool asks_for_pause(const struct action_result *result)
{
    return g_strcmp0(result->failure, "rate") == 0 && result->after > 0;
}

/* Copies for people lie in the store. */
static bool our_disk_failed(const struct action_result *result)
{
    bool again = result->outcome == OUTCOME_RETRY || result->outcome == OUTCOME_UNKNOWN;
    return again && g_strcmp0(result->failure, "disk") == 0;
}

/* Until a person makes room it is full for all of them, but for an alert that can be told elsewhere. */
static bool is_excused(const struct keeper *keeper, const struct ledger_action *action,
                       const struct action_result *result)
{
    return our_disk_failed(result) &&
           ledger_alert_next_way(json_object_get(keeper->config->json, "alerts"), action->args) == NULL;
}

static void finish(struct keeper *keeper, const struct ledger_action *action,
                   const struct action_result *result, ending_verdict verdict)
{
    enum outcome outcome = result->outcome;
    int64_t now = time_now(), pause = 0;
    bool excused = is_excused(keeper, action, result);
    g_autofree char *end = NULL;
    if (outcome == OUTCOME_RETRY || outcome == OUTCOME_UNKNOWN) {
        struct retries retries = retries_of(keeper, action);
        pause = result->after >= 0 ? MIN(result->after, AFTER_MOST)
                                   : retries_pause(&retries, action->attempt, g_random_double());
        if (excused) {
            pause = retries_pause(&retries, 1, g_random_double());
            verdict = ledger_attempt_excuse;
        } else {
            end = given_up(&retries, action, result, now + pause);
        }
    }
    struct ending *ending = ending_new(keeper, action, outcome_name(end != NULL ? OUTCOME_DEAD : outcome),
                                       end != NULL ? end : result->reason, result->detail, now + pause);
    ending->verdict = verdict;
    ending->failure = result->failure;
    if (asks_for_pause(result) && action->destination != NULL)
        ending->pausing = pacing_shared(keeper->config->json, outbox_hosts(keeper), action->destination);
    if (our_disk_failed(result))
        disk_outbox_failed(keeper, action->action, result->reason);
    if (excused) {
        committer_add(keeper->committer, &ending->job);
        return;
    }
    if (outcome == OUTCOME_DONE)
        disk_outbox_back(keeper, action->action);
    ending_add(ending);
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

/* Whoever cuts it over and over, its effect must not be repeated for ever. */
static bool is_spared_no_more(const struct ledger_action *action)
{
    int counted = action->attempt - 1;
    return action->tried - counted >= SPARED_MOST;
}

void attempt_spare(struct keeper *keeper, const struct ledger_action *action, const char *why)
{
    if (is_spared_no_more(action)) {
        const struct action_result result = {
            .id = action->id, .outcome = OUTCOME_UNKNOWN, .after = -1, .reason = why, .detail = ""};
        finish(keeper, action, &result, NULL);
        return;
    }
    struct retries retries = retries_of(keeper, action);
    int64_t pause = retries_pause(&retries, action->attempt, g_random_double());
    struct ending *ending =
        ending_new(keeper, action, outcome_name(OUTCOME_UNKNOWN), why, "", time_now() + pause);
    ending->verdict = ledger_attempt_spare;
    ending_add(ending);
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
