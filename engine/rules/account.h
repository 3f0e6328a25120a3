/* Which account a mail is about, and whose contact is told. */
#pragma once
#include "rules/reading.h"

/* The account, or NULL: none named, several, or subject and recipient disagree (then *conflict). Borrowed
 * from the reading or the rule set. Adds what it saw to notice.accounts. */
const char *account_of(struct reading *reading, bool *conflict);
/* The contact to tell: an account of the directory, "@group" for several accounts of one, "*", or NULL for
 * the operators. */
const char *account_contact(struct reading *reading, const char *account, bool conflict);
/* The envelope's recipient: given, else of X-Original-To or Delivered-To above the first Received, the
 * topmost. NULL when unknown. */
const char *account_recipient(struct reading *reading);
