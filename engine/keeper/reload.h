/* Reloading the rules. */
#pragma once
#include "keeper/keeper_internal.h"

#include <jansson.h>

struct generation;

/* outcome: what reload_status gives, with ok, and again where the same files may load later; borrowed. */
typedef void (*reload_done)(struct keeper *keeper, const json_t *outcome, void *data);

struct reload *reload_new(struct keeper *keeper);
void reload_free(struct reload *reload);
/* Takes a snapshot and lets it take over if it is good and not the live one already. cause: "start", "saved",
 * "asked", "signal", "retry"; a literal. force: also when files look as if they had been emptied by accident.
 * done may be NULL. Asked for during a reload, it runs once more afterwards. */
void reload_start(struct keeper *keeper, const char *cause, bool force, reload_done done, void *data);
bool reload_running(const struct reload *reload);
/* {state, at, cause, duration, changed, changes, before, revision, generation, rules, tests, errors,
 * warnings, count, waiting}. */
json_t *reload_status(const struct reload *reload);
/* Told by the generation that loads. Takes errors. */
void reload_succeeded(struct keeper *keeper, struct generation *generation);
void reload_failed(struct keeper *keeper, struct generation *generation, json_t *errors);
void reload_abandon(struct keeper *keeper); /* the keeper stops */
