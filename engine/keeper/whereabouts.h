/* Where a decided mail lies that the archive does not hold yet: in its spool, or in unreadable/ where it was
 * set aside until it could be decided. All functions block; they are for the thread pool. */
#pragma once
#include "base/config.h"
#include "ledger/ledger.h"

/* Under its name there, proven by its bytes; NULL: not there. Reads that one file. The caller frees. */
char *whereabouts_named(const struct config *config, const struct ledger_filing *filing);
/* The same, and under another name in its spool: reads every file there that has its size. */
char *whereabouts_find(const struct config *config, const struct ledger_filing *filing);
/* Opened for reading where it stands under its name with the bytes that were decided, else -1. */
int whereabouts_open(const struct config *config, const struct ledger_filing *filing);
