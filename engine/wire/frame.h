/* Frames between the keeper and its children over a stream socketpair: 4 bytes length of the body and
 * 4 bytes type (both little-endian), then the body, a JSON object in UTF-8. One descriptor may ride on the
 * first byte (unix(7), SCM_RIGHTS). Whoever reads treats the other side as hostile: lengths are bounded,
 * JSON must be an object, unexpected descriptors are closed.
 *
 * HELLO, keeper to child: {role: "decider"|"courier"|"custom", generation, revision, number, config, tests,
 * list?}; tests: whether the rules' tests run, or {results, coverage, review}: what is wanted of them, and of
 * a review of the rules; list: whether READY lists the rules in full, as `awsift rules` shows them
 *
 * READY, child to keeper: {rules: [{id, file, line}], actions: {NAME: "courier"|"custom"}, retries: {NAME:
 * {…}} (rule_set.h), jit: bool, errors, warnings: [{file, line, column?, code?, rule?, message}], tests:
 * {passed: n, failed: [{file, line, name, message}], results?}, coverage?} (rule_tests.h and coverage.h of
 * the decider); with list: disabled, and more of each rule (rule_list.h of the decider). Of an actor: rules
 * [], actions, hosts: {DESTINATION: host} (hosts.h of the actor), jit, errors, warnings
 *
 * DECIDE, keeper to decider, with the mail's descriptor: {sequence, spool, file, arrival (ms),
 * recipient|null, skip: [rule id], explain: bool, asked?: [rule id], as: category|absent, act?: {…}
 * (rehearsal.h of the decider), drill?: {by, account, operators, power} (drilling.h of rules), or {make:
 * {rule, account, id, now (ms)}}: the mail is not decided as a drill's, but one is made (drill_mail.h of the
 * decider)}
 *
 * DECISION, decider to keeper: {sequence, sha256, body_sha256, size, recipient|null, decision, context,
 * explain?: {…} (trace.h of rules), act?, drill?, inspect?}, or {sequence, failed: "why the mail could not be
 * read"}
 *
 * ACT, keeper to actor, with the original's descriptor (none for alerts): {id, mail (its number; 0 for an
 * alert), key, action, args, attempt, context, now (ms), time?: ms that it may take}
 *
 * RESULT, actor to keeper: {id, outcome: "done"|"retry"|"dead"|"unknown"|"split", after: ms|null, reason,
 * detail, raised?, down?, failure?, recipients?} (struct action_result)
 *
 * A child that sees end-of-file on the channel ends at once. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <glib.h>
#include <jansson.h>

enum frame_type { FRAME_HELLO = 1, FRAME_READY, FRAME_DECIDE, FRAME_DECISION, FRAME_ACT, FRAME_RESULT };

#define FRAME_HEAD 8
#define FRAME_MAXIMUM (16u << 20)
#define FRAME_VALUES_MAXIMUM 500000

struct frame {
    enum frame_type type;
    json_t *body;   /* owned */
    int descriptor; /* -1 when none; owned */
    size_t size;    /* bytes of the body; 0 where nobody asks (frame_receive) */
};

void frame_clear(struct frame *frame);
/* The bytes of one frame. NULL when the body is NULL or larger than FRAME_MAXIMUM. */
GBytes *frame_pack(enum frame_type type, const json_t *body);
/* Blocking, for children and commands. descriptor may be -1 and stays the caller's. false with
 * AWSIFT_ERROR_GONE when nobody reads any more. */
bool frame_send(int socket, enum frame_type type, const json_t *body, int descriptor, GError **error);
/* Blocks up to timeout ms (-1: for ever). false with AWSIFT_ERROR_GONE at end of file, _CHILD on timeout. */
bool frame_receive(int socket, int timeout, struct frame *frame, GError **error);
/* Reads the head: false when length or type is out of bounds. */
bool frame_read_head(const unsigned char head[FRAME_HEAD], uint32_t *length, enum frame_type *type);
/* Parses a body; NULL and error when it is no JSON object or has more than FRAME_VALUES_MAXIMUM values. */
json_t *frame_parse_body(const char *bytes, size_t length, GError **error);

/* One recvmsg(2): bytes got, 0 at end of file, -1 with errno. The first descriptor that came goes to
 * *descriptor where that is -1; others are closed. It belongs to the frame of the last byte got: the kernel
 * puts bytes that were sent before it into the same read, but none that were sent after (unix(7)). -1 with
 * EMFILE when descriptors were lost on the way. */
ssize_t frame_receive_some(int socket, void *buffer, size_t size, int *descriptor);

/* The descriptors that a child of ours is born with. */
enum { CHILD_CHANNEL = 3, CHILD_SNAPSHOT = 4, CHILD_PROGRESS = 5 };
