/* Rules and actions of the live generation that erred: counted for `status`, and told to the operators once
 * each. */
#pragma once
#include "keeper/keeper_internal.h"

#include <jansson.h>

struct erring *erring_new(void);
void erring_free(struct erring *erring);
/* That generation is live: nobody has erred in it yet. */
void erring_begin(struct erring *erring, const struct generation *generation);
/* Counts an error of a rule or an action ("rule" or "action", and its name) in that generation. message: as
 * people shall read it. True when it is the first of its own there, so that they are to be told. */
bool erring_note(struct erring *erring, const struct generation *generation, const char *what,
                 const char *name, const char *kind, const char *message);
/* [{rule | action, errors: {kind: count}, message, at}], by name; of the last error at that time. The caller
 * owns it. */
json_t *erring_status(const struct erring *erring);
