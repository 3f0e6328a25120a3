/* A mail on its way from the spool (or, to be decided again, from the archive) through a decider to the
 * committer. */
#pragma once
#include "keeper/generation.h"

struct delivery {
    struct keeper *keeper;
    struct spool_entry *entry;        /* NULL for an archived mail */
    const struct config_spool *spool; /* NULL for an archived mail */
    int descriptor;                   /* of an archived mail, else -1 */
    json_t *request;                  /* DECIDE's body but sequence and skip */
    json_t *skip;                     /* ids of rules to pass over */
    json_t *losses;                   /* errors for the decision: what those rules did */
    unsigned deaths;                  /* deciders it cost */
    bool alone;                       /* its next try is its last: in a decider that is started for it */
    uint64_t since;                   /* loop time of its last failure: such a decider was started later */
    char *reason;                     /* of an accused one */
    unsigned disturbed;               /* deciders that others ended: its own fault only if it goes on */
    uint64_t sequence;
    size_t weight; /* bytes of its decision, while that is held for the ledger */
    char *drill;   /* the name of its file, of a mail that a drill made; else NULL */
    /* Of an archived mail: called once, with DECISION's body and the generation that decided, or with an
     * error. */
    void (*decided)(json_t *body, const struct generation *generation, const GError *error, void *data);
    void *data;
};

struct desk *desk_new(struct keeper *keeper);
void desk_free(struct desk *desk);
/* A decider that was started for the self-check died: no mail is given to one before another has passed it.
 */
bool desk_ails(const struct desk *desk);
bool desk_idle(const struct desk *desk); /* nothing in hand, waiting or being committed */
void desk_stop(struct desk *desk);       /* gives back what waits */
void desk_tick(struct keeper *keeper);   /* every second */
/* The ledger could not be written: take one mail at a time, after a pause, until it can. */
void desk_pause(struct desk *desk);
/* Hands mail to every idle decider of the live generation. */
void delivery_pump(struct keeper *keeper);
/* Takes request and descriptor. */
void delivery_archived(struct keeper *keeper, json_t *request, int descriptor,
                       void (*decided)(json_t *body, const struct generation *generation, const GError *error,
                                       void *data),
                       void *data);
/* From workers. */
void delivery_answered(struct worker *worker, json_t *body, size_t size); /* size: of body, in bytes */
void delivery_worker_died(struct worker *worker, const char *why);
/* From record.c: its decision is held no longer. */
void delivery_lighten(struct delivery *delivery);
/* From record.c: the delivery is over. outcome and delay as for spool_release. */
void delivery_end(struct delivery *delivery, enum spool_outcome outcome, int64_t delay);
