/* What delivery.c (what is handed out, and what comes back) and delivery_failing.c (what a decider failed
 * over) share. For these files only. */
#pragma once
#include "keeper/delivery.h"

#define OVERRAN "overran its time"

struct desk {
    struct keeper *keeper;
    GQueue again, alone, archived; /* of struct delivery */
    guint turn;                    /* the spool that is asked next */
    uint64_t sequence;
    unsigned held;        /* deliveries alive */
    size_t weight;        /* of all of them */
    uint64_t probe_at;    /* loop time before which a troubled ledger is left alone */
    uint64_t short_until; /* loop time before which descriptors are likely still short */
    bool shortage;        /* said, and not over */
    GPtrArray *accused;   /* of struct delivery: to be set aside once deciders have shown to be sound */
    bool checking;        /* one is asked to */
    bool ails;            /* the last one that was asked to died */
    bool crowded;         /* that too many cannot be filed is said, and not over */
    bool pumping;
};

/* delivery.c. Takes request. */
struct delivery *delivery_new(struct keeper *keeper, json_t *request);
/* An archived mail's end, with DECISION's body or an error. */
void delivery_archived_end(struct delivery *delivery, json_t *body, const struct generation *generation,
                           const GError *error);

/* delivery_failing.c. It is tried again, next or alone. */
void delivery_again(struct delivery *delivery);
/* Has a decider decide a mail of ours, unless one is about to; where there are too few descriptors, not now.
 */
void self_check_ask(struct keeper *keeper);
/* The mail that is tried alone, when this decider was started for it; else NULL. */
struct delivery *delivery_alone(struct keeper *keeper, const struct worker *worker);
/* A mail that is to be tried alone gets a decider for itself. */
void delivery_renew(struct keeper *keeper);
/* Tried again, or given up. rule: the one to pass over, NULL when none is to blame. */
void delivery_failed(struct delivery *delivery, const char *rule, const char *why);
/* The disk's fault, and not the mail's: it is left where it is. */
void delivery_unread(struct delivery *delivery, const char *why);
/* It decided: where that was the mail of the self-check, whatever ailed the deciders is over. */
void delivery_well(struct worker *worker, const struct delivery *delivery);
