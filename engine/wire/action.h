/* Actions as data. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <jansson.h>

/* The key of an effect, stable over retries and decisions: hex SHA-256 of message, action and destination
 * (args.to, channel, command, webhook or folder; all of args where there is none). ordinal counts equal
 * destinations within one decision, from 0. The caller frees. */
char *action_key(const char *sha256, const char *recipient, const char *action, const json_t *args,
                 unsigned ordinal);
char *action_destination(const json_t *args);
/* "forward technical", "chat aws-ops", "forward technical hana@example.com" for one recipient's part; the
 * caller frees. */
char *action_describe(const char *action, const json_t *args);
/* An action that is one recipient's has the address in its args, and a key that begins with that of what it
 * was split from: so many digits of it, then "." and its own. One that is done once more has a key that ends
 * in
 * "+2", "+3" …; where that is split, it stands before the ".". */
#define ACTION_RECIPIENT "recipient"
enum { ACTION_KEY_LENGTH = 64, ACTION_RECIPIENTS_MOST = 100, ACTION_RECIPIENT_LONGEST = 1000 };
/* Set by the engine alone, in what tells the operators of awsift itself: {kind, subject, text, summary,
 * tried}. */
#define ACTION_ALERT "alert"
/* Of a key, or of a telling, for one recipient. The caller frees. */
char *action_key_for(const char *key, const char *recipient);
/* What is told, whichever copy of a mail says it: hex SHA-256 of Message-ID, account, rule, verdict, body and
 * the whole of the action. Two mails with the same one tell a person the same thing, as well proven. NULL
 * where that cannot be said: no Message-ID, no body hash (body_sha256 NULL), an action that does not tell a
 * person. */
char *action_telling(const json_t *decision, const char *body_sha256, const char *action, const json_t *args,
                     unsigned ordinal);

/* With which others an action is told at once: {key, wait, most (ms)}, or null for one that is told by
 * itself. The key: hex SHA-256 of verdict, action, destination, the facts that the context's group is by, and
 * whom the role means (a hash: a decision never addresses). Only what tells by mail, chat or webhook is
 * gathered, and only by the shipped actions. The caller owns it. */
json_t *action_group(const json_t *context, const char *action, const char *actor, const json_t *args);

/* SPLIT: it becomes one for each recipient, with a key and a fate of its own. */
enum outcome { OUTCOME_DONE, OUTCOME_RETRY, OUTCOME_DEAD, OUTCOME_UNKNOWN, OUTCOME_SPLIT };
const char *outcome_name(enum outcome outcome);

/* What kind of failure it was that an attempt ended with: whether somebody has to mend something, and where.
 * "auth" (who we are is not accepted), "rate" (the other side asks for a pause), "client" (it refuses what is
 * asked), "content" (it refuses what is said), "server" (it is out of order), "network" (it is not reached),
 * "timeout" (it does not answer). NULL for any other text. The result is static. */
const char *action_failure(const char *name);

enum {
    ACTION_WORDS_LONGEST = 16384
}; /* bytes; an actor says 1,000 at most, of which each may become three */
struct action_result {
    int64_t id;
    enum outcome outcome;
    int64_t after;               /* ms to wait before a retry, -1 when the other side did not say */
    const char *reason, *detail; /* borrowed from the frame, "" when absent; at most ACTION_WORDS_LONGEST */
    bool raised;                 /* it ended by an error of its own code */
    bool down;                   /* what it needs is out of order, for every other as well */
    const char *failure;         /* action_failure, NULL where that is not known */
    const json_t *recipients;    /* SPLIT: their addresses, texts; borrowed */
};
bool action_result_read(const json_t *body, struct action_result *result, GError **error);
