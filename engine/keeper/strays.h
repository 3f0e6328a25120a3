/* Mail that the archive (or unreadable/) holds and the ledger does not know. Rows are durable before a file
 * is filed, and go after it, so there is none but where the ledger lost what it knew: its log was removed or
 * damaged, or a backup was put in its place. It goes back into a spool and is decided again, as mail that has
 * just come. */
#pragma once
#include "base/config.h"
#include "ledger/ledger.h"

/* The spool that such mail goes back into: the one of that name, or with NULL any, where all trust the same.
 */
const struct config_spool *strays_spool(const struct config *config, const char *name, GError **error);

struct strays {
    unsigned returned; /* to the spool */
    unsigned
        elsewhere;    /* known, in another folder than the ledger said: now it says so, or it is back there */
    unsigned damaged; /* unknown, and not what came, by its name: stays, for it would be told as AWS's word */
};
/* What is said of those, behind all else; "" for none. The caller frees. */
char *strays_damaged(const struct strays *strays);
/* All of the archive, against a ledger that may be older. Within a transaction of the caller's. */
bool strays_return(const struct config *config, struct ledger *ledger, const struct config_spool *spool,
                   struct strays *strays, GError **error);
/* At the start: of what is newer than all that the ledger knows. Tells the operators. CONFIG where it cannot
 * be said into which spool it goes. */
bool strays_mend(const struct config *config, struct ledger *ledger, GError **error);
