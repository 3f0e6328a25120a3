/* The control socket: lines of JSON over a Unix socket that only its owner can open. Whoever connects may
 * hang, send rubbish, not read, or go away at any time; a connection lives until it is closed and its last
 * answer was dropped or sent. It has one request at a time: while that is answered nothing more is read, so
 * whoever asks without reading waits, and costs no memory. Where there are too many, the one that has kept
 * the keeper waiting for longest makes room.
 *
 * Where no descriptor is left for the next one it waits with the kernel. libuv's own listening asks for it
 * over and over then, without a turn for anything else, so the socket is watched here. */
#include "keeper/control_server.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/acknowledge.h"
#include "keeper/backlog.h"
#include "keeper/control.h"
#include "keeper/control_request.h"
#include "keeper/descriptors.h"
#include "keeper/disk.h"
#include "keeper/drill.h"
#include "keeper/handling.h"
#include "keeper/redecide.h"
#include "keeper/reload.h"
#include "keeper/retention.h"
#include "keeper/silencing.h"
#include "ledger/alerts.h"
#include "ledger/retention.h"
#include "ledger/recoveries.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAITING_MOST 128                   /* that the kernel keeps for a keeper that is busy */
#define SHORT_PAUSE 500                    /* ms */
#define UNTELLABLE_SHOWN INT64_C(86400000) /* ms */

struct control {
    struct keeper *keeper;
    uv_pipe_t pipe;   /* bound, and never told to listen */
    uv_poll_t poll;   /* of its socket */
    uv_timer_t pause; /* while descriptors are short */
    unsigned open_handles;
    char *path;
    GHashTable *connections; /* set of struct connection */
};

struct connection {
    struct control *control; /* NULL once that closed */
    struct keeper *keeper;
    uv_pipe_t pipe;
    GString *arrived;
    enum { ASKING, WORKED_FOR, ANSWERED } stage; /* waits: for its request, for us, to be read */
    uint64_t since;                              /* loop time of its stage */
    unsigned references;                         /* the handle, and the answer that is awaited */
};

static void stage_enter(struct connection *connection, int stage)
{
    connection->stage = stage;
    connection->since = uv_now(&connection->keeper->loop);
}

static void connection_unref(struct connection *connection)
{
    if (--connection->references > 0)
        return;
    g_string_free(connection->arrived, TRUE);
    g_free(connection);
}

static void on_connection_closed(uv_handle_t *handle)
{
    connection_unref(handle->data);
}

static void connection_close(struct connection *connection)
{
    if (uv_is_closing((uv_handle_t *)&connection->pipe))
        return;
    if (connection->control != NULL)
        g_hash_table_remove(connection->control->connections, connection);
    uv_close((uv_handle_t *)&connection->pipe, on_connection_closed);
}

struct answer_write {
    uv_write_t write;
    struct connection *connection;
    char *text;
};

static void next_request(struct connection *connection);

static void on_written(uv_write_t *write, int status)
{
    struct answer_write *answer = write->data;
    if (status != 0)
        connection_close(answer->connection);
    else
        next_request(answer->connection);
    connection_unref(answer->connection);
    g_free(answer->text);
    g_free(answer);
}

/* Takes answer; the reference that the request held ends once it is sent. */
static void answer_send(struct connection *connection, json_t *answer)
{
    struct answer_write *out = g_new0(struct answer_write, 1);
    g_autofree char *text = json_canonical(answer);
    json_decref(answer);
    out->connection = connection;
    out->text = g_strconcat(text, "\n", NULL);
    out->write.data = out;
    uv_buf_t buffer = uv_buf_init(out->text, (unsigned)strlen(out->text));
    stage_enter(connection, ANSWERED);
    if (uv_is_closing((uv_handle_t *)&connection->pipe) ||
        uv_write(&out->write, (uv_stream_t *)&connection->pipe, &buffer, 1, on_written) != 0)
        on_written(&out->write, UV_ECANCELED);
}

static void answer_error(struct connection *connection, const char *text)
{
    answer_send(connection, json_pack("{s:b, s:o}", "ok", 0, "error", json_text_new(text)));
}

struct status_job {
    struct commit_job job;
    uv_work_t look;
    struct connection *connection;
    GArray *backlogs; /* of struct backlog, of each spool of the configuration */
    json_t *counts, *standing, *recovery, *retention;
};

/* Outside of any transaction: a folder on a slow file system holds up nobody. */
static void backlogs_look(uv_work_t *work)
{
    struct status_job *status = work->data;
    const GPtrArray *spools = status->connection->keeper->config->spools;
    for (guint i = 0; i < spools->len; i++) {
        struct backlog backlog = backlog_look(spools->pdata[i]);
        g_array_append_val(status->backlogs, backlog);
    }
}

/* What needs people: troubles that stand, and what the operators could not be told. */
static json_t *standing_of(struct ledger *ledger, GError **error)
{
    g_autoptr(json_t) standing = ledger_alerts_standing(ledger, error);
    int64_t lost =
        standing != NULL ? ledger_alerts_untellable(ledger, time_now() - UNTELLABLE_SHOWN, error) : -1;
    size_t index;
    json_t *entry;
    if (lost < 0)
        return NULL;
    json_array_foreach(standing, index, entry) {
        g_autofree char *since = time_format(json_number(entry, "since", 0));
        json_object_set_new(entry, "since", json_text_new(since));
    }
    g_autofree char *text =
        g_strdup_printf("%" G_GINT64_FORMAT " messages to the operators could not be sent within"
                        " the last day",
                        lost);
    if (lost > 0)
        json_array_append_new(standing, json_pack("{s:s, s:s, s:s, s:n, s:I}", "kind", "untellable", "about",
                                                  "", "text", text, "since", "count", (json_int_t)lost));
    return g_steal_pointer(&standing);
}

static void status_clear(struct status_job *status)
{
    g_clear_pointer(&status->counts, json_decref);
    g_clear_pointer(&status->standing, json_decref);
    g_clear_pointer(&status->recovery, json_decref);
    g_clear_pointer(&status->retention, json_decref);
}

static bool status_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct status_job *status = (struct status_job *)job;
    status_clear(status);
    status->counts = ledger_counts(ledger, error);
    if (status->counts != NULL)
        status->standing = standing_of(ledger, error);
    if (status->standing != NULL)
        status->recovery = ledger_last_recovery(ledger, error);
    if (status->recovery != NULL)
        status->retention = ledger_retention_summary(ledger, error);
    return status->retention != NULL;
}

static void status_done(struct commit_job *job, const GError *error)
{
    struct status_job *status = (struct status_job *)job;
    struct keeper *keeper = status->connection->keeper;
    json_t *answer = keeper_status(keeper);
    json_t *spools = json_object_get(answer, "spools");
    for (guint i = 0; i < status->backlogs->len && i < json_array_size(spools); i++)
        backlog_tell(&g_array_index(status->backlogs, struct backlog, i), json_array_get(spools, i));
    g_array_unref(status->backlogs);
    json_object_set_new(answer, "ok", json_true());
    if (error == NULL) {
        json_object_set(answer, "standing", status->standing);
        json_object_set(answer, "recovery", status->recovery);
        json_object_set(answer, "ledger", status->counts);
        json_object_set_new(answer, "retention", retention_status(keeper, json_incref(status->retention)));
    } else {
        json_object_set_new(answer, "standing", json_array());
        json_object_set_new(answer, "recovery", json_null());
        json_object_set_new(answer, "ledger", json_pack("{s:o}", "error", json_text_new(error->message)));
        json_object_set_new(answer, "retention", json_null());
    }
    answer_send(status->connection, answer);
    status_clear(status);
    g_free(status);
}

static void on_backlogs(uv_work_t *work, int failed)
{
    struct status_job *status = work->data;
    struct keeper *keeper = status->connection->keeper;
    keeper->jobs--;
    committer_add(keeper->committer, &status->job);
}

static void status_start(struct connection *connection)
{
    g_autofree char *stalled = disk_stalled(connection->keeper); /* the ledger would not answer either */
    if (stalled != NULL) {
        answer_error(connection, stalled);
        return;
    }
    struct status_job *status = g_new0(struct status_job, 1);
    status->job = (struct commit_job){.run = status_run, .done = status_done};
    status->connection = connection;
    status->backlogs = g_array_new(FALSE, FALSE, sizeof(struct backlog));
    status->look.data = status;
    connection->keeper->jobs++;
    int failed = uv_queue_work(&connection->keeper->loop, &status->look, backlogs_look, on_backlogs);
    g_assert(failed == 0);
}

static void on_reloaded(struct keeper *keeper, const json_t *outcome, void *data)
{
    answer_send(data, json_deep_copy(outcome));
}

static void on_answered(struct keeper *keeper, const json_t *answer, void *data)
{
    answer_send(data, json_deep_copy(answer));
}

static void on_redecided(struct keeper *keeper, const json_t *results, void *data)
{
    answer_send(data, json_pack("{s:b, s:O}", "ok", 1, "results", results));
}

static void on_acknowledged(const json_t *results, const GError *error, void *data)
{
    if (error != NULL)
        answer_send(
            data, json_pack("{s:b, s:b, s:o}", "ok", 0, "again", 1, "error", json_text_new(error->message)));
    else
        answer_send(data, json_pack("{s:b, s:O}", "ok", 1, "results", results));
}

static void on_drilled(struct keeper *keeper, json_t *answer, void *data)
{
    answer_send(data, answer);
}

static void request_handle(struct connection *connection, const char *line, size_t length)
{
    struct keeper *keeper = connection->keeper;
    struct control_request request;
    g_autoptr(GError) error = NULL;
    connection->references++;
    stage_enter(connection, WORKED_FOR);
    if (!control_request_parse(line, length, &request, &error)) {
        answer_error(connection, error->message);
    } else if (keeper_stopping(keeper)) {
        answer_send(connection,
                    json_pack("{s:b, s:b, s:s}", "ok", 0, "again", 1, "error", "awsift is ending"));
    } else if (request.command == CONTROL_STATUS) {
        status_start(connection);
    } else if (request.command == CONTROL_RELOAD) {
        reload_start(keeper, "asked", request.force, on_reloaded, connection);
    } else if (request.command == CONTROL_ACK) {
        acknowledge_start(keeper, request.ids, request.by, request.note, on_acknowledged, connection);
    } else if (request.command == CONTROL_DRILL) {
        drill_start(keeper, request.drill, on_drilled, connection);
    } else if (request.command == CONTROL_SILENCE) {
        silencing_ask(keeper, request.silence, on_answered, connection);
    } else if (request.command == CONTROL_HANDLE) {
        handling_ask(keeper, request.handling, on_answered, connection);
    } else if (keeper->live == NULL) {
        answer_send(connection, json_pack("{s:b, s:b, s:s}", "ok", 0, "again", 1, "error",
                                          "no rules are loaded yet; awsift status tells why"));
    } else {
        const struct redecide_wish wish = {.ids = request.ids,
                                           .as = request.as,
                                           .by = request.by,
                                           .dry_run = request.dry_run,
                                           .release = request.release};
        redecide_start(keeper, &wish, on_redecided, connection);
    }
    control_request_clear(&request);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    *buffer = uv_buf_init(g_malloc(4096), 4096);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer);

/* The first whole line of what arrived, or more is read. */
static void next_request(struct connection *connection)
{
    if (uv_is_closing((uv_handle_t *)&connection->pipe))
        return;
    stage_enter(connection, ASKING);
    const char *end = memchr(connection->arrived->str, '\n', connection->arrived->len);
    if (end == NULL && connection->arrived->len > CONTROL_LINE_MOST) {
        log_warning("control socket: a request of more than %u bytes is not read", CONTROL_LINE_MOST);
        connection_close(connection);
    } else if (end == NULL) {
        uv_read_start((uv_stream_t *)&connection->pipe, on_allocate, on_read);
    } else {
        size_t length = (size_t)(end - connection->arrived->str);
        g_autofree char *line = g_strndup(connection->arrived->str, length);
        g_string_erase(connection->arrived, 0, (gssize)length + 1);
        uv_read_stop((uv_stream_t *)&connection->pipe);
        request_handle(connection, line, strlen(line));
    }
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct connection *connection = stream->data;
    g_autofree char *bytes = buffer->base;
    if (count < 0) {
        connection_close(connection);
    } else if (count > 0) {
        uint64_t since = connection->since;
        g_string_append_len(connection->arrived, bytes, count);
        next_request(connection);
        if (connection->stage == ASKING)
            connection->since = since; /* half a line is no sign of life */
    }
}

/* The one that has kept us waiting for longest, with its request or with reading the answer. */
static struct connection *slowest(const struct control *control)
{
    GHashTableIter iterator;
    void *key;
    struct connection *found = NULL;
    g_hash_table_iter_init(&iterator, control->connections);
    while (g_hash_table_iter_next(&iterator, &key, NULL)) {
        struct connection *connection = key;
        if (connection->stage != WORKED_FOR && (found == NULL || connection->since < found->since))
            found = connection;
    }
    return found;
}

static bool make_room(struct control *control, struct connection *for_it)
{
    unsigned open_ones = g_hash_table_size(control->connections);
    if (open_ones < descriptors_for_clients())
        return true;
    struct connection *slow = slowest(control);
    if (slow != NULL) {
        log_warning(
            "control socket: %u connections are open; the one that kept waiting for longest is closed",
            open_ones);
        connection_close(slow);
        return true;
    }
    char busy[] = "{\"again\":true,\"error\":\"too many ask at once, ask again in a moment\",\"ok\":false}\n";
    uv_buf_t buffer = uv_buf_init(busy, sizeof busy - 1);
    uv_try_write((uv_stream_t *)&for_it->pipe, &buffer, 1);
    return false;
}

static void connection_begin(struct control *control, int descriptor)
{
    struct connection *connection = g_new0(struct connection, 1);
    connection->control = control;
    connection->keeper = control->keeper;
    connection->arrived = g_string_new(NULL);
    connection->references = 1;
    uv_pipe_init(&control->keeper->loop, &connection->pipe, 0);
    connection->pipe.data = connection;
    stage_enter(connection, ASKING);
    if (uv_pipe_open(&connection->pipe, descriptor) != 0) {
        close(descriptor);
        connection_close(connection);
    } else if (!make_room(control, connection)) {
        connection_close(connection);
    } else {
        g_hash_table_add(control->connections, connection);
        next_request(connection);
    }
}

static void on_connect(uv_poll_t *poll, int status, int events);

static void on_pause_over(uv_timer_t *timer)
{
    struct control *control = timer->data;
    uv_poll_start(&control->poll, UV_READABLE, on_connect);
}

static void on_connect(uv_poll_t *poll, int status, int events)
{
    struct control *control = poll->data;
    uv_os_fd_t server;
    if (uv_fileno((uv_handle_t *)&control->pipe, &server) != 0)
        return;
    int descriptor = accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
        connection_begin(control, descriptor);
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        uv_poll_stop(poll);
        uv_timer_start(&control->pause, on_pause_over, SHORT_PAUSE, 0);
    }
}

static void on_control_closed(uv_handle_t *handle)
{
    struct control *control = handle->data;
    if (--control->open_handles > 0)
        return;
    g_hash_table_unref(control->connections);
    g_free(control->path);
    g_free(control);
}

static void handle_close(struct control *control, uv_handle_t *handle)
{
    handle->data = control;
    control->open_handles++;
    uv_close(handle, on_control_closed);
}

/* 0, or why not. */
static int listen_on(struct control *control)
{
    uv_os_fd_t server;
    int failed = uv_fileno((uv_handle_t *)&control->pipe, &server);
    if (failed == 0 && listen(server, WAITING_MOST) != 0)
        failed = -errno;
    if (failed == 0)
        failed = uv_poll_init(&control->keeper->loop, &control->poll, server);
    if (failed != 0)
        return failed;
    control->poll.data = control->pause.data = control;
    uv_timer_init(&control->keeper->loop, &control->pause);
    return uv_poll_start(&control->poll, UV_READABLE, on_connect);
}

struct control *control_open(struct keeper *keeper, GError **error)
{
    struct control *control = g_new0(struct control, 1);
    control->keeper = keeper;
    control->path = control_path(keeper->config);
    control->connections = g_hash_table_new(g_direct_hash, g_direct_equal);
    uv_pipe_init(&keeper->loop, &control->pipe, 0);
    file_remove(control->path, NULL); /* of a keeper that was killed; the lock says that none runs */
    g_autofree char *address = control_address(control->path);
    mode_t mask = umask(0177);
    int failed = uv_pipe_bind(&control->pipe, address);
    umask(mask);
    if (failed == 0)
        failed = listen_on(control);
    if (failed == 0)
        return control;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO, "%s: cannot listen: %s", control->path,
                uv_strerror(failed));
    handle_close(control, (uv_handle_t *)&control->pipe);
    return NULL;
}

void control_close(struct control *control)
{
    if (control == NULL)
        return;
    GHashTableIter iterator;
    void *key;
    g_hash_table_iter_init(&iterator, control->connections);
    while (g_hash_table_iter_next(&iterator, &key, NULL)) {
        struct connection *connection = key;
        connection->control = NULL;
        connection_close(connection);
    }
    file_remove(control->path, NULL);
    handle_close(control, (uv_handle_t *)&control->poll); /* before its descriptor goes */
    handle_close(control, (uv_handle_t *)&control->pause);
    handle_close(control, (uv_handle_t *)&control->pipe);
}
