/* Running actions without any effect, in the decider's jail: what they would send is written down, what they
 * wait for is answered by a script. For the rules' tests and `awsift act --dry-run`. */
#pragma once
#include "wire/snapshot.h"

#include <jansson.h>

struct rehearsal;
typedef struct rehearsal rehearsal;
/* Time zones that files name, such as those of contacts: in the jail none can be looked up. */
void rehearsal_keep_zones(const struct snapshot *snapshot);
/* Loads the rule files once more, as an actor does. memory: bytes of the Lua heap, at most. */
struct rehearsal *rehearsal_new(const struct snapshot *snapshot, size_t memory, GError **error);
void rehearsal_free(struct rehearsal *rehearsal);
/* request: as scripts/awsift/rehearsal.lua says. {outcome, reason, detail, after?, raised, sends, used}; the
 * caller owns it. */
json_t *rehearsal_run(struct rehearsal *rehearsal, const json_t *request);
/* The arguments that a person typed, as the action takes them. NULL with *complaint, which the caller frees.
 */
json_t *rehearsal_arguments(struct rehearsal *rehearsal, const char *action, const json_t *texts,
                            char **complaint);
/* All actions of a decision, each asked the replies that those before it left over: {sends, results:
 * [{action, outcome, reason, detail, raised}]}. performed: gets their names, or NULL. */
json_t *rehearsal_decision(struct rehearsal *rehearsal, const json_t *actions, const json_t *request,
                           json_t *performed);
/* `awsift act` of one mail. act: {name, given: {argument: text}, replies, rehearse, config (the whole of
 * it)}. {actions: [{action, args, result?: {…, sends}}]}: with the given arguments, or else those that the
 * decision has for an action of that name; or {complaint}. */
json_t *rehearsal_act(struct rehearsal *rehearsal, const json_t *act, const json_t *decision,
                      const json_t *context, int64_t now);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rehearsal, rehearsal_free)
