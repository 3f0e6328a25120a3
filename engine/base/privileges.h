/* As whom awsift works where root starts it: as the configured user, else as the owner of the store, and as
 * root only where root owns the store and nobody else is named. What writes into store or spool calls
 * privileges_drop first, so that no file of root's ever lies there. */
#pragma once
#include "base/config.h"

/* Makes store and Maildir spools where they are missing, as that user's, and becomes that user for good,
 * without any right of root's left. Nothing happens where the process is not root's, or stays so. It fails
 * where the user is unknown, the store is another's, or rights stay; then nothing may be done any more.
 * Before threads and children are started. */
bool privileges_drop(const struct config *config, GError **error);
/* Why the configured user cannot be used, or that all of it would be done as root; NULL: neither. The caller
 * frees. */
char *privileges_doubt(const struct config *config);
