/* Deliveries that were killed leave temporary files. Whoever reads a Maildir removes what lies in its tmp/
 * for more than 36 hours (https://cr.yp.to/proto/maildir.html): here that is the daemon, for its spools and
 * for the Maildirs of its store; in a drop directory it removes those of `awsift ingest` alone. */
#pragma once
#include "keeper/keeper_internal.h"

/* Looks at the start and every six hours, in the pool. */
void leftovers_tick(struct keeper *keeper);
