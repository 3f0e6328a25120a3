/* An inotify descriptor on the loop for one folder. It is a hint, never the truth: events may be lost. */
#pragma once
#include <stdbool.h>
#include <glib.h>
#include <uv.h>

struct watch;

enum watch_event {
    WATCH_FILE,  /* name was renamed in, or closed by its writer */
    WATCH_MADE,  /* name was linked in, or begins to be written: which of them, a look must tell */
    WATCH_LOST,  /* the kernel's queue overflowed: some names were never told */
    WATCH_DOUBT, /* the folder may have been removed or renamed: look */
    WATCH_GONE   /* the folder was removed, moved or unmounted; the watch tells nothing more */
};
typedef void (*watch_told)(enum watch_event event, const char *name /* of FILE and MADE */, void *data);

/* Watches the folder behind an open descriptor (not its path, which may mean another folder by now). NULL
 * with AWSIFT_ERROR_LIMIT when the system's limit of watches is reached, _IO otherwise. */
struct watch *watch_open(uv_loop_t *loop, int folder, watch_told told, void *data, GError **error);
/* Tells nothing more from here on; what it holds is freed by the loop. NULL-safe. */
void watch_close(struct watch *watch);
