/* A program takes the mail and says by its exit status (sysexits.h) what became of it. It gets the mail and
 * no more: an environment of its own, no descriptor, a time after which it is ended with what it started.
 * What it writes is its reason; what is more than a reason needs is read and forgotten, so that it never
 * waits for us. */
#include "actor/sendmail.h"

#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { SAID_MAXIMUM = 800, LAST_WORDS = 500, DESCRIPTORS = 4096 };

struct sendmail_run {
    uv_process_t process;
    uv_pipe_t in, out;
    uv_timer_t timer;
    uv_write_t write;
    unsigned open; /* handles not yet closed */
    GBytes *bytes;
    GString *said;
    char buffer[4096];
    bool written, exited, silent, late, over;
    int64_t status, time;
    int signal;
    posted_call done; /* NULL once it was broken off */
    void *data;
};

enum outcome sendmail_judge(int status)
{
    static const int final[] = {EX_DATAERR, EX_NOINPUT, EX_NOUSER, EX_NOHOST, EX_PROTOCOL};
    if (status == EX_OK)
        return OUTCOME_DONE;
    for (size_t i = 0; i < G_N_ELEMENTS(final); i++)
        if (status == final[i])
            return OUTCOME_DEAD;
    return OUTCOME_RETRY;
}

static void on_closed(uv_handle_t *handle)
{
    struct sendmail_run *run = handle->data;
    if (--run->open > 0)
        return;
    g_bytes_unref(run->bytes);
    g_string_free(run->said, TRUE);
    g_free(run);
}

/* The process's own only once that has ended, or it would stay a zombie. */
static void close_all(struct sendmail_run *run)
{
    uv_handle_t *const handles[] = {(uv_handle_t *)&run->in, (uv_handle_t *)&run->out,
                                    (uv_handle_t *)&run->timer, (uv_handle_t *)&run->process};
    size_t count = G_N_ELEMENTS(handles) - (run->process.pid > 0 && !run->exited);
    for (size_t i = 0; i < count; i++)
        if (!uv_is_closing(handles[i]))
            uv_close(handles[i], on_closed);
}

/* With all that it started: it leads a group of its own. */
static void put_down(struct sendmail_run *run)
{
    if (!run->exited && run->process.pid > 0)
        kill(-run->process.pid, SIGKILL);
}

static char *reason_of(const struct sendmail_run *run)
{
    const char *said = run->said->len > 0 ? run->said->str : "it said nothing";
    if (run->late)
        return g_strdup_printf("the program did not end within %" G_GINT64_FORMAT " s and was stopped: %s",
                               run->time / 1000, said);
    if (run->signal != 0)
        return g_strdup_printf("the program was ended by signal %d: %s", run->signal, said);
    if (run->status == 0 && !run->written)
        return g_strdup_printf("the program did not read the mail to its end: %s", said);
    return run->status == 0 ? g_strdup(run->said->str)
                            : g_strdup_printf("exit status %d: %s", (int)run->status, said);
}

static void end(struct sendmail_run *run)
{
    if (run->over)
        return;
    run->over = true;
    g_strchomp(run->said->str);
    for (char *at = run->said->str; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    run->said->len = strlen(run->said->str);
    g_autofree char *words = reason_of(run);
    struct posted posted = {.words = words};
    if (run->late || run->signal != 0)
        posted.outcome = run->written ? OUTCOME_UNKNOWN : OUTCOME_RETRY;
    else
        posted.outcome = run->status == 0 && !run->written ? OUTCOME_RETRY : sendmail_judge((int)run->status);
    posted.down = posted.outcome == OUTCOME_RETRY;
    run->done(&posted, run->data);
    close_all(run);
}

static void on_time(uv_timer_t *timer)
{
    struct sendmail_run *run = timer->data;
    if (run->exited) { /* somebody else holds its output open */
        end(run);
        return;
    }
    run->late = true;
    put_down(run);
}

static void on_exited(uv_process_t *process, int64_t status, int signal_number)
{
    struct sendmail_run *run = process->data;
    run->exited = true;
    run->status = status;
    run->signal = signal_number;
    if (run->over)
        close_all(run);
    else if (run->silent)
        end(run);
    else
        uv_timer_start(&run->timer, on_time, LAST_WORDS, 0);
}

static void on_allocate(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    struct sendmail_run *run = handle->data;
    *buffer = uv_buf_init(run->buffer, sizeof run->buffer);
}

static void on_output(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct sendmail_run *run = stream->data;
    if (size > 0 && run->said->len < SAID_MAXIMUM)
        g_string_append_len(run->said, buffer->base, MIN(size, (ssize_t)(SAID_MAXIMUM - run->said->len)));
    if (size >= 0)
        return;
    run->silent = true;
    uv_read_stop(stream);
    if (run->exited && !run->over)
        end(run);
}

static void on_written(uv_write_t *write, int status)
{
    struct sendmail_run *run = write->data;
    run->written = status == 0;
    if (!uv_is_closing((uv_handle_t *)&run->in))
        uv_close((uv_handle_t *)&run->in, on_closed); /* that is the mail's end */
}

static char **arguments_for(const char *const *program, const struct letter *letter)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    for (size_t i = 0; program[i] != NULL; i++)
        g_ptr_array_add(list, g_strdup(program[i]));
    const char *const more[] = {"-i", "-f", letter->sender[0] != '\0' ? letter->sender : "<>", "--",
                                letter->recipient};
    for (size_t i = 0; i < G_N_ELEMENTS(more); i++)
        g_ptr_array_add(list, g_strdup(more[i]));
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&list), FALSE);
}

/* Libraries leave descriptors open that a program would inherit. */
static void keep_descriptors(void)
{
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    for (int descriptor = 3; descriptor < DESCRIPTORS; descriptor++) /* Linux before 5.11 */
        fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

/* 0, or libuv's number of what went wrong. */
static int spawn(struct sendmail_run *run, uv_loop_t *loop, const char *const *program,
                 const struct letter *letter)
{
    uv_stdio_container_t descriptors[] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&run->in},
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&run->out},
    };
    g_auto(GStrv) arguments = arguments_for(program, letter);
    const char *home = g_getenv("HOME");
    g_autofree char *home_variable = g_strconcat("HOME=", home != NULL ? home : "/", NULL);
    char *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", home_variable,
                           NULL};
    uv_process_options_t options = {
        .file = program[0],
        .args = arguments,
        .env = environment,
        .cwd = "/",
        .flags = UV_PROCESS_DETACHED,
        .exit_cb = on_exited,
        .stdio = descriptors,
        .stdio_count = G_N_ELEMENTS(descriptors),
    };
    keep_descriptors();
    return uv_spawn(loop, &run->process, &options);
}

static struct sendmail_run *run_new(uv_loop_t *loop, GBytes *bytes)
{
    struct sendmail_run *run = g_new0(struct sendmail_run, 1);
    uv_pipe_init(loop, &run->in, 0);
    uv_pipe_init(loop, &run->out, 0);
    uv_timer_init(loop, &run->timer);
    run->process.data = run->in.data = run->out.data = run->timer.data = run->write.data = run;
    run->open = 4;
    run->bytes = g_bytes_ref(bytes);
    run->said = g_string_new(NULL);
    return run;
}

struct sendmail_run *sendmail_start(uv_loop_t *loop, const char *const *program, const struct letter *letter,
                                    int64_t time, posted_call done, void *data, char **why)
{
    struct sendmail_run *run = run_new(loop, letter->bytes);
    int failed = spawn(run, loop, program, letter);
    if (failed != 0) {
        *why = g_strdup_printf("the program %s cannot be started: %s", program[0], uv_strerror(failed));
        close_all(run);
        return NULL;
    }
    gsize size;
    const char *bytes = g_bytes_get_data(run->bytes, &size);
    uv_buf_t buffer = uv_buf_init((char *)bytes, (unsigned)size);
    run->done = done;
    run->data = data;
    run->time = time;
    uv_timer_start(&run->timer, on_time, (uint64_t)MAX(time, 1), 0);
    uv_read_start((uv_stream_t *)&run->out, on_allocate, on_output);
    if (uv_write(&run->write, (uv_stream_t *)&run->in, &buffer, 1, on_written) != 0)
        uv_close((uv_handle_t *)&run->in, on_closed);
    return run;
}

bool sendmail_cancel(struct sendmail_run *run)
{
    bool doubtful = run->written;
    run->over = true;
    put_down(run);
    close_all(run);
    return doubtful;
}
