/* The running daemon, as commands find it. */
#pragma once
#include "base/config.h"

/* Asks the daemon of this store; the caller owns the answer. Patience in ms, -1 for ever: for the answer of
 * one that answers at all, which is found out first. NULL with AWSIFT_ERROR_GONE when none runs, and
 * AWSIFT_ERROR_BUSY when one runs that does not answer. Blocks. */
json_t *daemon_ask(const struct config *config, const json_t *request, int patience, GError **error);
