/* What the service manager is told (sd_notify(3)): that the keeper is ready, and that it gets on. */
#pragma once
#include "keeper/keeper_internal.h"

struct service *service_new(
    struct keeper *keeper);                 /* takes what the environment says, so that no child has it */
void service_free(struct service *service); /* NULL-safe */
/* The first loading of rules is over: mail is taken, or the status says why not. Later calls change the
 * status. */
void service_ready(struct keeper *keeper);
void service_tick(struct keeper *keeper); /* every second */
void service_stopping(struct keeper *keeper);
