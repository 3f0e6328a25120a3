/* Putting a mail into a spool, as any delivery agent would: the other end of spool.h. */
#pragma once
#include "base/config.h"

#include <signal.h>

/* Copies input, to its end, into the spool as one new mail; durable when it returns true, else nothing is
 * left behind. A leading "From " envelope line is dropped; with recipient, "Delivered-To: <recipient>" is put
 * on top. An input without a mail is refused. Whatever the size, all of it is delivered, and at most 64 KiB
 * are in memory. *size (may be NULL): bytes of the mail. interrupted is checked after each read and write
 * that a signal cut short. Blocks. */
bool drop_mail(const struct config_spool *spool, int input, const char *recipient,
               const volatile sig_atomic_t *interrupted, int64_t *size, GError **error);
/* For a file that is not yet mail, as a path from the folder that mail lies in; what is left of one is
 * removed as any delivery's that was cut off. The caller frees. */
char *drop_temporary_name(enum spool_kind kind);
/* Whether a file of a drop directory is one that drop_mail was writing. */
bool drop_is_temporary(const char *name);
/* Whether an address can stand in a header field: one line of valid UTF-8, neither empty nor over 900 bytes.
 */
bool drop_recipient_valid(const char *recipient);
