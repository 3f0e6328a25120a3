/* How far a long task is, as a bar on a terminal; nothing where standard error is none. */
#pragma once
#include <stdbool.h>

struct progress {
    const char *what;
    int shown; /* percent + 1; 0: nothing yet */
};
void progress_show(int done, int of, void *progress); /* struct progress */
void progress_end(struct progress *progress);         /* takes the bar away */
