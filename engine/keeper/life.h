/* Whether awsift lives, and whether mail comes: a beat in the ledger each minute, what the last life left
 * behind, and spools that stay quiet for longer than they may. */
#pragma once
#include "keeper/keeper_internal.h"

struct life *life_new(struct keeper *keeper);
void life_free(struct life *life);      /* NULL-safe */
void life_begin(struct keeper *keeper); /* everything is open; not for `run --once` and `decide` */
void life_tick(struct keeper *keeper);  /* every second */
void life_end(struct keeper *keeper);   /* the end in good order begins */
/* A mail was written into the ledger that came through that spool. */
void life_arrived(struct keeper *keeper, const char *spool);
unsigned life_of_minute(struct keeper *keeper); /* how many in the last one */
