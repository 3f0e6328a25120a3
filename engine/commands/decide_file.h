/* Deciding files from the command line, through a jailed decider. */
#pragma once
#include "base/config.h"
#include "decider/client.h"

struct deciding {
    struct config *config;
    struct snapshot *snapshot;
    struct decider_client *client;
    const json_t *ready;
};

/* Loads configuration and rules and starts a decider. Prints what is wrong and returns false; errors in rule
 * files too. list: whether READY shall list the rules in full. */
bool deciding_start(struct deciding *deciding, struct config *config, bool list);
/* The same for `check` and `test`: what cannot be read of the rule folders is appended to problems and left
 * out. tests: as HELLO's (wire/frame.h). */
bool deciding_start_checked(struct deciding *deciding, struct config *config, const json_t *tests,
                            json_t *problems);
void deciding_stop(struct deciding *deciding);
/* Prints {file, line, message} objects as file:line: message. */
void deciding_print_problems(const struct deciding *deciding, const json_t *problems, const char *what);
/* Calls each for every mail that the arguments name: files, folders, Maildirs, mboxes, "-". answer NULL with
 * error set when one could not be read. Returns the number that could not. */
typedef void (*decided_mail)(const char *file, json_t *answer, const GError *error, void *data);
unsigned deciding_each(struct deciding *deciding, char **arguments, json_t *request, decided_mail each,
                       void *data);
/* The same for one file that came through the spool of that name (NULL: the first one) at that time. */
unsigned deciding_filed(struct deciding *deciding, const char *path, const char *name, const char *spool,
                        int64_t arrival, json_t *request, decided_mail each, void *data);
