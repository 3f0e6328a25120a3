/* Retry, drop and resend, as they are asked for. */
#pragma once
#include "keeper/keeper_internal.h"

/* request: {command: "retry"|"drop"|"resend", ids: ["12", "a34"] or dead, action, channel, since (ms); by,
 * why, dry_run}. Why it cannot be one, in words, or NULL. The caller frees. */
char *handling_fault(const json_t *request);
/* One request carried out, within a transaction: the results of ledger_handle. */
json_t *handling_write(struct ledger *ledger, const json_t *request, GError **error);
/* The same by the running daemon. Calls done once, with {ok, results} or {ok, again, error}; borrowed. */
void handling_ask(struct keeper *keeper, const json_t *request,
                  void (*done)(struct keeper *keeper, const json_t *answer, void *data), void *data);
