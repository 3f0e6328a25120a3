/* A bar of one line, on standard error, which a later line takes the place of. */
#include "commands/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 40 };

void progress_show(int done, int of, void *data)
{
    struct progress *progress = data;
    int percent = of > 0 ? (int)((long)done * 100 / of) : 100, filled = percent * WIDTH / 100;
    char bar[WIDTH + 1];
    if (isatty(STDERR_FILENO) == 0 || progress->shown == percent + 1)
        return;
    progress->shown = percent + 1;
    memset(bar, ' ', WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r%s [%s] %3d%%", progress->what, bar, percent);
}

void progress_end(struct progress *progress)
{
    if (progress->shown > 0)
        fprintf(stderr, "\r\033[K");
    progress->shown = 0;
}
