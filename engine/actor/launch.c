/* The keeper of one program. libuv can start a program, but not tie it to its starter: an actor that is
 * killed would leave it running. So an actor starts this, which starts the program in a process group of its
 * own, waits, and ends as the program ended; told to stop, or when the actor dies, it ends the whole group.
 * It reads nothing, has no memory of its own, and fails only where the system has no process left. */
#include "actor/launch.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { ACTOR = 1, RIGHTS, USER, PROGRAM }; /* places of the arguments */

static _Noreturn void give_up(const char *program, const char *what, int number)
{
    fprintf(stderr, "the program %s cannot be started: %s: %s\n", program, what, strerror(number));
    fflush(stderr);
    _exit(EX_OSERR);
}

static void become_user(const char *name, const char *program)
{
    errno = 0;
    const struct passwd *user = getpwnam(name);
    if (user == NULL)
        give_up(program, "no such user", errno != 0 ? errno : ENOENT);
    else if (initgroups(name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
        give_up(program, "awsift may not run it as another user", errno);
}

/* The actor's bound on memory is one of its own work. */
static void lift_limits(void)
{
    struct rlimit data;
    if (getrlimit(RLIMIT_DATA, &data) == 0) {
        data.rlim_cur = data.rlim_max;
        setrlimit(RLIMIT_DATA, &data);
    }
}

static _Noreturn void become_program(char **argv)
{
    setpgid(0, 0);
    close(LAUNCH_INPUT);
    lift_limits();
    umask(077);
    if (strcmp(argv[RIGHTS], "gain") != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        give_up(argv[PROGRAM], "cannot forbid it new privileges", errno);
    if (argv[USER][0] != '\0')
        become_user(argv[USER], argv[PROGRAM]);
    /* What lets awsift become another user would let the program become any. */
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* to become another user would take it back */
    unsetenv("LD_LIBRARY_PATH");      /* what this program itself needed */
    unsetenv("ASAN_OPTIONS");
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    execv(argv[PROGRAM], argv + PROGRAM);
    give_up(argv[PROGRAM], "it is no program", errno);
}

/* Another user's program is ended by that user, or by root: we act as that user, and stay who we are to the
 * actor, which must be able to end us. */
static void act_as(const char *name, pid_t actor)
{
    const struct passwd *user = getpwnam(name);
    if (user == NULL || seteuid(user->pw_uid) != 0)
        return;                       /* the program says so itself */
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* to become another user took it back */
    if (getppid() != actor)
        raise(SIGTERM);
}

/* As the program ended. */
static _Noreturn void end_alike(int status)
{
    if (WIFSIGNALED(status)) {
        const struct rlimit none = {0, 0};
        sigset_t all;
        setrlimit(RLIMIT_CORE, &none);
        signal(WTERMSIG(status), SIG_DFL);
        sigfillset(&all);
        sigprocmask(SIG_UNBLOCK, &all, NULL);
        kill(getpid(), WTERMSIG(status));
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EX_OSERR);
}

int launch_main(int argc, char **argv)
{
    if (argc <= PROGRAM)
        return EX_USAGE;
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGCHLD);
    sigprocmask(SIG_BLOCK, &awaited, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != (pid_t)atol(argv[ACTOR]))
        _exit(EX_TEMPFAIL); /* it died before we were tied to it */
    pid_t program = fork();
    if (program == 0)
        become_program(argv);
    if (program < 0)
        give_up(argv[PROGRAM], "no process is left", errno);
    setpgid(program, program); /* whichever of the two comes first */
    if (argv[USER][0] != '\0')
        act_as(argv[USER], (pid_t)atol(argv[ACTOR]));
    for (;;) {
        int status, got = sigwaitinfo(&awaited, NULL);
        if (got == SIGTERM)
            kill(-program, SIGKILL);
        if (waitpid(program, &status, WNOHANG) == program)
            end_alike(status);
    }
}
