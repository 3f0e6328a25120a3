/* Writing a decided mail into the ledger and filing it. The commit is the point of no return. */
#pragma once
#include "keeper/delivery.h"

/* Both take the delivery. body is DECISION's, checked. */
void record_decided(struct delivery *delivery, const json_t *body, const struct generation *generation);
void record_unreadable(struct delivery *delivery, const char *reason);
/* Stores that the file of a message lies in the folder of its category ("filed"), or is "missing". */
void record_state(struct keeper *keeper, int64_t message, const char *state);
