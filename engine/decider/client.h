/* A decider of one's own for commands: started, asked and waited for without a loop. Commands never read
 * mail themselves. */
#pragma once
#include "base/config.h"
#include "wire/snapshot.h"

struct decider_client;
typedef struct decider_client decider_client;
/* Starts a decider on the snapshot. *ready gets READY's body (owned by the client). tests, list:
 * as HELLO's (wire/frame.h). AWSIFT_ERROR_RULES, as file:line: what, when a rule file is why it does not
 * start.
 */
struct decider_client *decider_client_start(const struct config *config, const struct snapshot *snapshot,
                                            const json_t *tests, bool list, const json_t **ready,
                                            GError **error);
/* request: DECIDE's body without sequence. Returns DECISION's body (caller owns). NULL with
 * AWSIFT_ERROR_CHILD on death or timeout: then the client is of no more use, and *fault (may be NULL) says
 * over what; with another code when it could not decide. */
struct decider_fault {
    char *rule;     /* that it was in, NULL when none is to blame */
    bool overran;   /* its time; else it died */
    bool by_others; /* somebody else ended it: nothing is to blame */
};
json_t *decider_client_ask(struct decider_client *client, int mail, json_t *request,
                           struct decider_fault *fault, GError **error);
void decider_client_stop(struct decider_client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(decider_client, decider_client_stop)
