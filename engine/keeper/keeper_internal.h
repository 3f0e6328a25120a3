/* The keeper's state, shared by the files of this folder. Everything here belongs to the loop's thread. */
#pragma once
#include "keeper/committer.h"
#include "keeper/keeper.h"
#include "keeper/spool.h"

#include <sys/stat.h>
#include <uv.h>

enum { KEEPER_LEDGER_FILES = 3 /* SQLite's: the database, its log, the index of that */ };

struct generation;
struct reload;
struct desk;
struct erring;
struct digest;
struct life;
struct retention;
struct proof;
struct ledger_log;
struct service;
struct drills;
struct alerts;
struct disk;
struct silencing;
struct outbox;
struct control;
struct rules_watch;

struct keeper {
    const struct config *config;
    const struct keeper_options *options;
    uv_loop_t loop;
    uv_signal_t signals[3];
    uv_timer_t tick;        /* every second: watchdogs, and in `once` whether all is done */
    int64_t since, stop_by; /* ms; stop_by is 0 while running */
    int64_t finish_by; /* ms, once stopping: for what is in hand, and for children to end by themselves */
    int lock, status;
    enum { KEEPER_RUNNING, KEEPER_FINISHING, KEEPER_ENDING, KEEPER_CLOSED } state;
    unsigned children; /* processes alive */
    unsigned jobs;     /* work in the pool besides the committer's */
    struct committer *committer;
    GPtrArray *spools;         /* of struct spool */
    int64_t *watched_since;    /* of each spool of the configuration: when its first keeper began */
    GPtrArray *generations;    /* of struct generation, all that still have members */
    struct generation *live;   /* NULL until the first one takes over */
    struct generation *teller; /* sends alerts while none is live because the rules do not load; else NULL */
    struct reload *reload;
    struct desk *desk;
    struct erring *erring;
    struct digest *digest;
    struct life *life;
    struct retention *retention;
    struct ledger_log *log;
    struct proof *proof;
    struct service *service;
    struct drills *drills;
    struct alerts *alerts;
    struct disk *disk;
    struct silencing *silencing;
    GPtrArray *waiting; /* of struct record: mail that is decided but cannot be filed yet */
    struct outbox *outbox;
    struct control *control;
    struct rules_watch *watch;
    int64_t leftovers_due;      /* ms of the monotonic clock */
    bool redeciding, went_live; /* options->decide is not through yet */
    bool astray;                /* the store lies no longer where it was: nothing is taken or sent */
    bool archived;              /* mail lies in the archive, which is never empty then */
    struct stat ledger_files[KEEPER_LEDGER_FILES]; /* as they were opened */
};

/* Ends the keeper in good order: takes no more, gives what is in hand 5 s. */
void keeper_stop(struct keeper *keeper, int status);
/* A generation took over: mail and actions may move. */
void keeper_went_live(struct keeper *keeper);
bool keeper_stopping(const struct keeper *keeper);
/* Rules are live, and the ledger can be written. */
bool keeper_is_well(const struct keeper *keeper);
/* And no mail waits in a spool. */
bool keeper_at_rest(const struct keeper *keeper);
/* All spools can be read, and were walked to their end since. */
bool keeper_knows_spools(const struct keeper *keeper);
/* How long a child that shall end may still take, in ms. */
int64_t keeper_patience(const struct keeper *keeper);
/* Raises an alert of one moment in the ledger (which tells the operators unless quiet) and logs it, once an
 * hour each. More of it: keeper/alerts.h. */
void keeper_alert(struct keeper *keeper, bool quiet, const char *kind, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* {pid, version, since, generation, reload, deciders, actors, spools, warnings, erring, disk, last_minute,
 * proven}: all of status but the ledger. */
json_t *keeper_status(struct keeper *keeper);
