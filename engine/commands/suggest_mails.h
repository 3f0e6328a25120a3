/* The mails that `awsift suggest` looks at: named ones, or those of the archive. Each can be decided again
 * under other rules. */
#pragma once
#include "commands/decide_file.h"
#include "commands/options.h"

/* As many unknown mails as are clustered, and as many known ones of the archive as are tried on what is
 * suggested. */
enum { SUGGEST_UNKNOWN_MOST = 10000, SUGGEST_KNOWN_MOST = 2000 };

struct suggest_mails {
    char **arguments;  /* named mails; empty: those of the archive */
    GPtrArray *filed;  /* of struct filed_mail */
    int input;         /* what "-" stands for, kept so that it can be read again; or -1 */
    json_t *unknown;   /* mails as scripts/awsift/suggest.lua wants them */
    GHashTable *rules; /* name of each mail -> the rule that decided it exactly, or "" */
    unsigned unread, left_out;
};

/* False after the error was printed. */
bool suggest_mails_find(struct suggest_mails *mails, const struct config *config, char **arguments,
                        int64_t since);
/* Decides all of them, and keeps those that no rule knows exactly. */
void suggest_mails_decide(struct suggest_mails *mails, struct deciding *deciding);
/* Decides all of them again, with another decider; each gets the answer. */
void suggest_mails_again(struct suggest_mails *mails, struct deciding *deciding, decided_mail each,
                         void *data);
void suggest_mails_clear(struct suggest_mails *mails);
