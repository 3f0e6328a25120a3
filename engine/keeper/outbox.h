/* The outbox: actions that are due go to the live generation's actors, their results to the ledger. An
 * attempt stands in the ledger before its ACT is sent. */
#pragma once
#include "keeper/generation.h"

struct outbox *outbox_new(struct keeper *keeper);
/* Once stopped; its timer closes in the loop, then it is freed. */
void outbox_close(struct outbox *outbox);
GHashTable *outbox_hands_new(void); /* for a worker: what an actor holds, by id */
/* Takes what is due for every actor that has room. */
void outbox_kick(struct keeper *keeper);
void outbox_result(struct worker *worker, const json_t *body);
/* How actions are tried, by the declarations of the rules that are live: {action: {attempts, first, …}};
 * borrowed, NULL where none are. */
const json_t *outbox_declared(const struct keeper *keeper);
/* {destination: host}; borrowed. */
const json_t *outbox_hosts(const struct keeper *keeper);
/* What the courier says of it when it is ready. */
void outbox_learn_hosts(struct keeper *keeper, const json_t *hosts);
/* Something that it had in hand is to blame, and not what ails the actor. */
bool outbox_worker_died(struct worker *worker, const char *why);
/* Whatever it is given ends it. */
bool outbox_actor_ails(const struct worker *worker);
/* An action came back from it. */
void outbox_actor_well(struct worker *worker);
void outbox_tick(struct keeper *keeper); /* every second: actors that stand still or hold one for too long */
bool outbox_empty_handed(const struct outbox *outbox); /* nothing is in hand or being taken */
/* Nothing is in hand, being taken or due now. */
bool outbox_idle(const struct outbox *outbox);
