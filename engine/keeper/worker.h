/* A place in a generation that one child after another fills: when one dies, the next starts, after 100 ms
 * that double up to 30 s while they keep dying. */
#pragma once
#include "keeper/child.h"
#include "wire/progress.h"

#include <jansson.h>

struct generation;
struct delivery;

struct worker {
    struct generation *generation;
    enum child_role role;
    unsigned number; /* within the generation */
    bool tests;      /* runs the rules' tests when it loads */
    bool ready, retired;
    struct child *child; /* NULL between a death and the restart */
    unsigned deaths;     /* in a row */
    int64_t ready_since;
    uint64_t born;               /* loop time at which the child was started */
    bool used;                   /* deciders: the child was handed a mail */
    uv_timer_t timer;            /* load limit, restart, and a decider's time for the mail in hand */
    struct progress_watch watch; /* while it loads; of an actor, later too */
    struct delivery *in_hand;    /* deciders */
    GHashTable *hands;           /* actors: id -> struct hand (outbox) */
    bool alone;                  /* actors: what they hold, or held last, is a suspect */
    char *accusation;            /* actors: what their hands did to the last child, until the next one has
                                    shown that it is sound; NULL: nothing */
    bool ails;                   /* actors: the last child died and had not shown that */
};

struct worker *worker_new(struct generation *generation, enum child_role role, unsigned number, bool tests);
void worker_start(struct worker *worker);
bool worker_idle(const struct worker *worker); /* ready, nothing in hand */
void worker_tick(struct worker *worker);       /* every second */
void worker_recovered(struct worker *worker);  /* it does its work again */
/* It has put down what it held: one of an old generation goes home. */
void worker_released(struct worker *worker);
/* Lets it finish what it holds, then end; frees it. With force it does not wait. */
void worker_retire(struct worker *worker, bool force);
/* How long to wait before the n-th start in a row (from 1), in ms. */
int64_t worker_pause(unsigned deaths);
json_t *worker_status(const struct worker *worker);
