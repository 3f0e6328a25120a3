/* A program started by an actor, from its start to its end: mail through a sendmail, exec. Never a shell
 * line. It gets what stands here and nothing else: no descriptor, no variable, no controlling terminal. It
 * dies, with all that it started and that did not leave its process group, when its time is up, when it
 * writes too much, when it is cancelled, and when the actor dies. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <uv.h>

struct process_order {
    const char *const *arguments;   /* the program's path first; NULL-terminated */
    const char *const *environment; /* NAME=value */
    const char *folder;             /* to run in */
    const char *user;               /* NULL: the actor's own */
    GBytes *input;                  /* on descriptor 0; NULL: nothing */
    GBytes *document;               /* to be read from descriptor 3; NULL: there is none */
    int64_t time;                   /* ms */
    size_t kept;                    /* bytes of what it writes on each of 1 and 2 that are kept */
    size_t most;                    /* bytes that it may write on both; 0: as many as it likes */
    bool gains_rights;              /* a set-group-id program may be one */
    bool together;                  /* 1 and 2 are kept in one text, output */
};

struct process_end {
    int status, signal;         /* signal: that ended it, 0 when it exited */
    bool late, flooded, unread; /* time was up; it wrote too much; it did not read all of its input */
    const char *output, *error; /* what it wrote; bytes of any kind */
    size_t output_size, error_size;
};
typedef void (*process_call)(const struct process_end *end, void *data);

struct process;
/* Calls done exactly once, later; the bytes are kept, all else copied. NULL with *why, which the caller
 * frees, when it cannot be started; then done is never called. */
struct process *process_start(uv_loop_t *loop, const struct process_order *order, process_call done,
                              void *data, char **why);
/* Ends it: done will not be called. Whether it had read all of its input. */
bool process_cancel(struct process *process);
/* What became of it, for people, in a line of at most so many bytes; "" for one that ended with status 0 and
 * wrote nothing. The caller frees. */
char *process_words(const struct process_end *end, int64_t time, size_t most);
