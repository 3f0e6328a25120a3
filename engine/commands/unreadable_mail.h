/* What lies in unreadable/, as the ledger and the folder say together. */
#pragma once
#include "base/config.h"
#include "ledger/ledger.h"

/* {id, when, spool, file, size, sha256, reason, path, there} of each mail that is unreadable, the oldest
 * first; then of each file of no such mail, with id null. NULL after the error was printed. */
json_t *unreadable_list(const struct config *config);
/* Lines of its header block, as they stand there, safe to print, secrets masked; empty where it is gone. */
json_t *unreadable_headers(const char *path);
