/* An action that will not happen is told of, but five hundred that die of one thing are told of once. */
#pragma once
#include "ledger/ledger.h"

/* Raises the alert "dead-action", or counts one up that tells of the same action, place and failure. failure:
 * action_failure, or NULL. */
bool death_raise(struct ledger *ledger, const struct ledger_action *action, const char *failure,
                 const char *reason, int64_t now, GError **error);
