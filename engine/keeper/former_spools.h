/* Spools of before: their mail waits for nobody. */
#pragma once
#include "base/config.h"
#include "ledger/ledger.h"

/* At the start, before the spools of today are written down: tells of folders that earlier lives took mail
 * from, that no spool of today has, and in which files lie. Once each. False where the ledger fails. */
bool former_spools_tell(const struct config *config, struct ledger *ledger, GError **error);
