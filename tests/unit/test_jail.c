/* The jail: what is refused, what is deadly, and that what deciding needs still works. Each case runs in a
 * child of its own that closes the jail over itself. In sanitizer builds the jail is wider, and nothing is
 * tested. */
#include "decider/jail.h"
#include "wire/frame.h"
#include "base/json.h"
#include "constants.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#define MEMORY ((size_t)1 << 30)
enum { NOT_CLOSED = 200, OPENED = 77 }; /* exit statuses that are no errno we expect */
enum { KILLED = -1 };

static int other; /* the keeper's end of the channel */

static void make_channel(void)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    other = fcntl(pair[0], F_DUPFD, 20);
    int ours = fcntl(pair[1], F_DUPFD, 20);
    close(pair[0]);
    close(pair[1]);
    dup2(ours, CHILD_CHANNEL);
    close(ours);
}

/* Runs attempt in a jailed child. Its exit status (0 or an errno), or minus the signal that ended it. */
static int jailed(int (*attempt)(const void *data), const void *data)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        make_channel();
        if (!jail_tie(NULL) || !jail_close(MEMORY, NULL))
            _exit(NOT_CLOSED);
        _exit(attempt(data));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

struct call {
    const char *name;
    long number;
    long arguments[6];
    int want; /* an errno, or KILLED */
};

static int make_call(const void *data)
{
    const struct call *call = data;
    const long *a = call->arguments;
    errno = 0;
    return syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]) >= 0 ? OPENED : errno;
}

#define TEXT(text) ((long)(text))
static char *const nothing[] = {NULL};
static struct io_uring_params uring;

static void nothing_is_opened_started_or_reached(void **state)
{
    static char page[64];
    static struct iovec part = {page, sizeof page};
    const long parent = getpid();
    const struct call calls[] = {
#ifdef SYS_open
        {"open", SYS_open, {TEXT("/etc/passwd"), O_RDONLY}, EPERM},
        {"fork", SYS_fork, {0}, KILLED},
        {"vfork", SYS_vfork, {0}, KILLED},
        {"unlink", SYS_unlink, {TEXT("/nowhere")}, KILLED},
        {"link", SYS_link, {TEXT("/etc/passwd"), TEXT("/tmp/nowhere")}, KILLED},
#endif
        {"openat", SYS_openat, {AT_FDCWD, TEXT("/etc/passwd"), O_RDONLY}, EPERM},
        {"openat2", SYS_openat2, {AT_FDCWD, TEXT("/etc/passwd"), TEXT(page), 24}, EPERM},
        {"open_by_handle_at", SYS_open_by_handle_at, {AT_FDCWD, TEXT(page), 0}, KILLED},
        {"stat", SYS_newfstatat, {AT_FDCWD, TEXT("/etc/passwd"), TEXT(page), 0}, EPERM},
        {"readlinkat", SYS_readlinkat, {AT_FDCWD, TEXT("/proc/self/exe"), TEXT(page), 10}, EPERM},
        {"chmod", SYS_fchmodat, {AT_FDCWD, TEXT("/nowhere"), 0}, EPERM},
        {"mkdirat", SYS_mkdirat, {AT_FDCWD, TEXT("/nowhere/x"), 0}, EPERM},
        {"unlinkat", SYS_unlinkat, {AT_FDCWD, TEXT("/nowhere"), 0}, KILLED},
        {"renameat2", SYS_renameat2, {AT_FDCWD, TEXT("/nowhere"), AT_FDCWD, TEXT("/x"), 0}, KILLED},
        {"ftruncate", SYS_ftruncate, {1, 0}, EPERM},
        {"dup", SYS_dup, {1}, EPERM},
        {"pipe", SYS_pipe2, {TEXT(page), 0}, EPERM},
        {"ioctl", SYS_ioctl, {0, 0x5412, TEXT("x")}, EPERM}, /* TIOCSTI: typing for the user */
        {"fcntl", SYS_fcntl, {1, F_SETFL, 0}, EPERM},
        {"socket", SYS_socket, {AF_INET, SOCK_STREAM, 0}, KILLED},
        {"socketpair", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, TEXT(page)}, KILLED},
        {"connect", SYS_connect, {CHILD_CHANNEL, TEXT(page), 16}, KILLED},
        {"bind", SYS_bind, {CHILD_CHANNEL, TEXT(page), 16}, KILLED},
        {"sendto", SYS_sendto, {CHILD_CHANNEL, TEXT(page), 1, 0, TEXT(page), 16}, EPERM},
        {"execve", SYS_execve, {TEXT("/bin/true"), TEXT(nothing), TEXT(nothing)}, KILLED},
        {"execveat", SYS_execveat, {AT_FDCWD, TEXT("/bin/true"), TEXT(nothing), TEXT(nothing), 0}, KILLED},
        {"memfd_create", SYS_memfd_create, {TEXT("x"), 0}, KILLED},
        {"clone", SYS_clone, {SIGCHLD, 0, 0, 0, 0}, EPERM},
        {"clone3", SYS_clone3, {TEXT(page), 64}, EPERM},
        {"ptrace", SYS_ptrace, {PTRACE_ATTACH, parent, 0, 0}, KILLED},
        {"process_vm_readv", SYS_process_vm_readv, {parent, TEXT(&part), 1, TEXT(&part), 1, 0}, KILLED},
        {"process_vm_writev", SYS_process_vm_writev, {parent, TEXT(&part), 1, TEXT(&part), 1, 0}, KILLED},
        {"pidfd_open", SYS_pidfd_open, {parent, 0}, KILLED},
        {"pidfd_getfd", SYS_pidfd_getfd, {0, 0, 0}, KILLED},
        {"io_uring_setup", SYS_io_uring_setup, {4, TEXT(&uring)}, KILLED},
        {"io_uring_enter", SYS_io_uring_enter, {0, 1, 0, 0, 0, 0}, KILLED},
        {"kill", SYS_kill, {parent, 0}, KILLED},
        {"tkill", SYS_tkill, {parent, 0}, KILLED},
        {"tgkill of another", SYS_tgkill, {parent, parent, 0}, EPERM},
        {"prctl", SYS_prctl, {PR_SET_PDEATHSIG, 0}, EPERM},
        {"prctl of dumpable", SYS_prctl, {PR_SET_DUMPABLE, 1}, EPERM},
        {"seccomp", SYS_seccomp, {0, 0, 0}, EPERM},
        {"bpf", SYS_bpf, {0, TEXT(page), 64}, KILLED},
        {"unshare", SYS_unshare, {0x10000000}, KILLED},
        {"mount", SYS_mount, {TEXT("x"), TEXT("/nowhere"), TEXT("tmpfs"), 0, 0}, KILLED},
        {"keyctl", SYS_keyctl, {0, 0, 0, 0, 0}, KILLED},
        {"perf_event_open", SYS_perf_event_open, {TEXT(page), 0, -1, -1, 0}, KILLED},
        {"userfaultfd", SYS_userfaultfd, {0}, KILLED},
        {"setuid", SYS_setuid, {0}, EPERM},
        {"prlimit of memory", SYS_prlimit64, {0, RLIMIT_AS, 0, TEXT(page)}, EPERM},
        {"prlimit of another", SYS_prlimit64, {parent, RLIMIT_CPU, 0, TEXT(page)}, EPERM},
        {"setitimer", SYS_setitimer, {ITIMER_REAL, 0, 0}, EPERM},
        {"mmap of a file", SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE, CHILD_CHANNEL, 0}, EPERM},
        {"mprotect to executable", SYS_mprotect, {0, 4096, PROT_READ | PROT_EXEC}, EPERM},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
        int got = jailed(make_call, &calls[i]), want = calls[i].want == KILLED ? -SIGSYS : calls[i].want;
        if (got != want)
            fail_msg("%s: got %d, want %d", calls[i].name, got, want);
    }
}

/* The numbers of 32-bit calls mean other calls: they must not be judged by ours. */
static int call_of_another_architecture(const void *data)
{
#ifdef __x86_64__
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
    return OPENED;
#else
    raise(SIGSYS);
    return 0;
#endif
}

static int call_of_x32(const void *data)
{
    return syscall(0x40000000L + SYS_getpid) >= 0 ? OPENED : errno;
}

static void other_architectures_are_refused(void **state)
{
    int got = jailed(call_of_another_architecture, NULL);
    assert_true(got == -SIGSYS || got == -SIGSEGV); /* SIGSEGV: a kernel without 32-bit programs */
    got = jailed(call_of_x32, NULL);
    assert_true(got == -SIGSYS || got == ENOSYS || got == EPERM);
}

static int send_elsewhere(const void *data)
{
    char text[] = "x";
    struct iovec part = {text, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (sendmsg(CHILD_CHANNEL, &message, 0) != 1)
        return errno;
    return sendmsg(other, &message, 0) == 1 ? OPENED : errno;
}

static void messages_go_over_the_channel_alone(void **state)
{
    assert_int_equal(jailed(send_elsewhere, NULL), EPERM);
}

static int use_memory(const void *data)
{
    for (size_t taken = 0; taken < 2 * MEMORY; taken += MEMORY / 16) {
        char *block = malloc(MEMORY / 16);
        if (block == NULL)
            return errno;
        memset(block, 1, 1);
    }
    return OPENED;
}

static void memory_is_bounded(void **state)
{
    assert_int_equal(jailed(use_memory, NULL), ENOMEM);
}

static int burn(const void *data)
{
    jail_allow_time(0);
    for (volatile unsigned long i = 0; i + 1 != 0; i++)
        ;
    return 0;
}

static int burn_after_more_was_allowed(const void *data)
{
    struct timespec now;
    jail_allow_time(0);
    jail_allow_time(10000);
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < 1200);
    return 0;
}

static void cpu_time_is_bounded_a_mail(void **state)
{
    assert_int_equal(jailed(burn, NULL), -SIGXCPU);
    assert_int_equal(jailed(burn_after_more_was_allowed, NULL), 0);
}

static void limits_are_set_before_the_jail(void **state)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit;
        make_channel();
        bool tied = jail_tie(NULL);
        getrlimit(RLIMIT_NOFILE, &limit);
        bool few = limit.rlim_max <= 64;
        getrlimit(RLIMIT_CORE, &limit);
        _exit(tied && few && limit.rlim_max == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

static int work(const void *data)
{
    void *block = malloc(8 << 20);
    void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    json_t *body = json_pack("{s:i}", "sequence", 1);
    struct frame frame = {.descriptor = -1};
    if (block == NULL || code == MAP_FAILED || !frame_send(CHILD_CHANNEL, FRAME_READY, body, -1, NULL))
        return 1;
    free(block);
    return frame_receive(CHILD_CHANNEL, 1, &frame, NULL) ? 2 : 0; /* nothing comes, and that is no error */
}

static int crash(const void *data)
{
    abort();
}

static void what_deciding_needs_works(void **state)
{
    assert_int_equal(jailed(work, NULL), 0);
    assert_int_equal(jailed(crash, NULL), -SIGABRT);
}

/* In a container the keeper may be process 1, which is also what an orphan's parent looks like. */
static void a_parent_that_is_process_one_is_there(void **state)
{
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWPID) != 0)
            _exit(99);
        pid_t first = fork();
        if (first == 0) {
            make_channel();
            pid_t decider = fork();
            if (decider == 0)
                _exit(jail_tie(NULL) ? 0 : 1);
            int status = -1;
            waitpid(decider, &status, 0);
            _exit(status == 0 ? 0 : 1);
        }
        int status = -1;
        waitpid(first, &status, 0);
        _exit(status == 0 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
        skip(); /* only the administrator may make process namespaces */
    assert_int_equal(status, 0);
}

static void a_parent_that_is_gone_is_noticed(void **state)
{
    pid_t child = fork();
    if (child == 0) {
        g_autoptr(GError) error = NULL;
        make_channel();
        close(other);
        _exit(!jail_tie(&error) && strstr(error->message, "gone") != NULL ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_opened_started_or_reached),
        cmocka_unit_test(other_architectures_are_refused),
        cmocka_unit_test(messages_go_over_the_channel_alone),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(cpu_time_is_bounded_a_mail),
        cmocka_unit_test(limits_are_set_before_the_jail),
        cmocka_unit_test(what_deciding_needs_works),
        cmocka_unit_test(a_parent_that_is_process_one_is_there),
        cmocka_unit_test(a_parent_that_is_gone_is_noticed),
    };
    if (AWSIFT_SANITIZED)
        return 77; /* Meson's word for skipped */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
