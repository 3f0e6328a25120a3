/* One end of a socketpair on a libuv loop, speaking frames without blocking.
 * Invariant: after channel_close no callback is called; the memory is freed once libuv let go of it. */
#pragma once
#include "wire/frame.h"

#include <uv.h>

struct channel;
/* frame->descriptor may be taken by setting it to -1; the rest is cleared after the call. */
typedef void (*channel_frame)(struct channel *channel, struct frame *frame, void *data);
/* End of file (error NULL), breach of protocol, or descriptors that did not get through; called once, after
 * every whole frame that came before. The callee calls channel_close. */
typedef void (*channel_ended)(struct channel *channel, const GError *error, void *data);

/* Takes socket (made non-blocking). */
struct channel *channel_new(uv_loop_t *loop, int socket, channel_frame on_frame, channel_ended on_ended,
                            void *data);
/* Queues a frame; takes descriptor (closed once sent; -1 for none). false, with a line in the log, when the
 * frame would be too large. */
bool channel_send(struct channel *channel, enum frame_type type, const json_t *body, int descriptor);
size_t channel_pending(const struct channel *channel); /* frames not yet sent */
void channel_close(struct channel *channel);           /* NULL-safe */
