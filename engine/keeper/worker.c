/* Starting, restarting and ending the children of a generation, and the first look at what they say. A frame
 * that does not belong costs the child its life: a child is never trusted further than its last checked
 * answer. */
#include "keeper/worker.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rule_path.h"
#include "base/times.h"
#include "keeper/alerts.h"
#include "keeper/delivery.h"
#include "keeper/generation.h"
#include "keeper/outbox.h"

#define LOADS_MOST 5   /* deaths by another's hand while the rules load, before that fails the reload */
#define LAST_STEPS 250 /* ms that a child has to end by itself when no time is left */
#define PAUSE_FIRST 100
#define PAUSE_MOST 30000
#define DEATHS_TOLD 5
#define STEADY 60000 /* ms of life after READY that clear the count of deaths */

int64_t worker_pause(unsigned deaths)
{
    int64_t pause = PAUSE_FIRST;
    while (deaths-- > 1 && pause < PAUSE_MOST)
        pause *= 2;
    return MIN(pause, PAUSE_MOST);
}

struct worker *worker_new(struct generation *generation, enum child_role role, unsigned number, bool tests)
{
    struct worker *worker = g_new0(struct worker, 1);
    worker->generation = generation;
    worker->role = role;
    worker->number = number;
    worker->tests = tests;
    uv_timer_init(&generation->keeper->loop, &worker->timer);
    worker->timer.data = worker;
    if (role != CHILD_DECIDER)
        worker->hands = outbox_hands_new();
    generation->members++;
    return worker;
}

static void on_load_look(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    const struct snapshot *snapshot = worker->generation->snapshot;
    uint32_t loading;
    if (progress_goes_on(&worker->watch, child_progress(worker->child),
                         (int64_t)uv_now(&worker->generation->keeper->loop),
                         clock_of_process(child_pid(worker->child)), &loading))
        return;
    bool stands = loading > 0 && loading <= snapshot_count(snapshot);
    g_autofree char *path =
        stands ? rule_path(worker->generation->keeper->config, snapshot_get(snapshot, loading - 1).name)
               : g_strdup("the rules");
    g_autofree char *why = g_strdup_printf("did not finish loading %s within %d s", path,
                                           (stands ? PROGRESS_FILE_LIMIT : PROGRESS_LOAD_LIMIT) / 1000);
    child_kill(worker->child, why);
}

static void on_ready(struct worker *worker, const json_t *body)
{
    uv_timer_stop(&worker->timer);
    worker->ready = true;
    worker->ready_since = clock_steady();
    worker->watch = (struct progress_watch){0};
    if (worker->hands != NULL)
        outbox_worker_ready(worker);
    generation_ready(worker, body);
}

static void on_frame(struct child *child, struct frame *frame, void *data)
{
    struct worker *worker = data;
    if (frame->type == FRAME_READY && !worker->ready)
        on_ready(worker, frame->body);
    else if (frame->type == FRAME_DECISION && worker->role == CHILD_DECIDER && worker->in_hand != NULL)
        delivery_answered(worker, frame->body, frame->size);
    else if (frame->type == FRAME_RESULT && worker->role != CHILD_DECIDER && worker->ready)
        outbox_result(worker, frame->body);
    else
        child_kill(child, "said what it was not asked");
}

static void worker_free(uv_handle_t *handle)
{
    struct worker *worker = handle->data;
    g_clear_pointer(&worker->hands, g_hash_table_unref);
    struct generation *generation = worker->generation;
    g_ptr_array_remove(generation->workers, worker);
    g_free(worker);
    generation_left(generation);
}

static void worker_go_home(struct worker *worker)
{
    if (worker->hands != NULL)
        outbox_worker_leaves(worker);
    child_retire(g_steal_pointer(&worker->child), keeper_patience(worker->generation->keeper) + LAST_STEPS);
    if (!uv_is_closing((uv_handle_t *)&worker->timer))
        uv_close((uv_handle_t *)&worker->timer, worker_free);
}

static void on_restart(uv_timer_t *timer)
{
    worker_start(timer->data);
}

static void deaths_tell(const struct worker *worker, const char *why)
{
    const char *role = child_role_name(worker->role);
    keeper_raise(worker->generation->keeper,
                 &(struct alert_wish){.kind = "children",
                                      .about = role,
                                      .facts = json_pack("{s:s, s:i, s:o}", "what", role, "count",
                                                         (int)worker->deaths, "why", json_text_new(why))},
                 "a %s %s, the %uth time in a row", role, why, worker->deaths);
}

void worker_recovered(struct worker *worker)
{
    if (worker->deaths >= DEATHS_TOLD)
        keeper_over(worker->generation->keeper, "children", child_role_name(worker->role));
    worker->deaths = 0;
}

/* It has lived for a while, and not because nothing is due that would end it. */
static bool is_steady(const struct worker *worker)
{
    return worker->ready_since != 0 && clock_steady() - worker->ready_since > STEADY &&
           !outbox_actor_is_doubted(worker);
}

/* Every second: one that is steady is well again. */
void worker_tick(struct worker *worker)
{
    if (worker->deaths > 0 && worker->ready && is_steady(worker))
        worker_recovered(worker);
}

/* over_mail: a mail or an action that it had in hand ended it, and that is tried no more than a few times:
 * its place is filled at once, or a handful of such would keep all others waiting. Not so where it ends over
 * nothing. */
static void restart_later(struct worker *worker, const char *why, bool over_mail)
{
    if (is_steady(worker))
        worker->deaths = 0;
    int64_t pause = over_mail ? PAUSE_FIRST : worker_pause(++worker->deaths);
    if (!over_mail && worker->deaths == DEATHS_TOLD)
        deaths_tell(worker, why);
    g_autofree char *wait = duration_format(pause);
    log_warning("a %s %s; the next one starts in %s", child_role_name(worker->role), why, wait);
    worker->tests = worker->tests && worker->generation->state == GENERATION_LOADING;
    uv_timer_start(&worker->timer, on_restart, (uint64_t)pause, 0);
}

static void on_ended(struct child *child, const char *why, void *data)
{
    struct worker *worker = data;
    struct generation *generation = worker->generation;
    bool was_ready = worker->ready,
         over_mail = worker->in_hand != NULL && !desk_ails(generation->keeper->desk);
    uv_timer_stop(&worker->timer);
    if (worker->in_hand != NULL)
        delivery_worker_died(worker, why);
    if (worker->hands != NULL)
        over_mail = outbox_worker_died(worker, why);
    worker->ready = false;
    bool loading = !worker->retired && generation->state == GENERATION_LOADING;
    if (loading && child_ended_by_others(child) && worker->deaths < LOADS_MOST) {
        worker->child = NULL;
        generation->waiting += was_ready; /* its READY is awaited once more */
        restart_later(worker, why, false);
        return;
    }
    if (loading)
        generation_load_failed(worker, why); /* still reads the progress page */
    worker->child = NULL;
    if (loading)
        return;
    if (worker->retired)
        worker_go_home(worker);
    else if (keeper_stopping(generation->keeper))
        log_warning("a %s %s", child_role_name(worker->role), why);
    else
        restart_later(worker, why, over_mail);
    if (was_ready)
        delivery_pump(generation->keeper);
}

static void say_hello(struct worker *worker)
{
    const struct generation *generation = worker->generation;
    const struct config *config = generation->keeper->config;
    json_t *known = worker->role == CHILD_DECIDER ? config_for_decider(config) : json_incref(config->json);
    json_t *hello =
        json_pack("{s:s, s:I, s:s, s:I, s:b, s:o}", "role", child_role_name(worker->role), "generation",
                  (json_int_t)generation->number, "revision", snapshot_revision(generation->snapshot),
                  "number", (json_int_t)worker->number, "tests", worker->tests, "config", known);
    child_send(worker->child, FRAME_HELLO, hello, -1);
    json_decref(hello);
}

void worker_start(struct worker *worker)
{
    static const struct child_events events = {.frame = on_frame, .ended = on_ended};
    struct keeper *keeper = worker->generation->keeper;
    g_autoptr(GError) error = NULL;
    worker->child =
        child_start(&keeper->loop, worker->role, snapshot_descriptor(worker->generation->snapshot), &events,
                    worker, &keeper->children, &error);
    worker->born = uv_now(&keeper->loop);
    worker->used = false;
    if (worker->child != NULL) {
        say_hello(worker);
        worker->watch = (struct progress_watch){0};
        uv_timer_start(&worker->timer, on_load_look, PROGRESS_LOOK, PROGRESS_LOOK);
    } else if (worker->generation->state == GENERATION_LOADING) {
        generation_load_failed(worker, error->message);
    } else {
        restart_later(worker, error->message, false);
    }
}

static bool holds_nothing(const struct worker *worker)
{
    return worker->in_hand == NULL && (worker->hands == NULL || g_hash_table_size(worker->hands) == 0);
}

bool worker_idle(const struct worker *worker)
{
    return worker->ready && !worker->retired && holds_nothing(worker);
}

void worker_released(struct worker *worker)
{
    if (worker->retired && holds_nothing(worker))
        worker_go_home(worker);
}

void worker_retire(struct worker *worker, bool force)
{
    worker->retired = true;
    if (worker->child == NULL || holds_nothing(worker))
        worker_go_home(worker);
    else if (force)
        child_kill(worker->child, "was ended with the keeper");
}

json_t *worker_status(const struct worker *worker)
{
    const char *state = worker->child == NULL   ? "dead"
                        : !worker->ready        ? "loading"
                        : holds_nothing(worker) ? "idle"
                                                : "busy";
    json_t *status =
        json_pack("{s:s, s:I, s:I, s:I}", "state", state, "pid",
                  (json_int_t)(worker->child != NULL ? child_pid(worker->child) : 0), "generation",
                  (json_int_t)worker->generation->number, "deaths", (json_int_t)worker->deaths);
    if (worker->role != CHILD_DECIDER) {
        json_object_set_new(status, "role", json_string(child_role_name(worker->role)));
        json_object_set_new(status, "in_hand", json_integer(g_hash_table_size(worker->hands)));
    }
    return status;
}
