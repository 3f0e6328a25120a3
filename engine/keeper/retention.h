/* `store { keep = "400d" }`: what is old and finished leaves the archive and the ledger (ledger/retention.h)
 * in small steps: one a tick while no mail waits, else one every few seconds. Where no keep is configured,
 * nothing ever leaves. */
#pragma once
#include "keeper/keeper_internal.h"

struct retention *retention_new(struct keeper *keeper);
void retention_free(struct retention *retention); /* NULL-safe */
/* At the start, before anything is taken. */
bool retention_begin(struct keeper *keeper, struct ledger *ledger, GError **error);
void retention_tick(struct keeper *keeper);
/* For `run --once`: nothing is left for it to do, for this time. */
bool retention_is_through(const struct keeper *keeper);
/* {keep (ms), removed, bytes, last (ISO|null), next (ISO|null: when the oldest mail is old), waiting (old
 * mails that are not finished), trouble: text|null} out of the ledger's summary, which is taken; null without
 * a keep. */
json_t *retention_status(const struct keeper *keeper, json_t *summary);
