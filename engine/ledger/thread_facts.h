/* What a mail says, as far as it tells which notice it belongs to; and how two of them stand to one another.
 * No database here. Inside of ledger/ only. Facts are an object, so that they can be kept beside the mail:
 * {account, accounts [], message_id, deduping_id, title, family, regions [], resources [], starts, ends,
 * deadline, status, case, abuse_id, reminder, proof (verdict_rank), arrived (ms)}. The state of a thread has
 * the same keys: what stands after all of its mails; and may_be_two, where they may be about two works. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <jansson.h>

/* By what a mail and a thread were brought together, the strongest first. */
enum thread_link { LINK_MESSAGE_ID, LINK_DEDUPING_ID, LINK_RESOURCE, LINK_TITLE, LINK_COUNT };

/* NULL for a mail that may not speak of a notice: a stranger's or a forged one. The caller owns it. */
json_t *thread_facts_new(const json_t *decision, const json_t *context, int64_t arrived);
/* Same facts, whenever it arrived and however well proven it is. */
bool thread_facts_equal(const json_t *a, const json_t *b);
/* The marks under which a mail is found: equal marks, equal fact. Of LINK_RESOURCE one a resource. The list
 * holds owned texts. */
GPtrArray *thread_marks(const json_t *facts, enum thread_link link);

/* Whether a mail may be taken for one about the notice of the thread. other: the facts of the thread's mail
 * that has the same mark. */
bool thread_accepts(const json_t *state, const json_t *other, const json_t *facts, enum thread_link link);
/* Whether a link by title alone rests on nothing but the mail's own word ("reminder", "updated"): then there
 * may be only one such thread. */
bool thread_is_claimed(const json_t *state, const json_t *facts, enum thread_link link);
/* "duplicate", "reminder", "update", "cancelled", "completed" or "emergency"; *changes gets a list of what is
 * other than before: {what: "starts"|"ends"|"deadline"|"status", from, to} or {what: "resources", added [],
 * removed []}. The caller owns it. */
const char *thread_relation(const json_t *state, const json_t *other, const json_t *facts,
                            enum thread_link link, json_t **changes);
/* How the thread stands after the mail. The caller owns it. */
json_t *thread_state(const json_t *state, const json_t *facts);
