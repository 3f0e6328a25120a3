/* Notices that rules were saved, and reloads once the saving is over. */
#pragma once
#include "keeper/keeper_internal.h"
#include "keeper/rules_source.h"

struct rules_watch *rules_watch_start(struct keeper *keeper);
/* What the last snapshot was taken of, good or not. */
void rules_watch_loaded(struct rules_watch *watch, const struct rules_look *look);
/* A reload is over; again: it failed for no fault of the files, and is to be tried again by and by. */
void rules_watch_over(struct rules_watch *watch, bool again);
/* null, or {since, for}: a change that is not loaded yet, and what is waited for. The caller owns it. */
json_t *rules_watch_waiting(const struct rules_watch *watch);
void rules_watch_stop(struct rules_watch *watch); /* frees it once its handles closed; NULL-safe */
