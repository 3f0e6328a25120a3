/* awsift retry. */
#include "commands/handle_actions.h"

static int run(int argc, char **argv)
{
    return handle_actions(&command_retry, argc, argv);
}

const struct command command_retry = {
    .name = "retry",
    .arguments = "[ID…]",
    .summary = "Try dead and waiting actions again",
    .help = "ID is the number of a mail, whose dead and waiting actions are meant, or of an action as awsift show\n"
            "names it: a34. Each gets a fresh set of attempts and its full deadline, under the same key, and is due\n"
            "now; a destination that asked for a pause is left alone until that is over.\n\n"
            "Example: awsift retry --channel aws-ops --since 24h",
    .most = G_MAXUINT,
    .run = run,
};
