/* The asking end of the control socket, blocking, for commands. No socket, or nobody behind it, means that no
 * daemon runs on this store; anything else that fails says what. */
#include "keeper/control.h"
#include "base/error.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/times.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MOST (64u << 20)

char *control_path(const struct config *config)
{
    return g_build_filename(config->store, "control.sock", NULL);
}

char *control_address(const char *path)
{
    if (strlen(path) < sizeof((struct sockaddr_un *)NULL)->sun_path)
        return g_strdup(path);
    g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    int descriptor = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return g_strdup_printf("/proc/self/fd/%d/%s", descriptor, name);
}

static int control_connect(const struct config *config, GError **error)
{
    g_autofree char *path = control_path(config);
    g_autofree char *place = control_address(path);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, place, sizeof address.sun_path);
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection >= 0 && connect(connection, (struct sockaddr *)&address, sizeof address) == 0)
        return connection;
    int number = errno;
    if (connection >= 0)
        close(connection);
    if (number == ENOENT || number == ECONNREFUSED || number == ENOTDIR)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "no awsift runs on %s, and mail waits in its spool: start one with awsift run, or "
                    "systemctl start awsift",
                    config->store);
    else if (number == EACCES)
        g_set_error(
            error, AWSIFT_ERROR, AWSIFT_ERROR_IO,
            "%s belongs to another user: run this as the user of awsift (runuser -u awsift -- …), or as root",
            path);
    else
        error_set_errno(error, number, "%s: cannot connect", path);
    return -1;
}

static bool send_all(int connection, const char *text, size_t length, GError **error)
{
    while (length > 0) {
        ssize_t sent = send(connection, text, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return error_set_errno(error, errno, "cannot ask the running awsift");
        text += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool wait_readable(int connection, int64_t until, GError **error)
{
    for (;;) {
        struct pollfd wanted = {.fd = connection, .events = POLLIN};
        int64_t left = until < 0 ? -1 : MAX(until - clock_steady(), 0);
        int ready = poll(&wanted, 1, (int)MIN(left, G_MAXINT));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return error_set_errno(error, errno, "cannot wait for the running awsift");
        if (ready == 0 && left <= 0) {
            g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY, "the running awsift did not answer in time");
            return false;
        }
    }
}

static json_t *receive_line(int connection, int timeout, GError **error)
{
    g_autoptr(GString) line = g_string_new(NULL);
    int64_t until = timeout < 0 ? -1 : clock_steady() + timeout;
    char buffer[8192];
    while (line->len < ANSWER_MOST && memchr(line->str, '\n', line->len) == NULL) {
        if (!wait_readable(connection, until, error))
            return NULL;
        ssize_t got = recv(connection, buffer, sizeof buffer, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                        "the running awsift ended before it answered");
            return NULL;
        }
        g_string_append_len(line, buffer, got);
    }
    json_t *answer = json_loadb(line->str, line->len, JSON_DISABLE_EOF_CHECK, NULL);
    if (!json_is_object(answer)) {
        json_decref(answer);
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL,
                    "the running awsift answered with what is no JSON object");
        return NULL;
    }
    return answer;
}

json_t *control_ask(const struct config *config, const json_t *request, int timeout, GError **error)
{
    int connection = control_connect(config, error);
    if (connection < 0)
        return NULL;
    g_autofree char *text = json_canonical(request);
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    json_t *answer =
        send_all(connection, line, strlen(line), error) ? receive_line(connection, timeout, error) : NULL;
    close(connection);
    return answer;
}
