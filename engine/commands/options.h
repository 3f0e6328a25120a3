/* Options of all commands, in one style. */
#pragma once
#include "commands/command.h"
#include "base/config.h"

#include <stdbool.h>

struct common_options {
    char *config; /* --config FILE */
    char *rules;  /* --rules DIR */
    gboolean json;
};

/* Parses argv[1…] with the common options and a command's own (may be NULL). What is left stands in *rest
 * (NULL-terminated, owned by argv). On a mistake prints one line and returns false: the command returns
 * EXIT_USAGE. --help prints and exits 0. */
bool options_parse(const struct command *command, int argc, char **argv, struct common_options *common,
                   const GOptionEntry *own, char ***rest);
/* The configuration; NULL after the error was printed. */
struct config *options_config(const struct common_options *common);
/* Prints "awsift COMMAND: message" to stderr. */
void options_fail(const char *command, const char *message);
