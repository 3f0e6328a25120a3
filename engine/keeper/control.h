/* The control socket: one JSON object a line, one answer a line. Requests: {"command": NAME, …}, as
 * control_request.c reads them. Answers: {"ok": bool, "error"?: text, "again"?: true where asking later may
 * help, …}. */
#pragma once
#include "base/config.h"

/* For commands: asks the daemon of this store. NULL with AWSIFT_ERROR_GONE when none runs. The caller owns
 * the answer. timeout in ms, -1 for ever. Blocks. */
json_t *control_ask(const struct config *config, const json_t *request, int timeout, GError **error);
char *control_path(const struct config *config); /* of the socket; the caller frees */
/* The same place short enough for an address (unix(7) allows 107 bytes), through a descriptor in
 * /proc/self/fd when it must be. The caller frees; the descriptor stays open as long as the process. */
char *control_address(const char *path);
