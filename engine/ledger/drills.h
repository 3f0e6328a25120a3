/* Drills: mails that awsift puts into a spool itself, known by the names of their files. What the ledger does
 * not know is no drill, whatever it says of itself. */
#pragma once
#include "ledger/ledger.h"

/* request: {by, account, operators, power}. */
bool ledger_drill_make(struct ledger *ledger, const char *file, const char *sha256, const char *rule,
                       const json_t *request, int64_t now, GError **error);
/* That mail came of it. */
bool ledger_drill_came(struct ledger *ledger, const char *file, int64_t message, GError **error);
/* {FILE: {sha256, request}} of those made since then of which no mail came yet. NULL with an error. */
json_t *ledger_drills_open(struct ledger *ledger, int64_t since, GError **error);
bool ledger_is_drill(struct ledger *ledger, int64_t message, bool *drill, GError **error);
