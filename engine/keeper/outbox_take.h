/* One look into the ledger for what may be given out now: one job of the committer, so that an attempt stands
 * there before anybody has it. */
#pragma once
#include "keeper/keeper_internal.h"
#include "keeper/pacing.h"

/* What one actor may get, and gets. */
struct part {
    const char *actor;
    bool alerts_only;
    unsigned held;      /* what it has in hand */
    unsigned most;      /* may it have; 0: nothing now */
    bool suspects_turn; /* others had theirs */
    bool alone;         /* what it gets is a suspect */
    bool others_held;   /* some of what it has in hand is not urgent */
    bool suspect_held;  /* beside which only what is urgent goes out */
    bool urgent_only;   /* so too while a suspect waits for the others to end */
    GPtrArray *due;     /* of struct ledger_action */
    GArray *originals;  /* of int: descriptors, -1 for none */
};

enum { TAKE_ACTORS = 2 };
struct take {
    struct commit_job job;
    struct keeper *keeper;
    struct pacing *pacing; /* borrowed, nobody else's until it is done */
    json_t *declared;      /* how actions are tried, by their declarations */
    bool recall;           /* what was started before this awsift is to be told to pacing */
    struct part parts[TAKE_ACTORS];
    int64_t next_due;           /* what is due and not taken waits for a hand, a rate or its original */
    int64_t paced;              /* when a rate allows more; 0: none keeps anything back */
    bool postponed;             /* something due waits for its original to be filed */
    bool moved;                 /* something was ended in place of being taken: there may be more */
    GPtrArray *losses, *deaths; /* of char *: told now */
};

/* The job's own; again after a rollback. */
bool take_run(struct commit_job *job, struct ledger *ledger, GError **error);
void take_clear(struct take *take);
void take_free(struct take *take);
