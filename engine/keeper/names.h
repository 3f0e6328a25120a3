/* What a spool remembers of file names: those the watch told of, those that wait for their time, those that
 * can never be taken. All three are bounded; what does not fit is found again by walking the folder. Times
 * are ms of any one clock. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <glib.h>
#include <jansson.h>

struct names;

/* A name that is not to be offered before its time. */
struct name_wait {
    int64_t due;
    bool delayed;       /* handed back: no event shortens this wait */
    bool whole;         /* known to be whole, needs no settling */
    bool held_open;     /* a program may still write to it: for how long, nobody knows */
    int64_t held_since; /* 0: it does not */
    bool linked;        /* it has further names, which may be on their way out */
    unsigned changes;   /* as in struct held */
    struct stat status; /* of a file that settles, as first seen; zeros otherwise */
};

struct names *names_new(void);
void names_free(struct names *names);

/* Puts a name up for a look; whole: the watch saw it become so. */
void names_hint(struct names *names, const char *name, bool whole);
/* The oldest hint, which the caller frees; NULL: none. */
char *names_hinted(struct names *names, bool *whole);

void names_wait(struct names *names, const char *name, const struct name_wait *wait);
const struct name_wait *names_waiting(const struct names *names,
                                      const char *name); /* borrowed; NULL: it does not wait */
void names_wait_end(struct names *names, const char *name);
/* Makes hints of those that are due. The ms until the next is, -1: none waits. */
int64_t names_wake(struct names *names, int64_t now);

/* True when something did not fit since last asked, so that only a walk will find it. */
bool names_lost(struct names *names);
/* No name is hinted or was lost, and those that wait are held open by others. */
bool names_quiet(const struct names *names);

/* True the first time, and for another reason than before, unless these come and go: say it. In each walk a
 * name that is still there must be reported again. */
bool names_report(struct names *names, const char *name, const char *reason);
/* True once when there are more to report than are remembered, until there are fewer: say that. */
bool names_overran(struct names *names);
void names_report_end(struct names *names, const char *name); /* what was reported of it is over */
/* A walk over all names ended: forgets reports that were not renewed, unless the name waits. */
void names_walked(struct names *names);
json_t *names_reported(const struct names *names); /* ["name: reason"], sorted; the caller owns it */

/* No mail by its name: hidden, or, in a drop directory, still being written. */
bool name_is_ignored(const char *name, bool maildir);
char *name_escape(const char *name);      /* printable UTF-8, all else and '\' as \xNN; the caller frees */
char *name_unescape(const char *escaped); /* the bytes again; the caller frees */
