/* The child that has effects. One process runs the shipped actions, another those of rule folders, so that a
 * colleague's endless loop does not cut a call to the emergency phone. It parses no mail. It ends when the
 * keeper closes the channel or dies. */
#include "actor/actor.h"
#include "actor/destinations.h"
#include "actor/hosts.h"
#include "actor/lua_act.h"
#include "actor/performance.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/log.h"
#include "constants.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY (256u << 20)               /* of the Lua heap */
#define DATA_MAXIMUM ((rlim_t)1024 << 20) /* of all: JSON and requests are made outside of that heap */

static bool tie_to_parent(GError **error)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return error_set_errno(error, errno, "cannot tie the child to its parent");
    struct rlimit none = {0, 0}, data;
    setrlimit(RLIMIT_CORE, &none); /* a core would hold mails and secrets */
    getrlimit(RLIMIT_DATA, &data);
    data.rlim_cur = MIN(data.rlim_max, DATA_MAXIMUM); /* not for ever: programs that it starts lift it */
    if (!AWSIFT_SANITIZED && setrlimit(RLIMIT_DATA, &data) != 0)
        return error_set_errno(error, errno, "cannot limit memory to %lu bytes",
                               (unsigned long)data.rlim_cur);
    umask(077);
    return true;
}

/* No program that is started gains rights. But one that has to hand a mail to the mail server on this machine
 * (sendmail's postdrop) is of another group, and must be let; commands are forbidden it one by one
 * (launch.c).
 */
static bool confine(const struct actor *actor, GError **error)
{
    bool starts_sendmail = json_object_get(json_object_get(actor->config, "smtp"), "sendmail") != NULL;
    if (!starts_sendmail && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set_errno(error, errno, "cannot forbid the child new privileges");
    return true;
}

static void on_frame(struct channel *channel, struct frame *frame, void *data)
{
    if (frame->type != FRAME_ACT)
        return;
    int original = frame->descriptor;
    frame->descriptor = -1;
    fault_point("action-received");
    performance_start(data, frame->body, original);
}

static void on_ended(struct channel *channel, const GError *error, void *data)
{
    _exit(0); /* the keeper is gone or done with this generation; what runs is tried again by its key */
}

static void on_beat(uv_timer_t *timer)
{
    struct actor *actor = timer->data;
    atomic_fetch_add(&actor->progress->heartbeat, 1);
}

static json_t *ready_body(struct actor *actor)
{
    lua_State *lua = sandbox_state(actor->sandbox);
    json_t *actions = json_object();
    sandbox_push_declarations(actor->sandbox);
    lua_getfield(lua, -1, "actions");
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_getfield(lua, -1, "origin");
        if (g_strcmp0(lua_tostring(lua, -1), actor->origin) == 0)
            json_object_set_new(actions, lua_tostring(lua, -3),
                                json_string(strcmp(actor->origin, "shipped") == 0 ? "courier" : "custom"));
        lua_pop(lua, 2);
    }
    lua_pop(lua, 2);
    return json_pack("{s:[], s:o, s:o, s:b, s:[], s:[]}", "rules", "actions", actions, "hosts",
                     hosts_of(actor->config), "jit", 1, "errors", "warnings");
}

static bool load(struct actor *actor, GError **error)
{
    struct frame hello = {.descriptor = -1};
    fault_point("actor-started");
    actor->progress = progress_map(CHILD_PROGRESS, error);
    if (actor->progress == NULL || !frame_receive(CHILD_CHANNEL, 10000, &hello, error))
        return false;
    const char *role = json_text_or(hello.body, "role", "custom");
    log_open(role);
    actor->origin = strcmp(role, "courier") == 0 ? "shipped" : "custom";
    actor->config = json_incref(json_object_get(hello.body, "config"));
    frame_clear(&hello);
    if (!confine(actor, error))
        return false;
    lua_act_set_actor(actor);
    struct sandbox_options options = {.acting = true, .memory = MEMORY, .extend = lua_act_extend};
    actor->snapshot = snapshot_open(CHILD_SNAPSHOT, error);
    actor->sandbox = actor->snapshot != NULL ? sandbox_new(actor->snapshot, &options, error) : NULL;
    return actor->sandbox != NULL && sandbox_load(actor->sandbox, error);
}

/* What cannot be reached or signed as the configuration stands is said once a process, not only when it is
 * needed. */
static void review_destinations(const struct actor *actor)
{
    destinations_conceal(actor->config);
    if (strcmp(actor->origin, "shipped") != 0)
        return;
    g_autoptr(GPtrArray) texts = destinations_review(actor->config);
    for (guint i = 0; i < texts->len; i++)
        log_warning("%s", (const char *)texts->pdata[i]);
}

int actor_main(void)
{
    static struct actor actor;
    g_autoptr(GError) error = NULL;
    log_open("actor");
    if (!tie_to_parent(&error) || !load(&actor, &error)) {
        log_error("%s", error->message);
        _exit(1);
    }
    sandbox_collect(actor.sandbox);
    actor.loaded = sandbox_memory(actor.sandbox);
    g_autoptr(json_t) ready = ready_body(&actor);
    uv_loop_init(&actor.loop);
    actor.transfers = transfers_new(&actor.loop, strcmp(actor.origin, "shipped") == 0);
    actor.http = http_new(actor.transfers, json_object_get(actor.config, "http"));
    actor.post = post_new(&actor.loop, actor.transfers, json_object_get(actor.config, "smtp"));
    review_destinations(&actor);
    uv_timer_init(&actor.loop, &actor.heart);
    actor.heart.data = &actor;
    uv_timer_start(&actor.heart, on_beat, 0, 250);
    actor.channel = channel_new(&actor.loop, CHILD_CHANNEL, on_frame, on_ended, &actor);
    channel_send(actor.channel, FRAME_READY, ready, -1);
    uv_run(&actor.loop, UV_RUN_DEFAULT);
    _exit(0);
}
