/* Where a decided mail lies that the archive does not hold yet: in its spool. All functions block; they are
 * for the thread pool. */
#pragma once
#include "base/config.h"
#include "ledger/ledger.h"

/* The path in its spool, under its name there or another one, proven by its bytes; NULL: not there. Reads
 * every file of the spool where its name is gone. The caller frees. */
char *whereabouts_find(const struct config *config, const struct ledger_filing *filing);
/* Opened for reading where it stands under its name with the bytes that were decided, else -1. */
int whereabouts_open(const struct config *config, const struct ledger_filing *filing);
