/* awsift resend. */
#include "commands/handle_actions.h"

static int run(int argc, char **argv)
{
    return handle_actions(&command_resend, argc, argv);
}

const struct command command_resend = {
    .name = "resend",
    .arguments = "ID…",
    .summary = "Do what is done once more",
    .help = "ID is the number of a mail, whose done actions are meant, or of an action as awsift show names it: a34.\n"
            "It is done again under a key of its own, so that the other side does not take it for the first one.\n\n"
            "Example: awsift resend a34",
    .most = G_MAXUINT,
    .run = run,
};
