/* An actor of one's own for `awsift act`: started, asked once and waited for without a loop. */
#pragma once
#include "base/config.h"
#include "wire/snapshot.h"

struct actor_client;
typedef struct actor_client actor_client;
/* role: "courier" for the shipped actions, "custom" for those of rule folders. It has the whole environment,
 * where secrets may stand. */
struct actor_client *actor_client_start(const struct config *config, struct snapshot *snapshot,
                                        const char *role, GError **error);
/* request: ACT's body (wire/frame.h); original: a descriptor, which stays the caller's. RESULT's body, which
 * the caller owns; NULL when the actor died or gave none. */
json_t *actor_client_act(struct actor_client *client, const json_t *request, int original, GError **error);
void actor_client_stop(struct actor_client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(actor_client, actor_client_stop)
