/* The page that a child shares with the keeper: which rule (or action) it is in, and that it is alive.
 * Written by the child only; the keeper reads it as hostile. */
#pragma once
#include "constants.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

/* How many actions an actor has in hand at most. */
enum { PROGRESS_HANDS = 64 };

struct progress {
    _Atomic uint64_t sequence;  /* of the DECIDE in hand; the id of the ACT whose coroutine runs; 0: idle */
    _Atomic uint32_t rule;      /* index in READY's rules plus one; 0: in none */
    _Atomic uint64_t entered;   /* when that rule, or none, was entered: us of the monotonic clock */
    _Atomic uint64_t before;    /* us that it had worked on this mail before that */
    _Atomic uint32_t slowest;   /* of those that were left, the one that had worked longest on this mail */
    _Atomic uint64_t longest;   /* us that that one had worked on it */
    _Atomic uint32_t loading;   /* index plus one of the snapshot file that is loaded, or whose tests run; 0:
                                   none */
    _Atomic uint64_t heartbeat; /* counts up at least every 500 ms while an actor's loop turns; in a decider
                                   with each file that it loads and each rule that it tries */
    _Atomic uint64_t effects[PROGRESS_HANDS]; /* ids of ACTs that may have had an effect; 0: free */
    _Atomic uint64_t over[PROGRESS_HANDS]; /* of each, 0 while it goes on, else in which order they ended */
};

int progress_create(GError **error); /* the memfd, or -1 */
struct progress *progress_map(int descriptor, GError **error);
void progress_unmap(struct progress *progress);
/* Written before the effect, so that it is known of an actor that dies over it. With every place taken by
 * what goes on, which the keeper does not let happen, it is left out. */
void progress_note_effect(struct progress *progress, uint64_t act);
/* It has ended. What is said of that may still be on its way when the actor dies, so the place stays until
 * another act needs it: of those that ended, the keeper then knows the end of the first. */
void progress_end_effect(struct progress *progress, uint64_t act);
/* It is given once more, so that what was said of it before has come. */
void progress_forget(struct progress *progress, uint64_t act);
bool progress_has_effect(const struct progress *progress, uint64_t act);

/* In a decider, as it takes up a mail; and as it goes on to a rule (0: to none) that has worked on this mail
 * for `spent` before. now, spent: us. */
void progress_begin(struct progress *progress, uint64_t sequence, uint64_t now);
void progress_enter(struct progress *progress, uint32_t rule, uint64_t spent, uint64_t now);
/* How long the rule in hand has worked on this mail, in us. */
uint64_t progress_spent(const struct progress *progress, uint64_t now);
/* Of a mail whose time is up: the rule that took most of it, which need not be the one that runs; 0: none. */
uint32_t progress_blame(const struct progress *progress, uint64_t now);

/* How much processor time one file may take to load (or one rule to work on a test) without a sign of life,
 * and all together, in ms: a machine that has other things to do makes nothing fail. By the clock on the wall
 * stands PROGRESS_STILL for what does nothing at all. A build that can be made to fail is less patient with
 * what it is made to do. */
enum {
    PROGRESS_FILE_LIMIT = AWSIFT_UNGUARDED || AWSIFT_FAULTS ? 2000 : 10000,
    PROGRESS_LOAD_LIMIT = 60000,
    PROGRESS_STILL = AWSIFT_UNGUARDED || AWSIFT_FAULTS ? 15000 : 60000,
    PROGRESS_LOOK = 500
};

/* For how long a decider may be at a mail, in ms: the time that is configured, and what reading takes. All of
 * it is hashed, also what lies beyond limits.bytes, as slowly as a bad disk reads. */
int64_t progress_mail_limit(int64_t time, int mail);

/* Said of a decider that died while it loaded, and no file is at fault: beside Lua's memory, which is
 * counted, stands that of the indexes, which is not. */
#define PROGRESS_FELL "; it may have run out of memory: raise deciders.memory"

/* A child, seen from outside; look at it every PROGRESS_LOOK ms. Begins zeroed. */
struct progress_watch {
    int64_t moved;             /* ms of a clock that only goes on */
    int64_t used, used_before; /* its processor time, ms, when it began, and when it moved last */
    uint64_t heartbeat;
};
/* Whether there was a sign of life within so much of its processor time, or of the other: used is that of the
 * child now, -1 where it is not known. */
bool progress_moves(struct progress_watch *watch, const struct progress *progress, int64_t now, int64_t used,
                    int64_t most);
/* false once it takes too long: *loading is then the index plus one of the snapshot file at which it stands
 * still, or 0 when it is no single file. */
bool progress_goes_on(struct progress_watch *watch, const struct progress *progress, int64_t now,
                      int64_t used, uint32_t *loading);
