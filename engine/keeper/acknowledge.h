/* Acknowledging what is owed, asked for over the control socket. */
#pragma once
#include "keeper/keeper_internal.h"

/* ids: of mails; note: NULL for none. done is called once, with a result of owed_acknowledge for each, in
 * their order, or with an error of the ledger. */
void acknowledge_start(struct keeper *keeper, const json_t *ids, const char *by, const char *note,
                       void (*done)(const json_t *results, const GError *error, void *data), void *data);
