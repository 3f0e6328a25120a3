/* Memory for pages of ledgers, for a process that lives long. */
#pragma once

#define LEDGER_PAGES_KIB 8192 /* of one ledger that is open for writing */

/* Before the first ledger is opened. Where the system has no such memory, the heap serves. */
void ledger_pages_prepare(void);
