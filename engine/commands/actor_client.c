/* A child of this same program, and a blocking conversation; as a decider's client, but for what an actor has
 * and a decider must not: the configuration, and the environment. */
#include "commands/actor_client.h"
#include "wire/frame.h"
#include "wire/progress.h"
#include "wire/spawn.h"
#include "base/error.h"
#include "base/json.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOAD_PATIENCE = 60000, ACT_PATIENCE = 120000 }; /* ms; an actor breaks an action off before */

struct actor_client {
    pid_t child;
    int channel, page;
};

static bool say_hello(struct actor_client *client, const struct config *config, struct snapshot *snapshot,
                      const char *role, GError **error)
{
    g_autoptr(json_t) hello =
        json_pack("{s:s, s:i, s:s, s:i, s:b, s:O}", "role", role, "generation", 1, "revision",
                  snapshot_revision(snapshot), "number", 1, "tests", 0, "config", config->json);
    struct frame frame = {.descriptor = -1};
    if (!frame_send(client->channel, FRAME_HELLO, hello, -1, error) ||
        !frame_receive(client->channel, LOAD_PATIENCE, &frame, error)) {
        g_prefix_error(error, "the actor did not start: ");
        return false;
    }
    bool good = frame.type == FRAME_READY;
    frame_clear(&frame);
    if (!good)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL, "the actor did not say that it is ready");
    return good;
}

struct actor_client *actor_client_start(const struct config *config, struct snapshot *snapshot,
                                        const char *role, GError **error)
{
    g_autoptr(actor_client) client = g_new0(struct actor_client, 1);
    client->channel = -1;
    client->page = progress_create(error);
    setenv("TZ", "UTC", 1);
    if (client->page >= 0)
        client->child =
            spawn_child("actor", snapshot_descriptor(snapshot), client->page, NULL, &client->channel, error);
    if (client->child <= 0 || !say_hello(client, config, snapshot, role, error))
        return NULL;
    return g_steal_pointer(&client);
}

json_t *actor_client_act(struct actor_client *client, const json_t *request, int original, GError **error)
{
    struct frame frame = {.descriptor = -1};
    if (!frame_send(client->channel, FRAME_ACT, request, original, error) ||
        !frame_receive(client->channel, ACT_PATIENCE, &frame, error)) {
        g_prefix_error(error, "the actor gave no answer: ");
        return NULL;
    }
    json_t *result = frame.type == FRAME_RESULT ? json_incref(frame.body) : NULL;
    frame_clear(&frame);
    if (result == NULL)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL, "the actor answered what it was not asked");
    return result;
}

void actor_client_stop(struct actor_client *client)
{
    if (client == NULL)
        return;
    if (client->channel >= 0)
        close(client->channel);
    if (client->child > 0) {
        kill(client->child, SIGKILL);
        while (waitpid(client->child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (client->page >= 0)
        close(client->page);
    g_free(client);
}
