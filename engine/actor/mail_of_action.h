/* A mail as an action's Lua describes it, { to, subject, text, headers }, composed. */
#pragma once
#include "actor/original.h"

/* The mail's name, which follows from the action's key, so that a repetition is known as one. The caller
 * frees. */
char *mail_unique_name(const struct performance *performance);
/* Those to whom a mail can be sent, of `to`: a list, or one alone. Borrowed from the mail; who cannot be
 * written to is left out, and the log says so. NULL-terminated; the caller frees the list. */
const char **mail_recipients(const json_t *mail);
GBytes *mail_compose(const struct performance *performance, const json_t *mail, const char *const *to,
                     const struct original *original);
