/* A decider for commands: a child of this same program, and a blocking conversation. */
#include "decider/client.h"
#include "wire/frame.h"
#include "wire/progress.h"
#include "wire/spawn.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/guard.h"
#include "base/json.h"
#include "base/rule_path.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAREWELL = 1000 }; /* ms to wait for the end of one that has hung up */

struct decider_client {
    pid_t child;
    int channel, page;
    struct progress *progress;
    int64_t time; /* ms for a mail */
    int64_t sequence;
    json_t *ready;
};

static char *guards_off; /* of a test build: what its deciders are told of that */

static void note_guards(void)
{
    if (AWSIFT_UNGUARDED && g_getenv(GUARD_VARIABLE) != NULL && guards_off == NULL)
        guards_off = g_strconcat(GUARD_VARIABLE "=", g_getenv(GUARD_VARIABLE), NULL);
}

/* Waits for READY to come; false when loading takes too long: *loading then says at which file. */
static bool await_ready(struct decider_client *client, uint32_t *loading)
{
    struct progress_watch watch = {0};
    struct pollfd channel = {.fd = client->channel, .events = POLLIN};
    do {
        if (poll(&channel, 1, PROGRESS_LOOK) > 0)
            return true;
    } while (progress_goes_on(&watch, client->progress, g_get_monotonic_time() / 1000,
                              clock_of_process(client->child), loading));
    return false;
}

static bool fail_loading(const struct config *config, const struct snapshot *snapshot, uint32_t loading,
                         const char *why, GError **error)
{
    if (loading == 0 || loading > snapshot_count(snapshot)) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CHILD, "the decider did not start: %s", why);
        return false;
    }
    g_autofree char *path = rule_path(config, snapshot_get(snapshot, loading - 1).name);
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES, "%s:1: the decider %s", path, why);
    return false;
}

/* Takes leave of a decider that has died, or ends one that merely hung up; true when somebody else ended it,
 * as the keeper judges. */
static bool reap(struct decider_client *client)
{
    static const int foreign[] = {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2};
    int status = 0;
    pid_t ended = 0;
    for (int look = 0; look < FAREWELL && ended == 0; look++) {
        ended = waitpid(client->child, &status, WNOHANG);
        if (ended == 0)
            g_usleep(1000);
    }
    if (ended == 0) {
        kill(client->child, SIGKILL);
        while (waitpid(client->child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    client->child = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++)
        if (WIFSIGNALED(status) && WTERMSIG(status) == foreign[i])
            return true;
    return false;
}

static bool say_hello(struct decider_client *client, const struct config *config,
                      const struct snapshot *snapshot, const json_t *tests, bool list, GError **error)
{
    g_autoptr(json_t) hello =
        json_pack("{s:s, s:i, s:i, s:O, s:b, s:o}", "role", "decider", "generation", 1, "number", 1, "tests",
                  tests, "list", list, "config", config_for_decider(config));
    struct frame frame = {.descriptor = -1};
    g_autoptr(GError) lost = NULL;
    uint32_t loading = 0;
    if (!frame_send(client->channel, FRAME_HELLO, hello, -1, error)) {
        g_prefix_error(error, "the decider did not start: ");
        return false;
    }
    if (!await_ready(client, &loading)) {
        g_autofree char *why =
            g_strdup_printf("did not finish loading within %d s",
                            (loading > 0 ? PROGRESS_FILE_LIMIT : PROGRESS_LOAD_LIMIT) / 1000);
        return fail_loading(config, snapshot, loading, why, error);
    }
    if (!frame_receive(client->channel, PROGRESS_LOAD_LIMIT, &frame, &lost)) {
        bool fell = g_error_matches(lost, AWSIFT_ERROR, AWSIFT_ERROR_GONE) && !reap(client);
        loading = fell ? atomic_load(&client->progress->loading) : 0;
        return fail_loading(config, snapshot, loading,
                            loading > 0 ? "died while it loaded this"
                            : fell      ? "it died over the rules" PROGRESS_FELL
                                        : lost->message,
                            error);
    }
    client->ready = json_incref(frame.body);
    bool good = frame.type == FRAME_READY;
    frame_clear(&frame);
    if (!good)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL, "the decider did not say that it is ready");
    return good;
}

struct decider_client *decider_client_start(const struct config *config, const struct snapshot *snapshot,
                                            const json_t *tests, bool list, const json_t **ready,
                                            GError **error)
{
    struct decider_client *client = g_new0(struct decider_client, 1);
    client->channel = -1;
    client->time = config->deciders.time;
    client->page = progress_create(error);
    client->progress = client->page >= 0 ? progress_map(client->page, error) : NULL;
    note_guards();
    char *const environment[] = {"TZ=UTC", "LANG=C.UTF-8", "ASAN_OPTIONS=detect_leaks=0", guards_off, NULL};
    if (client->progress != NULL)
        client->child = spawn_child("decider", snapshot_descriptor(snapshot), client->page, environment,
                                    &client->channel, error);
    if (client->child <= 0 || !say_hello(client, config, snapshot, tests, list, error)) {
        decider_client_stop(client);
        return NULL;
    }
    *ready = client->ready;
    return client;
}

/* Reads the page as hostile. NULL where it names no rule. The caller frees. */
static char *rule_in_hand(const struct decider_client *client, bool overran)
{
    uint32_t number = overran ? progress_blame(client->progress, (uint64_t)g_get_monotonic_time())
                              : atomic_load(&client->progress->rule);
    bool ours = atomic_load(&client->progress->sequence) == (uint64_t)client->sequence;
    const json_t *rules = json_object_get(client->ready, "rules");
    return g_strdup(ours && number > 0 ? json_text(json_array_get(rules, number - 1), "id") : NULL);
}

static void find_fault(struct decider_client *client, const GError *lost, struct decider_fault *fault)
{
    fault->overran = g_error_matches(lost, AWSIFT_ERROR, AWSIFT_ERROR_CHILD);
    if (fault->overran)
        fault->rule = rule_in_hand(client, true);
    else if (g_error_matches(lost, AWSIFT_ERROR, AWSIFT_ERROR_GONE) && !(fault->by_others = reap(client)))
        fault->rule = rule_in_hand(client, false);
}

json_t *decider_client_ask(struct decider_client *client, int mail, json_t *request,
                           struct decider_fault *fault, GError **error)
{
    struct frame frame = {.descriptor = -1};
    g_autoptr(GError) lost = NULL;
    if (client == NULL) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CHILD, "there is no decider");
        return NULL;
    }
    int64_t limit = guard_stands("time") ? progress_mail_limit(client->time, mail) : -1;
    json_object_set_new(request, "sequence", json_integer(++client->sequence));
    if (!frame_send(client->channel, FRAME_DECIDE, request, mail, &lost) ||
        !frame_receive(client->channel, (int)MIN(limit, G_MAXINT), &frame, &lost)) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CHILD, "the decider gave no answer: %s", lost->message);
        if (fault != NULL)
            find_fault(client, lost, fault);
        return NULL;
    }
    bool asked = frame.type == FRAME_DECISION && json_number(frame.body, "sequence", -1) == client->sequence;
    g_autoptr(json_t) body = json_incref(frame.body);
    frame_clear(&frame);
    const char *failed = json_text(body, "failed");
    if (asked && failed == NULL)
        return g_steal_pointer(&body);
    if (asked)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO, "%s", failed);
    else
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CHILD, "the decider answered what it was not asked");
    return NULL;
}

void decider_client_stop(struct decider_client *client)
{
    if (client == NULL)
        return;
    if (client->channel >= 0)
        close(client->channel);
    if (client->child > 0) {
        kill(client->child, SIGKILL);
        reap(client);
    }
    progress_unmap(client->progress);
    if (client->page >= 0)
        close(client->page);
    json_decref(client->ready);
    g_free(client);
}
