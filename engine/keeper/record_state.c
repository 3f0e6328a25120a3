/* Where a file lies, written down after the fact. It is written again until it stands; what is left when the
 * keeper ends is found and mended at the next start. */
#include "base/error.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/outbox.h"
#include "keeper/record.h"

#define AGAIN_AFTER 5000

struct state_job {
    struct commit_job job;
    struct keeper *keeper;
    int64_t message;
    char *folder, *text; /* that it lies in; or what is told when it lies nowhere */
    bool fresh;          /* told now */
    uv_timer_t timer;
};

static bool state_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct state_job *state = (struct state_job *)job;
    return state->folder != NULL
               ? ledger_set_filed(ledger, state->message, state->folder, error)
               : ledger_set_missing(ledger, state->message, state->text, time_now(), &state->fresh, error);
}

static void state_closed(uv_handle_t *handle)
{
    struct state_job *state = handle->data;
    state->keeper->jobs--;
    g_free(state->folder);
    g_free(state->text);
    g_free(state);
}

static void on_state_again(uv_timer_t *timer)
{
    struct state_job *state = timer->data;
    committer_add(state->keeper->committer, &state->job);
}

static void state_done(struct commit_job *job, const GError *error)
{
    struct state_job *state = (struct state_job *)job;
    bool refused = g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_REFUSED); /* and always will be */
    if (error != NULL && !refused && !keeper_stopping(state->keeper)) {
        uv_timer_start(&state->timer, on_state_again, AGAIN_AFTER, 0);
        return;
    }
    if (error == NULL)
        fault_point("state-written");
    if (error == NULL && state->fresh) {
        log_warning("%s", state->text);
        outbox_kick(state->keeper);
    }
    uv_close((uv_handle_t *)&state->timer, state_closed);
}

static void state_write(struct keeper *keeper, int64_t message, const char *folder, const char *text)
{
    struct state_job *state = g_new0(struct state_job, 1);
    state->job = (struct commit_job){.run = state_run, .done = state_done};
    state->keeper = keeper;
    state->message = message;
    state->folder = g_strdup(folder);
    state->text = g_strdup(text);
    keeper->jobs++;
    uv_timer_init(&keeper->loop, &state->timer);
    state->timer.data = state;
    committer_add(keeper->committer, &state->job);
}

void record_filed(struct keeper *keeper, int64_t message, const char *folder)
{
    state_write(keeper, message, folder, NULL);
}

void record_lost(struct keeper *keeper, int64_t message, const char *text)
{
    state_write(keeper, message, NULL, text);
}
