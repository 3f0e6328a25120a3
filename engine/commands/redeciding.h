/* Asking for mail to be decided again: of the daemon, or, where none runs, of a keeper of our own. */
#pragma once
#include "base/config.h"

#include <jansson.h>

/* request: as the control socket takes "decide", without by. The results ([{id, before, after, rule, actions,
 * queued} | {id, error}], the caller owns them), or NULL with *status after the error was printed as the
 * command's. Blocks until all is decided. */
json_t *redeciding_ask(const char *command, const struct config *config, json_t *request, int *status);
/* Prints them; returns the exit status. */
int redeciding_print(const char *command, const json_t *results, bool dry_run, bool as_json);
