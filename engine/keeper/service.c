/* The protocol of sd_notify(3): a datagram to the socket that $NOTIFY_SOCKET names, where one is named. The
 * watchdog is fed by progress, not by being there: each time a job has gone through the pool and the ledger's
 * transaction and come back to the loop. A ledger that answers that it cannot be written is progress: a
 * restart would not help.
 */
#include "keeper/service.h"
#include "keeper/disk.h"
#include "base/log.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct service {
    struct sockaddr_un address;
    socklen_t length;
    int64_t pause, due; /* ms between signs of progress, 0: none is asked for; loop time of the next */
    int socket;         /* -1: nobody is told */
    bool ready, asking;
    char *said; /* STATUS, as it was said last */
};

struct feeding {
    struct commit_job job;
    struct keeper *keeper;
};

/* A name that begins with @ is an abstract one. */
static bool address_set(struct service *service, const char *name)
{
    size_t length = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof service->address.sun_path)
        return false;
    service->address.sun_family = AF_UNIX;
    memcpy(service->address.sun_path, name, length);
    if (name[0] == '@')
        service->address.sun_path[0] = '\0';
    service->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

struct service *service_new(struct keeper *keeper)
{
    struct service *service = g_new0(struct service, 1);
    const char *name = getenv("NOTIFY_SOCKET"), *patience = getenv("WATCHDOG_USEC"),
               *pid = getenv("WATCHDOG_PID");
    service->socket = -1;
    if (name != NULL && address_set(service, name))
        service->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ours = pid == NULL || g_ascii_strtoll(pid, NULL, 10) == getpid();
    if (patience != NULL && ours)
        service->pause = MAX(g_ascii_strtoll(patience, NULL, 10) / 3000, 0); /* thrice as often as must be */
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return service;
}

void service_free(struct service *service)
{
    if (service == NULL)
        return;
    if (service->socket >= 0)
        close(service->socket);
    g_free(service->said);
    g_free(service);
}

static void say(const struct service *service, const char *text)
{
    if (service->socket >= 0 && sendto(service->socket, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
                                       (const struct sockaddr *)&service->address, service->length) < 0)
        log_warning("the service manager cannot be told: %s", g_strerror(errno));
}

/* One line: what breaks it comes from files' names. */
static char *state_of(const struct keeper *keeper)
{
    char *trouble = disk_trouble(keeper);
    if (trouble != NULL)
        return g_strdelimit(trouble, "\n", ' ');
    return g_strdup(keeper->live != NULL ? "mail is taken"
                                         : "no rules are live: no mail is taken; awsift status tells why");
}

void service_ready(struct keeper *keeper)
{
    struct service *service = keeper->service;
    g_autofree char *state = state_of(keeper),
                    *text = g_strdup_printf("%sSTATUS=%s", service->ready ? "" : "READY=1\n", state);
    service->ready = true;
    g_free(service->said);
    service->said = g_steal_pointer(&state);
    say(service, text);
}

static void feeding_done(struct commit_job *job, const GError *error)
{
    struct keeper *keeper = ((struct feeding *)job)->keeper;
    keeper->service->asking = false;
    say(keeper->service, "WATCHDOG=1");
    g_free(job);
}

void service_tick(struct keeper *keeper)
{
    struct service *service = keeper->service;
    int64_t now = (int64_t)uv_now(&keeper->loop);
    g_autofree char *state = service->ready ? state_of(keeper) : NULL;
    if (g_strcmp0(state, service->said) != 0)
        service_ready(keeper);
    if (service->socket < 0 || service->pause == 0 || service->asking || now < service->due)
        return;
    struct feeding *feeding = g_new0(struct feeding, 1);
    feeding->job = (struct commit_job){.done = feeding_done};
    feeding->keeper = keeper;
    service->asking = true;
    service->due = now + service->pause;
    committer_add(keeper->committer, &feeding->job);
}

void service_stopping(struct keeper *keeper)
{
    if (keeper->service->ready)
        say(keeper->service, "STOPPING=1");
}
