/* The page that a child shares with the keeper: which rule (or action) it is in, and that it is alive.
 * Written by the child only; the keeper reads it as hostile. */
#pragma once
#include <stdatomic.h>
#include <stdint.h>
#include <glib.h>

struct progress {
    _Atomic uint64_t sequence;  /* of the DECIDE in hand; the id of the ACT whose coroutine runs; 0: idle */
    _Atomic uint32_t rule;      /* index in READY's rules plus one; 0: in none */
    _Atomic uint32_t loading;   /* index of the snapshot file being loaded plus one; 0: none */
    _Atomic uint64_t heartbeat; /* counts up at least every 500 ms while an actor's loop turns */
};

int progress_create(GError **error); /* the memfd, or -1 */
struct progress *progress_map(int descriptor, GError **error);
void progress_unmap(struct progress *progress);
