/* The jail. seccomp-bpf with an allow-list: what is not listed fails with EPERM, what only an attacker would
 * try kills the process. PCRE2's JIT needs executable anonymous mappings, so those stay allowed; files are
 * not mapped at all, and nothing that is mapped becomes executable later. Messages go over the channel alone,
 * and a signal reaches the decider alone: the keeper has the same user, and would not survive one. What makes
 * it fail: a kernel without seccomp; then the decider refuses to start rather than read mail unjailed. */
#include "decider/jail.h"
#include "wire/frame.h"
#include "base/error.h"
#include "base/guard.h"
#include "constants.h"

#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTORS = 64 }; /* the channel, the page, a mail, and room to spare */

bool jail_tie(GError **error)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set_errno(error, errno, "cannot tie the child to its parent");
    struct rlimit none = {0, 0}, few = {DESCRIPTORS, DESCRIPTORS};
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_NOFILE, &few);
    /* A parent that died before the signal was asked for has left the channel hung up. Its pid says nothing:
     * it is 1 both for an orphan and for the child of a keeper that is a container's first process. */
    struct pollfd channel = {.fd = CHILD_CHANNEL};
    if (poll(&channel, 1, 0) > 0 && (channel.revents & (POLLHUP | POLLNVAL)) != 0) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE, "the parent is gone");
        return false;
    }
    return true;
}

void jail_allow_time(int64_t time)
{
    struct timespec used;
    struct rlimit limit;
    if (!guard_stands("time"))
        return;
    if (getrlimit(RLIMIT_CPU, &limit) != 0 || clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
        return;
    limit.rlim_cur = MIN((rlim_t)(used.tv_sec + 1 + (time + 999) / 1000), limit.rlim_max);
    setrlimit(RLIMIT_CPU, &limit);
}

static const int allowed[] = {
    SCMP_SYS(read),           SCMP_SYS(write),         SCMP_SYS(writev),
    SCMP_SYS(pread64),        SCMP_SYS(poll),          SCMP_SYS(ppoll),
    SCMP_SYS(close),          SCMP_SYS(lseek),         SCMP_SYS(munmap),
    SCMP_SYS(mremap),         SCMP_SYS(brk),           SCMP_SYS(madvise),
    SCMP_SYS(futex),          SCMP_SYS(fstat),         SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),  SCMP_SYS(sigaltstack),
    SCMP_SYS(getrandom),      SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
    SCMP_SYS(getpid),         SCMP_SYS(gettid),        SCMP_SYS(sched_yield),
    SCMP_SYS(exit),           SCMP_SYS(exit_group),    SCMP_SYS(restart_syscall),
};

static const int deadly[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(socket),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(socketpair),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(memfd_create),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(bpf),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(mount),
    SCMP_SYS(keyctl),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(open_by_handle_at),
};

/* What is allowed with the right arguments alone. The sanitizers map files and raise signals of their own. */
static int allow_narrowly(scmp_filter_ctx filter)
{
    struct {
        int call;
        struct scmp_arg_cmp argument;
    } narrow[] = {
        {SCMP_SYS(mmap), SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)},
        {SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(sendmsg), SCMP_A0(SCMP_CMP_EQ, CHILD_CHANNEL)},
        {SCMP_SYS(recvmsg), SCMP_A0(SCMP_CMP_EQ, CHILD_CHANNEL)},
        {SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())},
    };
    int status = 0;
    for (size_t i = 0; status == 0 && i < G_N_ELEMENTS(narrow); i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, narrow[i].call, AWSIFT_SANITIZED ? 0 : 1,
                                  narrow[i].argument);
    if (status == 0)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, SCMP_A0(SCMP_CMP_EQ, 0),
                                  SCMP_A1(SCMP_CMP_EQ, RLIMIT_CPU));
    return status;
}

static int build_filter(scmp_filter_ctx filter)
{
    int status = allow_narrowly(filter);
    for (size_t i = 0; status == 0 && i < G_N_ELEMENTS(allowed); i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; !AWSIFT_SANITIZED && status == 0 && i < G_N_ELEMENTS(deadly); i++)
        status = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    return status == 0 ? seccomp_load(filter) : status;
}

bool jail_close(size_t memory, GError **error)
{
    struct rlimit limit = {memory, memory};
    if (!AWSIFT_SANITIZED && guard_stands("address-space") && setrlimit(RLIMIT_AS, &limit) != 0)
        return error_set_errno(error, errno, "cannot limit memory to %zu bytes", memory);
    if (!guard_stands("jail"))
        return true;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL)
        return error_set_errno(error, ENOMEM, "cannot make the jail");
    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1); /* every thread, should a library have started one */
    int status = build_filter(filter);
    seccomp_release(filter);
    if (status != 0)
        return error_set_errno(error, -status,
                               "cannot close the jail; this kernel must allow seccomp filters");
    return true;
}
