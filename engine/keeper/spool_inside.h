/* What spool.c (the folder, its watch, the clock) and spool_take.c (which file is next, and what is in hand)
 * share. For these two files only. */
#pragma once
#include "keeper/names.h"
#include "keeper/spool.h"
#include "keeper/watch.h"

#include <dirent.h>

struct held {
    bool stirred; /* an event named it while it was in hand */
};

struct spool {
    uv_loop_t *loop;
    const struct config_spool *config;
    spool_stirred stirred;
    spool_told told; /* NULL: nobody is */
    void *data;
    char *folder;   /* absolute */
    int descriptor; /* of the folder; -1 while it is gone */
    struct watch *watch;
    DIR *stream; /* NULL: no walk under way */
    bool walk_wanted, hint_turn;
    struct names *names;
    GHashTable *held; /* name → struct held */
    int64_t starved_until;
    struct {
        char *folder, *watch, *list, *take; /* what is wrong now, NULL: nothing */
    } trouble;
    uv_timer_t wake, rescan;
    int open_handles;
};

int64_t spool_clock(void); /* ms, monotonic */
/* Sets or clears (NULL) a trouble; logs when that changes something. */
void spool_trouble(struct spool *spool, char **trouble, const char *text);
void spool_wake(struct spool *spool, int64_t delay); /* stirs after delay ms at the latest */
