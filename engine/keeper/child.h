/* One child process with its channel and its progress page.
 * Invariant: `ended` is called once, after the last frame, unless child_retire came first; after it the
 * pointer is gone. */
#pragma once
#include "wire/channel.h"
#include "wire/progress.h"

#include <uv.h>

enum child_role { CHILD_DECIDER, CHILD_COURIER, CHILD_CUSTOM };
const char *child_role_name(enum child_role role); /* as in HELLO */

struct child;
struct child_events {
    void (*frame)(struct child *child, struct frame *frame, void *data);
    void (*ended)(struct child *child, const char *why, void *data); /* why: "was killed by signal 11" … */
};

/* snapshot is borrowed. *alive is counted up now and down when the process is gone and all is freed. */
struct child *child_start(uv_loop_t *loop, enum child_role role, int snapshot,
                          const struct child_events *events, void *data, unsigned *alive, GError **error);
void child_send(struct child *child, enum frame_type type, const json_t *body,
                int descriptor);                       /* takes descriptor */
void child_kill(struct child *child, const char *why); /* at once; `ended` follows with this why */
/* Closes the channel: the child ends by itself, by force after patience (ms). No more callbacks. NULL-safe.
 */
void child_retire(struct child *child, int64_t patience);
/* Within `ended`: by a signal that neither its own work raises nor we sent, as an operator's or the OOM
 * killer's. */
bool child_ended_by_others(const struct child *child);
bool child_fell(const struct child *child); /* It ended, and nobody ended it. */
int child_pid(const struct child *child);
struct progress *child_progress(const struct child *child);
