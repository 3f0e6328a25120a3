/* What all commands share: options, the configuration, the ledger, and how they answer. */
#pragma once
#include "commands/command.h"
#include "commands/output.h"
#include "base/config.h"
#include "ledger/ledger.h"

#include <stdbool.h>

struct common_options {
    char *config; /* --config FILE */
    char *rules;  /* --rules DIR */
    gboolean json;
};
typedef struct common_options common_options;

void common_options_clear(struct common_options *common);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(common_options, common_options_clear)

/* Parses argv[1…] with the common options and a command's own (may be NULL). What is left stands in *rest
 * (NULL-terminated, owned by argv) and is as many as the command takes. On a mistake prints one line and
 * returns false: the command returns EXIT_USAGE. --help prints and exits 0. */
bool options_parse(const struct command *command, int argc, char **argv, struct common_options *common,
                   const GOptionEntry *own, char ***rest);
/* The configuration; NULL after the error was printed. */
struct config *options_config(const struct common_options *common);
/* The same for whoever goes on to check the rules: what is wrong is appended to problems. NULL when it cannot
 * be used, after what is no problem of a place was printed. */
struct config *options_config_checked(const struct common_options *common, json_t *problems);
/* The configured store's ledger, for reading; NULL after the error was printed. */
struct ledger *options_ledger(const char *command, const struct config *config);
/* The same for writing, where no daemon does; one that is not there is not made. NULL with an error. A
 * process of root's is one of the store's owner from then on (base/privileges.h). */
struct ledger *options_ledger_to_write(const struct config *config, GError **error);
/* A moment from ISO 8601 or a duration before now; NULL is 0. False after the error was printed. */
bool options_moment(const char *command, const char *option, const char *text, int64_t *moment);
/* Prints "awsift COMMAND: message" to stderr. */
void options_fail(const char *command, const char *message);
