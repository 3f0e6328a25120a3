/* Writing a decided mail into the ledger and filing it. The commit is the point of no return. */
#pragma once
#include "keeper/delivery.h"

/* Both take the delivery. body is DECISION's, checked. */
void record_decided(struct delivery *delivery, const json_t *body, const struct generation *generation);
void record_unreadable(struct delivery *delivery, const char *reason);
/* The keeper stops: gives back the mails that wait to be filed. */
void record_waiting_end(struct keeper *keeper);
/* Of int64_t, for the caller to unref: which mails these are. */
GArray *record_waiting_mails(const struct keeper *keeper);
/* Stores that the file of a message lies in that folder of the archive, durably. */
void record_filed(struct keeper *keeper, int64_t message, const char *folder);
/* Stores that it is nowhere, and tells so with that text, unless that is known already. */
void record_lost(struct keeper *keeper, int64_t message, const char *text);
