/* The running daemon, as commands find it. */
#pragma once
#include "base/config.h"
#include "ledger/ledger.h"

/* Asks the daemon of this store; the caller owns the answer. Patience in ms, -1 for ever: for the answer of
 * one that answers at all, which is found out first. NULL with AWSIFT_ERROR_GONE when none runs, and
 * AWSIFT_ERROR_BUSY when one runs that does not answer. Blocks. */
json_t *daemon_ask(const struct config *config, const json_t *request, int patience, GError **error);

/* What a request writes into a ledger, within a transaction: the answer, which the caller owns, or NULL. */
typedef json_t *(*daemon_write)(struct ledger *ledger, const json_t *request, GError **error);
/* The same for what can be written down without a daemon: where none runs, the ledger is opened here. The
 * answer has {ok: true, …}; NULL after the error was printed, with *status as the command is to exit. */
json_t *daemon_write_down(const char *command, const struct config *config, const json_t *request,
                          int patience, daemon_write write, int *status);
