/* The ledger's log (ledger.db-wal), which grows for as long as another program keeps reading at one moment.
 */
#pragma once
#include "keeper/keeper_internal.h"

struct ledger_log *ledger_log_new(void);
void ledger_log_free(struct ledger_log *log); /* NULL-safe */
void ledger_log_tick(struct keeper *keeper);
