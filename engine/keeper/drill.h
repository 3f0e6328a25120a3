/* `awsift drill`: a marked mail through the real channels. Only what is asked for over the control socket,
 * which is the owner's, is one. */
#pragma once
#include "keeper/keeper_internal.h"

struct drills *drills_new(struct keeper *keeper);
void drills_free(struct drills *drills); /* NULL-safe */
/* At the start, blocking: those that the last daemon put into a spool and did not take. */
bool drills_load(struct keeper *keeper, struct ledger *ledger, GError **error);
/* request: {rule, account, operators, power, by, mail: base64 or null}. Calls done once with {ok, id, file,
 * subject, held} once its mail is decided and recorded, or with {ok: false, error, again?}. */
void drill_start(struct keeper *keeper, const json_t *request,
                 void (*done)(struct keeper *keeper, json_t *answer, void *data), void *data);
/* Of a file in a spool: DECIDE's `drill`, NULL for any other mail. The caller owns it. */
json_t *drill_request(const struct keeper *keeper, const char *file);
/* Whether these are the bytes that were put there under that name; if not, it is a mail as any other. */
bool drill_is(const struct keeper *keeper, const char *file, const char *sha256);
void drill_forget(struct keeper *keeper, const char *file);
/* The daemon ends: whoever waits is told. */
void drills_stop(struct keeper *keeper);
/* It is recorded, as that mail; decision NULL: it could not be decided. */
void drill_came(struct keeper *keeper, const char *file, int64_t message, const json_t *decision,
                const json_t *context);
