/* A generation: one snapshot of the rules, the deciders and the two actors that run it. */
#pragma once
#include "keeper/keeper_internal.h"
#include "keeper/worker.h"
#include "wire/snapshot.h"

enum generation_state { GENERATION_LOADING, GENERATION_LIVE, GENERATION_OLD };

struct generation {
    struct keeper *keeper;
    enum generation_state state;
    int64_t number, since;
    struct snapshot *snapshot;
    bool telling;  /* shipped scripts and a courier alone: sends alerts, decides nothing, is never live */
    json_t *ready; /* READY's body of its first decider, checked */
    GPtrArray *workers; /* deciders, then courier, then custom; borrowed by us, each frees itself */
    unsigned members;   /* workers not yet freed */
    unsigned waiting;   /* workers of which READY is awaited before it can take over */
};

/* Takes the snapshot. Its first decider loads it and runs the tests; reload_succeeded or reload_failed
 * follows. */
void generation_start(struct keeper *keeper, struct snapshot *snapshot);
/* Takes the snapshot, of the shipped scripts alone. */
void generation_start_telling(struct keeper *keeper, struct snapshot *snapshot);
struct worker *generation_actor(const struct generation *generation, enum child_role role);
/* The id of a rule by the index that the progress page gives (plus one); NULL for none. */
const char *generation_rule(const struct generation *generation, uint32_t index_plus_one);
/* From workers. */
void generation_ready(struct worker *worker, const json_t *body);
void generation_load_failed(struct worker *worker, const char *why);
void generation_left(struct generation *generation); /* a worker was freed */
void generation_retire(struct generation *generation, bool force);
void generation_tick(const struct generation *generation); /* every second; NULL-safe */
