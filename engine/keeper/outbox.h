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
/* It gets nothing before it has answered for itself. */
bool outbox_actor_is_doubted(const struct worker *worker);
void outbox_worker_ready(struct worker *worker); /* asks it to, where it is doubted */
bool outbox_is_self_check(const struct worker *worker, int64_t id);
void outbox_self_check_answered(struct worker *worker);
/* Whether something that it had in hand is to blame. */
bool outbox_worker_died(struct worker *worker, const char *why);
/* It is not started again: what its hands are accused of is not held against them. */
void outbox_worker_leaves(struct worker *worker);
void outbox_tick(struct keeper *keeper); /* every second: actors that stand still or hold one for too long */
bool outbox_empty_handed(const struct outbox *outbox); /* nothing is in hand or being taken */
/* Nothing is in hand, being taken or due now. */
bool outbox_idle(const struct outbox *outbox);
