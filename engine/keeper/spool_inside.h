/* What spool.c (the folder, its watch, the clock), spool_take.c (which file is next, and what is in hand) and
 * spool_cur.c share. For these files only. */
#pragma once
#include "keeper/names.h"
#include "keeper/spool.h"
#include "keeper/watch.h"

#include <dirent.h>

struct held {
    bool stirred;     /* an event named it while it was in hand */
    unsigned changes; /* times in a row that it had changed when it was to be decided */
};

struct spool {
    uv_loop_t *loop;
    const struct config_spool *config;
    spool_stirred stirred;
    spool_told told; /* NULL: nobody is */
    void *data;
    char *folder;   /* absolute */
    int descriptor; /* of the folder; -1 while it is gone */
    int *shared;    /* the same, as entries hold it: the last one closes it */
    struct watch *watch;
    DIR *stream; /* NULL: no walk under way */
    bool walk_wanted, hint_turn;
    bool walked; /* to its end, since it was opened */
    struct names *names;
    GHashTable *held; /* name → struct held */
    int64_t starved_until;
    struct {
        char *folder, *watch, *list, *take, *cur; /* what is wrong now, NULL: nothing */
    } trouble;
    struct {              /* of a Maildir: spool_cur.c */
        int64_t since;    /* 0: nothing is put back */
        DIR *stream;      /* NULL: no walk under way */
        struct stat seen; /* the folder, as the last walk began */
        unsigned old;     /* mails that stay, as the last walk counted them */
        unsigned counted;
        bool failed; /* something could not be put back in this walk */
    } cur;
    uv_timer_t wake, rescan;
    int open_handles;
};

void spool_folder_drop(int *shared);
int64_t spool_clock(void); /* ms, monotonic */
int64_t spool_rescan_interval(const struct spool *spool);
/* Looks a little further for mail in cur/ that shall be back in new/; false once it has all been looked at.
 */
bool spool_cur_look(struct spool *spool);
void spool_cur_end(struct spool *spool);
/* Sets or clears (NULL) a trouble; logs when that changes something. */
void spool_trouble(struct spool *spool, char **trouble, const char *text);
void spool_wake(struct spool *spool, int64_t delay); /* stirs after delay ms at the latest */
