/* The ways by which a mail leaves: a server, a program, or none, which is the store's Maildir. */
#pragma once
#include "actor/posted.h"
#include "actor/transfers.h"

struct post;
struct posting;
/* config: `smtp` of the configuration, kept. */
struct post *post_new(uv_loop_t *loop, struct transfers *transfers, json_t *config);
/* Whether mails go to a server or a program: to one recipient each, and with an answer that is waited for. */
bool post_is_used(const struct post *post);
/* Calls done exactly once, later. NULL with what it would have said in *posted when it cannot be begun; its
 * words are the caller's to free. */
struct posting *post_start(struct post *post, const struct letter *letter, posted_call done, void *data,
                           struct posted *posted);
/* Breaks it off: done will not be called. Whether the mail may have been taken all the same. */
bool post_cancel(struct posting *posting);
