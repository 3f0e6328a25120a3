/* The command table. `decider` and `actor` are the children that the keeper and commands start, and `launch`
 * is what an actor starts programs with; they are not for people. */
#include "actor/actor.h"
#include "actor/launch.h"
#include "commands/command.h"
#include "commands/output.h"
#include "decider/decider.h"
#include "base/fault.h"
#include "constants.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &command_run,     &command_check,      &command_test,   &command_classify, &command_explain,
    &command_inspect, &command_ingest,     &command_list,   &command_show,     &command_retry,
    &command_drop,    &command_resend,     &command_decide, &command_ack,      &command_silence,
    &command_rules,   &command_suggest,    &command_status, &command_reload,   &command_drill,
    &command_act,     &command_unreadable, &command_backup, &command_restore,
};

static int print_usage(FILE *out, int status)
{
    fprintf(
        out,
        "awsift %s: sifts the mail that AWS sends to account owners\n\nUsage: awsift COMMAND [OPTION…]\n\n",
        AWSIFT_VERSION);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(out, "\n'awsift COMMAND --help' says more of each.\n");
    return status;
}

/* Whoever starts us may have closed these. They are taken, or what is opened next would be written to as the
 * log, and libuv ends the process when it is to close one of them. Each is of no use as what it stands for,
 * so that reading a mail from it, or printing to it, still fails. */
static void standard_descriptors_take(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int i = 0; i < (int)G_N_ELEMENTS(modes); i++)
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", modes[i]) != i)
            _exit(EXIT_TRY_AGAIN); /* to a mail server, what is not 75 is the end of the mail */
}

int main(int argc, char **argv)
{
    standard_descriptors_take();
    fault_begin();
    const char *name = argc > 1 ? argv[1] : "";
    setlocale(LC_ALL, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* what is larger than a file may be is a write that fails */
    if (strcmp(name, "decider") == 0)
        return decider_main();
    if (strcmp(name, "actor") == 0)
        return actor_main();
    if (strcmp(name, "launch") == 0)
        return launch_main(argc - 1, argv + 1);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return output_end(print_usage(stdout, EXIT_DONE));
    if (strcmp(name, "--version") == 0) {
        printf("awsift %s%s\n", AWSIFT_VERSION,
               AWSIFT_UNGUARDED || AWSIFT_FAULTS ? " (a test build, never for use)" : "");
        return output_end(EXIT_DONE);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i]->name, name) == 0)
            return output_end(commands[i]->run(argc - 1, argv + 1));
    if (name[0] != '\0')
        fprintf(stderr, "awsift: there is no command '%s'\n\n", name);
    return print_usage(stderr, EXIT_USAGE);
}
