/* Spawning and ending children. A child is over when its process has exited and its channel came to its end,
 * so that what it said last is not lost; a grandchild that keeps the channel open is not waited for longer
 * than a second. It fails when the system has no process, memory or descriptor left. Who is restarted, and
 * when, is the worker's business. */
#include "keeper/child.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/paths.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LAST_WORDS 1000

struct child {
    uv_process_t process;
    uv_timer_t timer;
    struct channel *channel;
    struct progress *progress;
    const struct child_events *events;
    void *data;
    unsigned *alive, open; /* handles not yet closed */
    bool exited, silent, over, retired;
    int signal; /* that ended it, 0 when it exited */
    char *why, *signalled;
};

static const char *const role_names[] = {"decider", "courier", "custom"};

const char *child_role_name(enum child_role role)
{
    return role_names[role];
}

static void handle_closed(uv_handle_t *handle)
{
    struct child *child = handle->data;
    if (--child->open > 0)
        return;
    (*child->alive)--;
    progress_unmap(child->progress);
    g_free(child->why);
    g_free(child->signalled);
    g_free(child);
}

static void channel_drop(struct child *child)
{
    if (child->channel != NULL)
        channel_close(g_steal_pointer(&child->channel));
}

static void child_over(struct child *child)
{
    if (child->over)
        return;
    child->over = true;
    channel_drop(child);
    if (!child->retired)
        child->events->ended(child, child->why != NULL ? child->why : child->signalled, child->data);
    uv_close((uv_handle_t *)&child->process, handle_closed);
    uv_close((uv_handle_t *)&child->timer, handle_closed);
}

static void on_last_words(uv_timer_t *timer)
{
    child_over(timer->data);
}

static void on_exited(uv_process_t *process, int64_t status, int signal_number)
{
    struct child *child = process->data;
    child->exited = true;
    child->signal = signal_number;
    child->signalled = signal_number != 0 ? g_strdup_printf("was ended by signal %d", signal_number)
                                          : g_strdup_printf("ended with status %d", (int)status);
    if (child->silent || child->retired || child->channel == NULL)
        child_over(child);
    else
        uv_timer_start(&child->timer, on_last_words, LAST_WORDS, 0);
}

static void on_frame(struct channel *channel, struct frame *frame, void *data)
{
    struct child *child = data;
    if (!child->retired && !child->over)
        child->events->frame(child, frame, child->data);
}

static void on_silent(struct channel *channel, const GError *error, void *data)
{
    struct child *child = data;
    child->silent = true;
    channel_drop(child);
    if (child->exited)
        child_over(child);
    else
        child_kill(child, error != NULL ? error->message : NULL);
}

static bool passes_to_deciders(const char *variable)
{
    static const char *const prefixes[] = {"JOURNAL_STREAM=", "LD_LIBRARY_PATH=", "ASAN_OPTIONS=",
                                           "UBSAN_OPTIONS=",  "LSAN_OPTIONS=",    "G_DEBUG="};
    if (AWSIFT_UNGUARDED && g_str_has_prefix(variable, GUARD_VARIABLE "="))
        return true;
    if (AWSIFT_FAULTS && g_str_has_prefix(variable, FAULT_VARIABLE))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(variable, prefixes[i]))
            return true;
    return false;
}

/* Deciders get nothing that could be a secret; actors, who read secrets from it, get all of it. */
static char **environment_for(enum child_role role)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    for (char **variable = environ; *variable != NULL; variable++)
        if (role != CHILD_DECIDER ? !g_str_has_prefix(*variable, "TZ=") : passes_to_deciders(*variable))
            g_ptr_array_add(list, g_strdup(*variable));
    g_ptr_array_add(list, g_strdup("TZ=UTC"));
    if (role == CHILD_DECIDER) {
        g_ptr_array_add(list, g_strdup("PATH=/usr/bin:/bin"));
        g_ptr_array_add(list, g_strdup("LC_ALL=C.UTF-8"));
    }
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&list), FALSE);
}

static int process_spawn(struct child *child, uv_loop_t *loop, enum child_role role, int channel,
                         int snapshot, int progress)
{
    uv_stdio_container_t descriptors[] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        [CHILD_CHANNEL] = {.flags = UV_INHERIT_FD, .data.fd = channel},
        [CHILD_SNAPSHOT] = {.flags = UV_INHERIT_FD, .data.fd = snapshot},
        [CHILD_PROGRESS] = {.flags = UV_INHERIT_FD, .data.fd = progress},
    };
    const char *arguments[] = {path_self(), role == CHILD_DECIDER ? "decider" : "actor", NULL};
    g_auto(GStrv) environment = environment_for(role);
    uv_process_options_t options = {
        .file = path_self(),
        .args = (char **)arguments,
        .env = environment,
        .exit_cb = on_exited,
        .stdio = descriptors,
        .stdio_count = G_N_ELEMENTS(descriptors),
    };
    return uv_spawn(loop, &child->process, &options);
}

/* The shared page and the socketpair. On success the caller owns ours, theirs and page. */
static bool means_prepare(struct child *child, int *ours, int *theirs, int *page, GError **error)
{
    *page = progress_create(error);
    if (*page < 0)
        return false;
    int pair[2];
    child->progress = progress_map(*page, error);
    if (child->progress != NULL && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0) {
        *ours = pair[0];
        *theirs = pair[1];
        return true;
    }
    if (child->progress != NULL)
        error_set_errno(error, errno, "a socketpair for a child");
    close(*page);
    return false;
}

struct child *child_start(uv_loop_t *loop, enum child_role role, int snapshot,
                          const struct child_events *events, void *data, unsigned *alive, GError **error)
{
    struct child *child = g_new0(struct child, 1);
    int ours, theirs, page;
    if (!means_prepare(child, &ours, &theirs, &page, error)) {
        if (child->progress != NULL)
            progress_unmap(child->progress);
        g_free(child);
        return NULL;
    }
    child->events = events;
    child->data = data;
    child->alive = alive;
    child->open = 2;
    child->process.data = child->timer.data = child;
    (*alive)++;
    uv_timer_init(loop, &child->timer);
    int failed = process_spawn(child, loop, role, theirs, snapshot, page);
    close(theirs);
    close(page);
    if (failed != 0) {
        close(ours);
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CHILD, "cannot start %s as %s: %s", path_self(),
                    child_role_name(role), uv_strerror(failed));
        child->over = true;
        uv_close((uv_handle_t *)&child->process, handle_closed);
        uv_close((uv_handle_t *)&child->timer, handle_closed);
        return NULL;
    }
    child->channel = channel_new(loop, ours, on_frame, on_silent, child);
    return child;
}

void child_send(struct child *child, enum frame_type type, const json_t *body, int descriptor)
{
    if (child->channel != NULL)
        channel_send(child->channel, type, body, descriptor);
    else if (descriptor >= 0)
        close(descriptor);
}

void child_kill(struct child *child, const char *why)
{
    if (child->why == NULL)
        child->why = g_strdup(why);
    if (!child->exited)
        uv_process_kill(&child->process, SIGKILL);
}

static void on_linger(uv_timer_t *timer)
{
    struct child *child = timer->data;
    child_kill(child, NULL);
}

void child_retire(struct child *child, int64_t patience)
{
    if (child == NULL || child->retired)
        return;
    child->retired = true;
    channel_drop(child);
    if (child->exited)
        child_over(child);
    else
        uv_timer_start(&child->timer, on_linger, (uint64_t)patience, 0);
}

bool child_ended_by_others(const struct child *child)
{
    static const int foreign[] = {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++)
        if (child->why == NULL && child->signal == foreign[i])
            return true;
    return false;
}

bool child_fell(const struct child *child)
{
    return child->exited && child->why == NULL && !child_ended_by_others(child);
}

int child_pid(const struct child *child)
{
    return child->process.pid;
}

struct progress *child_progress(const struct child *child)
{
    return child->progress;
}
