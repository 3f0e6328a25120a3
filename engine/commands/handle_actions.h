/* What retry, drop and resend have in common. */
#pragma once
#include "commands/command.h"

/* Asks the daemon, or writes into the ledger where none runs. The exit status. */
int handle_actions(const struct command *command, int argc, char **argv);
