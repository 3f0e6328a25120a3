/* What a crash left in the store's folders besides mail. */
#pragma once
#include "base/config.h"
#include "ledger/ledger.h"

struct leftovers {
    unsigned temporary; /* half-written files, removed */
    unsigned explained; /* reason files, written again */
    unsigned forgotten; /* mail that is filed by now and what told of it, removed from unreadable/ */
    unsigned stray;     /* files in unreadable/ of no mail that is unreadable, left */
    char *first_stray;  /* the name of one of them; the caller frees */
};

/* Nobody else writes into the store now. What cannot be read or removed is passed over: the next start tries
 * again. False when the ledger fails. */
bool leftovers_tidy(const struct config *config, struct ledger *ledger, struct leftovers *left,
                    GError **error);
