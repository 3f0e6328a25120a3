/* fork and exec. It fails only where the system has no process or descriptor left. */
#include "wire/spawn.h"
#include "wire/frame.h"
#include "base/error.h"
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* In the child: only async-signal-safe calls until exec. The command's own input and output are none of its
 * business. */
static void become_child(const char *role, const int given[3], char *const environment[])
{
    int nothing = open("/dev/null", O_RDONLY), from[3];
    for (int i = 0; i < 3; i++)
        from[i] = fcntl(given[i], F_DUPFD, 10);
    for (int i = 0; i < 3; i++)
        dup2(from[i], CHILD_CHANNEL + i);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        _exit(126);
    close_range(CHILD_PROGRESS + 1, ~0U, 0);
    char *arguments[] = {"awsift", (char *)role, NULL};
    execve(path_self(), arguments, environment);
    _exit(127);
}

pid_t spawn_child(const char *role, int snapshot, int page, char *const environment[], int *channel,
                  GError **error)
{
    int pair[2];
    *channel = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        error_set_errno(error, errno, "cannot make a socketpair for %s", role);
        return -1;
    }
    path_self(); /* found out here: the child may not */
    pid_t child = fork();
    if (child == 0)
        become_child(role, (int[]){pair[1], snapshot, page}, environment != NULL ? environment : environ);
    if (child < 0) {
        error_set_errno(error, errno, "cannot start %s", role);
        close(pair[0]);
    } else {
        *channel = pair[0];
    }
    close(pair[1]);
    return child;
}
