/* Starting a program, feeding it, and hearing it out. What it writes beyond what is kept is read and
 * forgotten, so that it never waits for us; its output is over when it closes it, or a moment after its end
 * where something that it left behind holds it open. launch.c ties it to this process. */
#include "actor/process.h"
#include "actor/launch.h"
#include "base/fault.h"
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LAST_WORDS = 500, DESCRIPTORS = 4096, DOCUMENT = 3 };

struct process {
    uv_process_t process;
    uv_pipe_t in, pipes[2]; /* of output and of errors */
    uv_timer_t timer;
    uv_write_t write;
    unsigned open; /* handles not yet closed */
    GBytes *input;
    GString *said[2];
    char buffer[4096];
    size_t kept, most, wrote;
    bool together, fed, exited, waited, late, flooded, over;
    unsigned silent; /* of the two pipes */
    int64_t status;
    int signal;
    process_call done;
    void *data;
};

static void on_closed(uv_handle_t *handle)
{
    struct process *process = handle->data;
    if (--process->open > 0)
        return;
    if (process->input != NULL)
        g_bytes_unref(process->input);
    for (int i = 0; i < 2; i++)
        g_string_free(process->said[i], TRUE);
    g_free(process);
}

/* The program's own only where there is one, and once it has ended, or it would stay a zombie. */
static void close_all(struct process *process)
{
    uv_handle_t *const handles[] = {(uv_handle_t *)&process->in, (uv_handle_t *)&process->pipes[0],
                                    (uv_handle_t *)&process->pipes[1], (uv_handle_t *)&process->timer,
                                    (uv_handle_t *)&process->process};
    bool runs = process->process.pid > 0 && !process->exited, none = process->process.loop == NULL;
    size_t count = G_N_ELEMENTS(handles) - (runs || none);
    process->open -= none;
    for (size_t i = 0; i < count; i++)
        if (!uv_is_closing(handles[i]))
            uv_close(handles[i], on_closed);
}

/* launch.c ends the program's group when it hears this. */
static void put_down(struct process *process)
{
    if (!process->exited && process->process.pid > 0)
        uv_process_kill(&process->process, SIGTERM);
}

static void end(struct process *process)
{
    if (process->over)
        return;
    process->over = true;
    const struct process_end end = {
        .status = (int)process->status,
        .signal = process->signal,
        .late = process->late,
        .flooded = process->flooded,
        .unread = !process->fed,
        .output = process->said[0]->str,
        .output_size = process->said[0]->len,
        .error = process->said[1]->str,
        .error_size = process->said[1]->len,
    };
    process->done(&end, process->data);
    close_all(process);
}

static void on_time(uv_timer_t *timer)
{
    struct process *process = timer->data;
    if (process->exited && process->waited) { /* somebody else holds its output open */
        end(process);
        return;
    }
    if (process
            ->exited) { /* what lies there by now is read first, even where this loop was busy all the time */
        process->waited = true;
        uv_timer_start(timer, on_time, 1, 0);
        return;
    }
    process->late = true;
    put_down(process);
}

/* Whether the other end of its input was closed before all of it was read there: to a socket that is an
 * error, though what was written to it was taken. */
static bool left_unread(const struct process *process)
{
    int descriptor, error = 0;
    socklen_t size = sizeof error;
    return uv_fileno((const uv_handle_t *)&process->in, &descriptor) == 0 &&
           getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == ECONNRESET;
}

static void on_exited(uv_process_t *handle, int64_t status, int signal_number)
{
    struct process *process = handle->data;
    process->exited = true;
    process->fed = process->fed && !left_unread(process);
    process->status = status;
    process->signal = signal_number;
    if (process->over)
        close_all(process);
    else if (process->silent == 2)
        end(process);
    else
        uv_timer_start(&process->timer, on_time, LAST_WORDS, 0);
}

static void on_allocate(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    struct process *process = handle->data;
    *buffer = uv_buf_init(process->buffer, sizeof process->buffer);
}

static void hear(struct process *process, bool is_error, const char *bytes, size_t size)
{
    GString *said = process->said[is_error && !process->together];
    if (said->len < process->kept)
        g_string_append_len(said, bytes, (gssize)MIN(size, process->kept - said->len));
    process->wrote += size;
    if (process->most == 0 || process->wrote <= process->most || process->flooded)
        return;
    process->flooded = true;
    put_down(process);
}

static void on_output(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct process *process = stream->data;
    if (size > 0)
        hear(process, stream == (uv_stream_t *)&process->pipes[1], buffer->base, (size_t)size);
    if (size >= 0)
        return;
    process->silent++;
    uv_read_stop(stream);
    if (process->silent == 2 && process->exited)
        end(process);
}

/* Said, and not merely closed: launch.c holds this end too, so that the death of this process is none. */
static void input_end(struct process *process)
{
    int descriptor;
    if (uv_fileno((uv_handle_t *)&process->in, &descriptor) == 0)
        shutdown(descriptor, SHUT_WR);
}

static void on_written(uv_write_t *write, int status)
{
    struct process *process = write->data;
    process->fed = status == 0;
    input_end(process);
}

/* In memory, so that a program which does not read it holds nothing up. -1: none. */
static int document_open(GBytes *bytes)
{
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);
    int descriptor = memfd_create("awsift-decision", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    for (gsize done = 0; descriptor >= 0 && done < size;) {
        ssize_t wrote = write(descriptor, data + done, size - done);
        if (wrote < 0 && errno != EINTR) {
            close(descriptor);
            return -1;
        }
        done += wrote > 0 ? (gsize)wrote : 0;
    }
    if (descriptor < 0)
        return -1;
    fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}

/* Libraries leave descriptors open that a program would inherit. */
static void keep_descriptors(void)
{
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    for (int descriptor = 3; descriptor < DESCRIPTORS; descriptor++) /* Linux before 5.11 */
        fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

/* awsift launch PID RIGHTS USER PROGRAM ARGUMENTS… The caller frees the array, not what it names. */
static char **launch_arguments(const struct process_order *order, const char *own)
{
    GPtrArray *list = g_ptr_array_new();
    const char *const first[] = {path_self(), "launch", own, order->gains_rights ? "gain" : "keep",
                                 order->user != NULL ? order->user : ""};
    for (size_t i = 0; i < G_N_ELEMENTS(first); i++)
        g_ptr_array_add(list, (void *)first[i]);
    for (size_t i = 0; order->arguments[i] != NULL; i++)
        g_ptr_array_add(list, (void *)order->arguments[i]);
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(list, FALSE);
}

/* What launch.c needs itself is taken away from the program again. */
static char **launch_environment(const struct process_order *order)
{
    static const char *const own[] = {"LD_LIBRARY_PATH", "ASAN_OPTIONS"};
    char **list = g_strdupv((char **)order->environment);
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        if (g_getenv(own[i]) != NULL && g_environ_getenv(list, own[i]) == NULL)
            list = g_environ_setenv(list, own[i], g_getenv(own[i]), TRUE);
    return list;
}

/* Ours becomes process->in; the program's, and ours once more for launch.c. */
static int input_open(struct process *process, uv_os_sock_t ends[2])
{
    int failed = uv_socketpair(SOCK_STREAM, 0, ends, UV_NONBLOCK_PIPE, 0);
    int own = failed == 0 ? fcntl(ends[0], F_DUPFD_CLOEXEC, 0) : -1;
    if (failed != 0)
        return failed;
    failed = own < 0 ? -errno : uv_pipe_open(&process->in, own);
    if (failed == 0)
        return 0;
    if (own >= 0)
        close(own);
    close(ends[0]);
    close(ends[1]);
    return failed;
}

/* 0, or libuv's number of what went wrong. */
static int spawn(struct process *process, uv_loop_t *loop, const struct process_order *order)
{
    uv_os_sock_t ends[2];
    uv_stdio_container_t descriptors[] = {
        {.flags = UV_INHERIT_FD},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&process->pipes[0]},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&process->pipes[1]},
        [DOCUMENT] = {.flags = UV_IGNORE, .data.fd = -1},
        [LAUNCH_INPUT] = {.flags = UV_INHERIT_FD},
    };
    g_autofree char *own = g_strdup_printf("%d", (int)getpid());
    g_autofree char **arguments = launch_arguments(order, own);
    g_auto(GStrv) environment = launch_environment(order);
    uv_process_options_t options = {
        .file = path_self(),
        .args = arguments,
        .env = environment,
        .cwd = order->folder,
        .flags = UV_PROCESS_DETACHED,
        .exit_cb = on_exited,
        .stdio = descriptors,
        .stdio_count = G_N_ELEMENTS(descriptors),
    };
    keep_descriptors();
    int document = order->document != NULL ? document_open(order->document) : -1;
    if (order->document != NULL && document < 0)
        return -errno;
    int failed = input_open(process, ends);
    if (failed == 0) {
        if (document >= 0)
            descriptors[DOCUMENT] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = document};
        descriptors[0].data.fd = ends[1];
        descriptors[LAUNCH_INPUT].data.fd = ends[0];
        failed = uv_spawn(loop, &process->process, &options);
        close(ends[0]);
        close(ends[1]);
    }
    if (document >= 0)
        close(document);
    fault_point("program-started");
    return failed;
}

static struct process *process_new(uv_loop_t *loop, const struct process_order *order)
{
    struct process *process = g_new0(struct process, 1);
    uv_pipe_init(loop, &process->in, 0);
    for (int i = 0; i < 2; i++) {
        uv_pipe_init(loop, &process->pipes[i], 0);
        process->pipes[i].data = process;
        process->said[i] = g_string_new(NULL);
    }
    uv_timer_init(loop, &process->timer);
    process->process.data = process->in.data = process->timer.data = process->write.data = process;
    process->open = 5;
    process->input = order->input != NULL ? g_bytes_ref(order->input) : NULL;
    process->kept = order->kept;
    process->most = order->most;
    process->together = order->together;
    return process;
}

static void feed(struct process *process)
{
    gsize size = 0;
    const char *bytes = process->input != NULL ? g_bytes_get_data(process->input, &size) : NULL;
    uv_buf_t buffer = uv_buf_init((char *)bytes, (unsigned)size);
    process->fed = size == 0;
    if (size == 0)
        input_end(process);
    else if (uv_write(&process->write, (uv_stream_t *)&process->in, &buffer, 1, on_written) != 0)
        put_down(process);
}

struct process *process_start(uv_loop_t *loop, const struct process_order *order, process_call done,
                              void *data, char **why)
{
    struct process *process = process_new(loop, order);
    int failed = access(order->arguments[0], X_OK) != 0 ? -errno : spawn(process, loop, order);
    if (failed != 0) {
        *why =
            g_strdup_printf("the program %s cannot be started: %s", order->arguments[0], uv_strerror(failed));
        process_cancel(process);
        return NULL;
    }
    process->done = done;
    process->data = data;
    uv_timer_start(&process->timer, on_time, (uint64_t)MAX(order->time, 1), 0);
    for (int i = 0; i < 2; i++)
        uv_read_start((uv_stream_t *)&process->pipes[i], on_allocate, on_output);
    feed(process);
    return process;
}

/* Of one that runs, nothing is closed before it has ended: it would take the end of what it was fed so far
 * for the end of it all. */
bool process_cancel(struct process *process)
{
    bool fed = process->fed, runs = process->process.pid > 0 && !process->exited;
    process->over = true;
    put_down(process);
    if (!runs)
        close_all(process);
    return fed;
}

/* One line, without controls. */
static char *said(const struct process_end *end, size_t most)
{
    bool error = end->error_size > 0;
    g_autofree char *text =
        g_strndup(error ? end->error : end->output, MIN(error ? end->error_size : end->output_size, most));
    g_strchomp(text);
    for (char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    return g_utf8_make_valid(text, -1);
}

char *process_words(const struct process_end *end, int64_t time, size_t most)
{
    g_autofree char *text = said(end, most);
    const char *words = text[0] != '\0' ? text : "it said nothing";
    if (end->late)
        return g_strdup_printf("the program did not end within %g s and was stopped: %s", (double)time / 1000,
                               words);
    if (end->flooded)
        return g_strdup_printf("the program wrote more than it may and was stopped: %s", words);
    if (end->signal != 0)
        return g_strdup_printf("the program was ended by signal %d: %s", end->signal, words);
    return end->status == 0 ? g_strdup(text) : g_strdup_printf("exit status %d: %s", end->status, words);
}
