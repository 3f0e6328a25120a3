/* Silences of the running daemon: asked for over the control socket, and told of in time. */
#pragma once
#include "keeper/keeper_internal.h"

struct silencing;
struct silencing *silencing_new(void);
void silencing_free(struct silencing *silencing);
/* Looks whether there is something to tell of. */
void silencing_tick(struct keeper *keeper);
/* request: {what, starts, ends (ms), reason, by} for a new one, or {end, by}, checked. Calls done once, with
 * {ok, id, warnings []} or {ok, error}; borrowed. */
void silencing_ask(struct keeper *keeper, const json_t *request,
                   void (*done)(struct keeper *keeper, const json_t *answer, void *data), void *data);
/* Why a request cannot be one, in words, or NULL. The caller frees. */
char *silencing_fault(const json_t *request);
/* One request carried out, within a transaction. */
bool silencing_write(struct ledger *ledger, const json_t *request, int64_t *id, GError **error);
