/* awsift drop. */
#include "commands/handle_actions.h"

static int run(int argc, char **argv)
{
    return handle_actions(&command_drop, argc, argv);
}

const struct command command_drop = {
    .name = "drop",
    .arguments = "[ID…]",
    .summary = "End dead and waiting actions for good",
    .help = "ID is the number of a mail, whose dead and waiting actions are meant, or of an action as awsift show\n"
            "names it: a34. What is dropped stays in the mail's story, with who dropped it and why.\n\n"
            "Example: awsift drop a34 --why \"told by phone\"",
    .most = G_MAXUINT,
    .run = run,
};
