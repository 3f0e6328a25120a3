/* A mail through a program with sendmail's interface: -i -f SENDER -- RECIPIENT, the mail on standard input.
 */
#pragma once
#include "actor/posted.h"

#include <uv.h>

struct sendmail_run;
/* program: its path and first arguments, NULL-terminated; never a shell line. time: ms. Calls done exactly
 * once, later. The mail is kept, the rest copied. NULL with *why, which the caller frees, when it cannot be
 * started; then done is never called. */
struct sendmail_run *sendmail_start(uv_loop_t *loop, const char *const *program, const struct letter *letter,
                                    int64_t time, posted_call done, void *data, char **why);
/* Ends it: done will not be called. Whether the mail may have been taken all the same. */
bool sendmail_cancel(struct sendmail_run *run);
/* What a program's exit status means (sysexits.h). */
enum outcome sendmail_judge(int status);
