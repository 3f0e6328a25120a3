/* Failures of standard output, noted where they happen: stdio keeps that something failed, not what. SIGPIPE
 * is ignored as long as a command talks to its children, and raised here. */
#include "commands/output.h"
#include "commands/command.h"
#include "base/json.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

static int failure; /* errno of the first one, 0 */

void output_check(void)
{
    if (!ferror(stdout) || failure != 0)
        return;
    failure = errno;
    if (failure != EPIPE)
        return;
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

void print_json_line(const json_t *object)
{
    g_autofree char *line = json_canonical(object);
    printf("%s\n", line);
    fflush(stdout);
    output_check();
}

int output_end(int status)
{
    bool unnoted = ferror(stdout) && failure == 0; /* errno has been used for other things since */
    fflush(stdout);
    if (!unnoted)
        output_check();
    if (!unnoted && failure == 0)
        return status;
    fprintf(stderr, "awsift: cannot write to standard output%s%s\n", unnoted ? "" : ": ",
            unnoted ? "" : g_strerror(failure));
    return status == EXIT_DONE ? EXIT_NO : status;
}
