/* A decider of one's own for commands: started, asked and waited for without a loop. Commands never read
 * mail themselves. */
#pragma once
#include "base/config.h"
#include "wire/snapshot.h"

struct decider_client;
typedef struct decider_client decider_client;
/* Starts a decider on the snapshot. *ready gets READY's body (owned by the client). With tests, the rules'
 * tests ran. */
struct decider_client *decider_client_start(const struct config *config, const struct snapshot *snapshot,
                                            bool tests, const json_t **ready, GError **error);
/* request: DECIDE's body without sequence. Returns DECISION's body (caller owns). NULL with
 * AWSIFT_ERROR_CHILD on death or timeout: then the client is of no more use; with another code when it could
 * not decide. */
json_t *decider_client_ask(struct decider_client *client, int mail, json_t *request, GError **error);
void decider_client_stop(struct decider_client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(decider_client, decider_client_stop)
